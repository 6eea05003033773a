"""Connected components, joining of blocks, numbering."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import drawn

from objclass.errors import InputError
from objclass.segmentation.components import (
    components,
    join_faces,
    merge,
    raster_numbering,
)


def test_objects_are_numbered_by_their_first_voxel() -> None:
    mask = drawn(
        "..1..1",
        "1.1..1",
        "1....1",
        "111.1.",
    )
    made, count = components(mask != 0)
    expected = drawn(
        "..1..2",
        "3.1..2",
        "3....2",
        "333.4.",
    )
    np.testing.assert_array_equal(made, expected)
    assert (count, made.dtype) == (4, np.uint32)


def test_voxels_join_only_with_equal_values() -> None:
    made, count = components(drawn("1122", "1.22", "33.1"))
    np.testing.assert_array_equal(made, drawn("1122", "1.22", "33.4"))
    assert count == 4


def test_corners_join_from_connectivity_two_on() -> None:
    mask = drawn("1.1", ".1.", "1.1")
    assert components(mask)[1] == 5
    assert components(mask, 2)[1] == 1


def test_edges_join_at_two_and_corners_at_three_in_3d() -> None:
    volume = np.zeros((2, 3, 3), bool)
    volume[0, 0, 0] = volume[1, 1, 0] = volume[0, 2, 1] = True
    assert [components(volume, c)[1] for c in (1, 2, 3)] == [3, 2, 1]


def test_a_touch_at_a_corner_is_seen_where_runs_end_together() -> None:
    """Two runs of different value end where the row above goes on with the second value."""
    made, count = components(drawn("1122", ".22."), 2)
    np.testing.assert_array_equal(made, drawn("1122", ".22."))
    assert count == 2
    assert components(drawn("1.2", ".2."), 2)[1] == 2


def test_a_spiral_is_one_object() -> None:
    mask = drawn(
        "1111111",
        "......1",
        "11111.1",
        "1...1.1",
        "1.111.1",
        "1.....1",
        "1111111",
    )
    assert components(mask)[1] == 1


def test_a_comb_closed_at_the_bottom_takes_the_number_of_its_first_tooth() -> None:
    made, count = components(drawn("1.1.1", "1.1.1", "11111"))
    assert count == 1
    assert set(made.ravel()) == {0, 1}


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int64", ">u2", ">i4"]
)
def test_every_integer_type_gives_the_same_objects(dtype: str) -> None:
    made, _ = components(drawn("1.1", "1.1").astype(dtype))
    np.testing.assert_array_equal(made, drawn("1.2", "1.2"))


def test_ids_above_two_to_the_31_and_32_stay_apart() -> None:
    values = np.array([[2**31, 2**31 + 1, 0, 2**40, 2**40 + 2**32]], np.uint64)
    np.testing.assert_array_equal(components(values)[0], [[1, 2, 0, 3, 4]])


def test_numbers_that_are_not_whole_are_no_ids() -> None:
    with pytest.raises(InputError, match="whole numbers; got float32"):
        components(np.ones((2, 2), np.float32))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0, 2), (2, 3, 0)])
def test_an_image_without_voxels_has_no_objects(shape: tuple[int, ...]) -> None:
    made, count = components(np.zeros(shape, bool))
    assert (made.shape, count) == (shape, 0)


def test_one_voxel_is_an_object() -> None:
    made, count = components(np.ones((1, 1, 1), bool))
    assert (made.item(), count) == (1, 1)


def test_a_full_image_is_one_object() -> None:
    assert components(np.ones((4, 5, 6), bool))[1] == 1


def test_a_read_only_view_in_another_memory_order_is_fine() -> None:
    mask = drawn("1.1", "111", "..1").T
    mask.flags.writeable = False
    np.testing.assert_array_equal(components(mask)[0], components(mask.copy())[0])


def test_faces_join_ids_that_lie_against_each_other() -> None:
    a, b = np.array([1, 1, 0, 2, 3]), np.array([7, 7, 7, 0, 8])
    np.testing.assert_array_equal(join_faces(a, b), [[1, 7], [3, 8]])


def test_faces_join_only_equal_values() -> None:
    a, b = np.array([1, 2]), np.array([7, 8])
    pairs = join_faces(a, b, np.array([5, 6]), np.array([5, 5]))
    np.testing.assert_array_equal(pairs, [[1, 7]])


def test_faces_join_at_an_angle_from_connectivity_two_on() -> None:
    a, b = np.array([1, 0, 0]), np.array([0, 7, 0])
    assert len(join_faces(a, b)) == 0
    np.testing.assert_array_equal(join_faces(a, b, connectivity=2), [[1, 7]])


def test_the_smallest_id_of_a_union_is_its_root() -> None:
    roots = merge(6, np.array([[5, 4], [4, 2], [6, 3]]))
    np.testing.assert_array_equal(roots, [0, 1, 2, 3, 2, 2, 3])


def test_final_ids_follow_the_first_voxels() -> None:
    np.testing.assert_array_equal(raster_numbering(np.array([40, 3, 7])), [3, 1, 2])
