"""Lines of YAML with remarks beside them."""

from __future__ import annotations

from typing import Final

from objclass.schema.scalars import as_written

COLUMN: Final = 40


def line(text: str, remark: str = "", indent: int = 4) -> str:
    """Return one line, the remark behind it in a column of its own."""
    shown = " " * indent + text
    return f"{shown.ljust(COLUMN - 1)} # {one_line(remark)}" if remark else shown


def one_line(text: str) -> str:
    """Return text of a file for a comment: one line without control characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def number(value: float) -> str:
    """Return a number as a person writes it."""
    return as_written(value)


def per_axis(x: float, y: float, z: float | None = None) -> str:
    """Return ``1`` where all axes agree, else ``{z: 2, y: 1, x: 1}``."""
    if z is not None and x == y == z:
        return number(x)
    depth = "" if z is None else f"z: {number(z)}, "
    return f"{{{depth}y: {number(y)}, x: {number(x)}}}"
