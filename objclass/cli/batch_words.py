"""What a batch says of its images and plates on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from objclass.errors import list_some

if TYPE_CHECKING:
    from objclass.batch import ImageDone
    from objclass.batch.counting import ImageCounts
    from objclass.batch.old_files import OldFile
    from objclass.batch.outlook import Outlook
    from objclass.wells.controls import ControlQuality


def new_notes(done: ImageDone, told: set[str]) -> Iterator[str]:
    """Yield what a person should know of an image and was not told of another."""
    for note in done.notes:
        if note not in told:
            told.add(note)
            yield f"note: {note} (image '{done.image.name}')"


def state_of(done: ImageDone) -> str:
    """Return what became of an image: its objects, or why it has none."""
    if done.failed:
        return failed_with(done)
    several = len(done.results) > 1
    return "  ".join(
        _counts(f"{name}: " if several else "", counted) for name, counted in done.results.items()
    )


def failed_with(done: ImageDone) -> str:
    """Return why an image failed: the first reason, and how many more."""
    more = f"; and {len(done.problems) - 1} more" if done.problems[1:] else ""
    return f"FAILED  {done.problems[0]}{more}"


def _counts(name: str, counted: ImageCounts) -> str:
    from objclass.nodes.counted import count_objects

    classes = ", ".join(f"{n} {name}" for name, n in counted.classes.items())
    left_out = "" if counted.not_counted is None else f"; {counted.not_counted} not counted"
    others = "" if counted.not_selected is None else f"; {counted.not_selected} not selected"
    objects = count_objects(counted.objects)
    return f"{name}{objects}{f'; {classes}' if classes else ''}{left_out}{others}"


def control_line(name: str, judged: ControlQuality) -> str:
    """Return how the controls of a plate are told apart by a class."""
    where = " ".join(filter(None, (name, judged.plate, judged.name)))
    told = (("Z'", judged.z_prime), ("SSMD", judged.ssmd))
    values = [f"{what} {'unknown' if value is None else f'{value:.3g}'}" for what, value in told]
    wells = f"{judged.positive} positive and {judged.negative} negative wells"
    note = f"; {judged.note}" if judged.note else ""
    return f"controls: {where}: {', '.join(values)} ({wells}{note})"


def quality_line(strange: Mapping[str, str], count: int) -> str:
    """Return how many of all images stand out, and the first of them with what is strange."""
    images = "1 image" if count == 1 else f"{count} images"
    some = list_some((f"{name} ({what})" for name, what in strange.items()), 3)
    verb = "stands" if len(strange) == 1 else "stand"
    return f"quality: {len(strange)} of {images} {verb} out: {some}; see the summary"


class FirstImages:
    """The first images of a batch, from which the others are estimated in words.

    Parameters
    ----------
    count
        How many there are.
    out
        The folder of the results.
    together
        How many are worked off at a time; None where that is not known.
    """

    def __init__(self, count: int, out: Path, together: int | None = 1) -> None:
        self.count, self.out, self.together = count, out, together
        self.done: list[ImageDone] = []
        self.since = monotonic()

    def measured(self, line: str) -> None:
        """Say that an image was measured, which comes before images are worked off."""
        click.echo(line)
        self.since = monotonic()

    def lines(self, done: ImageDone, left: int) -> Iterator[str]:
        """Yield what the images that are left will take: after the first, and once ten are done."""
        from objclass.batch.outlook import LEAST, LONG, SEEN, look_ahead

        if len(self.done) >= SEEN or not left:
            return
        self.done.append(done)
        seconds = monotonic() - self.since
        if len(self.done) == 1:
            self.since = monotonic()
            if self.together is None or done.failed:
                return
            seen = look_ahead(self.done, seconds / self.together, left, self.out)
            if self.count >= LEAST or seen.seconds >= LONG:
                yield from _said(seen, f"{seen}; the first image says so")
        elif len(self.done) == SEEN and self.count >= LEAST:
            seen = look_ahead(self.done, seconds, left, self.out)
            yield from _said(seen, str(seen))


def _said(seen: Outlook, text: str) -> Iterator[str]:
    yield f"  {text}"
    if not seen.fits:
        yield "  warning: the disk will be full before the last image"


def files_said(named: str | Sequence[str]) -> str:
    """Return the files of an input in words: of a stack the first and how many more."""
    return named if isinstance(named, str) else f"{named[0]} and {len(named) - 1} more"


def old_line(old: Sequence[OldFile], became: str) -> str:
    """Return which files of an earlier batch are no results of this one, and where they are."""
    count = "1 old file is" if len(old) == 1 else f"{len(old)} old files are"
    where = {
        "keep": "marked in the summary; --old-files aside or remove puts them away",
        "aside": "moved aside, into a folder that begins with old-",
        "remove": "removed",
    }[became]
    named = list_some((each.path for each in old), 4)
    return f"{count} no result of this batch: {named}; {where}"
