"""The values that become 0 and 1: ``[100, 4000]``, or shares of voxels, ``[0.5 %, 99.8 %]``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Final

from objclass.data.dataclass import dataclass
from objclass.schema.rule import ValueRule, mistake

_PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_EXPECTED: Final = "[0.5 %, 99.8 %] or [100, 4000], low below high"


@dataclass(frozen=True)
class ValueSpan:
    """Two values, or the percentiles that they are."""

    low: float
    high: float
    percent: bool = False

    def __str__(self) -> str:
        unit = " %" if self.percent else ""
        return f"[{_plain(self.low)}{unit}, {_plain(self.high)}{unit}]"

    def written(self) -> list[str] | list[float]:
        """Return what a person would write."""
        ends = [self.low, self.high]
        return [f"{_plain(end)} %" for end in ends] if self.percent else ends


def _plain(end: float) -> str:
    """Return all digits and no exponent: what is written stands in recipes and is read again."""
    return f"{Decimal(repr(end)):f}".removesuffix(".0")


def read_value_span(value: Any) -> ValueSpan:
    """Read two numbers, or two shares in percent."""
    if isinstance(value, ValueSpan):
        return value
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise mistake("is not a range", got=value, expected=_EXPECTED)
    shares = [_PERCENT.fullmatch(end) if isinstance(end, str) else None for end in value]
    if all(shares):
        low, high = (float(each[1]) for each in shares if each)
        if 0 <= low < high <= 100:
            return ValueSpan(low, high, True)
    elif not any(isinstance(end, bool) or not isinstance(end, int | float) for end in value):
        low, high = map(float, value)
        if float("-inf") < low < high < float("inf"):
            return ValueSpan(low, high)
    raise mistake("is not a range that rises", got=value, expected=_EXPECTED)


_END: Final = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$"}]}
ValueSpanField = Annotated[
    ValueSpan,
    ValueRule(
        read_value_span,
        {"type": "array", "items": _END, "minItems": 2, "maxItems": 2},
        ValueSpan.written,
    ),
]
"""``[low, high]`` as values or in percent."""
