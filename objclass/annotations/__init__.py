"""Annotations: what people said about objects, in plain files that no program deletes.

Pure functions: rows are parsed from the cells of a table, matched with the objects of a label
image, re-attached after the objects changed, and written back as text. The two verbs keep
their modules' names: ``match.match`` and ``reattach.reattach``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from objclass.annotations.edit import Add, Erase, ObjectKey, Reclass, Restore, apply
    from objclass.annotations.images import assign, for_image
    from objclass.annotations.match import outside_problems
    from objclass.annotations.matches import ImageExamples, Match, Matches
    from objclass.annotations.outcome import Reattachment, adopt
    from objclass.annotations.row_order import content, in_order
    from objclass.annotations.rows import IGNORE, Annotations, Row, parse
    from objclass.annotations.sample import draw_lots
    from objclass.annotations.text import new_table, rewritten

_HOMES = {
    "Add": "edit",
    "Annotations": "rows",
    "Erase": "edit",
    "ImageExamples": "matches",
    "IGNORE": "rows",
    "Match": "matches",
    "Matches": "matches",
    "ObjectKey": "edit",
    "Reattachment": "outcome",
    "Reclass": "edit",
    "Restore": "edit",
    "Row": "rows",
    "adopt": "outcome",
    "apply": "edit",
    "assign": "images",
    "draw_lots": "sample",
    "content": "row_order",
    "for_image": "images",
    "in_order": "row_order",
    "new_table": "text",
    "outside_problems": "match",
    "parse": "rows",
    "rewritten": "text",
}

__all__ = [
    "IGNORE",
    "Add",
    "Annotations",
    "Erase",
    "ImageExamples",
    "Match",
    "Matches",
    "ObjectKey",
    "Reattachment",
    "Reclass",
    "Restore",
    "Row",
    "adopt",
    "apply",
    "assign",
    "content",
    "draw_lots",
    "for_image",
    "in_order",
    "new_table",
    "outside_problems",
    "parse",
    "rewritten",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
