"""Voxels come one after the other, whatever the layers of chunks that they are read by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from objclass.data.blocks import Region, tiles
from objclass.data.lazy_array import LazyArray
from objclass.io import raster
from objclass.io.output import NewFile
from objclass.io.raster import RasterFile, in_raster_order, regrouped

VOLUME = np.arange(70 * 66 * 5, dtype=np.uint32).reshape(70, 66, 5)


@pytest.mark.parametrize(("block", "slab"), [(2**21, 2**26), (999, 2**26), (999, 4096), (1, 0)])
def test_voxels_come_in_raster_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, slab: int
) -> None:
    monkeypatch.setattr(raster, "BLOCK", block)
    monkeypatch.setattr(raster, "SLAB_BYTES", slab)
    found = list(in_raster_order(LazyArray.of(VOLUME, "zyx"), tmp_path))
    assert np.array_equal(np.concatenate(found), VOLUME.ravel())
    assert list(tmp_path.iterdir()) == []


def test_no_chunk_is_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "BLOCK", 64 * 64 * 5)
    asked: list[Region] = []

    def read(region: Region) -> np.ndarray:
        asked.append(region)
        return VOLUME[region.slices]

    lazy = LazyArray("zyx", VOLUME.shape, VOLUME.dtype, read)
    list(in_raster_order(lazy, tmp_path))
    chunks = [tile.start for region in asked for tile in tiles(region.shape, lazy.chunk)]
    assert [region.start for region in asked] == [(0, 0, 0), (0, 64, 0), (64, 0, 0)]
    assert len(chunks) == 4  # 2 along z, 2 along y


def test_a_layer_that_was_given_up_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raster, "BLOCK", 999)
    monkeypatch.setattr(raster, "SLAB_BYTES", 0)
    pieces = in_raster_order(LazyArray.of(VOLUME, "zyx"), tmp_path)
    next(pieces)
    assert isinstance(pieces, Iterator)
    del pieces
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tile", [(1, 1, 1), (2, 3, 4), (1, 7, 9), (6, 2, 9), (6, 7, 9)])
def test_regions_lie_at_their_places_in_a_file(tmp_path: Path, tile: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 2**16, (6, 7, 9)).astype(np.uint16)
    with NewFile(tmp_path / "a") as file:
        file.write(b"head")
        body = RasterFile(file, 4, array.shape, 2)
        for region in reversed(list(tiles(array.shape, tile))):
            body.write(region, array[region.slices])
    assert (tmp_path / "a").read_bytes() == b"head" + array.tobytes()


def test_pieces_are_cut_and_joined() -> None:
    pieces = (np.arange(a, b) for a, b in ((0, 4), (4, 5), (5, 11)))
    assert [p.tolist() for p in regrouped(pieces, [1, 2, 4, 4])] == [
        [0],
        [1, 2],
        [3, 4, 5, 6],
        [7, 8, 9, 10],
    ]
