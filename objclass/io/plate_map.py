"""Reads plate maps: tables, condition tables of Fractal, and OME-Zarr plates.

A condition table is version 1 of https://fractal-analytics-platform.github.io/ngio: a folder
``tables/NAME`` of a plate whose type is ``condition_table``, with ``row`` and ``column``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from objclass.errors import InputError, Problem, list_some
from objclass.io.label_group import TABLES
from objclass.io.plate import plate_of
from objclass.io.reading import check_present
from objclass.io.tables import read_rows
from objclass.io.zarr_metadata import FolderStore, node_at
from objclass.wells.plate_map import PlateMap

CONDITIONS = "condition_table"
BACKENDS = ("csv", "parquet")


def read_plate_map(path: Path) -> PlateMap:
    """Read a plate map.

    Parameters
    ----------
    path
        A table (CSV, Parquet); a condition table inside an OME-Zarr plate; or the plate, for its
        only condition table, or else the wells that it lists.

    Raises
    ------
    InputError
        For what is neither, and a plate with several condition tables.
    """
    if not path.is_dir():
        check_present(path, "a plate map", "start it with a line of column titles")
        return _table(path, str(path))
    node = node_at(FolderStore(path), "")
    said = node.attributes if node else {}
    if said.get("type") == CONDITIONS:
        return _condition_table(path, said.get("backend"))
    plate = plate_of(said, path)
    if plate is None:
        expected = "a table, a condition table of Fractal, or an OME-Zarr plate"
        raise InputError(Problem(f"{path} is no plate map", expected=expected))
    tables = list(_condition_tables(path))
    if len(tables) > 1:
        got, fix = list_some(t.name for t in tables), f"name one: {tables[0]}"
        raise InputError(Problem(f"{path} has {len(tables)} condition tables", got, fix=fix))
    if tables:
        return read_plate_map(tables[0])
    return PlateMap(str(path), ("well",), tuple(enumerate(((w,) for w in plate.wells), 1)))


def _condition_tables(plate: Path) -> Iterator[Path]:
    """Yield the condition tables of a plate."""
    for folder in sorted((plate / TABLES).glob("*/")):
        node = node_at(FolderStore(folder), "")
        if node is not None and node.attributes.get("type") == CONDITIONS:
            yield folder


def _condition_table(folder: Path, backend: object) -> PlateMap:
    for suffix in BACKENDS:
        file = folder / f"table.{suffix}"
        if file.is_file():
            return _table(file, str(folder))
    fix = "write it with the backend csv, or name a CSV table"
    got, expected = str(backend or "no table"), list_some(BACKENDS)
    raise InputError(Problem(f"{folder}: its table cannot be read", got, expected, fix))


def _table(file: Path, name: str) -> PlateMap:
    table = read_rows(file)
    return PlateMap(name, table.header, table.rows)
