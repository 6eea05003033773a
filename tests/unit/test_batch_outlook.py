"""What is left of a batch is told once, from ten images; a disk that is too small is a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from objclass.batch.image_done import ImageDone
from objclass.batch.outlook import Outlook, duration_text, look_ahead
from objclass.cli.batch_words import FirstImages
from objclass.engine.look import ImageKey
from objclass.errors import Problem


def images(folder: Path, count: int) -> list[ImageDone]:
    """Images with results of 9,000 bytes each, three pages of a disk, the last of them failed."""
    made = []
    for number in range(count - 1):
        path = folder / f"{number}.csv"
        path.write_bytes(b"x" * 9000)
        made.append(ImageDone(ImageKey(str(number)), files=(path,)))
    return [*made, ImageDone(ImageKey("last"), problems=(Problem("broken"),))]


def test_time_and_room_are_those_of_the_images_that_are_left(tmp_path: Path) -> None:
    """Nine images after the first took 18 s: 2 s each; results take three pages, a record one."""
    seen = look_ahead(images(tmp_path, 10), 18, 300, tmp_path / "not there yet")
    assert seen.seconds == 600
    assert seen.size == pytest.approx(300 * 4 * 4096, rel=0.15)
    assert seen.fits
    assert str(seen).startswith("about 10 min left for the other images; their results take about ")
    assert not Outlook(1, 10, 9, tmp_path).fits


def test_it_is_told_after_the_first_and_after_ten_images_and_never_of_few(tmp_path: Path) -> None:
    done = images(tmp_path, 30)
    many, few = FirstImages(60, tmp_path), FirstImages(49, tmp_path)
    told = [list(many.lines(each, 60 - k)) for k, each in enumerate(done, 1)]
    assert [len(each) for each in told] == [1] + [0] * 8 + [1] + [0] * 20
    assert told[0][0].endswith("; the first image says so")
    assert [line for each in done for line in few.lines(each, 20)] == []


@pytest.mark.parametrize(("together", "said"), [(4, "22 min"), (1, "1 h 28 min"), (None, "")])
def test_few_images_that_take_long_are_worth_a_word_after_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int | None, said: str
) -> None:
    """Of 12 images the first took 8 minutes; nothing is told where nobody knows how many work."""
    first = images(tmp_path, 2)[0]
    clock = iter([0.0, 480.0, 480.0])
    monkeypatch.setattr("objclass.cli.batch_words.monotonic", lambda: next(clock))
    told = list(FirstImages(12, tmp_path, together).lines(first, 11))
    assert [line.partition(" left")[0] for line in told] == ([f"  about {said}"] if said else [])


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1 min"), (61, "2 min"), (3600, "1 h 0 min"), (90_000, "25 h 0 min")]
)
def test_a_time_is_hours_and_minutes(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
