"""Files of earlier versions are read: a project, its store and an annotation file of each.

``tests/data/formats/VERSION/sample.tar.xz`` holds a workflow that this version ran, with its
inputs and all that was written. A sample is never written again; each format that is released
gets one of its own.
"""

from __future__ import annotations

import csv
import tarfile
from pathlib import Path

import pytest
from commands import objclass as command

import objclass
from objclass.engine.disk_store import DiskStore

FORMATS = Path(__file__).parents[1] / "data" / "formats"
VERSIONS = sorted(path.name for path in FORMATS.iterdir())
CLASSES = {"large": 6, "small": 6}


@pytest.fixture(params=VERSIONS)
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a version's sample."""
    with tarfile.open(FORMATS / request.param / "sample.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def classes(file: Path) -> dict[str, str]:
    """Object to predicted class."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["object"]: row["predicted_class"] for row in csv.DictReader(lines)}


def test_this_version_has_a_sample_and_all_are_small() -> None:
    assert objclass.__version__ in VERSIONS
    assert sum(path.stat().st_size for path in FORMATS.rglob("*.xz")) < 300_000


def test_a_project_is_shown(sample: Path) -> None:
    answer = command("project", "show", sample / "cells.objclass.h5")
    assert answer.code == 0, answer.err
    assert "large" in answer.out


def test_a_batch_with_the_project_gives_the_stored_classes(sample: Path) -> None:
    request = objclass.BatchRequest(
        project=sample / "cells.objclass.h5",
        roles={"raw": str(sample / "raw.tif"), "prediction_map": str(sample / "prob.h5")},
        out=sample / "batch",
        export=("table",),
    )
    (done,) = objclass.prepare_batch(request).run()
    assert dict(done.classes) == CLASSES
    (table,) = (sample / "batch").rglob("*objects.csv")
    assert classes(table) == classes(sample / "results/objects.csv")


def test_what_the_store_recorded_is_read(sample: Path) -> None:
    store = DiskStore(sample / ".objclass")
    recipes = store.last("cells.yaml")
    assert {key.split(".")[0] for key in recipes} >= {"raw", "nuclei", "measured", "predicted"}
    computed = [recipe for key, recipe in recipes.items() if not key.startswith(("raw.", "prob."))]
    traces = [store.trace(recipe) for recipe in computed]  # inputs are referred to, not computed
    assert all(trace is not None for trace in traces)


def test_the_annotation_file_is_valid_and_trains_the_same(sample: Path) -> None:
    before = classes(sample / "results/objects.csv")
    job = objclass.prepare(sample / "cells.yaml")
    report = objclass.summarize(job, job.run())
    assert report.exit_code == 0, report.problems
    assert classes(sample / "results/objects.csv") == before
