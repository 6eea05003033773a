"""Find the objects of annotations again after the objects changed.

Let A be the object that was annotated, B present objects, and n the voxels that A and B share.

- A and B are *linked* when n is at least half of the smaller of the two. So an object that
  grew, shrank or moved a little stays linked, and two touching objects whose border shifted
  do not become linked to each other.
- A crumb does not count: a link with less than a tenth of the voxels that A shares with its
  best object.

Then, in this order::

    lost      A has no link
    split     A has two links or more
    merged    the one linked B is also linked to another old object, annotated or not
    doubtful  one to one, but the overlap n / (A + B - n) is below 1/3
    kept      one to one, and the annotated voxel still lies in B
    moved     one to one, and it does not; the new position is B's deepest voxel

Where the old label image is not to be had, position and size decide::

    lost      there is no object under the position
    merged    annotations with other stamps lie in the same object, and their old objects
              fit in it together: their sizes sum to at most 1.5 times its size
    doubtful  the size changed beyond x 0.67 to 1.5, or the old size is unknown
    kept      otherwise
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from objclass.annotations.match import in_image, stamp_at
from objclass.annotations.matches import Match, Matches
from objclass.annotations.outcome import Reattachment
from objclass.annotations.rows import Row
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.labels import Index, LabelImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CRUMB = 10
"""A link counts when ten times its voxels are at least those of the best one."""
DOUBTFUL_OVERLAP = 1 / 3
Frame = Callable[[int | None], LabelImage]
FindOld = Callable[[str], LabelImage | None]


@dataclass(frozen=True)
class _Side:
    """A label image on one side of the change, with its index at hand."""

    labels: LabelImage
    index: Index
    by_stamp: NDArray[np.intp]

    @classmethod
    def of(cls, labels: LabelImage) -> _Side:
        """Open a label image."""
        index = labels.index
        return cls(labels, index, index.stamp.argsort(kind="stable"))

    @property
    def origin(self) -> tuple[int, ...]:
        grid = self.labels.header.grid
        return grid.origin[-grid.dimensions :]

    def size(self, object_id: int) -> int:
        row = self.index.row_of(object_id)
        return int(self.index.size[row]) if row >= 0 else 0

    def stamp(self, object_id: int) -> str:
        return stamp_at(self.index, object_id)

    def id_of(self, stamp: str) -> int:
        """The id of the object with a stamp, 0 where there is none."""
        stamps = self.index.stamp
        at = int(stamps.searchsorted(stamp.encode(), sorter=self.by_stamp))
        row = int(self.by_stamp[at]) if at < len(stamps) else -1
        return int(self.index.ids[row]) if row >= 0 and stamps[row] == stamp.encode() else 0


def reattach(matches: Matches, frame: Frame, find_old: FindOld) -> tuple[Reattachment, ...]:
    """Find the objects of all invalid annotations of one image again.

    Parameters
    ----------
    matches
        The annotations of the image; those of status ``invalid`` are looked for.
    frame
        Returns the present label image of a frame (None without time).
    find_old
        Returns the label image of the frame in which an object had this stamp, or None where
        it is no longer to be had. It may be cropped otherwise than the present one. Stamps of
        one label image should get the same object: it is opened once and held until the end.

    Returns
    -------
    tuple of Outcome
        One per invalid annotation, in the order of `matches`.
    """
    annotated: dict[str, list[Row]] = {}
    for match in matches.matches:
        if match.row.stamp:
            annotated.setdefault(match.row.stamp, []).append(match.row)
    search = _Search(frame, find_old, annotated)
    found = [search.outcome(match) for match in matches.of("invalid")]
    return tuple(_with_partners_by_position(found))


class _Search:
    """The label images of both sides, each opened once, and who annotated what."""

    def __init__(self, frame: Frame, find_old: FindOld, annotated: dict[str, list[Row]]) -> None:
        self.frame = frame
        self.find_old = find_old
        self.annotated = annotated
        self.sides: dict[int, _Side] = {}
        self.present: dict[int | None, _Side] = {}
        self.merged: dict[tuple[int, int, int], dict[int, int]] = {}

    def outcome(self, match: Match) -> Reattachment:
        """What became of one invalid annotation."""
        if match.frame not in self.present:
            self.present[match.frame] = self.side(self.frame(match.frame))
        present = self.present[match.frame]
        labels = self.find_old(match.row.stamp) if match.row.stamp else None
        if labels is not None and _comparable(labels, present.labels):
            old = self.side(labels)
            object_id = old.id_of(match.row.stamp)
            if object_id:
                return self.by_overlap(match, old, object_id, present)
        return _by_position(match, present)

    def side(self, labels: LabelImage) -> _Side:
        """Open a label image once."""
        if id(labels) not in self.sides:
            self.sides[id(labels)] = _Side.of(labels)
        return self.sides[id(labels)]

    def by_overlap(self, match: Match, old: _Side, old_id: int, present: _Side) -> Reattachment:
        """The outcome by the voxels of the old object."""
        blank = Reattachment(match.row, "lost", old.size(old_id), match.frame)
        pieces = links(old, old_id, present)
        if not pieces:
            return blank
        best = max(pieces, key=lambda b: (pieces[b], -b))
        shared = pieces[best]
        pieces = {b: n for b, n in pieces.items() if n * CRUMB >= shared}
        outcome = _on(blank, match, best, present)
        union = old.size(old_id) + outcome.size - shared
        outcome = replace(outcome, overlap=shared / union)
        if len(pieces) > 1:
            return replace(outcome, kind="split", pieces=tuple(sorted(pieces)))
        partners, neighbours = self.others(old, old_id, present, best, shared)
        if partners or neighbours:
            return replace(outcome, kind="merged", partners=partners, neighbours=neighbours)
        doubtful = shared / union < DOUBTFUL_OVERLAP
        return replace(outcome, kind="doubtful") if doubtful else outcome

    def others(
        self, old: _Side, old_id: int, present: _Side, best: int, shared: int
    ) -> tuple[tuple[Row, ...], int]:
        """Annotations of other old objects in the present one, and how many nobody annotated.

        An old object counts when it is annotated or more than a crumb beside the one asked for.
        """
        inside = self.inside(present, best, old)
        partners: list[Row] = []
        neighbours = 0
        for other in sorted(inside):
            rows = self.annotated.get(old.stamp(other), [])
            if other == old_id:
                continue
            partners += rows
            neighbours += not rows and inside[other] * CRUMB >= shared
        return tuple(partners), neighbours

    def inside(self, present: _Side, object_id: int, old: _Side) -> dict[int, int]:
        """The old objects linked to a present one: a large blob is read once, not once a row."""
        key = (id(present), object_id, id(old))
        if key not in self.merged:
            self.merged[key] = links(present, object_id, old)
        return self.merged[key]


def links(side: _Side, object_id: int, other: _Side) -> dict[int, int]:
    """Return the objects of the other side that an object is linked to, with common voxels."""
    size = side.size(object_id)
    common = overlaps(side, object_id, other)
    return {b: n for b, n in common.items() if 2 * n >= min(size, other.size(b))}


def overlaps(side: _Side, object_id: int, other: _Side) -> dict[int, int]:
    """Return the ids of the other side among an object's voxels, with numbers of voxels.

    Only the object's box is read; voxels beyond the other side's crop are left out.
    """
    import numpy as np

    box = side.index.box(side.index.row_of(object_id))
    shift = tuple(a - b for a, b in zip(side.origin, other.origin, strict=True))
    there = _clip(_find_moves(box, shift), other.labels.header.grid.shape)
    if there.size == 0:
        return {}
    here = _find_moves(there, tuple(-s for s in shift))
    mine: NDArray[np.bool_] = side.labels.read(here) == object_id
    ids, counts = np.unique(other.labels.read(there)[mine], return_counts=True)
    return {int(i): int(n) for i, n in zip(ids, counts, strict=True) if i}


def _find_moves(region: Region, shift: Sequence[int]) -> Region:
    start = tuple(a + s for a, s in zip(region.start, shift, strict=True))
    stop = tuple(b + s for b, s in zip(region.stop, shift, strict=True))
    return Region(start, stop)


def _clip(region: Region, shape: Sequence[int]) -> Region:
    start = tuple(min(max(0, a), n) for a, n in zip(region.start, shape, strict=True))
    stop = tuple(min(max(0, b), n) for b, n in zip(region.stop, shape, strict=True))
    return Region(start, stop)


def _comparable(old: LabelImage, present: LabelImage) -> bool:
    """True where voxels of both have a common place: not a plane against a volume."""
    a, b = old.header.grid, present.header.grid
    return a.dimensions == b.dimensions and (a.dimensions == 3 or a.origin[0] == b.origin[0])


def _on(blank: Reattachment, match: Match, object_id: int, present: _Side) -> Reattachment:
    """An outcome one to one on a present object: kept where the position lies in it."""
    grid = present.labels.header.grid
    row = present.index.row_of(object_id)
    kept = match.object == object_id and match.voxel is not None and match.row.has_position
    position = match.voxel if kept else in_image(present.index.inside[row], grid)
    return replace(
        blank,
        kind="kept" if kept else "moved",
        object=object_id,
        size=int(present.index.size[row]),
        position=position,
        stamp=present.stamp(object_id),
    )


def _by_position(match: Match, present: _Side) -> Reattachment:
    """The outcome without the old label image, before annotations that share an object."""
    row = match.row
    blank = Reattachment(row, "lost", row.size, match.frame)
    if not match.object:
        return blank
    outcome = _on(blank, match, match.object, present)
    sure = row.has_position and row.stamp and row.size
    alike = 2 * (row.size or 0) <= 3 * outcome.size <= 4.5 * (row.size or 0)
    return outcome if sure and alike else replace(outcome, kind="doubtful")


def _with_partners_by_position(outcomes: Iterable[Reattachment]) -> list[Reattachment]:
    """Find merged objects among outcomes by position."""
    found = list(outcomes)
    groups: dict[tuple[int | None, int], list[Reattachment]] = {}
    for outcome in found:
        if outcome.overlap is None and outcome.object:
            groups.setdefault((outcome.frame, outcome.object), []).append(outcome)
    return [
        _merged_by_position(outcome, groups.get((outcome.frame, outcome.object), []))
        if outcome.overlap is None
        else outcome
        for outcome in found
    ]


def _merged_by_position(outcome: Reattachment, group: Sequence[Reattachment]) -> Reattachment:
    """Call an outcome merged when other old objects fit in the present one beside its own."""
    sizes = {other.row.stamp: other.old_size or 0 for other in group if other.row.stamp}
    if len(sizes) < 2 or 2 * sum(sizes.values()) > 3 * outcome.size:
        return outcome
    partners = tuple(o.row for o in group if o.row.stamp and o.row.stamp != outcome.row.stamp)
    return replace(outcome, kind="merged", partners=partners)
