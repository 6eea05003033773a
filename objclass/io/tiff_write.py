"""Writes TIFF images with OME metadata: channel names, voxel size, colours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from objclass.data.digest import of_bytes, of_value
from objclass.io.colour import rgb_of
from objclass.io.output import NewFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.io.write import ImageToWrite

OME_TYPES = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64")
OME_UNITS = {"um": "µm", "nm": "nm", "mm": "mm", "cm": "cm", "m": "m", "pm": "pm", "in": "in"}
# A classic TIFF counts bytes with 32 bits; some are left for the directory.
CLASSIC_BYTES = 2**32 - 2**25
STRIP_BYTES = 2**18


def write(path: Path, picture: ImageToWrite) -> None:
    """Write planes of deflated strips; y and x come last, samples of an RGB picture after them.

    Types that OME does not know (64-bit integers) are written with tifffile's own description,
    which names the axes too.
    """
    import tifffile

    rgb = picture.rgb and picture.channels in (3, 4) and picture.voxels.dtype.kind == "u"
    picture = picture.in_order(order(picture.axes, rgb))
    voxels = picture.voxels
    ome = voxels.dtype.name in OME_TYPES
    colormap = palette(picture)
    photometric = "rgb" if rgb else "palette" if colormap is not None else "minisblack"
    with NewFile(path) as file:  # tifffile itself swallows what goes wrong at the end
        tifffile.imwrite(
            file,
            voxels,
            bigtiff=voxels.nbytes > CLASSIC_BYTES,
            ome=ome,
            photometric=photometric,
            planarconfig="contig" if rgb else None,
            colormap=colormap,
            compression="zlib",
            compressionargs={"level": 1},
            rowsperstrip=rows_per_strip(voxels, rgb),
            metadata=ome_metadata(picture, rgb) if ome else {"axes": tiff_axes(picture.axes, rgb)},
            software="objclass",
        )


def order(axes: str, rgb: bool) -> str:
    """The axes as TIFF has them: y and x last, then the samples of RGB."""
    lead = "".join(letter for letter in axes if letter not in "yx" and not (rgb and letter == "c"))
    return lead + ("yxc" if rgb else "yx")


def tiff_axes(axes: str, rgb: bool) -> str:
    """tifffile's letters: upper case, S for the samples of RGB."""
    return axes.upper().replace("C", "S") if rgb else axes.upper()


def rows_per_strip(voxels: NDArray[np.generic], rgb: bool) -> int:
    """As many rows as make a strip of about 256 KiB."""
    width = voxels.shape[-2] * voxels.shape[-1] if rgb else voxels.shape[-1]
    return int(max(1, STRIP_BYTES // max(1, width * voxels.itemsize)))


def ome_metadata(picture: ImageToWrite, rgb: bool) -> dict[str, Any]:
    """What tifffile writes as OME-XML; the identifier follows from the content, not from chance."""
    facts: dict[str, Any] = {"axes": tiff_axes(picture.axes, rgb)}
    unit = OME_UNITS.get(picture.unit or "")
    for letter in "xyz" if unit and picture.spacing else "":
        if letter in picture.axes and letter in (picture.spacing or {}):
            facts[f"PhysicalSize{letter.upper()}"] = (picture.spacing or {})[letter]
            facts[f"PhysicalSize{letter.upper()}Unit"] = unit
    channel: dict[str, Any] = {}
    if picture.channel_names and not rgb and len(picture.channel_names) == picture.channels:
        channel["Name"] = list(picture.channel_names)
    if picture.colors and "c" in picture.axes and len(picture.colors) == picture.channels:
        channel["Color"] = [ome_color(color) for color in picture.colors]
    if channel:
        facts["Channel"] = channel
    return {**facts, "UUID": str(UUID(of_value([facts, of_voxels(picture.voxels)])))}


def of_voxels(voxels: NDArray[np.generic]) -> list[Any]:
    """Shape, type and the digest of every plane."""
    planes = voxels.reshape(-1, *voxels.shape[-2:])
    return [list(voxels.shape), voxels.dtype.name, [of_bytes(plane.tobytes()) for plane in planes]]


def ome_color(color: str) -> int:
    """OME's colour: red, green, blue, alpha in a signed 32-bit integer."""
    red, green, blue = rgb_of(color)
    number: int = red << 24 | green << 16 | blue << 8 | 255
    return number - 2**32 if number >= 2**31 else number


def palette(picture: ImageToWrite) -> NDArray[np.uint16] | None:
    """The colours of ids as TIFF's colour table, uint16 (3, 256) or (3, 65536); 0 is black."""
    import numpy as np

    voxels = picture.voxels
    if not picture.colors or "c" in picture.axes or voxels.dtype.name not in ("uint8", "uint16"):
        return None
    table = np.zeros((3, 2 ** (8 * voxels.itemsize)), np.uint16)
    shown = [rgb_of(color) for color in picture.colors][: table.shape[1] - 1]
    table[:, 1 : len(shown) + 1] = 257 * np.array(shown, np.uint16).T
    return table
