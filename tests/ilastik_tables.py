"""Tables that ilastik wrote, compared as the README of the reference cases says.

Counts are equal; other features agree to 1e-5 of their value or to 1e-6 of the column's
largest magnitude, skewness and kurtosis to 1e-5.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = dict[str, list[str]]

COUNTS = (
    *("Bounding Box M", "Size in pixels", "Convex Hull Area", "Object Area", "Number of "),
    *("Histogram of Intensity",),
)
"""Columns of whole numbers."""


def read_table(path: Path) -> Table:
    """Return the columns of a table as text."""
    with path.open(newline="") as file:
        head, *rows = csv.reader(file)
    return {name: [row[k] for row in rows] for k, name in enumerate(head)}


def wrong(name: str, ours: NDArray[Any], theirs: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where a column differs beyond its tolerance; nan must be in the same cells."""
    if name.startswith(COUNTS):
        return ~((ours == theirs) | (np.isnan(ours) & np.isnan(theirs)))
    close = 1e-6 * np.nanmax(np.abs(theirs), initial=0.0)
    if "Skewness" in name or "Kurtosis" in name:
        close = max(close, 1e-5)
    return ~np.isclose(ours, theirs, rtol=1e-5, atol=close, equal_nan=True)


def features_of(table: Table) -> list[str]:
    """Return the columns that are features."""
    known = ("object_id", "timestep", "labelimage_oid", "User Label", "Predicted Class")
    return [c for c in table if c not in known and not c.startswith("Probability of ")]


def not_comparable(case: dict[str, Any], table: Table) -> set[tuple[int, str]]:
    """Return the cells that the case says hold uninitialised memory or noise."""
    pairs = zip(table["timestep"], table["labelimage_oid"], strict=True)
    places = [[int(float(t)), int(float(i))] for t, i in pairs]
    return {
        (places.index(row), column)
        for entry in case["not_comparable"]
        for row in entry["rows"]
        for column in table
        if column.startswith(entry["columns"].rstrip("*.>"))
    }
