"""The titles of the columns of a table that objclass wrote, without its rows."""

from __future__ import annotations

import csv
from pathlib import Path

from objclass.data.formula import unescape
from objclass.io.output_formats import HDF5_TABLES
from objclass.io.reading import reading


def read_titles(path: Path) -> list[str]:
    """Return the titles of a CSV, Parquet or HDF5 table.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    suffix = path.suffix.lower()
    with reading(path):
        if suffix == ".parquet":
            import pyarrow.parquet

            return [str(name) for name in pyarrow.parquet.read_schema(path).names]
        if suffix in HDF5_TABLES:
            import h5py

            with h5py.File(path) as file:
                return [str(name) for name in file["table"].dtype.names]
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return [unescape(title) for title in next(csv.reader(lines), [])]
