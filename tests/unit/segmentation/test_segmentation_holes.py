"""Holes are filled per object."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import Canvas, drawn, reader, scratch

from objclass.segmentation.cutting import Blocks
from objclass.segmentation.holes import fill_holes

RING = drawn(
    "111.2222",
    "1.1.2..2",
    "111.2.33",
    "....2.3.",
    "....2222",
)


def filled(label_image: np.ndarray) -> np.ndarray:
    """Fill the holes of an image in memory."""
    canvas = Canvas(label_image.shape, str(label_image.dtype))
    one = Blocks(label_image.shape, label_image.shape)
    fill_holes(reader(label_image), one, scratch, canvas.write)
    return canvas.voxels


def test_a_hole_gets_the_id_of_the_object_around_it() -> None:
    assert filled(RING)[1, 1] == 1


def test_background_between_two_objects_is_no_hole() -> None:
    np.testing.assert_array_equal(filled(RING)[:, 4:], RING[:, 4:])


def test_background_at_the_border_is_no_hole() -> None:
    at_border = drawn("1.1", "111")
    np.testing.assert_array_equal(filled(at_border), at_border)


def test_a_ring_around_an_island_is_no_hole() -> None:
    island = drawn("11111", "1...1", "1.2.1", "1...1", "11111")
    np.testing.assert_array_equal(filled(island), island)


def test_a_diagonal_gap_does_not_open_a_hole() -> None:
    made = filled(drawn("111.", "1.1.", "11.."))
    np.testing.assert_array_equal(made, drawn("111.", "111.", "11.."))


def test_in_3d_a_hole_is_closed_on_all_sides() -> None:
    volume = np.ones((3, 3, 3), np.uint16) * 9
    volume[1, 1, 1] = 0
    assert filled(volume)[1, 1, 1] == 9
    volume[0, 1, 1] = 0
    assert filled(volume)[1, 1, 1] == 0


def test_a_single_plane_is_filled_like_a_2d_image() -> None:
    np.testing.assert_array_equal(filled(RING[None])[0], filled(RING))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "uint64", "int32"])
def test_the_type_of_the_ids_stays(dtype: str) -> None:
    made = filled(RING.astype(dtype))
    assert made.dtype == dtype
    assert made[1, 1] == 1


def test_ids_beyond_32_bits_fill_their_holes() -> None:
    made = filled(RING.astype(np.uint64) << 40)
    assert made[1, 1] == 2**40


@pytest.mark.parametrize("block", [(1, 1), (2, 3), (3, 2), (5, 8), (9, 9)])
def test_blocks_fill_the_same_holes(block: tuple[int, int]) -> None:
    big = RING.repeat(2, 0).repeat(2, 1)
    canvas = Canvas(big.shape)
    fill_holes(reader(big), Blocks(big.shape, block, (1, 1)), scratch, canvas.write)
    np.testing.assert_array_equal(canvas.voxels, filled(big))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_an_image_without_voxels_has_no_holes(shape: tuple[int, int]) -> None:
    assert filled(np.zeros(shape, np.uint8)).shape == shape
