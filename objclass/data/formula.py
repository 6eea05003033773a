"""Texts that a spreadsheet would take for a formula: kept from it by an apostrophe.

A name such as ``=cmd()`` or ``-neg`` in a table is a formula to a spreadsheet. It is written
as ``'=cmd()``, and read back without the apostrophe. Numbers, and a sign that stands alone,
are no formulas and stay as they are. A name that itself begins so (``'=x``) gets one more
apostrophe, so that every text comes back exactly.
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*(?=[=+\-@\t\r])(?![+\-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+\-]?\d+)?$)")
_HARMLESS = re.compile(r"'*[+\-](?:inf|infinity|nan)?$", re.IGNORECASE)


def is_formula(text: str) -> bool:
    """Return True for a text that begins like a formula, apostrophes before it aside.

    >>> [is_formula(text) for text in ("=1+1", "-neg", "'@a", "-1.5e3", "+", "CD3+")]
    [True, True, True, False, False, False]
    """
    if text[:1] not in FIRST:
        return False
    return _FORMULA.match(text) is not None and _HARMLESS.match(text) is None


FIRST = frozenset("'=+-@\t\r")


def escape(text: str) -> str:
    """Return a text as it stands in a table."""
    return f"'{text}" if is_formula(text) else text


def unescape(text: str) -> str:
    """Return what a cell of a table says."""
    return text[1:] if text[:1] == "'" and is_formula(text) else text
