"""Paint on objects says their classes."""

from __future__ import annotations

import numpy as np
from drawn_labels import ids_of

from objclass.annotations.painted import PaintedObject, painted_objects

IDS = ids_of(
    "AAA.BBB",
    "AAA.BBB",
)


def painted(*lines: str) -> tuple[list[tuple[int, int]], int]:
    paint = np.array([[int(mark) for mark in line] for line in lines])
    found, missed = painted_objects(IDS, paint)
    assert all(IDS[each.voxel] == each.object for each in found)
    assert all(paint[each.voxel] == each.value for each in found)
    return [(each.object, each.value) for each in found], missed


def test_an_object_has_the_class_that_is_painted_on_it() -> None:
    assert painted("1100000", "0000022") == ([(1, 1), (2, 2)], 0)


def test_no_paint_is_no_object_and_paint_beside_objects_is_counted() -> None:
    assert painted("0000000", "0000000") == ([], 0)
    assert painted("0001000", "0001001") == ([(2, 1)], 2)


def test_a_brush_that_strays_over_a_border_does_no_harm() -> None:
    assert painted("1111111", "0000022")[0] == [(1, 1), (2, 1)]
    paint = np.array([[1, 1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 2, 2, 2]])
    found, _ = painted_objects(IDS, paint)
    assert [(each.value, each.disputed) for each in found] == [(1, ()), (2, ())]


def test_an_object_painted_half_and_half_is_disputed() -> None:
    paint = np.array([[1, 1, 1, 0, 0, 0, 0], [2, 2, 2, 0, 0, 0, 0]])
    (found,), _ = painted_objects(IDS, paint)
    assert found == PaintedObject(1, 1, found.voxel, (1, 2))
