"""HTML and SVG as values: what is text is escaped, what is markup is told by its type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

Attribute = str | int | float | None
VOID = ("img", "meta", "br", "col")
"""Elements of HTML that have no end."""


class Markup(str):
    """A piece of HTML or SVG, safe as it stands."""

    __slots__ = ()


NOTHING = Markup("")


def joined(pieces: Iterable[str]) -> Markup:
    """Return pieces side by side; those that are no markup are text and are escaped."""
    return Markup("".join(p if isinstance(p, Markup) else shown(p) for p in pieces))


def shown(text: str) -> str:
    """Return a text as HTML; what no browser may read (surrogates, NUL) becomes U+FFFD."""
    sound = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kept = (c if c >= " " or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in sound)
    return escape("".join(kept), quote=True)


def tag(name: str, *inside: str, **attributes: Attribute) -> Markup:
    """Return an element.

    Parameters
    ----------
    name
        Such as ``td``.
    inside
        Markup, or text that is escaped.
    attributes
        ``class_`` is ``class``, ``data_by`` is ``data-by``; None leaves an attribute out.
    """
    return element(name, attributes, *inside)


def element(name: str, attributes: Mapping[str, Attribute], *inside: str) -> Markup:
    """Return an element with attributes whose names Python may not write as keywords."""
    words = [
        f' {key.rstrip("_").replace("_", "-")}="{shown(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    ]
    start = f"<{name}{''.join(words)}>"
    return Markup(start if name in VOID else f"{start}{joined(inside)}</{name}>")


def isolated(text: str) -> Markup:
    """Return a name that somebody chose, written in its own direction whatever stands beside it."""
    return tag("bdi", text)


def _plain(value: str | int | float) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
