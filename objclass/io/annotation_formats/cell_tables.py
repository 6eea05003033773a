"""Tables of a CellProfiler database: the files of every image, and where objects lie.

A database of SQLite is opened for reading alone; tables exported as CSV do as well. A properties
file says where the database is and what its tables and columns are called: it is read as
``key = value`` and nothing in it is run.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import field
from math import isfinite
from pathlib import Path
from urllib.parse import quote

from objclass.annotations.titles import names_file, numbers_images
from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some
from objclass.io.reading import check_present
from objclass.io.tables import TEXT_SUFFIXES, read_rows, text_of

DATABASES = (".db", ".sqlite", ".sqlite3", ".db3")
PROPERTIES = ".properties"
_CENTRE = re.compile(r"(?:(.+)_)?location_center_([xyz])", re.IGNORECASE)
_OBJECT = re.compile(r"(?:.+_)?(?:number_object_number|objectnumber)", re.IGNORECASE)
Key = tuple[int, int]
"""Numbers of an image and of an object in it."""


@dataclass(frozen=True)
class CellTables:
    """What tables of CellProfiler tell of images and objects.

    Parameters
    ----------
    files
        Number of an image to the names of its files, one for each channel.
    centres
        Image and object to ``(x, y)`` or ``(x, y, z)``, from the middles of voxels.
    """

    files: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    centres: Mapping[Key, tuple[float, ...]] = field(default_factory=dict)

    def joined(self, other: CellTables) -> CellTables:
        """Return what both tell."""
        return CellTables(
            {**dict(self.files), **dict(other.files)},
            {**dict(self.centres), **dict(other.centres)},
        )


def read_tables(path: Path, images: Sequence[int]) -> CellTables:
    """Read what a database, a properties file or an exported table says of some images.

    Raises
    ------
    InputError
        Where it is none of these, or says nothing of images or objects.
    """
    check_present(path, "a table or database of CellProfiler")
    suffix = path.suffix.lower()
    if suffix == PROPERTIES:
        found = _by_properties(path, images)
    elif suffix in DATABASES:
        found = _database(path, images, {})
    elif suffix in TEXT_SUFFIXES:
        found = _exported(path, images)
    else:
        expected = list_some((PROPERTIES, *DATABASES, *TEXT_SUFFIXES), 12)
        raise InputError(Problem(f"{path} is no table of CellProfiler", suffix, expected))
    if not found.files and not found.centres:
        expected = "columns ImageNumber and FileName_…, or Location_Center_X and …_Y"
        what = f"{path} tells neither the files of images {list_some(images)} nor their objects"
        raise InputError(Problem(what, expected=expected))
    return found


def _by_properties(path: Path, images: Sequence[int]) -> CellTables:
    """Read the tables that a properties file names."""
    lines = (line.partition("=") for line in text_of(path).splitlines() if line[:1] != "#")
    said = {key.strip().lower(): value.strip() for key, sign, value in lines if sign}
    kind = said.get("db_type", "sqlite").lower()
    if kind != "sqlite":
        fix = "export its tables of images and objects as CSV and name these with --tables"
        raise InputError(Problem(f"{path}: a database of {kind} is not read", fix=fix))
    names = (said.get("db_sqlite_file"), said.get("image_csv_file"), said.get("object_csv_file"))
    named = [Path(name.replace("\\", "/")) for name in names if name]
    found = CellTables()
    for each in named:
        places = (path.parent / each, path.parent / each.name)
        where = next((place for place in places if place.is_file()), None)
        if where is None:
            fix = "put it beside the properties file, or name it with --tables"
            raise InputError(Problem(f"{path} names {each}, which is not there", fix=fix))
        is_text = where.suffix.lower() in TEXT_SUFFIXES
        more = _exported(where, images) if is_text else _database(where, images, said)
        found = found.joined(more)
    return found


def _exported(path: Path, images: Sequence[int]) -> CellTables:
    """Read a table of images or objects that was exported as text."""
    table = read_rows(path)
    rows = (cells for _, cells in table.rows)
    return _told(table.header, rows, set(images), {})


def _database(path: Path, images: Sequence[int], said: Mapping[str, str]) -> CellTables:
    """Read the tables of images and objects of a database."""
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    found = CellTables()
    try:
        with closing(sqlite3.connect(address, uri=True)) as base:
            for name in _tables(base, said):
                titles = [row[1] for row in base.execute(f"PRAGMA table_info({_quoted(name)})")]
                at = _image_column(titles, said)
                number = None if at is None else titles[at]
                if number is None:
                    continue
                wanted = ",".join(map(str, sorted({int(n) for n in images})))
                rows = base.execute(
                    f"SELECT * FROM {_quoted(name)} WHERE {_quoted(number)} IN ({wanted})"
                )
                found = found.joined(_told(titles, rows, set(images), said))
    except sqlite3.Error as error:
        what = f"{path} cannot be read as a database of SQLite"
        raise InputError(Problem(what, got=str(error), fix="copy it again")) from None
    return found


def _tables(base: sqlite3.Connection, said: Mapping[str, str]) -> list[str]:
    """Return the tables to read: those that the properties name, else all."""
    ask = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
    there = [str(row[0]) for row in base.execute(ask)]
    named = [said[key] for key in ("image_table", "object_table") if said.get(key) in there]
    return named or there


def _quoted(name: str) -> str:
    """Return a name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _told(
    titles: Sequence[str],
    rows: Iterator[Sequence[object]] | sqlite3.Cursor,
    images: set[int],
    said: Mapping[str, str],
) -> CellTables:
    """Return what the rows of one table tell of some images."""
    own = {name.strip().lower() for name in said.get("image_file_cols", "").split(",")}
    files = [k for k, t in enumerate(titles) if names_file(t) or t.lower() in own]
    number = _image_column(titles, said)
    id_ = next((k for k, title in enumerate(titles) if _is(title, said.get("object_id"))), None)
    id_ = id_ if id_ is not None else _single(titles, _OBJECT)
    centre: list[int] | None = None
    named: dict[int, tuple[str, ...]] = {}
    centres: dict[Key, tuple[float, ...]] = {}
    for cells in rows if number is not None else ():
        image = _whole(cells[number or 0])
        if image is None or image not in images:
            continue
        if files:
            named[image] = tuple(str(cells[k]) for k in files if cells[k])
        if centre is None:  # only now: a table of other images need not be clear
            centre = _centre_columns(titles, said) if id_ is not None else []
        if centre and id_ is not None and (thing := _whole(cells[id_])) is not None:
            place = tuple(_real(cells[k]) for k in centre)
            centres |= {(image, thing): tuple(v for v in place if v is not None)}
    full = {key: at for key, at in centres.items() if len(at) == len(centre or ())}
    return CellTables(named, full)


def _image_column(titles: Sequence[str], said: Mapping[str, str]) -> int | None:
    """Return the column of numbers of images: the one that is named, else the usual one."""
    named = (k for k, title in enumerate(titles) if _is(title, said.get("image_id")))
    usual = (k for k, title in enumerate(titles) if numbers_images(title))
    return next(named, next(usual, None))


def _centre_columns(titles: Sequence[str], said: Mapping[str, str]) -> list[int]:
    """Return the columns of x, y and perhaps z of the objects that are meant.

    Of several kinds of objects in one table, a properties file says which.
    """
    named = [said.get(f"cell_{axis}_loc") for axis in "xyz"]
    told = [k for name in named if name for k, title in enumerate(titles) if _is(title, name)]
    if len(told) >= 2:
        return told
    kinds: dict[str, dict[str, int]] = {}
    for k, title in enumerate(titles):
        if found := _CENTRE.fullmatch(title):
            kinds.setdefault((found[1] or "").lower(), {})[found[2].lower()] = k
    full = {kind: at for kind, at in kinds.items() if {"x", "y"} <= set(at)}
    if len(full) > 1:
        fix = "name the properties file of CellProfiler Analyst, which says which objects are meant"
        what = f"the table tells positions of {len(full)} kinds of objects"
        raise InputError(Problem(what, got=list_some(sorted(full)), fix=fix))
    return [at[axis] for at in full.values() for axis in "xyz" if axis in at]


def _single(titles: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((k for k, title in enumerate(titles) if pattern.fullmatch(title)), None)


def _is(title: str, name: str | None) -> bool:
    return name is not None and title.lower() == name.lower()


def _real(cell: object) -> float | None:
    """Return a number; None for other text, and for the ``nan`` of what was not measured."""
    try:
        value = float(str(cell))
    except ValueError:
        return None
    return value if isfinite(value) else None


def _whole(cell: object) -> int | None:
    value = _real(cell)
    return int(value) if value is not None and value == int(value) else None
