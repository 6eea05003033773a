"""Objects in several pieces: what they are, how far apart, and that they cost what they are."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import in_parts

from objclass.segmentation import depth
from objclass.segmentation.cutting import Blocks
from objclass.segmentation.fragments import SPARSE, Fragments, ScatteredObjects, far_apart
from objclass.segmentation.grouping import GroupedRuns, by_value
from objclass.segmentation.index import index
from objclass.segmentation.runs import runs


def objects(array: np.ndarray) -> GroupedRuns:
    """The runs of every id."""
    return by_value(runs(array))[1]


def pairs(count: int, step: int = 20, edge: int = 10) -> np.ndarray:
    """Squares on a grid; every id has two, the first ones far apart."""
    out = np.zeros((count * step, count * step), np.uint32)
    half = count * count // 2
    numbers = np.concatenate([np.arange(1, half + 1), np.arange(half, 0, -1)])
    for place, number in enumerate(numbers):
        y, x = divmod(place, count)
        out[y * step + 3 : y * step + 3 + edge, x * step + 3 : x * step + 3 + edge] = number
    return out


def test_pieces_that_meet_at_a_corner_only_are_two() -> None:
    found = Fragments.of(objects(np.array([[1, 1, 0, 2], [0, 0, 1, 2]])))
    assert found.owner.tolist() == [0, 0, 1]
    assert found.pieces.size.tolist() == [2, 1, 2]


@pytest.mark.parametrize("shape", [(14, 17), (6, 9, 8)])
def test_pieces_are_those_of_scipy(shape: tuple[int, ...]) -> None:
    from scipy import ndimage

    random = np.random.default_rng(len(shape))
    for _ in range(20):
        array = random.integers(0, 4, shape)
        found = Fragments.of(objects(array))
        for row, value in enumerate(np.unique(array[array > 0])):
            labels, count = ndimage.label(array == value)
            assert (found.owner == row).sum() == count
            sizes = found.pieces.size[found.owner == row]
            assert sorted(sizes) == sorted(np.bincount(labels.ravel())[1:])


@pytest.mark.parametrize("shape", [(24, 31), (9, 14, 12)])
def test_the_deepest_voxel_of_pieces_is_the_deepest_of_the_whole(shape: tuple[int, ...]) -> None:
    from scipy import ndimage

    random = np.random.default_rng(5)
    for _ in range(20):
        array = np.zeros(shape, np.uint8)
        for _ in range(6):
            start = [random.integers(0, n - 3) for n in shape]
            box = tuple(slice(a, a + int(random.integers(1, 6))) for a in start)
            array[box] = random.integers(1, 3)
        made = index(array)
        for value, inside in zip(made.ids, made.inside, strict=True):
            padded = np.pad(array == value, 1)
            squares = np.rint(ndimage.distance_transform_edt(padded) ** 2)
            first = np.unravel_index(squares.argmax(), squares.shape)
            assert [int(n) - 1 for n in first] == inside.tolist()


def test_work_grows_with_the_voxels_of_objects_and_not_with_their_boxes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured: list[int] = []

    def count(name: str) -> None:
        plain = getattr(depth, name)

        def counting(objects: GroupedRuns, *more: object) -> object:
            measured.append(int(objects.edges.prod(axis=1).sum()))
            return plain(objects, *more)

        monkeypatch.setattr(depth, name, counting)

    count("_find_deepest")
    count("_search_deepest")
    for count in (10, 20):
        measured.clear()
        array = pairs(count)
        index(array)
        near = int(2 * SPARSE * np.count_nonzero(array))
        assert 0 < sum(measured) <= near


def test_far_pieces_are_far_whatever_the_blocks() -> None:
    array = pairs(30)
    whole, cut = ScatteredObjects(), ScatteredObjects()
    found = index(array, see=whole.see)
    again = in_parts(array, Blocks(array.shape, (512, 512)).regions, see=cut.see)
    assert found.stamp.tolist() == again.stamp.tolist()
    assert whole.ids.tolist() == cut.ids.tolist()
    assert len(whole.ids) > 400


def test_a_cell_that_another_cell_cuts_is_not_far_apart() -> None:
    array = np.zeros((40, 40), np.uint8)
    array[5:25, 5:25] = 1
    array[:, 12:18] = 2
    assert far_apart(objects(array)).tolist() == [False, False]


def test_a_thin_diagonal_is_one_piece_or_near_ones() -> None:
    array = np.eye(200, dtype=np.uint8)
    assert not far_apart(objects(array)).any()
