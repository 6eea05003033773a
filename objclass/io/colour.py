"""Colours written ``#rrggbb``."""

from __future__ import annotations


def rgb_of(color: str) -> tuple[int, int, int]:
    """Return red, green, blue, each 0 to 255.

    Raises
    ------
    ValueError
        If the text is not ``#`` and six hexadecimal digits.
    """
    digits = color.removeprefix("#")
    if len(digits) != 6:
        raise ValueError(f"not a colour: {color}")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
