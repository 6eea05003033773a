"""What TIFF files say of their channels and voxel size: OME-XML and ImageJ's description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.io.header import in_one_unit, length_unit

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from tifffile import TiffFile


@dataclass(frozen=True)
class OmeMetadata:
    """Channel names, voxel size and its unit, each where the file says so."""

    channels: tuple[str, ...] | None = None
    spacing: Mapping[str, float] | None = None
    unit: str | None = None


def from_ome(xml: str, number: int = 0) -> OmeMetadata:
    """Read one image of an OME-XML text; what is missing or malformed stays unknown."""
    from xml.etree import ElementTree

    if "<!DOCTYPE" in xml:  # entities are for attacks, never in OME
        return OmeMetadata()
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return OmeMetadata()
    every = [item for item in root.iter() if item.tag.endswith("Pixels")]
    if number >= len(every):
        return OmeMetadata()
    pixels = every[number]
    spacing, unit = _physical_size(pixels)
    return OmeMetadata(_names(pixels), spacing, unit)


def _names(pixels: Element) -> tuple[str, ...] | None:
    """Channel names where every channel has one."""
    names = [item.get("Name", "") for item in pixels if item.tag.endswith("Channel")]
    return tuple(names) if names and all(names) else None


def _physical_size(pixels: Element) -> tuple[dict[str, float] | None, str | None]:
    """PhysicalSizeX, Y, Z in one unit; OME's default is µm."""
    sizes: dict[str, tuple[float, str | None]] = {}
    for letter in "zyx":
        name = f"PhysicalSize{letter.upper()}"
        text = pixels.get(name)
        if text is None:
            continue
        try:
            size = float(text)
        except ValueError:
            return None, None
        if 0 < size < float("inf"):
            sizes[letter] = size, length_unit(pixels.get(f"{name}Unit", "µm"))
    return in_one_unit(sizes)


def from_imagej(file: TiffFile, axes: str | None) -> OmeMetadata:
    """Read ImageJ's description and resolution tags."""
    said: Mapping[str, Any] = file.imagej_metadata or {}
    units = {letter: _imagej_unit(said, letter) for letter in "zyx"}
    found = _resolution(file) if units["x"] else None
    if found and said.get("spacing"):
        found = {"z": abs(float(said["spacing"])), **found}
    sizes = {letter: (size, units[letter]) for letter, size in (found or {}).items()}
    return OmeMetadata(_slice_names(said, axes), *in_one_unit(sizes))


def _imagej_unit(said: Mapping[str, Any], letter: str) -> str | None:
    """Return the unit along an axis: ``yunit`` and ``zunit`` stand where they are not ``unit``."""
    own = said.get(f"{letter}unit") if letter != "x" else None
    return length_unit(str(own or said.get("unit", "")))


def _resolution(file: TiffFile) -> dict[str, float] | None:
    """Voxel size in y and x from pixels per unit."""
    sizes = {}
    tags = file.pages.first.tags
    for letter, name in (("y", "YResolution"), ("x", "XResolution")):
        tag = tags.get(name)
        if tag is None or len(tag.value) != 2 or 0 in tag.value:
            return None
        sizes[letter] = float(tag.value[1]) / float(tag.value[0])
    return sizes


def _slice_names(said: Mapping[str, Any], axes: str | None) -> tuple[str, ...] | None:
    """ImageJ's slice labels, which name channels where channels are the only slices."""
    labels = said.get("Labels")
    count = said.get("channels")
    if not axes or not axes.startswith("c") or set(axes) - set("cyx"):
        return None
    if not isinstance(labels, list) or len(labels) != count or len(set(labels)) != count:
        return None
    return tuple(map(str, labels)) if all(labels) else None
