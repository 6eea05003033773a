"""Annotations with the objects they are about: what matching found, as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from objclass.annotations.row_order import in_order
from objclass.annotations.rows import Row
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Status = Literal[
    "valid", "point", "id", "reattached",
    "invalid", "background", "conflict", "ignored", "cropped", "outside", "foreign",
    "missing",
]  # fmt: skip
STATUSES: tuple[Status, ...] = get_args(Status)
USED: tuple[Status, ...] = ("valid", "point", "id", "reattached")


@dataclass(frozen=True)
class Match:
    """One annotation and the object it is about.

    Parameters
    ----------
    row
        The annotation.
    status
        - ``valid``: the object under the position has the row's stamp (for a row without a
          position, where ids last: the object of that id has it).
        - ``point``: a row without a stamp; it takes the object under its position.
        - ``id``: a row without a stamp that names the id of a file: it has no position, or its
          position (a centroid, say) lies in the background.
        - ``reattached``: its object changed, and was found again.
        - ``invalid``: there is another object under the position, or none; or, where ids last,
          a row without a stamp names one id and its position lies in another.
        - ``background``: a row without a stamp, and no object there.
        - ``conflict``: another row gives the same object another class; neither is used.
        - ``ignored``: the class is ``ignore``.
        - ``cropped``: inside the image but outside the workflow's crop.
        - ``outside``: outside the image.
        - ``missing``: a row without stamp whose id no object of the file has.
        - ``foreign``: made on another image; such rows are never matched.
    object
        Id of the object found, 0 for none. Of an invalid row: what is there now.
    frame
        Frame after cropping, None without time.
    voxel
        Position ``(z, y, x)`` in the uncropped image (z is 0 in a plain 2D image); None for a
        row without a position whose object is not there.
    near
        Of a row on background: the nearest object's distance in voxels, its id, and its voxel
        ``(z, y, x)`` that is nearest; None where it is further than ten voxels away.
    """

    row: Row
    status: Status
    object: int = 0
    frame: int | None = None
    voxel: tuple[int, int, int] | None = None
    near: tuple[float, int, tuple[int, int, int]] | None = None


@dataclass(frozen=True)
class ImageExamples:
    """The annotated objects of one image to train on, sorted by (t, position); n objects.

    Parameters
    ----------
    frames
        int64 (n,), frame after cropping, 0 without time.
    ids
        uint64 (n,), the id in that frame.
    position
        int64 (n, 4), ``(t, z, y, x)`` in the uncropped image.
    classes
        n class names.
    """

    frames: NDArray[np.int64]
    ids: NDArray[np.uint64]
    position: NDArray[np.int64]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Matches:
    """The annotations of one image, sorted by what they say.

    The order is that of :func:`objclass.annotations.row_order.in_order`.
    """

    matches: tuple[Match, ...]

    def __len__(self) -> int:
        return len(self.matches)

    def of(self, *statuses: Status) -> tuple[Match, ...]:
        """Return the matches of these statuses, in order."""
        return tuple(match for match in self.matches if match.status in statuses)

    @property
    def used(self) -> tuple[Match, ...]:
        """One match per object to train on: the first of each by (t, position)."""
        first: dict[tuple[int, int], Match] = {}
        for match in sorted(self.of(*USED), key=_order):
            first.setdefault((match.frame or 0, match.object), match)
        return tuple(first.values())

    def examples(self) -> ImageExamples:
        """Return the objects to train on as arrays."""
        import numpy as np

        used = self.used
        return ImageExamples(
            np.array([match.frame or 0 for match in used], np.int64),
            np.array([match.object for match in used], np.uint64),
            np.array([_order(match)[0] for match in used], np.int64).reshape(-1, 4),
            tuple(match.row.class_ for match in used),
        )

    def plain(self) -> list[list[Any]]:
        """Return status, object, frame, voxel and what is near, of each match, as JSON.

        It holds no line numbers, so that moving rows about in the file changes no digest.
        """
        return [
            [
                m.status,
                m.object,
                m.frame,
                m.voxel and [*m.voxel],
                m.near and [*m.near[:2], [*m.near[2]]],
            ]
            for m in self.matches
        ]


def restore(rows: Iterable[Row], plain: Sequence[Sequence[Any]]) -> Matches:
    """Return the matches that :meth:`Matches.plain` described, with the present line numbers.

    Parameters
    ----------
    rows
        The rows of the image, in any order; their content must be that of the rows matched.
    plain
        What :meth:`Matches.plain` returned.
    """
    pairs = zip(in_order(rows), plain, strict=True)
    return Matches(
        tuple(
            Match(
                row,
                status,
                object_id,
                frame,
                tuple(voxel) if voxel else None,
                (near[0], near[1], tuple(near[2])) if near else None,
            )
            for row, (status, object_id, frame, voxel, near) in pairs
        )
    )


def settle(matches: Sequence[Match]) -> tuple[Match, ...]:
    """Mark as conflicts the annotations that give one object several classes.

    The class ``ignore`` takes part: one person's ``ignore`` contradicts another's class.
    """
    said: dict[tuple[int | None, int], set[str]] = {}
    for match in matches:
        if speaks(match):
            said.setdefault((match.frame, match.object), set()).add(match.row.class_)
    return tuple(
        replace(match, status="conflict")
        if speaks(match) and len(said[match.frame, match.object]) > 1
        else match
        for match in matches
    )


def speaks(match: Match) -> bool:
    """Return True where an annotation says something of an object that is there."""
    return match.object > 0 and match.status in (*USED, "ignored", "conflict")


def _order(match: Match) -> tuple[tuple[int, int, int, int], str]:
    """Time and position in the uncropped image; ties by class."""
    z, y, x = match.voxel or (0, 0, 0)
    return (match.row.t or 0, z, y, x), match.row.class_
