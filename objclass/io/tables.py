"""Tables: CSV and Parquet, written in pieces; annotation tables and sheets are read as text.

Reading CSV uses the standard library only, since a cached run does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.data.delimited import MARK, delimiter_of, encoding_of, titles_start
from objclass.data.formula import unescape
from objclass.errors import InputError, Place, Problem, list_some
from objclass.io.aside import written_aside
from objclass.io.reading import check_present, reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
WRITABLE = (".csv", ".tsv", ".parquet")
CELL_BYTES = 12
"""What a cell takes, about."""

Values = Sequence[Any]
Columns = Mapping[str, "NDArray[np.generic] | Values"]
Metadata = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class TextTable:
    """A table as text.

    Parameters
    ----------
    header
        Column titles as written.
    rows
        Line number in the file (from 1) and cells, one per column; blank lines are left out.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def check_text_name(path: Path, such_as: str) -> None:
    """Raise where the name of a file that is to be written is none of a text table."""
    if path.suffix.lower() not in TEXT_SUFFIXES:
        what = f"{path} is written as text"
        raise InputError(Problem(what, got=path.suffix or None, expected=f"such as {such_as}"))


def read_rows(path: Path) -> TextTable:
    """Read a table as text: CSV with ``,`` ``;`` or tab, or Parquet.

    Cells stay as they are written, so a decimal comma is for the reader of the cell to
    understand. Cells missing at the end of a line are empty; a line that starts with ``#`` is
    a comment and is kept as it is.

    Raises
    ------
    InputError
        Where the file is missing, no table, not UTF-8, or a line has too many cells.
    """
    check_present(path, "a table", "start it with a line of column titles")
    if path.suffix.lower() == ".parquet":
        from objclass.io.parquet import read_text

        with reading(path):
            return TextTable(*read_text(path))
    if path.suffix.lower() not in TEXT_SUFFIXES:
        expected = list_some((*TEXT_SUFFIXES, ".parquet"))
        raise InputError(Problem(f"{path} is no table", got=path.suffix or None, expected=expected))
    return _parse_text(text_of(path), path)


def text_of(path: Path) -> str:
    """Return the text of a table: UTF-8, or UTF-16 with a byte order mark."""
    with reading(path):
        data = path.read_bytes()
    try:
        return data.decode(encoding_of(data)).removeprefix(MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fix = "save it as CSV UTF-8"
        problem = Problem("the table is not UTF-8 text", fix=fix, place=Place(str(path), line))
        raise InputError(problem) from None


def _parse_text(text: str, path: Path) -> TextTable:
    """Split a table's text into header and rows."""
    import csv
    import io

    start = titles_start(text)
    above = len(text[:start].splitlines())
    below = io.StringIO(text[start:], newline="")
    source = csv.reader(below, delimiter=delimiter_of(text), strict=True)
    lines: list[tuple[int, list[str]]] = []
    before = above
    if "\0" in text:
        place = Place(str(path), text.count("\n", 0, text.index("\0")) + 1)
        fix = "it may be damaged: save it again as CSV UTF-8"
        raise InputError(Problem("the table holds a NUL character", fix=fix, place=place))
    try:
        for cells in source:
            if any(cell.strip() for cell in cells):
                lines.append((before + 1, cells))
            before = above + source.line_num
    except csv.Error as error:
        place = Place(str(path), before + 1)
        quote = "a quote that opens from here on is never closed"
        problem = Problem("the table cannot be read", got=str(error), place=place)
        fix = "close it, or double it inside text"
        if "end of data" in str(error):
            problem = Problem(quote, fix=fix, place=place)
        elif "field limit" in str(error):
            what = f"a cell is longer than {csv.field_size_limit():,} characters"
            fix = f"if {quote}, {fix}"
            problem = Problem(what, fix=fix, place=place)
        raise InputError(problem) from None
    if not lines:
        raise InputError(Problem(f"{path} is empty", expected="a line of column titles"))
    return _rectangular(lines, path)


def _rectangular(lines: Sequence[tuple[int, list[str]]], path: Path) -> TextTable:
    """Give every row as many cells as there are titles, or raise naming rows with more."""
    header = tuple(unescape(title.strip()) for title in lines[0][1])
    while header and not header[-1]:
        header = header[:-1]
    width = len(header)
    rows, problems = [], []
    for number, cells in lines[1:]:
        surplus = any(cell.strip() for cell in cells[width:])
        if surplus and not cells[0].startswith("#"):
            got, expected = f"{len(cells)} cells", f"{width}, as in the first line"
            fix = "put text that holds the delimiter in quotes"
            place = Place(str(path), number)
            problems.append(Problem("too many cells", got, expected, fix, place))
        said = (unescape(cell) for cell in cells[:width])
        rows.append((number, (*said, *[""] * (width - len(cells)))))
    if problems:
        raise InputError(*problems[:20])
    return TextTable(header, tuple(rows))


def write_table(path: Path, columns: Columns, metadata: Metadata | None = None) -> None:
    """Write a table; the suffix of `path` is the format.

    Parameters
    ----------
    path
        ``.csv``: RFC 4180 with quotes where needed, UTF-8, ``\\n``; floats as the shortest text
        that reads back the same, missing numbers ``nan``. ``.parquet``: typed columns.
    columns
        Column name to values: arrays or lists of one length; None is an empty cell.
    metadata
        Column name to facts such as unit and definition; kept in Parquet's fields.

    Raises
    ------
    InputError
        Where the suffix is no table format.
    RunError
        Where the disk refuses.
    """
    need = CELL_BYTES * len(columns) * max(map(len, columns.values()), default=0)
    with table_writer(path, metadata, need) as append:
        append(columns)


@contextmanager
def table_writer(
    path: Path, metadata: Metadata | None = None, need: int | None = None
) -> Iterator[Callable[[Columns], None]]:
    """Write a table in pieces: yields a function that appends rows of the same columns.

    Nothing is appended: the file is empty (CSV) or has no columns (Parquet).
    """
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        got, expected = suffix or "no suffix", list_some(WRITABLE)
        raise InputError(Problem(f"{path}: tables are not written so", got, expected))
    with written_aside(path, need) as aside:
        if suffix == ".parquet":
            from objclass.io.parquet import appending as parquet_appending

            with parquet_appending(aside, metadata or {}) as append:
                yield append
        elif suffix == ".tsv":
            from objclass.io.tsv_table import appending as tsv_appending

            with tsv_appending(aside) as append:
                yield append
        else:
            from objclass.io.csv_table import appending as csv_appending

            with csv_appending(aside) as append:
                yield append


def checked_length(columns: Columns) -> int:
    """Return the number of rows, or raise ValueError where columns differ."""
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise ValueError(f"columns of different lengths: {sorted(lengths)}")
    return lengths.pop() if lengths else 0
