"""What a file of another program says of objects, and what a format offers to read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from objclass.data.dataclass import dataclass

SLICE = "slice"
"""Column of a plane counted from 1 through the whole stack, as ImageJ counts."""


@dataclass(frozen=True)
class ForeignTable:
    """Annotations of another program as a table.

    Parameters
    ----------
    header
        Titles that :mod:`objclass.annotations.header` knows, and :data:`SLICE`.
    rows
        Number and cells of every annotation.
    counted
        What is numbered, such as ``line`` or ``point``.
    notes
        What a person should know of the file as a whole.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    counted: str = "line"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AnnotationFormat:
    """One kind of file.

    Parameters
    ----------
    name
        What it is called in messages.
    suffixes
        Of its files.
    recognises
        True for a file with such a suffix that is of this kind.
    read
        Returns what the file says; raises InputError where it is damaged.
    """

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[Path], bool]
    read: Callable[[Path], ForeignTable]


def always(path: Path) -> bool:
    """Return True: the suffix alone tells the kind of file."""
    return True


def number_text(value: float) -> str:
    """Return a coordinate as a cell of a table.

    >>> number_text(12.0), number_text(7.25)
    ('12', '7.25')
    """
    return f"{value:.6f}".rstrip("0").rstrip(".")
