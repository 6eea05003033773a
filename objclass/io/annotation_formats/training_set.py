"""Training sets of CellProfiler Analyst as text: a class, the object's numbers, its position.

The first line names the properties file, the second the classes; of the last line, a cache in a
form that could run code, nothing is read. Positions are whole pixels that were cut off. Training
sets saved as CSV are tables like others.
"""

from __future__ import annotations

from pathlib import Path

from objclass.errors import InputError, Place, Problem
from objclass.io.annotation_formats.contract import AnnotationFormat, ForeignTable
from objclass.io.reading import reading
from objclass.io.tables import text_of

CREATED = "# Training set created while using properties:"
KEYS = ("ImageNumber", "ObjectNumber")
TABLE = "TableNumber"
PLACE = ("x", "y")


def recognise(path: Path) -> bool:
    """Return True for a text of CellProfiler Analyst."""
    with reading(path):
        start = path.read_bytes()[:4096].decode("utf-8", "replace")
    return any(line.startswith((CREATED, "label ")) for line in start.splitlines()[:2])


def properties_of(path: Path) -> Path | None:
    """Return the properties file that a training set names, where it lies there or beside it."""
    if path.suffix.lower() != ".txt" or not recognise(path):
        return None
    first = text_of(path).partition("\n")[0]
    named = Path(first.removeprefix(CREATED).strip().replace("\\", "/"))
    return next((p for p in (named, path.parent / named.name) if p.is_file()), None)


def read(path: Path) -> ForeignTable:
    """Read the objects of a training set, numbered by line.

    Raises
    ------
    InputError
        Where a line has not as many numbers as the others.
    """
    rows: list[tuple[int, tuple[str, ...]]] = []
    classes: tuple[str, ...] = ()
    for number, line in enumerate(text_of(path).splitlines(), 1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if words[0] == "label" and not classes:
            classes = tuple(words[1:])
            continue
        rows.append((number, tuple(words)))
    widths = {len(cells) for _, cells in rows}
    header = _header(max(widths, default=3))
    if header is None or len(widths) > 1:
        odd = next((n for n, cells in rows if _header(len(cells)) != header or not header), 1)
        expected = f"class, {', '.join(KEYS)} and perhaps a position"
        what = "a line of a training set cannot be read"
        raise InputError(Problem(what, expected=expected, place=Place(str(path), odd)))
    return ForeignTable(header, tuple(rows))


def _header(width: int) -> tuple[str, ...] | None:
    """Return the titles of a line with so many words."""
    place = PLACE if width >= 5 else ()
    table = (TABLE,) if width in (4, 6) else ()
    return ("class", *table, *KEYS, *place) if width in (3, 4, 5, 6) else None


FORMAT = AnnotationFormat("CellProfiler Analyst training set", (".txt",), recognise, read)
