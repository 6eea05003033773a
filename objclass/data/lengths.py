"""Units of length, and lengths said in another one."""

from __future__ import annotations

from typing import Final

PICOMETERS: Final[dict[str, int]] = {
    "pm": 1,
    "angstrom": 100,
    "nm": 1_000,
    "um": 1_000_000,
    "mm": 1_000_000_000,
    "cm": 10_000_000_000,
    "in": 25_400_000_000,
    "m": 1_000_000_000_000,
}
"""Every unit that a file or a workflow may name, in the smallest of them."""


def is_length(unit: str | None) -> bool:
    """True for a unit whose length is known; pixels have none."""
    return unit in PICOMETERS


def convert(value: float, unit: str, to: str, power: int = 1) -> float:
    """Return a length, area or volume in another unit.

    Parameters
    ----------
    value
        The number in `unit`.
    unit, to
        Units of :data:`PICOMETERS`.
    power
        1 for a length, 2 for an area, 3 for a volume.

    Returns
    -------
    float
        The number nearest to the decimal that `value` was written as: 650 nm are exactly the
        0.65 um that a person would write.
    """
    if unit == to:
        return value
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 40
        factor = Decimal(PICOMETERS[unit]) ** power / Decimal(PICOMETERS[to]) ** power
        return float(Decimal(repr(float(value))) * factor)
