"""ImageJ's regions of interest in a zip, as its ROI Manager opens them.

The format is that of ``ij/io/RoiEncoder.java``: big endian, a first header of 64 bytes, the
coordinates, a second header of 64 bytes, then the name and properties as UTF-16. An object of
one ring is a traced ROI; one of several rings (holes, pieces) a composite one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.io.aside import written_aside
from objclass.io.colour import rgb_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = 227
RECTANGLE, TRACED = 1, 8
"""Types of ROI; a rectangle with a shape is a composite ROI."""
MOVE, LINE, CLOSE = 0.0, 1.0, 4.0
"""Steps of a path, as Java has them."""
HIGHEST = 60_000
"""Coordinates are 16 bit; ImageJ takes the highest ones for negative numbers."""
HIGHEST_GROUP = 255
DAY = (1980, 1, 1, 0, 0, 0)
"""The date of every entry, so that the same results are the same bytes."""


@dataclass(frozen=True)
class Roi:
    """A region of interest.

    Parameters
    ----------
    name
        What ImageJ lists it as.
    rings
        Corners ``x, y`` of every ring, whole numbers; holes go the other way round.
    color
        ``#rrggbb`` of its outline; None for ImageJ's own.
    group
        0 to 255; ImageJ can select and colour ROIs by it.
    z, t
        Plane and frame, counted from 1; 0 for all.
    properties
        Key to text; keys have no blanks.
    """

    name: str
    rings: Sequence[NDArray[np.int64]]
    color: str | None = None
    group: int = 0
    z: int = 0
    t: int = 0
    properties: tuple[tuple[str, str], ...] = ()


@contextmanager
def roi_writer(path: Path) -> Iterator[Callable[[Roi], None]]:
    """Write a zip of ROIs one by one: yields a function that appends one.

    Raises
    ------
    RunError
        Where the disk refuses.
    """
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    with written_aside(path) as aside, ZipFile(aside, "w") as file:

        def append(roi: Roi) -> None:
            entry = ZipInfo(f"{entry_name(roi.name)}.roi", DAY)
            entry.compress_type = ZIP_DEFLATED
            file.writestr(entry, roi_bytes(roi), compresslevel=1)

        yield append


def entry_name(name: str) -> str:
    """Return a name as a file can have it.

    >>> entry_name("3_Lα/β")
    '3_Lα_β'
    """
    return "".join("_" if c in '/\\:*?"<>|' or ord(c) < 32 else c for c in name)


def roi_bytes(roi: Roi) -> bytes:
    """Return a ROI in ImageJ's format."""
    import numpy as np

    points = np.concatenate(roi.rings)
    left, top = (int(n) for n in points.min(axis=0))
    right, bottom = (int(n) for n in points.max(axis=0))
    traced = len(roi.rings) == 1 and len(points) < 2**16
    path = (points - (left, top)).astype(">u2").tobytes(order="F") if traced else _path(roi.rings)
    color = b"\0\0\0\0" if roi.color is None else bytes((255, *rgb_of(roi.color)))
    only = roi.z or roi.t if not (roi.z and roi.t) else 0
    box = (n & 0xFFFF for n in (top, left, bottom, right))
    first = struct.pack(
        ">4shBx4HH16xhi4s4shhBBhi", b"Iout", VERSION, TRACED if traced else RECTANGLE, *box,
        len(points) if traced else 0, 0, 0 if traced else len(path) // 4, color, b"\0\0\0\0",
        0, 0, 0, 0, 0, only,
    )  # fmt: skip
    return b"".join([first, struct.pack(">i", 64 + len(path)), path, _second(roi, 128 + len(path))])


def _path(rings: Sequence[NDArray[np.int64]]) -> bytes:
    """Return rings as a path of moves and lines, in coordinates of the image."""
    import numpy as np

    steps: list[float] = []
    for ring in rings:
        for number, (x, y) in enumerate(ring.tolist()):
            steps += [LINE if number else MOVE, x, y]
        steps.append(CLOSE)
    return np.array(steps, ">f4").tobytes()


def _second(roi: Roi, start: int) -> bytes:
    """Return the second header, name and properties; `start` is where it ends in the file."""
    name = roi.name.encode("utf-16-be")
    said = "".join(f"{key}: {_one_line(text)}\n" for key, text in roi.properties)
    properties = said.encode("utf-16-be")
    behind = start + len(name) if properties else 0
    header = struct.pack(
        ">4xiiiii4shBBifiii12x", 0, roi.z, roi.t, start, len(name) // 2, b"\0\0\0\0", 0,
        min(roi.group, HIGHEST_GROUP), 0, 0, 0.0, behind, len(properties) // 2, 0,
    )  # fmt: skip
    return header + name + properties


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
