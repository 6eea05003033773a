"""Sizes, the size filter and new numbers."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import drawn

from objclass.segmentation.sizes import (
    apply,
    by_first_voxel,
    counts,
    outside,
    renumber,
    within,
)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64", "bool"])
def test_voxels_are_counted_per_id(dtype: str) -> None:
    label_image = drawn("11.", "1.1").astype(dtype)
    np.testing.assert_array_equal(counts(label_image, 2), [2, 4, 0])


def test_both_limits_are_inside() -> None:
    keep = within(np.array([99, 2, 3, 4, 5, 6]), 3, 5)
    np.testing.assert_array_equal(keep, [False, False, True, True, True, False])


def test_no_upper_limit_keeps_every_size() -> None:
    assert within(np.array([0, 10**12]), 0)[1]


def test_an_id_without_voxels_is_never_kept() -> None:
    assert not within(np.array([5, 0]), 0)[1]


def test_dropped_objects_are_counted_on_both_sides() -> None:
    assert outside(np.array([99, 0, 1, 2, 3, 9, 9]), 2, 5) == (1, 2)
    assert outside(np.array([99, 0, 1, 9]), 2) == (1, 0)


def test_kept_ids_are_renumbered_in_order() -> None:
    table = renumber(np.array([False, True, False, True, True]))
    np.testing.assert_array_equal(table, [0, 1, 0, 2, 3])
    assert table.dtype == np.uint32


def test_a_table_is_applied_to_every_voxel() -> None:
    made = apply(drawn("12", "31"), np.array([0, 5, 0, 7], np.uint32))
    np.testing.assert_array_equal(made, [[5, 0], [7, 5]])


def test_ids_are_numbered_by_first_voxel() -> None:
    table = by_first_voxel(drawn(".3", "15"), 5)
    np.testing.assert_array_equal(table, [0, 2, 0, 1, 0, 3])
