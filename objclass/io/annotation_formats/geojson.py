"""Objects of QuPath as GeoJSON: points stand for themselves, areas for a pixel inside them.

Coordinates are pixels of the full image from its top left corner, so that 12.7 lies in pixel
12. The class is that of the object; one of several parts is written with a colon.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from objclass.errors import InputError, Problem
from objclass.io.annotation_formats.contract import (
    AnnotationFormat,
    ForeignTable,
    always,
    number_text,
)
from objclass.io.annotation_formats.outline import inside_point
from objclass.io.reading import reading

HEADER = ("class", "x", "y", "t", "z")
Json = Any


def read(path: Path) -> ForeignTable:
    """Read the objects of a file, their points numbered in order.

    Raises
    ------
    InputError
        Where it is no GeoJSON.
    """
    rows: list[tuple[int, tuple[str, ...]]] = []
    unknown: dict[str, int] = {}
    for number, feature in enumerate(_features(path), 1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(geometry, dict):
            unknown["nothing"] = unknown.get("nothing", 0) + 1
            continue
        try:
            points = list(_points(geometry))
        except (TypeError, ValueError, KeyError, IndexError):
            what = f"{path}: feature {number} has no coordinates that can be read"
            raise InputError(Problem(what, got=str(geometry)[:80])) from None
        if not points:
            kind = str(geometry.get("type"))
            unknown[kind] = unknown.get(kind, 0) + 1
        plane = geometry.get("plane")
        plane = plane if isinstance(plane, dict) else {}
        said = (_class(feature), [str(plane.get(axis, "")) for axis in "tz"])
        cells = ((said[0], number_text(x), number_text(y), *said[1]) for x, y in points)
        rows += enumerate(cells, len(rows) + 1)
    notes = tuple(f"{n} of {kind} not read" for kind, n in unknown.items())
    return ForeignTable(HEADER, tuple(rows), "point", notes)


def _features(path: Path) -> list[Json]:
    """Return the features of a file."""
    with reading(path):
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        fix = "export it from QuPath again: File > Export objects as GeoJSON"
        raise InputError(Problem(f"{path} is no GeoJSON", got=str(error), fix=fix)) from None
    if isinstance(found, dict):
        found = found.get("features", [found])
    if not isinstance(found, list):
        raise InputError(Problem(f"{path} is no GeoJSON", expected="a list of features"))
    return found


def _points(geometry: dict[str, Json]) -> Iterator[tuple[float, float]]:
    """Yield the points of a shape, one pixel inside each area."""
    kind, at = geometry.get("type"), geometry.get("coordinates") or []
    if kind == "Point":
        yield _pair(at)
    elif kind == "MultiPoint":
        yield from map(_pair, at)
    elif kind == "Polygon":
        yield inside_point([_pair(corner) for corner in at[0]])
    elif kind == "MultiPolygon":
        for area in at:
            yield inside_point([_pair(corner) for corner in area[0]])


def _pair(corner: Json) -> tuple[float, float]:
    return float(corner[0]), float(corner[1])


def _class(feature: dict[str, Json]) -> str:
    """Return the class of an object; older versions wrote it beside its properties."""
    said = feature.get("properties") or {}
    found = said.get("classification") if isinstance(said, dict) else None
    if isinstance(found, dict):
        names = found.get("names")
        return str(found.get("name") or (": ".join(map(str, names)) if names else ""))
    return str(found or "")


FORMAT = AnnotationFormat("QuPath GeoJSON", (".geojson", ".json", ".gz"), always, read)
