"""Delimited text: tables as CSV, with ``;`` or with tabs. One home for delimiter, cells, quotes.

What is read and what is written back agree, since both ask here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from objclass.data.dataclass import dataclass
from objclass.data.formula import escape, unescape

DELIMITERS = ",;\t"
MARK = "\ufeff"
"""The byte order mark, as a character."""
_NEW_LINE = re.compile(r"\r\n|\n|\r")
_BLANK_LINES = re.compile(rf"{MARK}?(?:\s*[\r\n])?")
_REMARKS = re.compile(rf"{MARK}?(?:[ \t]*\"?#[^\r\n]*(?:\r\n|[\r\n])|[ \t]*[\r\n])+")
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?")
_QUOTED = re.compile(r'(?<![^,;\t\r\n\ufeff])"(?:[^"]|"")*"')
_LINE = re.compile(rf'(?:{_QUOTED.pattern}|[^"\r\n]+|")*')


@dataclass(frozen=True)
class TableRecord:
    """One line of a table (several, where a quoted cell holds line breaks).

    Parameters
    ----------
    line
        Its first line in the text, from 1.
    cells
        Start and stop of each cell in the text, quotes included.
    end
        Where the next record begins: behind the line ending.
    """

    line: int
    cells: tuple[tuple[int, int], ...]
    end: int

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.cells[0][0]

    @property
    def stop(self) -> int:
        """Where its last cell ends, before the line ending."""
        return self.cells[-1][1]


def records(text: str, delimiter: str) -> Iterator[TableRecord]:
    """Yield the records of a table with the places of their cells, blank lines too."""
    cell = _cell(delimiter)
    at = 1 if text.startswith(MARK) else 0
    line = 1
    while at < len(text):
        first, cells = line, []
        while True:
            found = cell.match(text, at)
            stop = found.end() if found else at
            cells.append((at, stop))
            line += len(_NEW_LINE.findall(text, at, stop))
            at = stop + 1
            if not text.startswith(delimiter, stop):
                break
        ending = _NEW_LINE.match(text, stop)
        at = ending.end() if ending else len(text)
        line += 1
        yield TableRecord(first, tuple(cells), at)


@cache
def _cell(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf'(?:"(?:[^"]|"")*")?[^{re.escape(delimiter)}\r\n]*')


def titles_start(text: str) -> int:
    """Return where the line of titles begins: behind blank lines, and remarks above a table.

    A remark begins with ``#``. Titles may begin so too (``#id,y,x``): then a line with a number
    follows, not one of titles.

    >>> [titles_start(text) for text in ("# by Anna\\ny;x\\n1;2", "#id;y\\n1;2", "\\ny;x")]
    [10, 0, 1]
    """
    blank = _BLANK_LINES.match(text)
    start = blank.end() if blank else 0
    remarks = _REMARKS.match(text)
    below = _LINE.match(text, remarks.end()) if remarks else None
    if not remarks or not below or not below[0].strip():
        return start
    cells = (cell.strip(' "') for cell in re.split(r"[,;\t]", below[0]))
    return start if any(map(_NUMBER.fullmatch, cells)) else remarks.end()


def delimiter_of(text: str) -> str:
    """Return the commonest of ``,`` ``;`` tab in the line of titles, outside quotes.

    >>> [delimiter_of(text) for text in ("y,x", "y;x", '"a,b,c";x', "class")]
    [',', ';', ';', ',']
    """
    line = _LINE.match(text, titles_start(text))
    bare = _QUOTED.sub("", line[0] if line else "")
    return max(DELIMITERS, key=lambda mark: (bare.count(mark), -DELIMITERS.index(mark)))


def quote(text: str, delimiter: str = ",", alone: bool = False) -> str:
    """Return a text as a cell, in quotes where it must be.

    A text that a spreadsheet would run gets an apostrophe; see :mod:`objclass.data.formula`.

    Parameters
    ----------
    text
        What the cell says.
    delimiter
        Of the table.
    alone
        True for the only cell of its line: an empty one gets quotes, so that it is seen.
    """
    text = escape(text)
    if _special(delimiter).isdisjoint(text) and not (alone and not text):
        return text
    return in_quotes(text)


@cache
def _special(delimiter: str) -> frozenset[str]:
    return frozenset(f'{delimiter}"\r\n')


def is_remark(cells: Sequence[str], titles: int, of_numbers: bool) -> bool:
    """Return True for a line below the titles that holds nothing but a remark, or nothing.

    A remark begins with ``#``. A name may begin so too (``#3.tif``): it stands first in a line
    that has a cell for each title, and says something in another one.

    Parameters
    ----------
    cells
        Texts of the line's cells, unquoted.
    titles
        How many columns have a title.
    of_numbers
        True where the first column holds numbers or codes, so that no name stands there.
    """
    filled = [cell for cell in cells if cell.strip()]
    if not filled or not cells[0].startswith("#"):
        return not filled
    return of_numbers or len(cells) < titles or len(filled) == 1


def in_quotes(text: str) -> str:
    """Return a text in quotes, those inside doubled."""
    return '"' + text.replace('"', '""') + '"'


def cell_text(cell: str) -> str:
    """Return what a cell says: without its quotes and without a spreadsheet's apostrophe."""
    inner = cell[1:-1].replace('""', '"') if is_quoted(cell) else cell
    return unescape(inner)


def is_quoted(cell: str) -> bool:
    """Return True for a cell that stands in quotes as a whole."""
    return len(cell) > 1 and re.fullmatch(r'"(?:[^"]|"")*"', cell) is not None


def encoding_of(data: bytes) -> str:
    """Return how a table is encoded: UTF-8, or UTF-16 by its byte order mark.

    The mark stays part of the decoded text, so that encoding it gives the same bytes.
    """
    marks = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
    return marks.get(data[:2], "utf-8")
