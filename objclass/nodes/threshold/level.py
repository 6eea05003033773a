"""The level of a threshold: a number, or the name of a method that finds it."""

from __future__ import annotations

from typing import Annotated, Any

from objclass.errors import list_some, nearest
from objclass.schema.rule import ValueRule, mistake, number_fix

AUTOMATIC = ("otsu", "li", "triangle")


def read_level(value: Any) -> float | str:
    """Read a number, ``otsu``, ``li`` or ``triangle``."""
    if isinstance(value, str):
        if value in AUTOMATIC:
            return value
        close = nearest(value.lower(), AUTOMATIC)
        fix = f"did you mean {close}?" if close else number_fix(value)
        raise mistake(
            "is no level", got=value, expected=f"a number, {list_some(AUTOMATIC)}", fix=fix
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise mistake("is no level", got=value, expected=f"a number, {list_some(AUTOMATIC)}")
    level = float(value)
    if not -float("inf") < level < float("inf"):
        raise mistake("is not a finite number", got=value)
    return level


_SCHEMA = {"anyOf": [{"type": "number"}, {"enum": list(AUTOMATIC)}]}

LevelField = Annotated[float | str, ValueRule(read_level, _SCHEMA, lambda value: value)]
"""A number, or ``otsu``, ``li``, ``triangle``."""
