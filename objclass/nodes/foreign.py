"""Rows that were made on another image: never valid, never re-attached, never learned from.

A row is foreign where its image has another name *and* other voxels than the image of now. What
a row itself does not say (a point typed by hand names no image), the last use of its file does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from objclass.annotations.images import AssignedRows
from objclass.annotations.rows import Row
from objclass.data.dataclass import dataclass
from objclass.errors import Problem, list_some
from objclass.nodes.identity import ImageIdentities, seen_from

Uses = Mapping[str, Any]
"""``images``: name to ``file`` and ``digests`` by frame; ``rows``: row to image name."""
NOBODY: Uses = {"images": {}, "rows": {}}


@dataclass(frozen=True)
class ForeignRow:
    """A row of another image.

    Parameters
    ----------
    row
        The row.
    made_on
        The image it was made on, by name or file.
    now
        What the workflow has in its place.
    image
        The image of now it would belong to were they the same; empty where that is unclear.
    """

    row: Row
    made_on: str
    now: str
    image: str = ""


@dataclass(frozen=True)
class SeparatedRows:
    """The rows of a file by image, and those of other images.

    ``taken`` are rows of other images that count as rows of an image of now, because the person
    said that it is the same.
    """

    rows: Mapping[str, tuple[Row, ...]]
    foreign: tuple[ForeignRow, ...] = ()
    taken: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()


def tell_apart(
    identities: ImageIdentities, file: Path, assigned: AssignedRows, used: Uses | None
) -> SeparatedRows:
    """Tell rows of the workflow's images from those of other ones.

    Parameters
    ----------
    identities
        The images of the workflow.
    file
        The annotation file.
    assigned
        Its rows by the image that they name.
    used
        With which images the file was last used, where anybody knows.
    """
    images = tuple(assigned.rows)
    judge = _RowComparison(identities, file.parent, used or NOBODY, images)
    rows: dict[str, list[Row]] = {image: [] for image in images}
    foreign = []
    pairs = [(row, image) for image, of_image in assigned.rows.items() for row in of_image]
    for row, image in pairs:
        other = judge.other(row, image)
        foreign += [other] if other else []
        rows[image] += [] if other else [row]
    for row in assigned.strangers:
        home = judge.home(row)
        foreign += [] if home else [judge.stranger(row)]
        rows.get(home, []).append(row)
    foreign.sort(key=lambda each: each.row.line)
    if identities.same:
        return _take(rows, foreign)
    return SeparatedRows({image: _by_line(found) for image, found in rows.items()}, tuple(foreign))


def _take(rows: Mapping[str, list[Row]], foreign: Sequence[ForeignRow]) -> SeparatedRows:
    """Count foreign rows as rows of the image of now: the person says that it is the same."""
    unclear = {each.made_on: each for each in reversed(foreign) if not each.image}
    for each in foreign:
        rows.get(each.image, []).append(each.row)
    problems = [
        Problem(
            f"--same-image: which image is {made_on} now?",
            got=each.now,
            fix="write its new name into the column image",
            place=each.row.place,
        )
        for made_on, each in unclear.items()
    ]
    by_image = {image: _by_line(found) for image, found in rows.items()}
    taken = tuple(each.row for each in foreign if each.image)
    return SeparatedRows(by_image, taken=taken, problems=tuple(problems))


def _by_line(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: row.line))


@dataclass(frozen=True)
class _RowComparison:
    """Says of single rows whether they were made on the image of now.

    Parameters
    ----------
    identities
        The images of the workflow.
    folder
        Where the annotation file lies; files are named as seen from there.
    used
        The last use of the file.
    images
        The images that the file speaks of.
    """

    identities: ImageIdentities
    folder: Path
    used: Uses
    images: tuple[str, ...]

    def other(self, row: Row, image: str) -> ForeignRow | None:
        """Judge a row that names this image, or no image; None where it belongs to it."""
        named = row.image or row.names or row.files
        before = image if named else self.used["rows"].get(row_key(row))
        if before is None:
            known = bool(row.image_digest) and row.image_digest != self.digest(row, image)
            return ForeignRow(row, "another image", image, image) if known else None
        last = self.used["images"].get(before, {})
        file = seen_from(self.folder, self.identities.path(image))
        if before == image and last.get("file") in (None, file):
            return None
        digest = row.image_digest or last.get("digests", {}).get(frame_key(row))
        if digest == self.digest(row, image) or (digest is None and before == image):
            return None
        by_file = before == image
        made_on, now = (str(last["file"]), file) if by_file else (before, image)
        return ForeignRow(row, made_on, now, image)

    def home(self, row: Row) -> str:
        """Return the image that has the voxels of a row whose image has another name now."""
        fits = (i for i in self.images if self.digest(row, i) == row.image_digest)
        return next(fits, "")

    def stranger(self, row: Row) -> ForeignRow:
        """Return a row whose image is not there, under any name."""
        only = self.images[0] if len(self.images) == 1 else ""
        now = only or f"{len(self.images)} other images"
        return ForeignRow(row, row.image or list_some(row.files), now, only)

    def digest(self, row: Row, image: str) -> str:
        """Return the digest of the frame of an image that a row lies in."""
        return self.identities.digest(image, row.t)


def row_key(row: Row) -> str:
    """Name a row by its place, the same whatever its class: ``0,0,31,88`` or ``0,#4``."""
    t, z = row.t or 0, row.z or 0
    return f"{t},{z},{row.y},{row.x}" if row.has_position else f"{t},#{row.object}"


def frame_key(row: Row) -> str:
    """Name the frame that a row lies in."""
    return str(row.t or 0)
