"""Class colours: those a person chose, else a set that colour-blind people can tell apart."""

from __future__ import annotations

from collections.abc import Sequence

from objclass.painting.colors import default_colors
from objclass.schema.names import ClassName


def class_colors(chosen: Sequence[ClassName] | None, classes: Sequence[str]) -> tuple[str, ...]:
    """Return ``#rrggbb`` per class."""
    known = {each.name: each.color for each in chosen or ()}
    standard = default_colors(len(classes))
    return tuple(known.get(n) or c for n, c in zip(classes, standard, strict=True))
