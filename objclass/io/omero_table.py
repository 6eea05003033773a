"""Tables for ``omero metadata populate``: CSV behind a line with the type of every column.

The types are those of OMERO.tables: ``plate``, ``well``, ``s`` text, ``l`` whole number,
``d`` number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from objclass.io.aside import written_aside
from objclass.io.csv_table import cell, listed_values
from objclass.io.tables import Columns

NAMED = {"Plate": "plate", "Well": "well"}


@contextmanager
def omero_writer(path: Path) -> Iterator[Callable[[Columns], None]]:
    """Write a table in pieces: yields a function that appends rows.

    Raises
    ------
    RunError
        Where the disk refuses.
    """
    import csv

    with written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        started, lines = False, csv.writer(file, lineterminator="\n")

        def append(columns: Columns) -> None:
            nonlocal started
            if not started:
                types = ",".join(type_of(name, values) for name, values in columns.items())
                file.write(f"# header {types}\n")
                lines.writerow(columns)
                started = True
            texts = [[cell(value) for value in listed_values(each)] for each in columns.values()]
            lines.writerows(zip(*texts, strict=True))

        yield append


def type_of(name: str, values: object) -> str:
    """Return the type that OMERO gives a column.

    >>> type_of("Well", ["B03"]), type_of("class", ["a"])
    ('well', 's')
    """
    if name in NAMED:
        return NAMED[name]
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    return {"f": "d", "i": "l", "u": "l", "b": "l"}.get(kind, "s")
