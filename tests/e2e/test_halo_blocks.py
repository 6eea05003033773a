"""``mode: halo`` in workflows: what is in its table, its images and its recipe.

The discs lie at x = 8, 24, 40 and 56. Blocks of 24 columns cut the three at x = 24: the large
one of 113 voxels into 50 and 63, the small ones of 29 into 11 and 18.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from commands import objclass

from workflows import Bench, Ran, deep, flat, labelled, series, write_map

HALO = "kind: blockwise\n    mode: halo\n    block: {BLOCK}\n    halo: {HALO}"
FLAT = {"block": "y: 48, x: 24", "halo": "y: 0, x: 0"}
WHOLE = {
    flat: {"block": "y: 20, x: 20", "halo": "y: 14, x: 14"},
    deep: {"block": "z: 2, y: 20, x: 24", "halo": "z: 5, y: 14, x: 14"},
    series: {"block": "y: 20, x: 20", "halo": "y: 14, x: 14"},
}
PLACELESS = ("measure: [size, intensity]", "measure: [size, intensity_mean]")
"""Features that do not depend on the place of an object."""


def by_halo(bench: Bench, block: str, halo: str) -> Bench:
    """The same workflow with blocks that see a halo."""
    new = HALO.replace("BLOCK", block).replace("HALO", halo)
    return bench.edit(("kind: predict", new), PLACELESS)


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "results/objects.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(folder: Path, name: str) -> list[int]:
    return [int(float(row[name])) for row in table(folder)]


def classes(folder: Path) -> np.ndarray:
    return tifffile.imread(folder / "results/raw_classes.tif")


def test_the_table_has_a_row_for_every_piece(tmp_path: Path) -> None:
    assert by_halo(flat(tmp_path), **FLAT).run().statuses == {"ran"}
    assert column(tmp_path, "object") == list(range(1, 16))
    assert column(tmp_path, "blockwise_block") == [1] * 6 + [2] * 6 + [3] * 3
    pieces: dict[str, list[int]] = {}
    for row in table(tmp_path):
        pieces.setdefault(row["blockwise_object"], []).append(int(row["blockwise_size"]))
    assert len(pieces) == 12
    cut = [sizes for sizes in pieces.values() if len(sizes) > 1]
    assert sorted(cut) == [[11, 18], [11, 18], [50, 63]]
    assert column(tmp_path, "blockwise_seen") == column(tmp_path, "blockwise_size")
    assert column(tmp_path, "size_voxels") == column(tmp_path, "blockwise_seen")


def test_a_piece_is_judged_by_what_its_block_and_halo_show(tmp_path: Path) -> None:
    by_halo(flat(tmp_path), "y: 48, x: 24", "y: 0, x: 2").run()
    seen = {int(row["blockwise_size"]): int(row["blockwise_seen"]) for row in table(tmp_path)}
    assert seen[50] == 50 + 13 + 11
    assert seen[63] == 63 + 11 + 11
    assert seen[113] == 113


@pytest.mark.parametrize("make", WHOLE, ids=lambda make: make.__name__)
def test_a_halo_that_shows_whole_objects_paints_what_predict_does(
    make: Callable[[Path], Bench], tmp_path: Path
) -> None:
    make(tmp_path).edit(PLACELESS).run()
    exact = classes(tmp_path)
    bench = by_halo(make(tmp_path), **WHOLE[make])
    assert bench.run().statuses <= {"ran", "cached"}
    assert set(np.unique(exact)) == {0, 1, 2}
    np.testing.assert_array_equal(classes(tmp_path), exact)
    assert len(set(column(tmp_path, "blockwise_block"))) > 1


def test_every_frame_has_pieces_of_its_own(tmp_path: Path) -> None:
    by_halo(series(tmp_path), **FLAT).run()
    assert column(tmp_path, "t") == [0] * 15 + [1] * 15 + [2] * 15
    assert column(tmp_path, "object") == list(range(1, 16)) * 3


def run_again(bench: Bench, old: str, new: str) -> Ran:
    return bench.edit((old, new)).run()


@pytest.mark.parametrize(("old", "new"), [("x: 24", "x: 30"), ("x: 0", "x: 1")])
def test_block_and_halo_are_in_the_recipe_of_mode_halo(old: str, new: str, tmp_path: Path) -> None:
    bench = by_halo(flat(tmp_path), **FLAT)
    bench.run()
    again = run_again(bench, old, new)
    assert again.state("predicted.pieces") == again.state("predicted.features") == "ran"
    assert again.state("measured") == "cached"
    assert again.state("project") == "ran"  # it holds the block, which is a result's


def test_the_block_is_in_no_recipe_of_mode_exact(tmp_path: Path) -> None:
    bench = flat(tmp_path).edit(("kind: predict", "kind: blockwise\n    block: 24"))
    bench.run()
    again = run_again(bench, "block: 24", "block: 30")
    assert again.statuses == {"cached"}


def test_the_same_twice_is_cached(tmp_path: Path) -> None:
    bench = by_halo(flat(tmp_path), **FLAT)
    bench.run()
    assert bench.run().statuses == {"cached"}


def test_a_block_as_large_as_the_image_is_the_same_as_a_larger_one(tmp_path: Path) -> None:
    bench = by_halo(flat(tmp_path), "y: 48, x: 64", "y: 2, x: 2")
    bench.run()
    again = run_again(bench, "y: 48, x: 64", "y: 100, x: 64")
    assert again.state("predicted") == "cached"


def test_ids_of_a_file_are_told_beside_the_pieces(tmp_path: Path) -> None:
    bench = labelled(tmp_path)
    more = (
        "  classes: {kind: classifier, features: measured, annotations: annotations.csv}\n"
        "  predicted: {kind: blockwise, features: measured, classifier: classes, mode: halo, "
        "block: {y: 48, x: 24}, halo: {y: 0, x: 0}}\n"
        "  out: {kind: export, from: predicted, write: {table: results/objects.csv}}\n"
    )
    bench.text += more
    bench.annotate([("large", 8, 8), ("small", 24, 8), ("large", 8, 40), ("small", 8, 56)])
    assert bench.edit().run().statuses == {"ran"}
    assert set(column(tmp_path, "blockwise_object")) == {5 + 1000 * k for k in range(12)}


def test_an_image_without_objects_has_an_empty_table(tmp_path: Path) -> None:
    bench = by_halo(flat(tmp_path), **FLAT)
    bench.run()
    nothing = np.zeros((48, 64), np.uint8)
    tifffile.imwrite(tmp_path / "empty.tif", nothing, photometric="minisblack")
    write_map(tmp_path / "empty.h5", nothing.astype(np.float32))
    answer = objclass(
        "batch", tmp_path / "cells.objclass.h5", "--raw", tmp_path / "empty.tif",
        "--prediction-map", tmp_path / "empty.h5", "--out", tmp_path / "out",
    )  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    with (tmp_path / "out" / "empty_objects.csv").open(encoding="utf-8") as file:
        found = list(csv.reader(file))
    assert len(found) == 1
    assert "blockwise_object" in found[0]
