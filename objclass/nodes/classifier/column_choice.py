"""Which columns a classifier learns from: those that are named, or a few that it chooses."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator

from objclass.errors import nearest
from objclass.schema.fields import Choice, Use, mistake

AUTO: Final = "auto"


def _with_auto(value: Any) -> Any:
    """Read the word ``auto`` as a list; nothing stands beside it."""
    if isinstance(value, str) and value != AUTO and nearest(value, [AUTO]):
        raise mistake("is not a list", got=value, fix=f"did you mean {AUTO}?")
    if value == AUTO:
        return (AUTO,)
    several = isinstance(value, tuple | list) and len(value) > 1
    if several and any(str(each) == AUTO for each in value):
        raise mistake("has auto beside other entries", got=value, fix=f"write use: {AUTO} alone")
    return value


UseField = Annotated[Use, BeforeValidator(_with_auto, json_schema_input_type=Use | Literal["auto"])]
"""``[size, intensity]``, or ``auto``."""


def chooses(use: tuple[Choice, ...]) -> bool:
    """Return True where the classifier chooses its columns by itself."""
    return [each.text for each in use] == [AUTO]
