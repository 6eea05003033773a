"""The numbered picture."""

from __future__ import annotations

import numpy as np

from objclass.annotations.picture import INK, numbered


def test_a_dot_of_ink_marks_each_position() -> None:
    picture = numbered(np.zeros((60, 80, 3), np.uint8), [(30, 40), (5, 70)], [1, 2], scale=2)
    assert picture.shape == (120, 160, 3)
    assert picture.dtype == np.uint8
    assert tuple(picture[61, 81]) == INK
    assert tuple(picture[11, 141]) == INK


def test_the_picture_given_is_not_drawn_upon() -> None:
    rgb = np.zeros((40, 40, 3), np.uint8)
    numbered(rgb, [(20, 20)], [7], scale=1)
    assert not rgb.any()


def ink(positions: list[tuple[int, int]], numbers: list[int | str]) -> int:
    """Pixels that are mostly ink."""
    blank = np.zeros((200, 200, 3), np.uint8)
    return int((numbered(blank, positions, numbers, scale=1)[..., 0] > 128).sum())


def test_numbers_at_the_border_stay_inside() -> None:
    dot = ink([(100, 100)], [" "])
    number = ink([(100, 100)], [88]) - dot
    assert number > 30
    for corner in [(0, 0), (0, 199), (199, 0), (199, 199)]:
        assert ink([corner], [88]) - ink([corner], [" "]) == number


def test_numbers_of_crowded_dots_do_not_cover_each_other() -> None:
    apart = ink([(50, 50), (150, 150)], [11, 22])
    assert ink([(50, 50), (50, 58)], [11, 22]) == apart
    assert ink([(50, 50), (46, 58)], [11, 22]) == apart


def test_no_objects_is_the_bare_picture() -> None:
    rgb = np.full((4, 5, 3), 9, np.uint8)
    assert (numbered(rgb, [], [], scale=1) == rgb).all()
