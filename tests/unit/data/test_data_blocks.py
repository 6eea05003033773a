"""Boxes and block grids: the only index arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objclass.data.blocks import Region, chunk_shape, tiles


def test_the_stop_of_a_region_is_not_inside() -> None:
    region = Region((2, 3), (5, 4))
    assert region.shape == (3, 1)
    assert region.size == 3
    assert np.arange(100).reshape(10, 10)[region.slices].tolist() == [[23], [33], [43]]


def test_a_region_that_ends_before_it_starts_is_empty() -> None:
    assert Region((5, 5), (3, 8)).shape == (0, 3)
    assert Region((5, 5), (3, 8)).size == 0


def test_the_whole_image_starts_at_zero() -> None:
    assert Region.whole((4, 5, 6)) == Region((0, 0, 0), (4, 5, 6))


def test_a_read_region_grows_by_the_halo_and_stops_at_the_image() -> None:
    region = Region((0, 10), (4, 14))
    assert region.grown((2, 3), (20, 15)) == Region((0, 7), (6, 15))


def test_a_region_is_found_inside_what_was_read_around_it() -> None:
    image = np.arange(100).reshape(10, 10)
    write = Region((4, 4), (6, 7))
    read = write.grown((2, 2), image.shape)
    inside = image[read.slices][write.within(read)]
    assert np.array_equal(inside, image[write.slices])


def test_two_regions_unite_to_the_box_around_both() -> None:
    assert Region((1, 5), (3, 6)).united(Region((0, 7), (2, 9))) == Region((0, 5), (3, 9))


def test_a_write_region_grows_to_chunk_borders_or_the_image_border() -> None:
    assert Region((3, 60), (5, 65)).aligned((4, 64), (6, 100)) == Region((0, 0), (6, 100))
    assert Region((4, 64), (8, 128)).aligned((4, 64), (100, 128)) == Region((4, 64), (8, 128))


def test_blocks_come_in_raster_order_and_the_last_is_clipped() -> None:
    assert [(r.start, r.stop) for r in tiles((3, 5), (2, 4))] == [
        ((0, 0), (2, 4)),
        ((0, 4), (2, 5)),
        ((2, 0), (3, 4)),
        ((2, 4), (3, 5)),
    ]


def test_no_block_is_the_whole_image_as_one() -> None:
    assert list(tiles((3, 5), None)) == [Region.whole((3, 5))]


def test_an_empty_image_has_no_blocks() -> None:
    assert list(tiles((0, 5), (2, 2))) == []
    assert list(tiles((0, 5), None)) == []


def test_chunks_are_fixed_by_the_number_of_dimensions() -> None:
    assert chunk_shape((9, 9)) == (512, 512)
    assert chunk_shape((9, 9, 9)) == (64, 64, 64)


@st.composite
def grids(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape and a block of as many dimensions."""
    shape = tuple(draw(st.lists(st.integers(0, 9), min_size=2, max_size=3)))
    return shape, tuple(draw(st.integers(1, 12)) for _ in shape)


@given(grids())
def test_every_voxel_lies_in_exactly_one_block(grid: tuple[tuple[int, ...], ...]) -> None:
    shape, block = grid
    hits = np.zeros(shape, int)
    for region in tiles(shape, block):
        assert region.size > 0
        hits[region.slices] += 1
    assert (hits == 1).all()


@given(grids(), st.data())
def test_a_region_lies_in_its_aligned_one(
    grid: tuple[tuple[int, ...], ...], data: st.DataObject
) -> None:
    shape, chunk = grid
    start = tuple(data.draw(st.integers(0, n)) for n in shape)
    stop = tuple(data.draw(st.integers(a, n)) for a, n in zip(start, shape, strict=True))
    region = Region(start, stop)
    wide = region.aligned(chunk, shape)
    assert wide.united(region) == wide
    assert all(a % c == 0 for a, c in zip(wide.start, chunk, strict=True))
    for b, c, n in zip(wide.stop, chunk, shape, strict=True):
        assert b == n or b % c == 0


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (7, 3, 2)])
def test_growing_by_nothing_changes_nothing(shape: tuple[int, ...]) -> None:
    whole = Region.whole(shape)
    assert whole.grown((0,) * len(shape), shape) == whole
