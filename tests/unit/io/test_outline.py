"""A point inside an outline."""

from __future__ import annotations

import pytest

from objclass.io.annotation_formats.outline import centroid, holds, inside_point

SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0)]
HORSESHOE = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (6.0, 9.0), (6.0, 2.0), (3.0, 2.0), (3.0, 9.0),
             (0.0, 9.0)]  # fmt: skip


def test_the_middle_of_a_square_is_inside() -> None:
    assert inside_point(SQUARE) == centroid(SQUARE) == (2, 1)


def test_the_middle_of_a_horseshoe_is_not_and_another_point_is() -> None:
    assert not holds(HORSESHOE, *centroid(HORSESHOE))
    assert holds(HORSESHOE, *inside_point(HORSESHOE))


@pytest.mark.parametrize("point", [(-1, 1), (5, 1), (2, 3), (2, -1)])
def test_points_beside_a_square_are_outside(point: tuple[float, float]) -> None:
    assert not holds(SQUARE, *point)


def test_a_line_without_area_has_the_middle_of_its_points() -> None:
    assert inside_point([(0, 0), (2, 2), (4, 4)]) == (2, 2)
