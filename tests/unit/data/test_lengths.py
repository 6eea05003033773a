"""Lengths in other units: exact where a person can write both."""

from __future__ import annotations

import pytest

from objclass.data.lengths import convert, is_length


@pytest.mark.parametrize(
    ("value", "unit", "to", "power", "expected"),
    [
        (650, "nm", "um", 1, 0.65),
        (0.65, "um", "nm", 1, 650.0),
        (1.001, "um", "nm", 1, 1001.0),  # 1.001 * 1000 is 1000.9999999999999
        (0.57, "m", "cm", 1, 57.0),
        (2, "um", "nm", 3, 8e9 / 4),
        (50, "um", "mm", 2, 5e-5),
        (1, "in", "mm", 1, 25.4),
        (3, "angstrom", "nm", 1, 0.3),
    ],
)
def test_a_length_in_another_unit_is_the_decimal_one_would_write(
    value: float, unit: str, to: str, power: int, expected: float
) -> None:
    assert convert(value, unit, to, power) == expected


def test_pixels_have_no_length() -> None:
    assert not is_length("px")
    assert not is_length(None)
    assert is_length("angstrom")
