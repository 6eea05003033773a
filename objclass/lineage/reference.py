"""What a person points at: a table, one of its rows, or an object of an image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some
from objclass.io.output_formats import HDF5_TABLES
from objclass.io.reading import missing
from objclass.io.tables import TEXT_SUFFIXES, read_rows
from objclass.io.tsv_table import read_tsv

OBJECT = ("object", "object_id", "ObjectNumber", "Metadata_ObjectNumber", "label_id", "label",
          "Object")  # fmt: skip
"""Titles under which tables name an object, in the dialects that are written."""
TIME = ("t", "timestep")
IMAGE = "image"
TABLES = (*TEXT_SUFFIXES, *HDF5_TABLES, ".parquet")
"""What tables are called, which no image is."""


@dataclass(frozen=True)
class ObjectReference:
    """What is asked for.

    Parameters
    ----------
    image
        Its image; None where the table does not say.
    t
        Time point in the uncropped image; None without time.
    object_id
        Its id.
    file, line
        The row that names it, where one was given.
    cells
        What the row says, by title.
    """

    image: str | None
    t: int | None
    object_id: int
    file: Path | None = None
    line: int | None = None
    cells: Mapping[str, str] | None = None


def read_reference(what: str, frame: int | None = None) -> ObjectReference:
    """Return what ``FILE:ROW`` or ``IMAGE:OBJECT`` means.

    Parameters
    ----------
    what
        A table and a line of it, counted from 1 with the line of titles, as editors do; or an
        image and the id of an object.
    frame
        Time point, where an image has several.

    Raises
    ------
    InputError
        For anything else, and for rows that are not there or name no object.
    """
    name, _, number = what.rpartition(":")
    if Path(what).is_file():
        fix = f"name a row by its line, such as {what}:2"
        raise InputError(Problem(f"{what}: which row?", fix=fix))
    if not name or not number.isdecimal():
        expected = "TABLE:LINE, such as out/objects.csv:7, or IMAGE:OBJECT, such as s1:12"
        raise InputError(Problem(f"{what} names no object", expected=expected))
    if Path(name).is_file():
        return _of_row(Path(name), int(number), frame)
    if Path(name).suffix.lower() in TABLES:
        raise InputError(missing(Path(name)))
    return ObjectReference(name, frame, int(number))


def _of_row(path: Path, line: int, frame: int | None) -> ObjectReference:
    table = read_tsv(path) if path.suffix.lower() == ".tsv" else read_rows(path)
    cells = next((cells for at, cells in table.rows if at == line), None)
    if cells is None:
        lines = [at for at, _ in table.rows]
        there = f"{lines[0]} to {lines[-1]}" if lines else "no rows"
        raise InputError(Problem(f"{path}:{line}: there is no such row", expected=there))
    said = dict(zip(table.header, cells, strict=True))
    title = next((each for each in OBJECT if each in said), None)
    if title is None or not said[title].isdecimal():
        what = f"{path}:{line} names no object"
        raise InputError(Problem(what, got=list_some(table.header, 6), expected="a column object"))
    times = (said[each] for each in TIME if said.get(each, "").isdecimal())
    t = next((int(each) for each in times), frame)
    return ObjectReference(said.get(IMAGE) or None, t, int(said[title]), path, line, said)
