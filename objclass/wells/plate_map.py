"""What a plate map says of images: its rows are found by plate and well, however they are written.

A well is ``B03``, ``B3`` or ``B/03`` in one column, or row and column in two. A column that
images have as a name too, such as ``field``, must fit as well; all others are conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from objclass.data.dataclass import dataclass
from objclass.data.well import read_well, well_at
from objclass.errors import InputError, Place, Problem, list_some, raise_all

Names = Mapping[str, str]
Key = tuple[str, ...]

SPELLINGS: Final = {
    "plate": ("plate", "plateid", "platename", "platebarcode", "barcode"),
    "well": ("well", "wellid", "wellname", "wellposition"),
    "row": ("row", "wellrow"),
    "column": ("column", "col", "wellcolumn"),
    "field": ("pathinwell",),
}
"""What names and columns mean that are written so, but for capitals, ``_`` and ``Metadata_``."""
TAKEN: Final = (
    "image", "t", "time", "z", "y", "x", "object", "status", "objects", "images", "failed",
    "control", "not_counted", "not_selected", "annotated", "predicted_class", "user_class",
    "touches_border", "stamp", "uncertainty", "prediction_set", "unseen_class",
    "columns_outside", "shift", "shifted_columns", "saturated", "focus", "quality", "old_files",
)  # fmt: skip
"""Columns of tables that no condition may be called like."""
BEGINNINGS: Final = ("n_", "pct_", "enrichment_", "probability-", "unseen_probability-")
"""How columns of classes begin, and no condition may."""


@dataclass(frozen=True)
class PlateMap:
    """A plate map as it is written.

    Parameters
    ----------
    file
        What it is called in messages.
    header
        Column titles.
    rows
        Line number and cells, one per column.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class MappedImages:
    """What a plate map says of every image, in their order, and what a person should know."""

    conditions: tuple[Names, ...]
    notes: tuple[str, ...] = ()


def meaning(title: str) -> str:
    """Return what a name or a column is called here.

    Examples
    --------
    >>> meaning("Metadata_Well"), meaning("col"), meaning("Dose")
    ('well', 'column', 'Dose')
    """
    plain = title.casefold().removeprefix("metadata_").replace("_", "").replace(" ", "")
    return next((name for name, texts in SPELLINGS.items() if plain in texts), title)


def well_of(names: Names) -> str | None:
    """Return the usual name of the well that image names or cells say; None for none.

    Examples
    --------
    >>> well_of({"plate": "P1", "well": "b3"}), well_of({"row": "2", "col": "03"})
    ('B03', 'B03')
    """
    said = {meaning(name): text.strip() for name, text in names.items()}
    if "well" in said:
        return str(read_well(said["well"]) or said["well"]) or None
    if "row" in said and "column" in said:
        found = well_at(said["row"], said["column"])
        return str(found) if found else None
    return None


def plate_of(names: Names) -> str:
    """Return the plate that image names say; empty where they say none."""
    return next((text for name, text in names.items() if meaning(name) == "plate"), "")


def map_images(plate_map: PlateMap, images: Sequence[Names]) -> MappedImages:
    """Return what a plate map says of images; of an image without a row, empty texts.

    Parameters
    ----------
    plate_map
        The map.
    images
        The names of every image.

    Raises
    ------
    InputError
        For a map without wells or conditions that can be kept, two rows of one well, images
        without wells, and a map that fits none of them.
    """
    titles = _titles(plate_map)
    raise_all(_column_problems(plate_map, titles, images))
    keys = _key_titles(titles, images)
    rows = _rows_by_key(plate_map, titles, keys)
    wanted = [_key(names, keys) for names in images]
    if not any(key in rows for key in wanted):
        what = f"{plate_map.file}: none of its wells is that of an image"
        got, expected = (list_some(dict.fromkeys(map(_said, k)), 6) for k in (rows, wanted))
        fix = "its plates and wells are those of {plate} and {well} in the patterns"
        raise InputError(Problem(what, got, expected, fix))
    kept = [
        k for k, title in enumerate(titles) if title and title not in keys and title not in PLACE
    ]
    empty = ("",) * len(titles)
    found = (rows[key][1] if key in rows else empty for key in wanted)
    conditions = tuple({titles[k]: cells[k].strip() for k in kept} for cells in found)
    return MappedImages(conditions, tuple(_notes(plate_map, rows, wanted)))


PLACE: Final = ("plate", "well", "row", "column")
"""What says where a well is."""


def _titles(plate_map: PlateMap) -> list[str]:
    return [meaning(title.strip()) for title in plate_map.header]


def _column_problems(
    plate_map: PlateMap, titles: Sequence[str], images: Sequence[Names]
) -> Iterator[Problem]:
    """Report columns that are missing, twice there, or called like others of tables."""
    place = Place(plate_map.file, 1)
    if "well" not in titles and not {"row", "column"} <= {*titles}:
        what, expected = "a plate map has no column of wells", "well, or row and column"
        yield Problem(what, list_some(plate_map.header), expected, place=place)
    for title in dict.fromkeys(t for t in titles if t):
        if titles.count(title) > 1:
            got = list_some(w for w, t in zip(plate_map.header, titles, strict=True) if t == title)
            what = f"two columns of the plate map are about {title}"
            yield Problem(what, got, fix="leave out one", place=place)
        if title in TAKEN:
            what = f"a condition cannot be called '{title}': tables have such a column"
            yield Problem(what, fix="rename it in the plate map", place=place)
        elif title.startswith(BEGINNINGS):
            what = f"a condition cannot be called '{title}': columns of classes begin so in tables"
            yield Problem(what, fix="rename it in the plate map", place=place)
    if not any(well_of(names) for names in images):
        what = "a plate map needs images with wells, and theirs have none"
        got = list_some(dict.fromkeys(name for names in images for name in names)) or "no names"
        fix = "put {well}, or {row} and {column}, into the patterns"
        yield Problem(what, got, fix=fix, place=Place(plate_map.file))


def _key_titles(titles: Sequence[str], images: Sequence[Names]) -> tuple[str, ...]:
    """Return what tells the rows apart: plate and well, and what else images have as names."""
    names = {meaning(name) for each in images for name in each}
    plates = ("plate",) if "plate" in titles and "plate" in names else ()
    others = sorted(t for t in {*titles} & names if t not in PLACE)
    return (*plates, "well", *others)


def _key(names: Names, keys: Sequence[str]) -> Key:
    said = {meaning(name): text.strip() for name, text in names.items()}
    said |= {"well": well_of(names) or ""}
    return tuple(said.get(key, "") for key in keys)


def _said(key: Key) -> str:
    return " ".join(key)


Rows = Mapping[Key, tuple[int, tuple[str, ...]]]


def _rows_by_key(plate_map: PlateMap, titles: Sequence[str], keys: Sequence[str]) -> Rows:
    """Return the rows by plate and well; report those without a well, and two of one."""
    found: dict[Key, tuple[int, tuple[str, ...]]] = {}
    problems = []
    for line, cells in plate_map.rows:
        names = dict(zip(titles, cells, strict=True))
        key, place = _key(names, keys), Place(plate_map.file, line)
        where = [names.get(name, "") for name in PLACE[1:] if name in names]
        if not well_of(names):
            got, expected = " ".join(where).strip() or "nothing", "such as B03, or B and 3"
            problems.append(
                Problem("a row of the plate map has no well", got, expected, place=place)
            )
        elif key in found:
            what = f"the plate map says {_said(key)} twice, in lines {found[key][0]} and {line}"
            fix = "leave out one" + _plate_advice(titles, keys)
            problems.append(Problem(what, fix=fix, place=place))
        else:
            found[key] = line, cells
    raise_all(problems[:20])
    return found


def _plate_advice(titles: Sequence[str], keys: Sequence[str]) -> str:
    apart = "plate" in titles and "plate" not in keys
    return ", or put {plate} into the patterns of the images" if apart else ""


def _notes(plate_map: PlateMap, rows: Rows, wanted: Sequence[Key]) -> Iterator[str]:
    """Say which wells of images have no row, and which rows no image."""
    without = [key for key in dict.fromkeys(wanted) if key not in rows]
    if without:
        yield f"{plate_map.file} has no row for {list_some(map(_said, without), 6)}"
    idle = [(line, key) for key, (line, _) in rows.items() if key not in wanted]
    if idle:
        lines = list_some((line for line, _ in idle), 6)
        wells = list_some((_said(key) for _, key in idle), 6)
        word = "lines" if len(idle) > 1 else "line"
        yield f"{plate_map.file}: no image is of {word} {lines} ({wells})"
