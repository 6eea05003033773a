"""Third powers as the C library's ``pow`` has them, at the price of a few products."""

from __future__ import annotations

import math

from objclass.data.kernel import kernel

SPLIT = 134217729.0
"""2²⁷ + 1: a product with it cuts a number into halves of 26 bits (Dekker 1971)."""
SMALLEST, LARGEST = 1e-90, 1e90
"""Between these no part of a third power is lost below or beyond what a float holds."""
NEAR_TIE = 1.125
"""What is left after rounding lies near half a unit where this many times as much rounds up."""


@kernel
def low_part(a: float, b: float, product: float) -> float:
    """Return what the rounded `product` of two numbers lacks of the exact one (Dekker 1971)."""
    c, d = SPLIT * a, SPLIT * b
    a_high, b_high = c - (c - a), d - (d - b)
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@kernel
def cube(a: float) -> float:
    """Return ``pow(a, 3.0)``, bit by bit.

    ``pow`` errs by less than 0.54 units in the last place, so it rounds correctly wherever the
    exact power lies at least 0.04 units from the middle between two floats. There two products
    in two parts give the same; near a middle (one value in ten) ``pow`` itself decides.
    """
    if not SMALLEST < abs(a) < LARGEST:
        return math.pow(a, 3.0)
    square = a * a
    high = square * a
    low = low_part(square, a, high) + low_part(a, a, square) * a
    rounded = high + low
    left = low - (rounded - high)
    if rounded + NEAR_TIE * left != rounded:
        return math.pow(a, 3.0)
    return rounded
