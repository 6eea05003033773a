"""Regions of ImageJ: a ``.roi`` file, or the zip of a ROI Manager.

Points stand for themselves, areas for a pixel inside them. A class is the counter of a
multi-point where it has several, else the group, else the name that a person gave: the ROI
Manager's own names (``0012-0345``) are none, and its endings (``mitotic-1``) are not part of one.
Coordinates are pixels; planes count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile

from objclass.errors import InputError, Problem
from objclass.io.annotation_formats.contract import (
    SLICE,
    AnnotationFormat,
    ForeignTable,
    always,
    number_text,
)
from objclass.io.annotation_formats.outline import inside_point
from objclass.io.reading import reading

HEADER = ("class", "x", "y", SLICE, "t", "z")
LARGEST = 1 << 26
"""Bytes of one region; more than any outline has."""
_OWN_NAME = re.compile(r"(?:F?\d{2,}-)*F?\d{2,}")
_ENDING = re.compile(r"-\d+$")


def read(path: Path) -> ForeignTable:
    """Read the regions of a file, their points numbered in order.

    Raises
    ------
    InputError
        Where the package ``roifile`` is missing, or the file holds no regions.
    """
    rows: list[tuple[int, tuple[str, ...]]] = []
    for name, data in _contents(path):
        rows += enumerate(_cells(path, name, data), len(rows) + 1)
    if not rows:
        raise InputError(Problem(f"{path}: no regions", expected="what the ROI Manager saves"))
    return ForeignTable(HEADER, tuple(rows), "point")


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of every region."""
    with reading(path):
        data = path.read_bytes()
    if path.suffix.lower() == ".roi":
        yield path.stem, data
        return
    try:
        with ZipFile(BytesIO(data)) as file:
            for each in file.infolist():
                if each.filename.lower().endswith(".roi") and each.file_size <= LARGEST:
                    yield PurePosixPath(each.filename).stem, file.read(each)
    except BadZipFile:
        raise InputError(Problem(f"{path} is no zip file", fix="copy it again")) from None


def _cells(path: Path, name: str, data: bytes) -> Iterator[tuple[str, ...]]:
    """Yield the cells of the points of one region."""
    roi = _parsed(path, name, data)
    planes = [str(n) if n else "" for n in (roi.t_position, roi.z_position)]
    slices = [] if roi.counter_positions is None else list(roi.counter_positions)
    counters = [] if roi.counters is None else list(roi.counters)
    named = len(set(counters)) > 1
    for k, (x, y) in enumerate(_points(roi)):
        plane = slices[k] if k < len(slices) and slices[k] else roi.position
        class_ = str(int(counters[k])) if named else _class(roi, name)
        on = str(int(plane)) if plane and not any(planes) else ""
        counted = (str(int(n) - 1) if n else "" for n in planes)
        yield (class_, number_text(x), number_text(y), on, *counted)


def _parsed(path: Path, name: str, data: bytes) -> Any:
    try:
        from roifile import ImagejRoi
    except ImportError:
        what = f"{path}: regions of ImageJ need the package roifile"
        raise InputError(Problem(what, fix="pip install 'objclass[imagej]'")) from None
    try:
        return ImagejRoi.frombytes(data)
    except Exception as error:  # whatever damaged bytes make the package say
        raise InputError(
            Problem(f"{path}: region '{name}' cannot be read", got=str(error) or None)
        ) from None


def _points(roi: Any) -> list[tuple[float, float]]:
    """Return the points of a region, or one pixel inside it."""
    found = roi.coordinates()
    if isinstance(found, list):
        found = max(found, key=len)
    corners = [(float(x), float(y)) for x, y in found]
    if roi.roitype.name == "POINT" or len(corners) < 3:
        return corners
    return [inside_point(corners)]


def _class(roi: Any, name: str) -> str:
    """Return the class that a region says, empty for none."""
    if roi.group:
        return str(int(roi.group))
    said = str(roi.name or name)
    return "" if _OWN_NAME.fullmatch(_ENDING.sub("", said)) or _OWN_NAME.fullmatch(said) else (
        _ENDING.sub("", said)
    )  # fmt: skip


FORMAT = AnnotationFormat("ImageJ regions", (".roi", ".zip"), always, read)
