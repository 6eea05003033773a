"""Declares an audit spent: its rows may be trained on, and correct no counts any more."""

from __future__ import annotations

from pathlib import Path

from objclass.annotations.splice import Splice, spliced
from objclass.annotations.table import open_table
from objclass.audit.table import DESIGN, SPENT, read_audit
from objclass.errors import InputError, Problem
from objclass.io.aside import written_aside
from objclass.io.tables import TEXT_SUFFIXES, read_rows, text_of


def spend(path: Path) -> int:
    """Write ``spent`` into the column ``audit`` of every row; all other bytes stay.

    Returns
    -------
    int
        How many rows there are.

    Raises
    ------
    InputError
        For a file that is no audit, or is spent already.
    """
    table = read_rows(path)
    read_audit(str(path), table.header, table.rows)
    if path.suffix.lower() not in TEXT_SUFFIXES:
        raise InputError(Problem(f"{path} is no text", fix="save it as CSV"))
    text = text_of(path)
    opened = open_table(text, file=str(path))
    cell = [title.strip().lower() for title in opened.titles].index(DESIGN)
    spans = [row.cells[cell] for row in opened.rows if cell < len(row.cells)]
    mark = path.read_bytes()[:3] == b"\xef\xbb\xbf"
    new = spliced(text, [Splice(start, stop, SPENT) for start, stop in spans])[0]
    with written_aside(path) as aside:
        aside.write_text(new, encoding="utf-8-sig" if mark else "utf-8", newline="")
    return len(spans)
