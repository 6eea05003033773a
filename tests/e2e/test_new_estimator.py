"""A further estimator is one new file and one line in the table, and nothing else."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

import workflows
from workflows import CENTERS, CLASSES, Bench

PACKAGE = Path(__file__).parents[2] / "objclass"
TABLE_LINE = '    "nearest_mean": "objclass.classification.estimators.nearest_mean",\n'

NEAREST_MEAN = '''
"""The class whose mean is nearest: no forest, no library, one array."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from objclass.classification.estimators.contract import Estimator, EstimatorSettings, Fitted
from objclass.errors import Problem


class NearestMeanSettings(EstimatorSettings):
    """How far a mean reaches."""

    kind: Literal["nearest_mean"] = "nearest_mean"
    softness: Annotated[float, Field(gt=0, description="Distance of equal weight.")] = 1.0


def fit(rows, settings, seed):
    import numpy as np

    means = np.full((len(rows.classes), rows.X.shape[1]), 1e30)
    for k in np.unique(rows.y):
        means[k] = rows.X[rows.y == k].mean(axis=0)
    return Fitted({"mean": means, "softness": np.array([settings.softness])})


def predictor(arrays):
    import numpy as np

    def probabilities(X):
        far = np.abs(X[:, None, :].astype(np.float64) - arrays["mean"]).sum(axis=2)
        near = 1 / (arrays["softness"] + far)
        return near / near.sum(axis=1, keepdims=True)

    return probabilities


def problems(arrays, columns, classes):
    if arrays["mean"].shape != (classes, columns):
        yield Problem("shape of the means", got=str(arrays["mean"].shape))


ESTIMATOR = Estimator(
    settings=NearestMeanSettings,
    layout={"mean": ("float64", 2), "softness": ("float64", 1)},
    fit=fit,
    predictor=predictor,
    problems=problems,
)
'''


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is, linked, with one more file and one more line in the table.

    The machine code of its room is that of other sources, and would take the place of ours.
    """
    folder = tmp_path_factory.mktemp("extended")
    estimators = Path("classification/estimators")
    made = {estimators.parent, estimators, estimators / "__init__.py"}
    made |= {here / "__pycache__" for here in (estimators.parent, estimators)}
    for here in (Path(), estimators.parent, estimators):
        (folder / "objclass" / here).mkdir()
        for each in (PACKAGE / here).iterdir():
            if here / each.name not in made:
                (folder / "objclass" / here / each.name).symlink_to(each)
    (folder / "objclass" / estimators / "nearest_mean.py").write_text(NEAREST_MEAN, "utf-8")
    table = (PACKAGE / estimators / "__init__.py").read_text("utf-8")
    first, end = table.split("\n}\n", 1)
    new = f"{first}\n{TABLE_LINE}}}\n{end}"
    (folder / "objclass" / estimators / "__init__.py").write_text(new, "utf-8")
    return folder


def command(extended: Path, bench: Bench, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the extended package in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "objclass", *words],
        cwd=bench.folder, env={**os.environ, "PYTHONPATH": str(extended)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def classes_of(table: Path) -> list[str]:
    """Return the predicted class of every disc, in the order of their centers."""
    with table.open(encoding="utf-8") as file:
        found = {(float(r["y"]), float(r["x"])): r["predicted_class"] for r in csv.DictReader(file)}
    return [found[center] for center in CENTERS]


def chosen(folder: Path, estimator: str) -> Bench:
    usual = "estimator: {kind: random_forest, trees: 5}"
    bench = workflows.flat(folder)
    used = ("    annotations: annotations.csv", "    annotations: annotations.csv\n    use: [size]")
    return bench.edit((usual, f"estimator: {estimator}"), used)


def test_it_trains_is_scored_writes_a_project_and_predicts_in_a_batch(
    extended: Path, tmp_path: Path
) -> None:
    bench = chosen(tmp_path, "{kind: nearest_mean, softness: 0.5}")
    ran = command(extended, bench, "run", "cells.yaml")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert classes_of(tmp_path / "results/objects.csv") == CLASSES
    shown = command(extended, bench, "project", "show", "cells.objclass.h5")
    assert "nearest mean" in shown.stdout
    assert "1.00 (0.65 to 1.00) within images (cross-validation)" in shown.stdout
    done = command(
        extended, bench, "batch", "cells.objclass.h5", "--raw", "raw.tif",
        "--prediction-map", "prob.h5", "--out", "batch", "--export", "table",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert classes_of(tmp_path / "batch/raw_objects.csv") == CLASSES


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        ("{kind: nearest_mean, softness: 0}", "estimator.softness must be above 0; got 0"),
        ("{kind: nearest_mean, trees: 5}", "estimator has no field 'trees'"),
        ("{trees: 0}", "estimator.trees must be at least 1; got 0"),
        ("nearest_men", "or nearest_mean; did you mean nearest_mean?"),
    ],
)  # fmt: skip
def test_its_settings_are_checked_with_their_place_like_those_of_the_forest(
    estimator: str, message: str, extended: Path, tmp_path: Path
) -> None:
    found = command(extended, chosen(tmp_path, estimator), "run", "cells.yaml")
    assert found.returncode == 2
    assert message in " ".join(found.stderr.split()), found.stderr
