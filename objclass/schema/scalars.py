"""How one plain word of YAML is read: YAML 1.2, with two choices that protect names.

``true``/``false`` and ``null``/``~`` are what they say; ``yes``, ``on``, ``2024-05-01`` are
text. A number keeps the text it was written as, so that a channel may be called ``2E05`` or
``1.10``. A number with a leading zero (``010``) is text, because readers of YAML disagree
on whether it is 8 or 10: as a name it is ``010``, where a number is wanted it is refused.

Texts are written so that every reader of YAML, also of the older 1.1, finds the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+|0o[0-7]+")
_DECIMAL: Final = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
)
_SPECIAL: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_LONGEST: Final = 300
"""Digits beyond which a number is text: no float holds it."""
_UNSUSPECTED: Final = re.compile(r"[\w./][\w./+-]*")
_OLD_WORDS: Final = frozenset(("yes", "no", "on", "off", "y", "n"))
_OLD_NUMBERS: Final = re.compile(r"[0-9._+-]*(?:[eE][0-9+-]*)?|0[xob][0-9a-fA-F_]*")
"""Also ``010``, ``1_000`` and dates."""


class Integer(int):
    """A whole number that remembers how it was written."""

    text: str

    @classmethod
    def read(cls, text: str) -> Integer:
        """Read ``12``, ``-3``, ``0x1F`` or ``0o17``."""
        number = cls(int(text, 0))
        number.text = text
        return number


class Real(float):
    """A number with a point or exponent that remembers how it was written."""

    text: str

    @classmethod
    def read(cls, text: str) -> Real:
        """Read ``0.5``, ``1e3``, ``.inf``."""
        number = cls(text.replace(".", "") if _SPECIAL.fullmatch(text) else text)
        number.text = text
        return number


Scalar = bool | int | float | str | None
"""What one word of YAML can be."""


def read_plain(text: str) -> Scalar:
    """Return what a plain (unquoted) word means.

    Parameters
    ----------
    text
        The word as written, without comments and surrounding spaces.

    Returns
    -------
    bool, None, Integer, Real or str
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST:
        return text
    if _INTEGER.fullmatch(text):
        return Integer.read(text)
    if _DECIMAL.fullmatch(text) or _SPECIAL.fullmatch(text):
        return Real.read(text)
    return text


def as_written(number: float) -> str:
    """Return a number as a person writes it: the source text if known, ``3`` for 3.0."""
    if isinstance(number, Integer | Real):
        return number.text
    return str(int(number)) if abs(number) < 1e15 and number == int(number) else repr(number)


def plain_or_quoted(text: str) -> str:
    """Return a text as YAML, in quotes where a reader could find something else.

    >>> [plain_or_quoted(text) for text in ("a/b.tif", "no", "1e3", "a: b", "")]
    ['a/b.tif', '"no"', '"1e3"', '"a: b"', '""']
    """
    plain = (
        _UNSUSPECTED.fullmatch(text) is not None
        and isinstance(read_plain(text), str)
        and text.lower() not in _OLD_WORDS
        and _OLD_NUMBERS.fullmatch(text) is None
    )
    return text if plain else _in_quotes(text)


def _in_quotes(text: str) -> str:
    """Return a text in double quotes; what is not printable is escaped, as YAML wants it."""
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escape(ord(c)) for c in escaped)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
