"""The index of a label image."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from plain_segmentation import drawn, in_parts, index_rows

from objclass.data.labels import Index
from objclass.segmentation.cutting import Blocks
from objclass.segmentation.index import index


def rows(made: Index) -> Iterator[tuple]:
    for k in range(len(made)):
        box = tuple(map(int, made.start[k])), tuple(map(int, made.stop[k]))
        inside = tuple(map(int, made.inside[k]))
        border = bool(made.touches_border[k])
        yield int(made.ids[k]), *box, int(made.size[k]), inside, border, made.stamp[k].decode()


def test_box_size_and_border_of_an_object_can_be_counted() -> None:
    made = index(drawn("....", ".77.", ".7..", "...."))
    assert rows(made).__next__()[:6] == (7, (1, 1), (3, 3), 3, (1, 1), False)


def test_objects_at_each_side_touch_the_border() -> None:
    made = index(drawn(".1...", "2...3", "..5..", "...4."))
    np.testing.assert_array_equal(made.touches_border, [True, True, True, True, False])


def test_first_and_last_plane_are_border_unless_there_is_one_plane() -> None:
    volume = np.zeros((3, 5, 5), np.uint8)
    volume[0, 2, 2], volume[1, 2, 2], volume[2, 2, 2] = 1, 2, 3
    np.testing.assert_array_equal(index(volume).touches_border, [True, False, True])
    assert not index(volume[:1]).touches_border.any()


def test_the_deepest_voxel_is_farthest_from_everything_else() -> None:
    made = index(
        drawn(
            "1111111..",
            "111111111",
            "111111111",
            "1111111..",
            "1111111..",
        )
    )
    np.testing.assert_array_equal(made.inside, [[2, 2]])


def test_other_objects_count_as_outside() -> None:
    made = index(drawn("11111", "11111", "11121", "11111", "11111"))
    np.testing.assert_array_equal(made.inside[0], [1, 1])
    np.testing.assert_array_equal(made.inside[1], [2, 3])


def test_a_u_shape_has_its_deepest_voxel_in_the_object_not_at_its_centre() -> None:
    label_image = drawn("11...11", "11...11", "1111111", "1111111", "1111111")
    made = index(label_image)
    assert label_image[tuple(made.inside[0])] == 1


def test_a_plane_of_a_stack_is_measured_like_a_2d_image() -> None:
    flat = drawn("111", "111", "111")
    np.testing.assert_array_equal(index(flat[None]).inside, [[0, 1, 1]])
    assert (index(flat[None]).stamp == index(flat).stamp).all()


def test_the_stamp_is_made_of_place_and_voxels_only() -> None:
    label_image = drawn("....", ".11.", "...2")
    moved = index(label_image[1:, 1:], origin=(0, 1, 1))
    assert (index(label_image * 9).stamp == moved.stamp).all()
    assert moved.stamp.dtype == "S11"
    assert moved.stamp[0].startswith(b"o")


def test_the_stamp_changes_with_frame_place_and_voxels() -> None:
    one = index(drawn(".1.")).stamp[0]
    others = [
        index(drawn(".1."), t=1),
        index(drawn("1..")),
        index(drawn(".11")),
        index(drawn(".1."), origin=(0, 0, 1)),
    ]
    assert all(other.stamp[0] != one for other in others)
    assert index(drawn(".1."), origin=(5, 0, 0)).stamp[0] == one


def test_two_pieces_of_one_id_are_one_object() -> None:
    made = index(drawn("4..4", "4..."))
    assert len(made) == 1
    assert (made.size[0], tuple(made.stop[0])) == (3, (2, 4))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "uint32", "uint64", "int32"])
def test_every_id_type_gives_the_same_index(dtype: str) -> None:
    label_image = drawn("11.", ".1.", "1.1").astype(dtype)
    assert list(rows(index(label_image))) == index_rows(label_image)


def test_sparse_ids_beyond_32_bits_are_kept() -> None:
    label_image = np.array([[2**63, 0, 2**33, 2**33], [7, 7, 0, 2**63]], np.uint64)
    made = index(label_image)
    np.testing.assert_array_equal(made.ids, np.array([7, 2**33, 2**63], np.uint64))
    assert list(rows(made)) == index_rows(label_image)


@pytest.mark.parametrize("shape", [(4, 5), (0, 3), (3, 0, 2), (2, 3, 4)])
def test_an_image_without_objects_has_an_empty_index(shape: tuple[int, ...]) -> None:
    made = index(np.zeros(shape, np.uint32))
    assert len(made) == 0
    assert made.start.shape == made.inside.shape == (0, len(shape))
    assert (made.stamp.dtype, made.ids.dtype) == (np.dtype("S11"), np.uint64)


@pytest.mark.parametrize("shape", [(9, 11), (5, 6, 7), (1, 8, 8), (4, 1, 1)])
def test_every_column_is_that_of_the_plain_twin(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(9)
    for full in (0.3, 0.7, 1.0):
        label_image = rng.integers(1, 4, shape) * (rng.random(shape) < full)
        made = index(label_image, (2, 3, 4), 5)
        assert list(rows(made)) == index_rows(label_image, (2, 3, 4), 5)


@pytest.mark.parametrize("block", [(3, 3), (7, 2), (1, 1), (40, 40)])
def test_blocks_give_the_index_of_the_whole_image(block: tuple[int, int]) -> None:
    rng = np.random.default_rng(10)
    label_image = rng.integers(0, 4, (13, 17)).repeat(2, 0).astype(np.uint64) << 40
    blocks = Blocks(label_image.shape, block, (1, 1))
    made = in_parts(label_image, blocks.regions, (0, 5, 6), 2)
    assert list(rows(made)) == index_rows(label_image, (0, 5, 6), 2)


def test_parts_may_come_in_any_order_and_from_several_threads() -> None:
    label_image = np.random.default_rng(15).integers(0, 5, (40, 50)).repeat(3, 1)
    blocks = Blocks(label_image.shape, (7, 9), (1, 1))
    with ThreadPoolExecutor(4) as pool:
        made = in_parts(label_image, blocks.regions[::-1], each=pool.map)
    assert list(rows(made)) == index_rows(label_image)


def test_an_object_is_seen_once_when_all_its_voxels_have_come() -> None:
    """Object 1 ends in the second block, 2 in the last one."""
    label_image, seen = drawn("1112", "1.22", "3.22"), []
    blocks = Blocks((3, 4), (2, 2), (2, 2))
    in_parts(label_image, blocks.regions, see=lambda ids, _: seen.extend(ids.tolist()))
    assert seen == [1, 3, 2]


def test_an_image_without_voxels_has_no_parts_and_an_empty_index() -> None:
    made = in_parts(np.zeros((0, 4), np.uint8), [])
    assert len(made) == 0
    assert made.start.shape == (0, 2)
