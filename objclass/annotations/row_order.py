"""Annotation rows by what they say, whatever file and line they stand in."""

from __future__ import annotations

from collections.abc import Iterable

from objclass.annotations.rows import Row


def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows by what they say, not by where they stand in the file.

    Sorted by t, position, class, id, stamp and size; rows that say the same by line.
    """
    return tuple(sorted(rows, key=lambda row: (_key(row), row.file, row.line)))


def content(rows: Iterable[Row]) -> list[list[object]]:
    """Return what the rows of *one image* say, as a JSON value to digest.

    Order, line numbers, comments, other columns and the image's name are not in it.
    """
    return [[r.t, r.z, r.y, r.x, r.class_, r.object, r.stamp, r.size] for r in in_order(rows)]


def _key(row: Row) -> tuple[int | str, ...]:
    """What a row says, sortable: an absent number comes before 0."""
    numbers = [-1 if n is None else n for n in (row.t, row.z, row.y, row.x)]
    last = [-1 if n is None else n for n in (row.object, row.size)]
    return (*numbers, row.class_, last[0], row.stamp, last[1])
