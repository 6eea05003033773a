"""An array that is read by region gives what numpy gives of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.data.axes import to_order
from objclass.data.blocks import Region, chunk_runs, raster_slabs, storage_chunk, tiles
from objclass.data.lazy_array import LazyArray

ARRAY = np.arange(2 * 3 * 4 * 5, dtype=np.int32).reshape(2, 3, 4, 5)


def whole(lazy: LazyArray) -> np.ndarray:
    """All voxels, read one by one."""
    found = np.empty(lazy.shape, lazy.dtype)
    for voxel in tiles(lazy.shape, (1,) * len(lazy.shape)):
        found[voxel.slices] = lazy.read(voxel)
    return found


def test_a_part_counts_from_its_own_start() -> None:
    part = LazyArray.of(ARRAY, "tzyx").cut({"z": (1, 3), "x": (2, 5)})
    assert part.shape == (2, 2, 4, 3)
    assert np.array_equal(whole(part), ARRAY[:, 1:3, :, 2:5])


@pytest.mark.parametrize("order", ["tzyx", "xyzt", "ytxz", "tczyx", "zyxct"])
def test_axes_come_in_any_order(order: str) -> None:
    found = LazyArray.of(ARRAY, "tzyx").ordered(order)
    assert found.axes == order
    assert np.array_equal(whole(found), to_order(ARRAY, "tzyx", order))


def test_an_axis_of_one_may_go_and_a_longer_one_not() -> None:
    one = LazyArray.of(ARRAY[:1], "tzyx")
    assert np.array_equal(whole(one.ordered("zyx")), ARRAY[0])
    with pytest.raises(ValueError, match="axis t of length 2 has no place"):
        LazyArray.of(ARRAY, "tzyx").ordered("zyx")


def test_voxels_are_changed_as_they_are_read() -> None:
    halves = LazyArray.of(ARRAY, "tzyx").mapped(lambda piece: piece / 2, np.dtype(float))
    assert np.array_equal(whole(halves), ARRAY / 2)
    assert halves.nbytes == 120 * 8


def test_the_region_read_last_is_read_once() -> None:
    asked: list[Region] = []

    def read(region: Region) -> np.ndarray:
        asked.append(region)
        return ARRAY[0, 0][region.slices]

    lazy = LazyArray("yx", (4, 5), ARRAY.dtype, read).with_last_kept()
    left, right = Region((0, 0), (4, 2)), Region((0, 2), (4, 5))
    for region in (left, left, right, right, left):
        assert np.array_equal(lazy.read(region), ARRAY[0, 0][region.slices])
    assert asked == [left, right, left]


def test_an_image_of_frames_is_stored_in_pieces_of_one() -> None:
    assert storage_chunk((9, 600, 700, 3), "tyxc") == (1, 512, 512, 1)
    assert storage_chunk((9, 70, 80, 60), "tzyx") == (1, 64, 64, 60)
    assert storage_chunk((1, 600, 700), "zyx") == (1, 512, 512)


@pytest.mark.parametrize(
    ("most", "first"),
    [(1, (1, 2, 2)), (8, (1, 2, 4)), (12, (1, 2, 5)), (20, (1, 4, 5)), (60, (3, 4, 5))],
)
def test_a_run_of_chunks_is_as_long_as_it_may_be(most: int, first: tuple[int, ...]) -> None:
    shape, chunk = (3, 4, 5), (1, 2, 2)
    runs = list(chunk_runs(shape, chunk, most))
    assert runs[0].shape == first
    assert numbers(runs, shape, chunk) == list(range(3 * 2 * 3))


def numbers(runs: list[Region], shape: tuple[int, ...], chunk: tuple[int, ...]) -> list[int]:
    """The numbers, in raster order, of the chunks that the runs hold, as they come."""
    order = {tile.start: number for number, tile in enumerate(tiles(shape, chunk))}
    return [order[tile.moved(run.start).start] for run in runs for tile in tiles(run.shape, chunk)]


@pytest.mark.parametrize("chunk", [(1, 2, 2), (2, 2, 2), (1, 1, 1), (1, 4, 5)])
def test_slabs_follow_each_other_voxel_by_voxel(chunk: tuple[int, ...]) -> None:
    array = np.arange(60).reshape(3, 4, 5)
    slabs = [array[slab.slices].ravel() for slab in raster_slabs((3, 4, 5), chunk)]
    assert np.concatenate(slabs).tolist() == list(range(60))
    assert len(slabs) == {(1, 2, 2): 6, (2, 2, 2): 2, (1, 1, 1): 60, (1, 4, 5): 3}[chunk]
