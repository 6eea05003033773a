"""Which objects stay."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import drawn

from objclass.segmentation.selection import (
    add,
    border_ids,
    map_ids,
    mostly_inside,
    overlaps,
)

OBJECTS = drawn("11.22.", "11.22.", "....33")
REGIONS = drawn("777788", "77..88", "..8888")
IDS = np.array([1, 2, 3], np.uint64)


def test_shared_voxels_are_counted_per_pair() -> None:
    made = overlaps(OBJECTS, REGIONS)
    np.testing.assert_array_equal(made.objects, [1, 2, 2, 3])
    np.testing.assert_array_equal(made.regions, [7, 7, 8, 8])
    np.testing.assert_array_equal(made.voxels, [4, 1, 2, 2])


def test_the_region_with_most_voxels_is_that_of_the_object() -> None:
    regions = overlaps(OBJECTS, REGIONS).largest(np.array([1, 2, 3, 9], np.uint64))
    np.testing.assert_array_equal(regions, [7, 8, 8, 0])


def test_on_equal_numbers_the_smaller_region_wins() -> None:
    made = overlaps(drawn("1111"), drawn("5533")).largest(IDS[:1])
    np.testing.assert_array_equal(made, [3])


def test_an_object_is_inside_with_more_than_half_of_its_voxels() -> None:
    sizes = np.array([4, 4, 2])
    shared = overlaps(OBJECTS, drawn("11..1.", ".1..1.", "....1.") != 0)
    np.testing.assert_array_equal(shared.total(IDS), [3, 2, 1])
    np.testing.assert_array_equal(mostly_inside(IDS, sizes, shared), [True, False, False])


def test_overlaps_of_blocks_add_up() -> None:
    cuts = [np.s_[:2, :4], np.s_[:2, 4:], np.s_[2:, :]]
    made = add(overlaps(OBJECTS[cut], REGIONS[cut]) for cut in cuts)
    whole = overlaps(OBJECTS, REGIONS)
    np.testing.assert_array_equal(made.voxels, whole.voxels)
    np.testing.assert_array_equal(made.objects, whole.objects)
    assert len(add([]).voxels) == 0


def test_border_objects_are_found_at_every_side() -> None:
    made = border_ids(drawn("..1..", ".99.2", "3....", "...4."))
    np.testing.assert_array_equal(made, [1, 2, 3, 4])


def test_planes_are_border_in_3d_but_not_of_a_single_plane() -> None:
    volume = np.zeros((3, 3, 3), np.uint8)
    volume[0, 1, 1] = 5
    np.testing.assert_array_equal(border_ids(volume), [5])
    assert len(border_ids(volume[:1])) == 0
    assert len(border_ids(np.zeros((0, 3), np.uint8))) == 0


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "uint64"])
def test_ids_become_their_targets_and_unknown_ones_background(dtype: str) -> None:
    ids, targets = np.array([1, 3], np.uint64), np.array([30, 10], np.uint32)
    made = map_ids(OBJECTS.astype(dtype), ids, targets)
    expected = np.where(OBJECTS == 1, 30, np.where(OBJECTS == 3, 10, 0))
    np.testing.assert_array_equal(made, expected)
    assert made.dtype == np.uint32


def test_large_ids_can_be_kept_or_renumbered() -> None:
    big = OBJECTS.astype(np.uint64) << 50
    kept = np.array([2 << 50], np.uint64)
    np.testing.assert_array_equal(map_ids(big, kept, kept), np.where(big == kept, big, 0))
    assert not map_ids(big, kept[:0], kept[:0]).any()
