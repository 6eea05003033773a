"""Annotation files of several people as one: joined by object, every row accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Literal

from objclass.annotations.header import REMARKS
from objclass.annotations.matches import Match, Matches, speaks
from objclass.annotations.rows import Row
from objclass.data.dataclass import dataclass
from objclass.data.delimited import quote

Fate = Literal["kept", "the same", "settled", "open", "left out"]
"""What became of a row: ``the same`` says what another one says, ``settled`` gave way to it,
``open`` stands in a row whose class is still to be filled in."""
OPEN, OUT, MAJORITY = "open", "out", "majority"
SETTLINGS = (OPEN, OUT, MAJORITY)
"""What becomes of a disagreement, beside taking what one annotator says."""
FIXED = ("image", "t", "z", "y", "x", "class", "object", "size", "stamp", "image_digest")


@dataclass(frozen=True)
class RatedObject:
    """An object and what every annotator says of it.

    Parameters
    ----------
    image, frame, object
        The object; the frame is None without time.
    voxel
        ``(z, y, x)`` inside it, in the uncropped image; None where no row names one.
    ratings
        For each annotator, its rows of this object by line; empty where there are none.
    """

    image: str
    frame: int | None
    object: int
    voxel: tuple[int, int, int] | None
    ratings: tuple[tuple[Match, ...], ...]

    def said(self, annotator: int) -> tuple[str, ...]:
        """Return the classes that an annotator gave it, each once; usually one or none."""
        return tuple(dict.fromkeys(match.row.class_ for match in self.ratings[annotator]))

    def class_of(self, annotator: int) -> str | None:
        """Return the one class that an annotator gave it; None without one, and for several."""
        said = self.said(annotator)
        return said[0] if len(said) == 1 else None

    @property
    def agreed(self) -> bool:
        """True where all its rows say one class."""
        return len({match.row.class_ for match in self.matches}) == 1

    @property
    def matches(self) -> tuple[Match, ...]:
        """All its rows, annotator by annotator."""
        return tuple(match for rows in self.ratings for match in rows)

    @property
    def place(self) -> tuple[int | None, int | None, int | None, int | None]:
        """Its ``(t, z, y, x)`` in the uncropped image; None of axes that its rows do not have."""
        row = self.matches[0].row
        z, y, x = self.voxel or (None, None, None)
        return row.t, None if row.z is None else z, y, x


@dataclass(frozen=True)
class MergedRow:
    """A row of the merged table.

    Parameters
    ----------
    row
        What it is taken from.
    image
        Name of its image.
    class_
        Its class; empty where annotators disagree and nobody settled it.
    note
        What was said, where it was not one thing.
    cells
        Columns that are not read, by title.
    """

    row: Row
    image: str
    class_: str
    note: str = ""
    cells: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class MergedAnnotations:
    """The rows of the merged table, and what became of every row of the files."""

    rows: tuple[MergedRow, ...]
    fates: Mapping[tuple[str, int], Fate]


def rated_objects(files: Sequence[Mapping[str, Matches]]) -> tuple[RatedObject, ...]:
    """Join the annotations of several files by object.

    Parameters
    ----------
    files
        For each annotator, image to its rows with their objects.

    Returns
    -------
    tuple of RatedObject
        By image, frame and position. Rows that found no object are in none.
    """
    found: dict[tuple[str, int | None, int], list[list[Match]]] = {}
    for annotator, by_image in enumerate(files):
        for image, matches in by_image.items():
            for match in filter(speaks, matches.matches):
                key = (image, match.frame, match.object)
                found.setdefault(key, [[] for _ in files])[annotator].append(match)
    objects = [_rated(*key, ratings) for key, ratings in found.items()]
    return tuple(sorted(objects, key=lambda o: (o.image, o.frame or 0, o.voxel or (), o.object)))


def _rated(
    image: str, frame: int | None, object_id: int, ratings: Sequence[Sequence[Match]]
) -> RatedObject:
    voxels = (match.voxel for rows in ratings for match in rows if match.voxel)
    by_line = tuple(tuple(sorted(rows, key=lambda match: match.row.line)) for rows in ratings)
    return RatedObject(image, frame, object_id, next(voxels, None), by_line)


def merge(
    rows: Sequence[Sequence[tuple[str, Row]]],
    objects: Sequence[RatedObject],
    settling: str | int = OPEN,
) -> MergedAnnotations:
    """Return the rows of one table that says what several say.

    Parameters
    ----------
    rows
        For each annotator, image and row in file order, also of rows that found no object:
        these are kept as they are, once where several files have the very same.
    objects
        Of these rows, as :func:`rated_objects` joined them.
    settling
        Where annotators disagree: ``open`` leaves the class empty and writes what was said
        into the column note, ``out`` leaves the row out, ``majority`` takes the class that
        more than half of those who rated it gave, and a number what that annotator says.
        What these cannot settle stays open.

    Returns
    -------
    MergedAnnotations
        Rows in the order of the files, an object where the first row of it stands.
    """
    of_row = {_key(match.row): rated for rated in objects for match in rated.matches}
    merged: list[MergedRow] = []
    fates: dict[tuple[str, int], Fate] = {}
    done: set[tuple[object, ...]] = set()
    for image, row in (each for file in rows for each in file):
        rated = of_row.get(_key(row))
        identity = (image, rated.frame, rated.object) if rated else _content(image, row)
        if rated is None:
            fates[_key(row)] = "the same" if identity in done else "kept"
        if identity in done:
            continue
        done.add(identity)
        if rated is None:
            merged.append(MergedRow(row, image, row.class_, cells=row.extra))
        else:
            merged += _settled(rated, settling, fates)
    return MergedAnnotations(tuple(merged), fates)


def _key(row: Row) -> tuple[str, int]:
    return row.file, row.line


def _content(image: str, row: Row) -> tuple[object, ...]:
    place = (row.t, row.z, row.y, row.x, row.object)
    return (image, *place, row.class_, row.stamp, row.image_digest)


def _settled(
    rated: RatedObject, settling: str | int, fates: dict[tuple[str, int], Fate]
) -> Iterator[MergedRow]:
    """Yield the one row of an object, or none; say what became of its rows."""
    class_ = rated.matches[0].row.class_ if rated.agreed else _class_taken(rated, settling)
    if class_ is None and settling == OUT:
        fates.update({_key(match.row): "left out" for match in rated.matches})
        return
    speaking = [m for m in rated.matches if class_ is None or m.row.class_ == class_]
    for match in rated.matches:
        other: Fate = "the same" if match in speaking else "settled"
        fates[_key(match.row)] = "open" if class_ is None else other
    if class_ is not None:
        fates[_key(speaking[0].row)] = "kept"
    # a row with a stamp is the safer one, whoever was right
    best = min([*speaking, *rated.matches], key=lambda match: not match.row.stamp).row
    cells = _joined_cells(best, [match.row for match in speaking])
    yield MergedRow(best, rated.image, class_ or "", "" if rated.agreed else told(rated), cells)


def _class_taken(rated: RatedObject, settling: str | int) -> str | None:
    """Return the class that settles a disagreement; None where nothing does."""
    if isinstance(settling, int):
        return rated.class_of(settling)
    if settling != MAJORITY:
        return None
    raters = [annotator for annotator, rows in enumerate(rated.ratings) if rows]
    given = [rated.class_of(annotator) for annotator in raters]
    most = max(given, key=given.count)
    return most if 2 * given.count(most) > len(given) else None


def told(rated: RatedObject) -> str:
    """Return who said what: ``a.csv:4 large, b.csv:9 small``."""
    rows = (match.row for match in rated.matches)
    return ", ".join(f"{row.file}:{row.line} {row.class_}" for row in rows)


def _joined_cells(best: Row, rows: Sequence[Row]) -> dict[str, str]:
    """Return the cells that are not read: those of the row, empty ones filled from the others.

    Names stand in it for all who say the class.
    """
    cells = dict(best.extra)
    for title, text in ((t, s) for row in rows for t, s in row.extra.items()):
        cells[title] = cells.get(title) or text
    people = [row.extra["by"] for row in rows if row.extra.get("by")]
    return {**cells, "by": "; ".join(dict.fromkeys(people))} if "by" in cells else cells


def merged_text(merged: Sequence[MergedRow]) -> str:
    """Return merged rows as a table: CSV with the known columns first, those that say something.

    Positions are voxels of the uncropped image, whatever the files have.
    """
    rows = [_cells(each) for each in merged]
    used = {title for row in rows for title, text in row.items() if text}
    needed = {"image", "y", "x", "class"}
    first = [t for t in FIXED if t in used | needed]
    names = sorted({name for each in merged for name in each.row.names} - {*FIXED, *REMARKS})
    later = [title for title in REMARKS if title in used]
    others = dict.fromkeys(title for row in rows for title in row)
    rest = [t for t in others if t not in {*FIXED, *REMARKS, *names}]
    titles = [*first, *names, *later, *rest]
    lines = [titles, *([row.get(title, "") for title in titles] for row in rows)]
    return "".join(",".join(map(quote, line)) + "\n" for line in lines)


def _cells(merged: MergedRow) -> dict[str, str]:
    """Return the cells of a merged row by title."""
    row = merged.row
    numbers = {name: getattr(row, name) for name in ("t", "z", "y", "x", "object", "size")}
    notes = filter(None, (merged.cells.get("note", ""), merged.note))
    return {
        **dict(merged.cells),
        "image": merged.image,
        **{name: "" if value is None else str(value) for name, value in numbers.items()},
        "class": merged.class_,
        "stamp": row.stamp,
        "image_digest": row.image_digest,
        **dict(row.names),
        "note": "; ".join(notes),
    }
