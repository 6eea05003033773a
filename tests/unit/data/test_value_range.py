"""Ranges to suggest for what voxels hold."""

from __future__ import annotations

import pytest

from objclass.data.value_range import known_range, levels_used, suggested_range, written_range

SEEN = [
    ("uint16", 0, 3210, "[0, 4095]"),  # 12 bits used
    ("uint16", 90, 4096, "[0, 16383]"),
    ("uint16", 0, 40000, "[0, 65535]"),
    ("uint16", 0, 255, "[0, 255]"),
    ("uint16", 0, 0, "[0, 1]"),
    ("uint32", 0, 70000, "[0, 131071]"),
    ("int16", 0, 3000, "[0, 4095]"),
    ("int16", -1000, 3000, "[-4096, 4095]"),
    ("int8", -3, 100, "[-256, 255]"),
    ("float32", 0.02, 0.9, "[0, 1]"),
    ("float32", 0, 0, "[0, 1]"),
    ("float32", 0, 3210.5, "[0, 4000]"),
    ("float64", -0.3, 0.7, "[-1, 1]"),
    ("float32", -12.5, 0.003, "[-15, 1]"),
    ("float32", 0, 65535.0, "[0, 65535]"),
]


@pytest.mark.parametrize(("dtype", "low", "high", "expected"), SEEN)
def test_the_suggested_range_holds_the_values_and_is_round(
    dtype: str, low: float, high: float, expected: str
) -> None:
    span = suggested_range(dtype, low, high)
    assert span is not None
    assert span[0] <= low <= high <= span[1]
    assert written_range(span) == expected


def test_nothing_is_suggested_for_what_is_no_number() -> None:
    assert suggested_range("float32", float("nan"), 1.0) is None


def test_only_8_bit_voxels_have_a_range_of_their_own() -> None:
    assert known_range("uint8", None) == (0.0, 255.0)
    assert known_range("uint8", (0.0, 100.0)) == (0.0, 100.0)
    assert known_range("int8", None) is known_range("uint16", None) is None


def test_levels_are_counted_with_both_ends() -> None:
    assert levels_used((0, 16), 0, 15.9, 16) == 16
    assert levels_used((0, 16), 3, 4.5, 16) == 2
    assert levels_used((0, 16), 40, 50, 16) == 1  # beyond the range counts as its end
