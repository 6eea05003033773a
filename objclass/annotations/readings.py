"""Points that fit the objects only when they are read otherwise: in um, from 1, with x for y.

A reading is suspected where most points of an image find no object of their own as they stand,
and most do when read the other way. Nothing is then learned until a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from objclass.annotations.match import match
from objclass.annotations.matches import Matches
from objclass.annotations.rows import IGNORE, Row
from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelHeader, LabelImage

FEWEST = 3
"""Points below which chance says as much."""
Frames = Callable[[int | None], LabelImage]


@dataclass(frozen=True)
class Reading:
    """Another way to read rows: the row it makes, what it is called, and how to say it."""

    read: Callable[[Row], Row | None]
    what: str
    cure: str


def doubt(found: Matches, frames: Frames, header: LabelHeader, whole: Grid) -> tuple[str, str]:
    """Return what the points of an image seem to be, and the cure; empty where nothing is odd.

    Parameters
    ----------
    found
        The annotations of the image as they were matched.
    frames, header, whole
        As for :func:`objclass.annotations.match.match`.
    """
    asked = [m for m in found.matches if not m.row.stamp and m.row.class_ != IGNORE]
    points = [m.row for m in asked if m.status != "cropped"]
    good = sum(m.status in ("point", "id") for m in asked)
    if len(points) < FEWEST or (2 * good >= len(points) and not _names_zero(points)):
        return "", ""
    best, most = None, max(good, len(points) // 2)
    for reading in readings(header):
        rows = [row for each in points if (row := reading.read(each)) is not None]
        if len(rows) < len(points):
            continue
        again = match(rows, frames, header, whole)
        fits = len(again.of("point", "id"))
        if fits > most and not again.of("outside"):
            best, most = reading, fits
    if best is None:
        return "", ""
    says = f"{best.what}: so {most} of {len(points)} find an object, as they are {good}"
    return says, best.cure


def _names_zero(points: Sequence[Row]) -> bool:
    return any(row.object == 0 for row in points)


def readings(header: LabelHeader) -> Iterator[Reading]:
    """Yield the ways in which rows are often meant otherwise."""
    grid = header.grid
    if grid.spacing is not None and grid.unit is not None:
        sizes = dict(zip("zyx", grid.spacing, strict=True))
        unit = grid.unit
        titles = " and ".join(f"{axis}_{unit}" for axis in reversed(grid.spatial))
        yield Reading(
            lambda row: _scale(row, sizes, grid.spatial),
            f"the positions seem to be in {unit}, not in voxels",
            f"call their columns {titles}",
        )
    if grid.frames is not None:
        yield Reading(
            lambda row: replace(row, t=row.t - 1) if row.t else None,
            "t seems to be counted from 1",
            "subtract 1 from the column t: frames are counted from 0",
        )
    yield Reading(
        lambda row: replace(row, y=row.x, x=row.y) if row.has_position else None,
        "y and x seem to be exchanged",
        "exchange the titles of the columns y and x",
    )
    if header.keeps_ids:
        for step, says in ((1, "0"), (-1, "2")):
            yield Reading(
                lambda row, step=step: _renumber(row, step),  # type: ignore[misc]
                f"the ids seem to be counted from {says}",
                f"{'add 1 to' if step > 0 else 'subtract 1 from'} the column of ids",
            )


def _scale(row: Row, sizes: dict[str, float], axes: str) -> Row | None:
    """Return a row whose lengths are turned into voxels; None for a row without a position."""
    if not row.has_position:
        return None
    said: dict[str, Any] = {axis: getattr(row, axis) for axis in axes}
    there = {axis: value for axis, value in said.items() if value is not None}
    scaled: dict[str, Any] = {a: int((v + 0.5) / sizes[a]) for a, v in there.items()}
    return replace(row, **scaled)


def _renumber(row: Row, step: int) -> Row | None:
    if row.object is None or row.object + step < 0:
        return None
    return replace(row, object=row.object + step)
