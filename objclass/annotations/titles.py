"""What the columns of other programs' tables mean: ImageJ, QuPath, CellProfiler, regionprops."""

from __future__ import annotations

import re
from collections.abc import Iterable

from objclass.data.dataclass import dataclass

MICROMETRES = {"nm": 1e-3, "um": 1.0, "mm": 1e3, "cm": 1e4, "m": 1e6}
"""Unit to its length in um."""
NUMBERS = ("t", "z", "y", "x", "object", "size", "stamp")
"""Columns in which no text begins with ``#``."""
_UNITS = {"µm": "um", "μm": "um", "âµm": "um", "micron": "um", "microns": "um", "micrometer": "um"}
_LENGTH = re.compile(r"(?:(?:centroid|position|location_center)[ _.]*)?([xyz])[ _]*\(?(.+?)\)?")
_CENTRE = re.compile(r"(?:centroid|axis)-([0-3])")
_FILE = re.compile(r"(?:image_)?filename_.+")
_WHOLE = re.compile(r"[0-9]+(?:[.,]0*)?")


@dataclass(frozen=True)
class Position:
    """What a column of coordinates holds.

    Parameters
    ----------
    axis
        ``z``, ``y`` or ``x`` (``t`` for a first axis in front of those).
    unit
        Of a length; empty for voxels.
    centred
        True where whole numbers are the middles of voxels, so that 12.6 lies in voxel 13;
        else they are their edges, and 12.6 lies in voxel 12.
    """

    axis: str
    unit: str = ""
    centred: bool = False


def position(title: str, axes: str = "yx") -> Position | None:
    """Return what coordinate a title of another program names, or None.

    >>> position("Centroid X µm"), position("y_nm"), position("Location_Center_X")
    (Position(axis='x', unit='um', centred=False), Position(axis='y', unit='nm', centred=False), \
Position(axis='x', unit='', centred=True))

    Parameters
    ----------
    title
        The title of a column.
    axes
        Axes of the image in order; ``centroid-0`` is the first of them.
    """
    low = " ".join(title.lower().split())
    numbered = _CENTRE.fullmatch(low)
    if numbered:
        place = int(numbered[1])
        return Position(axes[place], centred=True) if place < len(axes) else None
    if low in ("location_center_x", "location_center_y", "location_center_z"):
        return Position(low[-1], centred=True)
    if low in ("centroid.x", "centroid.y", "centroid.z"):
        return Position(low[-1])
    found = _LENGTH.fullmatch(low)
    if found is None:
        return None
    unit = _UNITS.get(found[2], found[2])
    if unit in ("px", "pixel", "pixels", "voxel", "voxels"):
        return Position(found[1])
    return Position(found[1], unit) if unit in MICROMETRES else None


def names_file(title: str) -> bool:
    """Return True for a column with the file of an image, one for each of its channels.

    >>> names_file("FileName_DNA"), names_file("Image_FileName_DNA"), names_file("PathName_DNA")
    (True, True, False)
    """
    return _FILE.fullmatch(title.strip().lower()) is not None


def numbers_images(title: str) -> bool:
    """Return True for CellProfiler's count of images, which says which rows belong together."""
    return title.strip().lower() in ("imagenumber", "image_number")


def are_ids(texts: Iterable[str]) -> bool:
    """Return True where a column ``Label`` holds ids; ImageJ writes names of images there."""
    return all(_WHOLE.fullmatch(text) for text in map(str.strip, texts) if text)


def origin(titles: Iterable[str]) -> str | None:
    """Return which program wrote a table with these titles, as far as they tell."""
    found = {title.strip().lower() for title in titles}
    if found & {"objectnumber", "imagenumber"}:
        return "CellProfiler"
    if any(title.startswith(("centroid x", "centroid y")) for title in found):
        return "QuPath"
    measured = {"", "area", "mean", "min", "max", "slice", "counter", "perim.", "circ."}
    if {"x", "y"} <= found and found & measured:
        return "ImageJ"
    return None


def to_voxel(length: float, unit: str, size: float, of: str) -> float:
    """Return a length as a number of voxels of this size.

    >>> to_voxel(6500, "nm", 0.65, "um")
    10.0
    """
    return round(length * MICROMETRES[unit] / MICROMETRES[of] / size, 9)
