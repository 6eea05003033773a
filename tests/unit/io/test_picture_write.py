"""Pictures are written in the format of their suffix; a film has one palette and one size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from objclass.errors import RunError
from objclass.io.picture_write import write_picture, write_pictures

RED, BLUE, WHITE = (200, 30, 40), (20, 60, 220), (255, 255, 255)


def plain(color: tuple[int, int, int], height: int = 20, width: int = 30) -> np.ndarray:
    """A picture of one colour above a white line."""
    picture = np.full((height, width, 3), color, np.uint8)
    picture[-2:] = WHITE
    return picture


@pytest.mark.parametrize(
    ("suffix", "off"), [("png", 0), ("bmp", 0), ("gif", 0), ("jpg", 3), ("jpeg", 3)]
)
def test_a_picture_reads_back_in_every_format(tmp_path: Path, suffix: str, off: int) -> None:
    picture = plain(RED)
    write_picture(tmp_path / f"a.{suffix}", picture)
    with PIL.Image.open(tmp_path / f"a.{suffix}") as image:
        found = np.asarray(image.convert("RGB")).astype(int)
    assert found.shape == (20, 30, 3)
    assert np.abs(found - picture)[:16].max() <= off


def test_a_film_shows_its_pictures_in_turn_and_begins_again(tmp_path: Path) -> None:
    write_pictures(tmp_path / "a.gif", [plain(RED), plain(BLUE), plain(RED)], 0.5)
    with PIL.Image.open(tmp_path / "a.gif") as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (3, 500, 0)
        shown = []
        for number in range(3):
            image.seek(number)
            shown.append(image.convert("RGB").getpixel((5, 5)))
    assert shown == [RED, BLUE, RED]


def test_a_smaller_picture_of_a_film_is_white_beside(tmp_path: Path) -> None:
    write_pictures(tmp_path / "a.gif", [plain(RED, 10, 12), plain(BLUE)], 0.1)
    with PIL.Image.open(tmp_path / "a.gif") as image:
        assert image.size == (30, 20)
        first = image.convert("RGB")
        assert (first.getpixel((5, 5)), first.getpixel((25, 15))) == (RED, WHITE)


def test_a_picture_that_a_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    long = np.zeros((1, 70_000, 3), np.uint8)
    for suffix in ("jpg", "gif"):
        with pytest.raises(RunError, match=r"1 x 70,000; expected 65,5.* at most"):
            write_picture(tmp_path / f"a.{suffix}", long)
    assert list(tmp_path.iterdir()) == []
    write_picture(tmp_path / "a.png", long)
