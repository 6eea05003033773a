"""Annotations: what people said about objects, in plain files that no program deletes.

Pure functions: rows are parsed from the cells of a table, matched with the objects of a label
image, re-attached after the objects changed, and written back as text. The two verbs keep
their modules' names: ``match.match`` and ``reattach.reattach``.
"""

from __future__ import annotations

from objclass.annotations.images import assign, for_image
from objclass.annotations.match import outside_problems
from objclass.annotations.matches import Examples, Match, Matches
from objclass.annotations.outcome import Outcome, adopt
from objclass.annotations.rows import IGNORE, Annotations, Row, content, in_order, parse
from objclass.annotations.sample import choose
from objclass.annotations.text import new_table, rewritten

__all__ = [
    "IGNORE",
    "Annotations",
    "Examples",
    "Match",
    "Matches",
    "Outcome",
    "Row",
    "adopt",
    "assign",
    "choose",
    "content",
    "for_image",
    "in_order",
    "new_table",
    "outside_problems",
    "parse",
    "rewritten",
]
