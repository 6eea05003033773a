"""Lines of YAML with remarks beside them."""

from __future__ import annotations

import json
import re
from typing import Final

from objclass.schema.scalars import as_written, read_plain

COLUMN: Final = 40
_PLAIN: Final = re.compile(r"[A-Za-z_./][\w./+-]*")


def line(text: str, remark: str = "", indent: int = 4) -> str:
    """Return one line, the remark behind it in a column of its own."""
    shown = " " * indent + text
    return f"{shown.ljust(COLUMN - 1)} # {one_line(remark)}" if remark else shown


def one_line(text: str) -> str:
    """Return text of a file for a comment: one line without control characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def scalar(text: str) -> str:
    """Return a text as YAML, in quotes where it could be read as something else."""
    plain = _PLAIN.fullmatch(text) is not None and isinstance(read_plain(text), str)
    return text if plain else json.dumps(text, ensure_ascii=False)


def number(value: float) -> str:
    """Return a number as a person writes it."""
    return as_written(value)


def per_axis(x: float, y: float, z: float | None = None) -> str:
    """Return ``1`` where all axes agree, else ``{z: 2, y: 1, x: 1}``."""
    if z is not None and x == y == z:
        return number(x)
    depth = "" if z is None else f"z: {number(z)}, "
    return f"{{{depth}y: {number(y)}, x: {number(x)}}}"
