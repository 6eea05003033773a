"""What became of the annotations, as counts, lists and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

from objclass.annotations.matches import STATUSES, USED, Match, Matches
from objclass.annotations.rows import Row, rows_of
from objclass.data.dataclass import dataclass
from objclass.errors import list_some

SHOWN = 3
"""Objects with several classes that are told one by one."""
ASKING = (*USED, "invalid", "background", "missing", "conflict", "foreign")


@dataclass(frozen=True)
class AnnotationSummary:
    """What became of the annotations of one image.

    Parameters
    ----------
    rows
        Number of rows.
    asked
        Of those, the ones that look for an object to train on (not ignored, cropped or outside).
    usable
        Of those, the valid ones.
    objects
        Objects to train on.
    repeated
        Usable rows beyond one per object.
    classes
        Class to objects.
    counts
        Status to rows, for those that occur.
    invalid, background, cropped, outside
        The rows of these statuses.
    conflicts
        Groups of rows that contradict each other.
    """

    rows: int
    asked: int
    usable: int
    objects: int
    repeated: int
    classes: Mapping[str, int]
    counts: Mapping[str, int]
    invalid: tuple[Row, ...] = ()
    background: tuple[Row, ...] = ()
    cropped: tuple[Row, ...] = ()
    outside: tuple[Row, ...] = ()
    conflicts: tuple[tuple[Row, ...], ...] = ()

    @property
    def headline(self) -> str:
        """``118 of 120 annotations valid; 2 invalid``."""
        return headline(self.usable, self.asked, self.counts)

    def as_json(self) -> dict[str, Any]:
        """Return the same with every row as :func:`describe` has it."""
        fields = ("rows", "asked", "usable", "objects", "repeated")
        listed = ("invalid", "background", "cropped", "outside")
        return {
            **{name: getattr(self, name) for name in fields},
            "classes": dict(self.classes),
            "counts": dict(self.counts),
            **{name: list(map(describe, getattr(self, name))) for name in listed},
            "conflicts": [list(map(describe, group)) for group in self.conflicts],
        }


def summarize(matches: Matches) -> AnnotationSummary:
    """Return what became of the annotations of one image."""
    counts = Counter(match.status for match in matches.matches)
    usable, used = len(matches.of(*USED)), matches.used
    classes = Counter(match.row.class_ for match in used)
    return AnnotationSummary(
        rows=len(matches),
        asked=sum(counts[status] for status in STATUSES if status in ASKING),
        usable=usable,
        objects=len(used),
        repeated=usable - len(used),
        classes=dict(sorted(classes.items())),
        counts={status: counts[status] for status in STATUSES if counts[status]},
        invalid=_rows(matches.of("invalid")),
        background=_rows(matches.of("background")),
        cropped=_rows(matches.of("cropped")),
        outside=_rows(matches.of("outside")),
        conflicts=tuple(map(_rows, conflicts(matches))),
    )


def _rows(matches: Iterable[Match]) -> tuple[Row, ...]:
    return tuple(match.row for match in matches)


def describe(row: Row) -> dict[str, Any]:
    """Return a row as a JSON value: where it stands and what it says."""
    here = {"t": row.t, "z": row.z, "y": row.y, "x": row.x, "object": row.object}
    said = {key: value for key, value in here.items() if value is not None}
    return {"file": row.file, "line": row.line, "class": row.class_, **said}


def conflicts(matches: Matches) -> list[list[Match]]:
    """Return the annotations that contradict each other, one list per object, by line."""
    groups: dict[tuple[int, int], list[Match]] = {}
    for match in matches.of("conflict"):
        groups.setdefault((match.frame or 0, match.object), []).append(match)
    lines = [sorted(group, key=lambda m: (m.row.file, m.row.line)) for group in groups.values()]
    return sorted(lines, key=lambda group: (group[0].row.file, group[0].row.line))


def headline(usable: int, asked: int, counts: Mapping[str, int]) -> str:
    """Return ``118 of 120 annotations valid; 2 invalid``; `counts` are rows by status."""
    invalid, foreign = counts.get("invalid", 0), counts.get("foreign", 0)
    said = f"{usable} of {asked} annotations valid"
    said += f"; {invalid} invalid" if invalid else ""
    return f"{said}; {foreign} made on another image" if foreign else said


def notes(matches: Matches) -> list[str]:
    """Return in sentences what a person should know of annotations that are not used."""
    said = []
    background, cropped = matches.of("background"), matches.of("cropped")
    ignored = matches.of("ignored")
    if background:
        rows = [match.row for match in background]
        said.append(f"{rows_of(len(rows))} on background, not used ({lines(rows)})")
        said += near_note(background)
    missing = [match.row for match in matches.of("missing")]
    if missing:
        ids = list_some(dict.fromkeys(str(row.object) for row in missing))
        said.append(
            f"there is no object {ids}: {rows_of(len(missing))} not used ({lines(missing)})"
        )
    said += conflict_notes(conflicts(matches))
    if cropped:
        said.append(f"{rows_of(len(cropped))} outside the crop, not used")
    if ignored:
        said.append(f"{rows_of(len(ignored))} of the class ignore, not used")
    return said


def conflict_notes(groups: Sequence[Sequence[Match]]) -> list[str]:
    """Say which rows contradict each other; of many objects the first few, and how many more."""
    told = groups if len(groups) <= SHOWN + 1 else groups[:SHOWN]
    said = [
        f"one object with several classes, not used: {lines_and_classes(m.row for m in group)}"
        for group in told
    ]
    rest = [match.row for group in groups[len(told) :] for match in group]
    if rest:
        more = len(groups) - len(told)
        said.append(f"{more} more objects with several classes, not used ({lines(rest)})")
    return said


def near_note(background: Sequence[Match]) -> list[str]:
    """Say how near the objects are that rows on background miss, and how to take them."""
    far = sorted(match.near[0] for match in background if match.near)
    if not far:
        return []
    within = ceil(far[max(0, ceil(0.9 * len(far)) - 1)])
    count = sum(distance <= within for distance in far)
    voxels = "1 voxel" if within == 1 else f"{within} voxels"
    them = f"{count} of {len(background)}" if len(background) > 1 else "it is"
    return [
        f"{them} within {voxels} of an object; to take it: "
        f"objclass annotations reattach {{workflow}}{{node}} --nearest {within}"
    ]


def lines(rows: Sequence[Row], limit: int = 6) -> str:
    """Return ``line 4`` or ``lines 4, 9, 12``; with files where there are several."""
    said = list_some([_at(row, rows) for row in _by_line(rows)], limit)
    return f"line{'s' if len(rows) > 1 else ''} {said}"


def lines_and_classes(rows: Iterable[Row], limit: int = 6) -> str:
    """Return ``line 14 interphase, line 77 mitotic``."""
    ordered = _by_line(rows)
    return list_some([f"line {_at(row, ordered)} {row.class_}" for row in ordered], limit)


def _at(row: Row, rows: Sequence[Row]) -> str:
    """The line of a row, with its file where `rows` come from several."""
    several = len({other.file for other in rows}) > 1
    return f"{row.line} of {row.file}" if several else str(row.line)


def _by_line(rows: Iterable[Row]) -> list[Row]:
    """Rows as a person finds them in the file."""
    return sorted(rows, key=lambda row: (row.file, row.line))
