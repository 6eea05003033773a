"""A montage puts pictures where one looks for them: wells as on their plate."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.painting.montage import BETWEEN, GAP, arrange, shrunk, thinned, zoom

COLORS = {"B02": (200, 0, 0), "B03": (0, 200, 0), "C02": (0, 0, 200), "D04": (200, 200, 0)}


def plain(color: tuple[int, int, int], height: int = 30, width: int = 40) -> np.ndarray:
    """A picture of one colour."""
    return np.full((height, width, 3), color, np.uint8)


def corner(sheet: np.ndarray, color: tuple[int, int, int]) -> tuple[int, int]:
    """Where a colour begins."""
    rows, columns = np.nonzero((sheet == color).all(axis=2))
    return int(rows.min()), int(columns.min())


def test_wells_stand_as_on_their_plate_in_whatever_order_they_come() -> None:
    sheet = arrange({name: [plain(COLORS[name])] for name in ("D04", "C02", "B03", "B02")})
    at = {name: corner(sheet, color) for name, color in COLORS.items()}
    assert at["B02"][0] == at["B03"][0] < at["C02"][0] < at["D04"][0]
    assert at["B02"][1] == at["C02"][1] < at["B03"][1] < at["D04"][1]
    assert at["B03"][1] - at["B02"][1] == 40 + BETWEEN


def test_pictures_of_a_group_stand_side_by_side_then_below() -> None:
    three = [plain(color) for color in list(COLORS.values())[:3]]
    sheet = arrange({"": three})
    (y, x), second, third = (corner(sheet, color) for color in list(COLORS.values())[:3])
    assert (second, third) == ((y, x + 40 + GAP), (y + 30 + GAP, x))


def test_other_groups_stand_in_rows_in_their_order() -> None:
    names = dict(zip(("control", "drug a", "drug b", "drug c"), COLORS.values(), strict=True))
    sheet = arrange({name: [plain(color)] for name, color in names.items()}, {"control": "12"})
    at = [corner(sheet, color) for color in names.values()]
    assert at == sorted(at)
    assert len({row for row, _ in at}) > 1


@pytest.mark.parametrize(
    ("shape", "side", "expected"),
    [((1000, 900), 250, (4, 1)), ((250, 9), 250, (1, 1)), ((48, 64), 260, (1, 4))],
)
def test_a_picture_fits_its_side(
    shape: tuple[int, int], side: int, expected: tuple[int, int]
) -> None:
    assert zoom(shape, side) == expected


def test_a_line_scan_keeps_its_one_pixel_across() -> None:
    line = np.arange(2000, dtype=np.uint16)[None]
    step, _ = zoom((1, 2000), 260)
    assert shrunk(line, step).shape == thinned(line, step).shape == (1, 2000)


def test_pixels_are_averaged_and_ids_are_picked() -> None:
    plane = np.array([[1, 3, 9], [5, 7, 9], [8, 8, 8]], np.uint8)
    assert shrunk(plane, 2).tolist() == [[4]]
    assert shrunk(plane, 2).dtype == np.uint8
    assert thinned(plane, 2).tolist() == [[7]]
    assert thinned(plane, 1).tolist() == plane.tolist()
