from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.runs import runs_of


def test_runs_are_sorted_by_object_and_keep_raster_order() -> None:
    labels = np.array([[2, 2, 0, 1], [0, 1, 1, 2]], np.uint8)
    runs = runs_of(labels, np.array([1, 2], np.uint64))
    assert runs.pieces.tolist() == [[0, 0, 3, 1], [0, 1, 1, 2], [0, 0, 0, 2], [0, 1, 3, 1]]
    assert runs.first.tolist() == [0, 2, 4]
    assert runs.voxel.tolist() == [0, 3, 6]


def test_objects_outside_the_batch_are_left_out() -> None:
    labels = np.array([[1, 9, 300, 3]], np.uint16)
    assert runs_of(labels, np.array([9], np.uint64)).pieces.tolist() == [[0, 0, 1, 1]]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64", ">u4"])
def test_values_come_object_by_object_for_every_dtype(dtype: str) -> None:
    labels = np.random.default_rng(0).integers(0, 4, (5, 6, 40)).astype(dtype)
    image = np.arange(labels.size, dtype=np.float32).reshape(labels.shape)
    runs = runs_of(labels, np.array([1, 3], np.uint64))
    assert runs.values(image).tolist() == [*image[labels == 1], *image[labels == 3]]
    assert runs.size.tolist() == [(labels == 1).sum(), (labels == 3).sum()]


def test_ids_beyond_two_to_the_63_are_found() -> None:
    ids = np.array([5, 2**40, 2**64 - 1], np.uint64)
    labels = np.array([[2**64 - 1, 5, 2**40, 2**40 + 1]], np.uint64)
    assert runs_of(labels, ids).pieces[:, 2].tolist() == [1, 2, 0]


@pytest.mark.parametrize("planes", [1, 3])
def test_many_runs_grow_the_buffer(planes: int) -> None:
    labels = np.tile(np.array([1, 2, 0], np.uint8), (planes, 60, 40))
    found = runs_of(labels, np.array([1, 2], np.uint64))
    assert found.size.tolist() == [2400 * planes, 2400 * planes]
    assert found.values(np.indices(labels.shape)[0]).tolist() == [
        z for _ in "12" for z in range(planes) for _ in range(2400)
    ]


def test_crops_need_not_be_contiguous() -> None:
    labels = np.zeros((6, 8), np.uint8)
    labels[2:4, 2:5] = 1
    assert runs_of(labels[1:5, ::2], np.array([1], np.uint64)).size.tolist() == [4]
