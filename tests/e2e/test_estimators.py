"""Every estimator trains in a workflow, says what it chose, and predicts from its project."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from commands import objclass as command

import workflows
from workflows import CENTERS, CLASSES, Bench

USUAL = "estimator: {kind: random_forest, trees: 5}"
AUTO = "{kind: auto, among: [nearest_neighbors, logistic_regression]}"


def learning(folder: Path, estimator: str) -> Bench:
    """The workflow of discs, whose classes go by their size."""
    used = ("    annotations: annotations.csv", "    annotations: annotations.csv\n    use: [size]")
    return workflows.flat(folder).edit((USUAL, f"estimator: {estimator}"), used)


def classes_of(table: Path) -> list[str]:
    """Return the predicted class of every disc, in the order of their centers."""
    with table.open(encoding="utf-8") as file:
        found = {(float(r["y"]), float(r["x"])): r["predicted_class"] for r in csv.DictReader(file)}
    return [found[center] for center in CENTERS]


@pytest.mark.parametrize(
    ("estimator", "shown", "chosen"),
    [
        ("logistic_regression", "logistic regression", "chosen: C "),
        ("{kind: logistic_regression, C: 2}", "logistic regression, C 2", ""),
        ("{kind: gradient_boosting, min_leaf: 1}", "gradient boosting", ""),
        ("{kind: nearest_neighbors, k: 3}", "nearest neighbors", ""),
        ("{kind: nearest_neighbors, k: 99}", "nearest neighbors", "there are no more examples"),
        (AUTO, "logistic regression, chosen", "chosen: logistic_regression: 1.00, the best"),
    ],
)
def test_it_trains_says_what_it_chose_and_predicts_in_a_batch(
    estimator: str, shown: str, chosen: str, tmp_path: Path
) -> None:
    bench = learning(tmp_path, estimator)
    ran = command("run", bench.file)
    assert ran.code == 0, ran.err
    said = " ".join((ran.out + ran.err).split())
    assert chosen in said
    project = tmp_path / "cells.objclass.h5"
    listed = " ".join(command("project", "show", project).out.split())
    assert f"classifier classes {shown} model" in listed
    assert chosen in listed
    learned = classes_of(tmp_path / "results/objects.csv")
    if "99" not in estimator:
        assert learned == CLASSES
    done = command(
        "batch", project, "--raw", tmp_path / "raw.tif", "--prediction-map",
        tmp_path / "prob.h5", "--out", tmp_path / "batch", "--export", "table",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert classes_of(tmp_path / "batch/raw_objects.csv") == learned
