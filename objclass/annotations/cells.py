"""Numbers and stamps as people and spreadsheets write them."""

from __future__ import annotations

import re
from decimal import Decimal

EMPTY = {"", "na", "nan"}
LARGEST_POSITION = 10**12
LARGEST_ID = 2**64 - 1
_NUMBER = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?")
_STAMP = re.compile(r"[a-z][0-9a-f]{10}")


def is_empty(text: str) -> bool:
    """True for a cell without a number: blank, ``NA`` (as R writes it) or ``NaN``."""
    return text.strip().lower() in EMPTY


def position(text: str) -> tuple[int, bool]:
    """Read one coordinate of a voxel.

    Parameters
    ----------
    text
        ``31``, ``31.0``, ``31,0`` (decimal comma) or ``3.1e+01``.

    Returns
    -------
    voxel, floored
        The coordinate, and whether a fraction was cut off: 31.75 lies in voxel 31.

    Raises
    ------
    ValueError
        If the text is not a number, negative or absurdly large; the message is what was expected.
    """
    whole = text.strip().removeprefix("+")
    match = _NUMBER.fullmatch(whole)
    if match is None:
        raise ValueError("a voxel counted from 0, such as 31")
    value = Decimal(whole.replace(",", "."))
    if value > LARGEST_POSITION:
        raise ValueError("a voxel inside the image")
    return int(value), value != int(value)


def decimal(text: str) -> float:
    """Read a coordinate with its fraction; ``31.75`` or ``31,75``.

    Raises
    ------
    ValueError
        If it is not a number or negative; the message is what was expected.
    """
    whole = text.strip().removeprefix("+")
    if _NUMBER.fullmatch(whole) is None or float(whole.replace(",", ".")) > LARGEST_POSITION:
        raise ValueError("a number of 0 or more, such as 31.75")
    return float(whole.replace(",", "."))


def count(text: str) -> int:
    """Read an id or a size: a whole number, also as ``4.0``; up to 2**64 − 1.

    An exponent is refused: a spreadsheet writes 1.23E+10 where it lost the last digits.

    Raises
    ------
    ValueError
        If the text is not a whole number; the message is what was expected.
    """
    match = _NUMBER.fullmatch(text.strip().removeprefix("+"))
    if match is None or match[3] is not None or (match[2] or "0").strip("0"):
        raise ValueError("a whole number")
    value = int(match[1])
    if value > LARGEST_ID:
        raise ValueError("a whole number below 2**64")
    return value


def stamp(text: str) -> str:
    """Read a stamp: a letter and ten hexadecimal digits.

    Raises
    ------
    ValueError
        If it is not a stamp; the message is what was expected.
    """
    low = text.strip().lower()
    if not _STAMP.fullmatch(low):
        raise ValueError("a letter and ten hexadecimal digits, such as o9f03ac21b4")
    return low
