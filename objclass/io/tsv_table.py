"""Tables with tabs, without quotes: a tab or a line break in a text becomes a blank."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.io.csv_table import cell, float_cells, listed_values, numbers, strings, text_bytes
from objclass.io.tables import Columns, TextTable, text_of

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def appending(path: Path) -> Iterator[Callable[[Columns], None]]:
    """Open a TSV file; the function appends rows and writes the titles first."""
    import pyarrow.compute as pc

    titles: list[str] = []
    with path.open("wb") as file:

        def append(columns: Columns) -> None:
            if not titles:
                titles.extend(columns)
                file.write(("\t".join(map(plain, titles)) + "\n").encode())
            tab, end, nothing = strings(["\t", "\n", ""])
            rows = pc.binary_join_element_wise(*map(_cells, columns.values()), tab)
            file.write(text_bytes(pc.binary_join_element_wise(rows, end, nothing)))

        yield append


def read_tsv(path: Path) -> TextTable:
    """Read a table as :func:`appending` writes it: no quotes, every cell as it stands.

    Raises
    ------
    InputError
        Where the file is missing or no text.
    """
    titles, *lines = text_of(path).split("\n")
    rows = enumerate((line.split("\t") for line in lines), 2)
    header = tuple(titles.split("\t"))
    whole = ((number, tuple(cells)) for number, cells in rows if len(cells) == len(header))
    return TextTable(header, tuple(whole))


def plain(text: str) -> str:
    r"""Return a text on one line without tabs.

    >>> plain("a\tb")
    'a b'
    """
    return text.replace("\t", " ").replace("\r", " ").replace("\n", " ")


def _cells(values: Any) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind in "iu" and kind:
        return pc.cast(numbers(values), pa.large_string())
    if kind == "f":
        return float_cells(values)
    return strings(plain(cell(value)) for value in listed_values(values))
