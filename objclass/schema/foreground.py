"""``foreground: 2``: which values of a mask are objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from objclass.data.foreground import Foreground
from objclass.errors import nearest
from objclass.schema.rule import ValueRule, mistake, number_fix

NONZERO: Final = "nonzero"
_EXPECTED: Final = "nonzero, a value, a list of values, {above: 127} or {below: 128}"
_MOST: Final = 255


def read_foreground(value: Any) -> Foreground | str:
    """Read ``nonzero``, ``2``, ``[1, 3]``, ``{above: 127}``, ``{below: 128}`` or both limits."""
    if isinstance(value, Foreground) or value == NONZERO:
        return value  # type: ignore[no-any-return]
    if isinstance(value, Mapping):
        return _limits(value)
    if not isinstance(value, tuple | list):
        return Foreground((_whole(value),))
    if not value:
        raise mistake("is an empty list: nothing would be an object", expected=_EXPECTED)
    found = sorted({_whole(item) for item in value})
    if len(found) > _MOST:
        fix = f"write {{above: {found[0] - 1}}}, or role: label_image"
        raise mistake(f"lists more than {_MOST} values", got=len(found), fix=fix)
    return Foreground(tuple(found))


def write_foreground(value: Foreground | str) -> Any:
    """Return a value as plain data that `read_foreground` takes again."""
    if isinstance(value, str):
        return value
    if not value.values:
        return value.limits
    return value.values[0] if len(value.values) == 1 else list(value.values)


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and float(value).is_integer():
        return int(value)
    fix = number_fix(value)
    if isinstance(value, float):
        fix = f"write {{above: {value:g}}}"
    elif isinstance(value, str) and nearest(value, [NONZERO]):
        fix = f"did you mean {NONZERO}?"
    raise mistake("is no value of a mask", got=value, expected=_EXPECTED, fix=fix)


def _limits(value: Mapping[Any, Any]) -> Foreground:
    unknown = [key for key in value if key not in ("above", "below")]
    if unknown or not value:
        close = nearest(str(unknown[0]), ("above", "below")) if unknown else None
        fix = f"did you mean {close}?" if close else None
        raise mistake("names no limit it knows", got=value, expected=_EXPECTED, fix=fix)
    limits = {key: _limit(number) for key, number in value.items()}
    above, below = limits.get("above"), limits.get("below")
    if above is not None and below is not None and above >= below:
        raise mistake("leaves nothing between its limits", got=value)
    return Foreground(above=above, below=below)


def _limit(value: Any) -> float:
    number = not isinstance(value, bool) and isinstance(value, int | float)
    if not number or not float("-inf") < value < float("inf"):
        raise mistake("has a limit that is no number", got=value, fix=number_fix(value))
    return float(value)


_WHOLE: Final = {"type": "integer"}
_NUMBER: Final = {"type": "number"}
ForegroundField = Annotated[
    Foreground | str,
    ValueRule(
        read_foreground,
        {
            "anyOf": [
                {"const": NONZERO},
                _WHOLE,
                {"type": "array", "items": _WHOLE, "minItems": 1, "maxItems": _MOST},
                {
                    "type": "object",
                    "properties": {"above": _NUMBER, "below": _NUMBER},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        },
        write_foreground,
    ),
]
"""``nonzero``, a value, a list of values, ``{above: …}`` or ``{below: …}``."""
