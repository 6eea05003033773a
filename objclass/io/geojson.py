"""GeoJSON as QuPath reads and writes it: one feature a line, never whole in memory.

Coordinates are pixels of the full image, from its top left corner; objects of a time series or
a volume have a ``plane`` in their geometry. JSON has no NaN: a measurement that is missing is
left out, which QuPath shows as NaN.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.io.aside import written_aside
from objclass.io.colour import rgb_of
from objclass.io.csv_table import float_cells, mask, numbers, strings, text_bytes

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

HEAD, END = b'{"type": "FeatureCollection", "features": [', b"\n]}\n"


@dataclass(frozen=True)
class OutlinePlane:
    """Where outlines lie in a time series or a volume, counted from 0."""

    t: int = 0
    z: int = 0


@dataclass(frozen=True)
class Features:
    """Objects of one plane with their outlines.

    Parameters
    ----------
    uuids, names
        What each object is known by, and what it is called.
    coordinates, ends, pieces
        UTF-8 text of the coordinates of all objects, where that of each ends, and how many
        pieces it has.
    classes
        Of each object, a number into `class_texts`.
    class_texts
        ``classification`` of the classes; see :func:`classification`.
    measurements
        Name to the value of every object.
    object_type
        ``detection``, ``annotation`` or another type of QuPath.
    plane
        None for an image of one plane.
    """

    uuids: Sequence[str]
    names: Sequence[str]
    coordinates: NDArray[np.uint8]
    ends: NDArray[np.int64]
    pieces: NDArray[np.int64]
    classes: NDArray[np.int64]
    class_texts: Sequence[str]
    measurements: Mapping[str, NDArray[Any]]
    object_type: str
    plane: OutlinePlane | None = None


def classification(name: str | None, color: str | None = None) -> str:
    """Return what a feature says of its class; None says nothing.

    >>> classification("cell", "#ff0000")
    '"classification": {"name": "cell", "color": [255, 0, 0]}, '
    """
    if name is None:
        return ""
    said: dict[str, Any] = {"name": name}
    if color is not None:
        said["color"] = list(rgb_of(color))
    return f'"classification": {json.dumps(said, ensure_ascii=False)}, '


@contextmanager
def geojson_writer(path: Path) -> Iterator[Callable[[Features], None]]:
    """Write a collection of features in pieces: yields a function that appends some.

    Raises
    ------
    RunError
        Where the disk refuses.
    """
    with written_aside(path) as aside, aside.open("wb") as file:
        file.write(HEAD)
        started = False

        def append(features: Features) -> None:
            nonlocal started
            if features.uuids:
                lines = text_bytes(feature_lines(features))
                file.write(lines if started else lines[1:])  # no comma before the first
                started = True

        yield append
        file.write(END)


def feature_lines(features: Features) -> pa.Array:
    """Return every feature as a line, behind a comma and a line break."""
    import pyarrow.compute as pc

    kinds = ("Polygon", "MultiPolygon")
    said = [features.class_texts[k] for k in features.classes]
    behind = _plane_text(features.plane) + '}, "properties": {"objectType": '
    behind += f'{json.dumps(features.object_type)}, "name": '
    parts = [
        strings(
            f',\n{{"type": "Feature", "id": "{uuid}", "geometry": {{"type": "{kinds[int(n > 1)]}", '
            '"coordinates": '
            for uuid, n in zip(features.uuids, features.pieces, strict=True)
        ),
        _texts(features.coordinates, features.ends),
        strings(
            f'{behind}{json.dumps(name, ensure_ascii=False)}, {text}"measurements": {{'
            for name, text in zip(features.names, said, strict=True)
        ),
        measurement_texts(features.measurements, len(features.uuids)),
    ]
    nothing, end = strings(["", "}}}"])
    return pc.binary_join_element_wise(*parts, end, nothing)


def measurement_texts(columns: Mapping[str, NDArray[Any]], rows: int) -> pa.Array:
    """Return the finite values of every row as the inside of a JSON object."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    (comma,) = strings([", "])
    found = []
    for name, values in columns.items():
        whole = values.dtype.kind in "iub"
        cells = pc.cast(numbers(values), pa.large_string()) if whole else float_cells(values)
        title, nothing = strings([f"{json.dumps(name, ensure_ascii=False)}: ", ""])
        texts = pc.binary_join_element_wise(title, cells, nothing)
        if not whole and not (finite := np.isfinite(values)).all():
            texts = pc.if_else(mask(finite), texts, None)
        found.append(texts)
    if not found:
        return strings([""] * rows)
    return pc.binary_join_element_wise(*found, comma, null_handling="skip")


def _texts(text: NDArray[np.uint8], ends: NDArray[np.int64]) -> pa.Array:
    """Return texts that follow each other as an arrow array, without a copy."""
    import numpy as np
    import pyarrow as pa

    offsets = np.concatenate([np.zeros(1, np.int64), ends])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.large_string(), len(ends), buffers)


def _plane_text(plane: OutlinePlane | None) -> str:
    if plane is None:
        return ""
    return f', "plane": {{"c": -1, "z": {plane.z}, "t": {plane.t}}}'
