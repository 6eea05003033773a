"""Writes TIFF images with OME metadata: channel names, voxel size, colours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from objclass.data.digest import PieceDigest, of_value
from objclass.data.lazy_array import LazyArray
from objclass.io.colour import rgb_of
from objclass.io.output import NewFile
from objclass.io.raster import in_raster_order, regrouped
from objclass.io.tiff import listening

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.io.write import ImageToWrite

OME_TYPES = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64")
OME_UNITS = {"um": "µm", "nm": "nm", "mm": "mm", "cm": "cm", "m": "m", "pm": "pm", "in": "in"}
# A classic TIFF counts bytes with 32 bits; some are left for the directory.
CLASSIC_BYTES = 2**32 - 2**25
STRIP_BYTES = 2**18
DEFLATE = 8
"""TIFF's number of the compression."""
NOT_YET = str(UUID(int=0))
"""Stands for the identifier until all voxels are known."""


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
    facts = ome_metadata(picture, rgb)
    colormap = palette(picture)
    photometric = "rgb" if rgb else "palette" if colormap is not None else "minisblack"
    rows, planes = rows_per_strip(voxels, rgb), PlaneDigests(voxels)
    with listening(), NewFile(path) as file:  # tifffile itself swallows what goes wrong at the end
        tifffile.imwrite(
            file,
            strips(picture, rgb, ome, rows, planes, path.parent),
            shape=voxels.shape,
            dtype=voxels.dtype,
            bigtiff=voxels.nbytes > CLASSIC_BYTES,
            ome=ome,
            photometric=photometric,
            planarconfig="contig" if rgb else None,
            colormap=colormap,
            compression="zlib",
            rowsperstrip=rows,
            metadata={**facts, "UUID": NOT_YET} if ome else {"axes": facts["axes"]},
            software="objclass",
        )
        if ome:
            identify(file, str(UUID(of_value([facts, planes.facts]))))


def order(axes: str, rgb: bool) -> str:
    """The axes as TIFF has them: y and x last, then the samples of RGB."""
    lead = "".join(letter for letter in axes if letter not in "yx" and not (rgb and letter == "c"))
    return lead + ("yxc" if rgb else "yx")


def tiff_axes(axes: str, rgb: bool) -> str:
    """tifffile's letters: upper case, S for the samples of RGB."""
    return axes.upper().replace("C", "S") if rgb else axes.upper()


def rows_per_strip(voxels: LazyArray, rgb: bool) -> int:
    """As many rows as make a strip of about 256 KiB."""
    row = prod(voxels.shape[-2:] if rgb else voxels.shape[-1:]) * voxels.dtype.itemsize
    return int(max(1, STRIP_BYTES // max(1, row)))


def strips(
    picture: ImageToWrite, rgb: bool, ome: bool, rows: int, planes: PlaneDigests, folder: Path
) -> Iterable[bytes]:
    """Return the strips of all planes, deflated; `planes` is told of their voxels."""
    voxels = picture.voxels
    *lead, height, width = planes_of(voxels.shape[:-1] if rgb else voxels.shape, ome)
    row = width * (voxels.shape[-1] if rgb else 1)
    starts = range(0, height, rows)
    sizes = [row * min(rows, height - start) for start in starts] * prod(lead)
    found = regrouped(in_raster_order(voxels, folder), sizes)
    # No name holds a strip: it is a part of a layer, which goes before the next one is made.
    return picture.each(partial(deflating(), level=1), map(planes.noted, found))


def deflating() -> Callable[..., bytes]:
    """Return what compresses a strip."""
    import tifffile

    found: Callable[..., bytes] = tifffile.TIFF.COMPRESSORS[DEFLATE]
    return found


def planes_of(shape: tuple[int, ...], ome: bool) -> tuple[int, ...]:
    """Return the shape as tifffile sees it: without OME, planes one voxel wide are columns."""
    while not ome and len(shape) > 2 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


class PlaneDigests:
    """The digest of every plane of an image, from its voxels in raster order."""

    def __init__(self, voxels: LazyArray) -> None:
        self._size = prod(voxels.shape[-2:]) * voxels.dtype.itemsize
        self._known: list[Any] = [list(voxels.shape), voxels.dtype.name]
        self._found: list[str] = []
        self._plane, self._seen = PieceDigest(), 0

    def add(self, voxels: NDArray[Any]) -> None:
        """Take the voxels that follow."""
        view = voxels.data.cast("B")
        while view:
            piece = view[: self._size - self._seen]
            self._plane.add(piece)
            self._seen += len(piece)
            view = view[len(piece) :]
            if self._seen == self._size:
                self._found.append(self._plane.whole())
                self._plane, self._seen = PieceDigest(), 0

    def noted(self, voxels: NDArray[Any]) -> NDArray[Any]:
        """Take the voxels that follow, and return them."""
        self.add(voxels)
        return voxels

    @property
    def facts(self) -> list[Any]:
        """Shape, type and the digest of every plane."""
        return [*self._known, self._found]


def identify(file: NewFile, identifier: str) -> None:
    """Write the identifier into the description, where a place was kept for it."""
    import tifffile

    file.seek(0)
    tag = tifffile.TiffFile(file).pages.first.tags["ImageDescription"]
    file.seek(tag.valueoffset)
    text = file.read(tag.count) or b""
    file.seek(tag.valueoffset)
    file.write(text.replace(NOT_YET.encode(), identifier.encode()))


def ome_metadata(picture: ImageToWrite, rgb: bool) -> dict[str, Any]:
    """What tifffile writes as OME-XML, but for the identifier.

    That follows from the content, not from chance.
    """
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
    return {**facts, "Channel": channel} if channel else facts


def ome_color(color: str) -> int:
    """OME's colour: red, green, blue, alpha in a signed 32-bit integer."""
    red, green, blue = rgb_of(color)
    number: int = red << 24 | green << 16 | blue << 8 | 255
    return number - 2**32 if number >= 2**31 else number


def palette(picture: ImageToWrite) -> NDArray[np.uint16] | None:
    """The colours of ids as TIFF's colour table, uint16 (3, 256) or (3, 65536); 0 is black."""
    import numpy as np

    dtype = picture.voxels.dtype
    if not picture.colors or "c" in picture.axes or dtype.name not in ("uint8", "uint16"):
        return None
    table = np.zeros((3, 2 ** (8 * dtype.itemsize)), np.uint16)
    shown = [rgb_of(color) for color in picture.colors][: table.shape[1] - 1]
    table[:, 1 : len(shown) + 1] = 257 * np.array(shown, np.uint16).T
    return table
