"""Wells of a plate, and the ways in which people write their names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAME = re.compile(r"([A-Za-z]{1,2})[/_ -]?0*([1-9]\d?)")
ROWS, COLUMNS = 32, 48
"""Those of the largest plates in use, of 1536 wells."""
LETTERS: Final = 26


@dataclass(frozen=True, order=True)
class Well:
    """A place on a plate.

    Parameters
    ----------
    row, column
        From 1; row 27 is AA.
    """

    row: int
    column: int

    def __str__(self) -> str:
        """Return its usual name.

        Examples
        --------
        >>> str(Well(2, 3)), str(Well(28, 12))
        ('B03', 'AB12')
        """
        more, last = divmod(self.row - 1, LETTERS)
        first = chr(ord("A") + more - 1) if more else ""
        return f"{first}{chr(ord('A') + last)}{self.column:02}"


def read_well(text: str) -> Well | None:
    """Return the well that a text names: ``B03``, ``B3``, ``b03``, ``B/03`` or ``B-3``.

    Examples
    --------
    >>> read_well("b3"), read_well("AA/07"), read_well("plate 3")
    (Well(row=2, column=3), Well(row=27, column=7), None)
    """
    found = _NAME.fullmatch(text.strip())
    return well_at(found[1], found[2]) if found else None


def well_at(row: str, column: str) -> Well | None:
    """Return the well in a row, a letter or a number from 1, and a column; None for none.

    Examples
    --------
    >>> well_at("B", "3") == well_at("2", "03") == Well(2, 3), well_at("B", "0")
    (True, None)
    """
    row, column = row.strip().upper(), column.strip()
    if not column.isdecimal() or not (row.isdecimal() or re.fullmatch("[A-Z]{1,2}", row)):
        return None
    number = int(row) if row.isdecimal() else 0
    for letter in row if not row.isdecimal() else "":
        number = number * LETTERS + ord(letter) - ord("A") + 1
    inside = 1 <= number <= ROWS and 1 <= int(column) <= COLUMNS
    return Well(number, int(column)) if inside else None
