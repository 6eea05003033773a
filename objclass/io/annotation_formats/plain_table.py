"""Tables with a row an object: of ImageJ, QuPath, CellProfiler, scikit-image and anybody."""

from __future__ import annotations

from pathlib import Path

from objclass.io.annotation_formats.contract import (
    SLICE,
    AnnotationFormat,
    ForeignTable,
    always,
)
from objclass.io.tables import TEXT_SUFFIXES, read_rows

CLASSES = ("counter", "type", "label name", "name")
"""Titles that hold classes where no other does: those of ImageJ's points, and of people."""


def read(path: Path) -> ForeignTable:
    """Read a table, numbered by line.

    Raises
    ------
    InputError
        Where it is no table.
    """
    table = read_rows(path)
    low = [title.strip().lower() for title in table.header]
    header = list(table.header)
    if "class" not in low and "classification" not in low:
        title = next((title for title in CLASSES if title in low), None)
        if title is not None:
            header[low.index(title)] = "class"
    header = [SLICE if title.lower() == SLICE else title for title in header]
    return ForeignTable(tuple(header), table.rows)


FORMAT = AnnotationFormat("table", (*TEXT_SUFFIXES, ".parquet"), always, read)
