"""Follows annotations whose objects changed: a list, a picture, and the file brought up to date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from objclass.annotations.matches import USED, Match
from objclass.annotations.outcome import Reattachment, adopt
from objclass.annotations.rows import Row, rows_of
from objclass.annotations.text import rewritten
from objclass.curation.annotated_objects import AnnotatedObjects, Place, find_ground, whole
from objclass.curation.backed_up import OpenedText, opened_text
from objclass.curation.close_up import CloseUp, brighten, fit_size, square
from objclass.curation.png import write_picture
from objclass.curation.starting import channel_legend, place_text
from objclass.curation.tiles import Tile, sheet
from objclass.curation.view import PlaneCutter, Window, box_window, cut_window, unite
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.engine.files import stat
from objclass.errors import InputError, Problem, list_some
from objclass.run import Request

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Areas = NDArray[np.uint32]

MOST_TILES = 48
COLORS = ("#FFEB3B", "#FF6D00", "#29B6F6")
"""Of voxels that are in the object before and now, only before, only now."""
LEGEND = tuple(zip(COLORS, ("before and now", "only before", "only now"), strict=True))
WORST_FIRST = ("merged", "split", "lost", "doubtful", "moved", "kept")


@dataclass(frozen=True)
class ReattachmentReport:
    """What became of the invalid annotations of a classifier.

    Parameters
    ----------
    annotated
        The objects and rows.
    outcomes
        One per invalid row, by line.
    contradicting
        Rows that would give one object several classes once they are re-attached.
    state
        Size and time of the annotation files when they were read.
    taken
        Rows that were made on another image, which the person said to be that of now.
    nearest
        How far rows on background may be from the object that they take.
    """

    annotated: AnnotatedObjects
    outcomes: tuple[Reattachment, ...]
    contradicting: tuple[Row, ...]
    state: list[list[int]] | None
    taken: tuple[Row, ...] = ()
    nearest: float | None = None

    @property
    def attached(self) -> tuple[Reattachment, ...]:
        """Those that can be brought up to date."""
        return tuple(each for each in self.outcomes if each.attached)

    @property
    def left(self) -> tuple[Reattachment, ...]:
        """Those that a person must look at."""
        return tuple(each for each in self.outcomes if not each.attached)

    @property
    def fits(self) -> bool:
        """False where no row that was taken as of the image of now finds its object there."""
        lines = {(o.row.file, o.line) for o in self.attached}
        for matches in self.annotated.matches.values():
            lines |= {(m.row.file, m.row.line) for m in matches.of(*USED, "conflict")}
        return not self.taken or any((row.file, row.line) in lines for row in self.taken)


@dataclass(frozen=True)
class RewrittenFile:
    """The annotation file that was brought up to date, and the copy of what it was.

    Where images have files of their own, ``more`` are the others.
    """

    table: Path
    backup: Path
    rows: int
    more: tuple[RewrittenFile, ...] = ()

    @property
    def each(self) -> tuple[RewrittenFile, ...]:
        """All files, this one first."""
        return (self, *self.more)


def follow(
    path: Path,
    request: Request | None = None,
    node: str | None = None,
    nearest: float | None = None,
) -> ReattachmentReport:
    """Find the objects of all invalid annotations again; writes nothing.

    Parameters
    ----------
    path
        The workflow; it is run as far as its objects.
    request
        Overrides and options.
    node
        The classifier, where several learn.
    nearest
        Take the nearest object for rows on background, where it is at most so many voxels away;
        none is looked for beyond ten.

    Raises
    ------
    InputError
        Where there are no annotations, or the workflow has problems.
    """
    found = find_ground(path, request or Request(), node)
    if nearest is not None:
        found = replace(found, outcomes=_with_nearest(found, nearest))
    if not found.file.exists:
        chosen = f" --node {node}" if node else ""
        fix = f"objclass annotations new {found.job.request.typed(path)}{chosen}"
        raise InputError(Problem(f"no annotations yet: there is no {found.file.name}", fix=fix))
    outcomes = sorted((o for each in found.outcomes.values() for o in each), key=lambda o: o.line)
    contradicting = tuple(_contradicting(found))
    state = stat([found.job.folder / name for name in found.file.files])
    return ReattachmentReport(
        found, tuple(outcomes), contradicting, state, found.file.taken, nearest
    )


def _with_nearest(found: AnnotatedObjects, reach: float) -> dict[str, tuple[Reattachment, ...]]:
    """Return the outcomes with those of rows on background that an object is near to."""
    outcomes = {}
    for image, matches in found.matches.items():
        near = [m for m in matches.of("background") if m.near and m.near[0] <= reach]
        outcomes[image] = (*found.outcomes[image], *(_nearest(found, image, m) for m in near))
    return outcomes


def _nearest(found: AnnotatedObjects, image: str, match: Match) -> Reattachment:
    """A row on background that takes the nearest object."""
    assert match.near is not None
    _, number, position = match.near
    index = found.labels[image, match.frame].index
    row = index.row_of(number)
    return Reattachment(
        match.row,
        "moved",
        frame=match.frame,
        object=number,
        size=int(index.size[row]),
        position=position,
        stamp=index.stamp[row].decode(),
    )


def _contradicting(found: AnnotatedObjects) -> Iterator[Row]:
    """Yield the rows that become conflicts when the annotations are re-attached."""
    for image, matches in found.matches.items():
        before = {(m.row.file, m.row.line) for m in matches.of("conflict")}
        adopted = adopt(matches, found.outcomes[image])
        for match in adopted.of("conflict"):
            if (match.row.file, match.row.line) not in before:
                yield match.row


def rewrite(followed: ReattachmentReport) -> RewrittenFile:
    """Bring the rows that re-attach one to one up to date, and keep a copy of each file.

    Rows that were taken as made on the image of now get its name and digest. Everything else in
    the file stays the same to the byte. The copy is called ``NAME.bak``, with a number where
    that is taken.

    Raises
    ------
    InputError
        Where the file is no text table, or no row that was taken as made on the image of now
        finds an object in it.
    RunError
        Where it was changed in the meantime, or the disk refuses.
    """
    if not followed.fits:
        raise InputError(unfit(followed))
    found, rows = followed.annotated, [each.row for each in followed.attached]
    names = {row.file for row in (*rows, *followed.taken)}
    opened = {
        name: opened_text(found.job.folder / name, (followed.state or [])[k : k + 1] or None)
        for k, name in enumerate(found.file.files)
        if name in names
    }
    first, *more = [_rewrite(followed, name, text) for name, text in opened.items()]
    return replace(first, more=tuple(more))


def _rewrite(followed: ReattachmentReport, name: str, opened: OpenedText) -> RewrittenFile:
    """Bring the rows of one file up to date."""
    attached = [each for each in followed.attached if each.row.file == name]
    taken = any(row.file == name for row in followed.taken)
    marks = _marks(followed, name)
    backup = opened.replace(rewritten(opened.text, attached, marks, mark_all=taken))
    return RewrittenFile(opened.path, backup, len(attached))


def unfit(followed: ReattachmentReport) -> Problem:
    """Say that an image cannot be the one that rows were made on: none finds its object."""
    said, one = rows_of(len(followed.taken)), len(followed.taken) == 1
    images = {image for image, rows in followed.annotated.file.rows.items()
              if set(rows) & set(followed.taken)}  # fmt: skip
    what = f"{followed.annotated.file.name}: --same-image: none of its {said} finds its object"
    what = f"{followed.annotated.file.name}: --same-image: the row finds no object" if one else what
    return Problem(
        f"{what} in {list_some(sorted(images))}; nothing was written",
        expected="the same objects at the same places",
        fix="if the image is a part of the one that was annotated, name the whole one in 'path' "
        "and the part in 'crop'; else name another file in 'annotations'",
    )


def _marks(followed: ReattachmentReport, file: str) -> dict[int, tuple[str, str]]:
    """Return line to image and digest, of every row of a file that is brought up to date."""
    found = followed.annotated.file
    rows = (*(each.row for each in followed.attached), *followed.taken)
    lines = {row.line for row in rows if row.file == file}
    identities = found.identities
    if identities is None:
        return {}
    return {
        row.line: (image, identities.digest(image, row.t))
        for image, rows in found.rows.items()
        for row in rows
        if row.file == file and row.line in lines
    }


def picture(followed: ReattachmentReport) -> Path | None:
    """Draw the changed objects, those to look at first; return where, None without any."""
    if not followed.outcomes:
        return None
    path = followed.annotated.path
    target = path.with_name(f"{path.stem}_reattach.png")
    store = followed.annotated.job.store
    return write_picture(target, whole(store, lambda: draw(followed)))


def show(followed: ReattachmentReport) -> tuple[Reattachment, ...]:
    """Return the outcomes that the picture shows: the worst first, then by line."""
    return tuple(sorted(followed.outcomes, key=_worst_first)[:MOST_TILES])


def _worst_first(outcome: Reattachment) -> tuple[int, float, int]:
    overlap = 1.0 if outcome.overlap is None else outcome.overlap
    return WORST_FIRST.index(outcome.kind), overlap, outcome.line


def draw(followed: ReattachmentReport) -> NDArray[np.uint8]:
    """Return a sheet of the changed objects before and now."""
    viewer = PlaneCutter()
    images = _image_of(followed.annotated)
    tiles = [
        _tile(followed.annotated, (images[o.row.file, o.line], o.frame), o, viewer)
        for o in show(followed)
    ]
    first = show(followed)[0]
    place = images[first.row.file, first.line], first.frame
    return sheet(tiles, (*LEGEND, *channel_legend(followed.annotated.raw(place))))


def _image_of(found: AnnotatedObjects) -> dict[tuple[str, int], str]:
    """Return the image of every row by file and line."""
    return {
        (match.row.file, match.row.line): image
        for image, matches in found.matches.items()
        for match in matches.matches
    }


def _tile(
    found: AnnotatedObjects, place: Place, outcome: Reattachment, viewer: PlaneCutter
) -> Tile:
    """One annotation: its object before and now."""
    labels = found.labels[place]
    old = found.before(outcome.row.stamp) if outcome.row.stamp else None
    extent = _extent(found, labels, old, outcome)
    window = square(extent, margin=0.6).inside(labels.header.grid)
    picture, brighter = brighten(viewer.shown(place, found.raw(place), labels, window))
    shown = CloseUp(picture, _areas(labels, old, outcome, window))
    title = f"{outcome.line} {outcome.row.class_}"
    words = (outcome.kind, place_text(found, place, window.z), brighter)
    return Tile(fit_size(shown, COLORS), title, "  ".join(word for word in words if word))


def _extent(
    found: AnnotatedObjects, labels: LabelImage, old: LabelImage | None, outcome: Reattachment
) -> Window:
    """The window around the object before and now."""
    z, y, x = outcome.position or _find_position(found, labels, outcome)
    windows = [Window(z, (y, x), (y + 1, x + 1))]
    for each, number in ((labels, outcome.object), (old, _old_id(old, outcome))):
        window = box_window(each, number, z) if each is not None and number else None
        windows += [window] if window else []
    return unite(windows)


def _find_position(
    found: AnnotatedObjects, labels: LabelImage, outcome: Reattachment
) -> tuple[int, int, int]:
    """The position that the row names; of a row by id the middle of the image."""
    row, grid = outcome.row, labels.header.grid
    if row.y is not None and row.x is not None:
        return (grid.origin[0] if row.z is None else row.z, row.y, row.x)
    middle = [o + n // 2 for o, n in zip(grid.origin[1:], grid.shape[-2:], strict=True)]
    return grid.origin[0], middle[0], middle[1]


def _old_id(old: LabelImage | None, outcome: Reattachment) -> int:
    """The id that the annotated object had before, 0 where nobody knows."""
    if old is None:
        return 0
    rows = (old.index.stamp == outcome.row.stamp.encode()).nonzero()[0]
    return int(old.index.ids[rows[0]]) if len(rows) else 0


def _areas(
    labels: LabelImage, old: LabelImage | None, outcome: Reattachment, window: Window
) -> Areas:
    """Return 1 where the object is before and now, 2 only before, 3 only now."""
    import numpy as np

    def inside(each: LabelImage | None, ids: Sequence[int]) -> NDArray[np.bool_]:
        wanted = np.array([i for i in ids if i], np.uint64)
        if each is None or not len(wanted):
            return np.zeros(window.shape, np.bool_)
        found = cut_window(each.read, each.header.grid, window, each.header.dtype)
        return np.isin(found, wanted.astype(found.dtype))

    now = inside(labels, outcome.pieces or (outcome.object,))
    before = inside(old, (_old_id(old, outcome),))
    areas = np.zeros(window.shape, np.uint32)
    areas[before & now], areas[before & ~now], areas[now & ~before] = 1, 2, 3
    return areas
