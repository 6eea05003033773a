"""``missing:`` of a classifier: what missing values become is counted, told and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import typed

from workflows import Bench, flat

LEARNING = "    annotations: annotations.csv\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Twelve discs; a disc has no orientation."""
    measured = ("measure: [size, intensity]", "measure: [size, axes]")
    return flat(tmp_path).edit(measured)


def learning(bench: Bench, rule: str) -> Bench:
    used = f"    use: [size, axes_orientation]\n    missing: {rule}\n"
    return bench.edit((LEARNING, LEARNING + used))


def test_imputing_is_told_in_a_run_and_in_a_batch_and_shown_of_a_project(bench: Bench) -> None:
    screen = typed("run cells.yaml", learning(bench, "impute").folder)
    told = "medians of training for missing values of 12 objects"
    assert screen.code == 0
    assert told in screen.out
    assert told in typed("run cells.yaml", bench.folder).out  # cached
    shown = typed("project show cells.objclass.h5", bench.folder).out
    assert "missing values became the median: axes_orientation 8" in shown
    done = typed(
        "batch cells.objclass.h5 --raw raw.tif --prediction-map prob.h5 --out out", bench.folder
    )
    assert (done.code, "classes" in done.err) == (0, False)
    own = (bench.folder / "results/objects.csv").read_text(encoding="utf-8").splitlines()
    there = (bench.folder / "out/raw_objects.csv").read_text(encoding="utf-8").splitlines()
    assert len(own) == len(there) == 13


def test_zero_says_nothing_of_medians(bench: Bench) -> None:
    screen = typed("run cells.yaml", learning(bench, "zero").folder)
    assert "medians" not in screen.out
    shown = typed("project show cells.objclass.h5", bench.folder).out
    assert "missing values became 0: axes_orientation 8" in shown


def test_refusing_names_columns_and_objects(bench: Bench) -> None:
    screen = typed("run cells.yaml", learning(bench, "refuse").folder)
    assert screen.code == 1
    named = "axes_orientation (8 of 8 objects: 1 of 'raw', 3 of 'raw', 2 of 'raw' and 5 more)"
    assert named in screen.out + screen.err
