"""What the ``matches`` part kept of annotations, read back without the annotation file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from objclass.annotations import outcome
from objclass.annotations.matches import Matches, restore
from objclass.annotations.outcome import Reattachment
from objclass.annotations.rows import Row

FIELDS = ("class_", "image", "t", "z", "y", "x", "object", "size", "stamp")


def kept_rows(rows: tuple[Row, ...]) -> list[list[Any]]:
    """Return what rows say as JSON, in the order of :func:`objclass.annotations.in_order`."""
    return [[getattr(row, name) for name in FIELDS] for row in rows]


def kept_matches(facts: Mapping[str, Any]) -> tuple[Matches, tuple[Reattachment, ...]]:
    """Return matches and outcomes; rows are numbered in place of their lines."""
    rows = [
        Row(line=number, **dict(zip(FIELDS, said, strict=True)))
        for number, said in enumerate(facts["rows"])
    ]
    found = restore(rows, facts["matches"])
    return found, outcome.restore(found, facts["outcomes"])
