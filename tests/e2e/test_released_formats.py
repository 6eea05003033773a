"""Files of earlier versions are read: a project, its store and an annotation file of each.

``tests/data/formats/VERSION/sample.tar.xz`` holds a workflow that this version ran, with its
inputs and all that was written. A sample is never written again; each format that is released
gets one of its own. ``documents.json`` beside it says which keys its JSON documents have.

As long as the number of a format is the same, nothing that a reader found there may go or change
its type.
"""

from __future__ import annotations

import csv
import json
import shutil
import tarfile
from pathlib import Path

import pytest
from commands import objclass as command
from format_shapes import broken, of_json, of_project

import objclass
from objclass.cli.json_document import SCHEMA
from objclass.cli.json_keys import ENVELOPE, KEYS, key_rows
from objclass.engine.disk_store import DiskStore
from objclass.io.project import VERSION

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


@pytest.fixture
def anew(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sample that this version has run from nothing."""
    folder = tmp_path_factory.mktemp("anew")
    for name in ("cells.yaml", "annotations.csv", "raw.tif", "prob.h5"):
        shutil.copy(sample / name, folder)
    job = objclass.prepare(folder / "cells.yaml")
    assert objclass.summarize(job, job.run()).exit_code == 0
    return folder


def test_a_project_holds_all_that_it_held_or_has_another_number(sample: Path, anew: Path) -> None:
    answer = command("project", "show", sample / "cells.objclass.h5", "--json")
    number = json.loads(answer.out)["format"]
    before, now = (of_project(folder / "cells.objclass.h5") for folder in (sample, anew))
    assert len(before) > 100
    assert number < VERSION or broken(before, now) == []


def test_a_table_has_all_columns_that_it_had_in_their_order(sample: Path, anew: Path) -> None:
    before, now = (
        (folder / "results/objects.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        for folder in (sample, anew)
    )
    assert [name for name in now if name in before] == before


def test_a_file_of_annotations_has_all_columns_that_it_had(sample: Path, anew: Path) -> None:
    (anew / "annotations.csv").unlink()
    answer = command("annotations", "new", anew / "cells.yaml")
    assert answer.code == 0, answer.err
    before, now = (
        (folder / "annotations.csv").read_text(encoding="utf-8").splitlines()
        for folder in (sample, anew)
    )
    columns = [next(line for line in lines if line[0] != "#").split(",") for lines in (before, now)]
    assert set(columns[0]) <= set(columns[1])


def test_what_a_cache_records_of_a_step_has_all_that_it_had(sample: Path, anew: Path) -> None:
    old, new = (DiskStore(folder / ".objclass") for folder in (sample, anew))
    before, now = (dict(store.last("cells.yaml")) for store in (old, new))
    steps = [key for key in before if not key.startswith(("raw.", "prob."))]
    assert len(steps) >= 4
    for key in steps:
        first, second = old.trace(before[key]), new.trace(now[key])
        assert first is not None
        assert second is not None
        assert broken(dict(of_json(first)), dict(of_json(second))) == [], key


@pytest.mark.parametrize("version", VERSIONS)
def test_json_documents_have_all_keys_that_they_had_or_another_number(version: str) -> None:
    before = json.loads((FORMATS / version / "documents.json").read_text(encoding="utf-8"))
    for name, keys in before["commands"].items():
        now = {key: kind for key, kind, _ in key_rows(KEYS[name] if name else ENVELOPE)}
        assert before["schema"] < SCHEMA or broken(keys, now) == [], name


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"a": "text", "b": "`x`, `y`", "c": "number"}, []),
        ({"a": "text", "b": "`x`, `y`, `z`"}, []),
        ({"b": "`x`, `y`"}, ["a: text before, nothing now"]),
        ({"a": "text, null", "b": "`x`, `y`"}, ["a: text before, text, null now"]),
        ({"a": "text", "b": "`x`, `z`"}, ["b: `x`, `y` before, `x`, `z` now"]),
    ],
)
def test_a_key_that_goes_or_changes_is_told_and_a_new_one_is_no_harm(
    now: dict[str, str], said: list[str]
) -> None:
    assert broken({"a": "text", "b": "`x`, `y`"}, now) == said
