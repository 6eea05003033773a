"""An annotation table as text whose rows and cells keep their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from objclass.annotations.header import find_columns, tidy
from objclass.annotations.titles import NUMBERS, are_ids, names_file, origin
from objclass.data.dataclass import dataclass
from objclass.data.delimited import (
    TableRecord,
    cell_text,
    delimiter_of,
    is_quoted,
    is_remark,
    records,
    titles_start,
)
from objclass.errors import InputError, Place, Problem

UNNAMED = "table"
"""What a table is called in messages where nobody says its file."""


@dataclass(frozen=True)
class OpenTable:
    """A table as it stands in its file.

    Parameters
    ----------
    text
        The whole file, read without translating line endings.
    delimiter
        Between its cells.
    header
        The line of titles: the first that is not blank.
    below
        Every further record: rows, comments and blank lines.
    titles
        Titles of the columns.
    columns
        Known columns and image name columns by name, with their cells counted from 0.
    names
        Which of them are image name columns.
    file
        Its name, for messages.
    """

    text: str
    delimiter: str
    header: TableRecord
    below: tuple[TableRecord, ...]
    titles: tuple[str, ...]
    columns: Mapping[str, int]
    names: tuple[str, ...] = ()
    file: str = UNNAMED

    @property
    def ending(self) -> str:
        """How its lines end."""
        return self.text[self.header.stop : self.header.end] or "\n"

    @property
    def rows(self) -> Iterator[TableRecord]:
        """The records that are neither blank nor a comment."""
        return (record for record in self.below if not self._is_nothing(record))

    def raw(self, record: TableRecord, cell: int) -> str:
        """Return a cell as it is written; empty beyond the end of a short line."""
        if cell >= len(record.cells):
            return ""
        start, stop = record.cells[cell]
        return self.text[start:stop]

    def says(self, record: TableRecord, column: str) -> str:
        """Return what a row says in a column; empty where the table has none."""
        cell = self.columns.get(column)
        return "" if cell is None else tidy(cell_text(self.raw(record, cell)))

    def files(self, record: TableRecord) -> tuple[str, ...]:
        """Return the files of its image that a row names."""
        cells = (cell for cell, title in enumerate(self.titles) if names_file(title))
        return tuple(filter(None, (tidy(cell_text(self.raw(record, cell))) for cell in cells)))

    def place(self, line: int) -> Place:
        """Return where a line stands."""
        return Place(self.file, line)

    def _is_nothing(self, record: TableRecord) -> bool:
        """Return True for blank lines and remarks, as reading the rows does."""
        cells = [cell_text(self.raw(record, cell)) for cell in range(len(record.cells))]
        of_numbers = 0 in [self.columns.get(name) for name in NUMBERS]
        return is_remark(cells, len(self.titles), of_numbers)


def open_table(text: str, names: Sequence[str] = (), file: str = UNNAMED) -> OpenTable:
    """Find the rows and columns of a table.

    Parameters
    ----------
    text
        The whole file.
    names
        Image name columns of the workflow, such as ``("plate", "well")``.
    file
        Its name, for messages.

    Raises
    ------
    InputError
        Where it has no titles, two columns of one meaning, or a quote that is not closed.
    """
    delimiter = delimiter_of(text)
    found = list(records(text, delimiter))
    _check_quotes(text, found, file)
    start = titles_start(text)
    filled = (i for i, each in enumerate(found) if each.start >= start and _is_filled(text, each))
    first = next(filled, None)
    if first is None:
        raise InputError(Problem("the table has no line of column titles", place=Place(file)))
    header, below = found[first], tuple(found[first + 1 :])
    titles = [tidy(cell_text(text[a:b])) for a, b in header.cells]
    while not titles[-1]:
        titles.pop()
    labels = [k for k, title in enumerate(titles) if title.lower() == "label"]
    texts = [text[slice(*r.cells[k])].strip('"') for r in below for k in labels if k < len(r.cells)]
    of_image = origin(titles) == "ImageJ" and not are_ids(texts)
    columns, problems = find_columns(file, titles, names, of_image)
    if problems:
        raise InputError(*problems)
    named = tuple(name for name in names if name in columns)
    return OpenTable(text, delimiter, header, below, tuple(titles), columns, named, file)


def _is_filled(text: str, record: TableRecord) -> bool:
    return any(cell_text(text[a:b]).strip() for a, b in record.cells)


def _check_quotes(text: str, found: Sequence[TableRecord], file: str) -> None:
    """Refuse a table whose quotes do not say where cells end."""
    for record in found:
        for a, b in record.cells:
            if text[a : a + 1] == '"' and not is_quoted(text[a:b]):
                what = "a quote is not closed at the end of its cell"
                fix = "close it, or double it inside text"
                raise InputError(Problem(what, fix=fix, place=Place(file, record.line)))
