"""The range that voxel values span: what is known of it, and what to suggest."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10
from typing import Final

from objclass.errors import FieldSetting

Range = tuple[float, float]
UNKNOWN: Final = "[low, high]"
"""How a range is written that only the person knows."""

BITS: Final = (8, 12, 14, 16)
"""Depths of cameras; values of whole numbers are taken to fill the next one."""
STEPS: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Ends that a range of broken numbers is rounded to, outwards."""


def known_range(dtype: str, declared: Range | None) -> Range | None:
    """Return the range that levels and bins go over: declared, or 0–255 for 8-bit voxels."""
    return declared or ((0.0, 255.0) if dtype == "uint8" else None)


def suggested_range(dtype: str, low: float, high: float) -> Range | None:
    """Return a range that holds values from `low` to `high` of this type.

    Whole numbers fill the next depth of a camera (3210 gives 0 to 4095); broken ones from 0
    to 1 give that; all others are rounded outwards, with 0 in the range.

    Parameters
    ----------
    dtype
        numpy name of the voxel type.
    low, high
        Smallest and largest value seen; None is returned where they are not finite.
    """
    if not (isfinite(low) and isfinite(high)):
        return None
    whole = not dtype.startswith("float")
    lowest = 0.0 if low >= 0 else -(_fill(-low - 1) + 1 if whole else _round_up(-low))
    return lowest, max(_fill(high) if whole else _round_up(high), 1.0 if low >= 0 else 0.0)


def _fill(value: float) -> float:
    """Return the largest whole number of the depth that holds a value."""
    if value <= 0:
        return 0.0
    depth = int(value).bit_length()
    return float(2 ** next((bits for bits in BITS if bits >= depth), depth) - 1)


def _round_up(value: float) -> float:
    if value <= 0:
        return 0.0
    if value <= 1:
        return 1.0
    if value in (255.0, 4095.0, 16383.0, 65535.0):
        return value
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in STEPS if value <= step * power * (1 + 1e-12))


def written_range(span: Range) -> str:
    """Return a range as a workflow says it: ``[0, 4095]``."""
    return f"[{_plain(span[0])}, {_plain(span[1])}]"


def range_setting(span: Range | None, node: str) -> FieldSetting | str:
    """Return the advice to write a range into an input; mere words where nobody knows which."""
    if span is None:
        return f"add 'value_range: {UNKNOWN}' to {node}"
    return FieldSetting("value_range", written_range(span), node, quoted=True)


def levels_used(span: Range, low: float, high: float, levels: int) -> int:
    """Return how many of `levels` equal steps of a range lie between two values.

    All of them where a value is missing: nothing is known then.
    """
    if low != low or high != high:
        return levels
    width = span[1] - span[0]
    first, last = (
        min(max(floor((value - span[0]) * levels / width), 0), levels - 1) for value in (low, high)
    )
    return last - first + 1


def _plain(value: float) -> str:
    return str(ceil(value)) if value == round(value) else f"{value:.10g}"
