"""``write: {dictionary: …}`` says what every column of the object table means."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from commands import objclass

from workflows import several


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three images with two families; the classifier learns from the size alone."""
    bench = several(tmp_path)
    monkeypatch.chdir(tmp_path)
    bench.edit(
        ("annotations: annotations.csv\n", "annotations: annotations.csv\n    use: [size]\n")
    )
    return tmp_path


def told(*sets: str) -> dict[str, dict[str, str]]:
    """Run, and return the dictionary by column; it has the columns of the table, in order."""
    write = "out.write={table: o.csv, dictionary: d.csv}"
    answer = objclass("run", "cells.yaml", *(w for s in (write, *sets) for w in ("--set", s)))
    assert answer.code == 0, answer.err
    with Path("d.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with Path("o.csv").open(newline="") as file:
        assert [row["column"] for row in rows] == next(csv.reader(file))
    assert [row["column"] for row in rows if not row["definition"]] == []
    return {row["column"]: row for row in rows}


def test_every_column_has_a_definition_and_what_was_learned_from_says_so() -> None:
    found = told()
    assert found["size_voxels"]["unit"] == "voxel"
    assert found["size_voxels"]["family"] == "size"
    assert found["intensity_mean-0"]["channel"] == "0"
    assert found["intensity_mean-0"]["source"] != ""
    assert found["name"]["definition"] == "{name} of the image's files"
    assert [name for name, row in found.items() if row["learned_from"] == "yes"] == ["size_voxels"]


def test_it_follows_the_columns_and_names_of_the_table() -> None:
    found = told("out.columns=[size]", "out.names=ilastik")
    assert list(found)[:3] == ["object_id", "timestep", "labelimage_oid"]
    assert found["Probability of large"]["definition"] == "probability of the class"
    assert found["size_voxels"]["learned_from"] == "yes"
    assert "intensity_mean-0" not in found


def test_a_second_run_writes_nothing() -> None:
    told()
    write = "out.write={table: o.csv, dictionary: d.csv}"
    assert "out        cached" in objclass("run", "cells.yaml", "--set", write).out
