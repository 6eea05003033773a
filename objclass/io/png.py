"""PNG, JPEG and BMP pictures through pillow; 16-bit colour PNG through imagecodecs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, RunError
from objclass.io.header import FileHeader, as_voxels, checked_shape, plain_axes
from objclass.io.locator import Locator
from objclass.io.reading import quietly, reading
from objclass.io.room import LARGE, TRACE, check_room, hollow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

# Pixels; a picture beyond this (65,536 squared) is more likely an attack than an image.
LARGEST = 2**32
AS_TIFF = "pictures of this size are kept as TIFF or HDF5"
COLOUR_MODES = {"RGB": 3, "RGBA": 4, "LA": 2, "La": 2, "PA": 4, "RGBX": 3}
GREY_TYPES = {
    "1": "uint8",
    "L": "uint8",
    "P": "uint8",
    "I;16": "uint16",
    "I;16B": "uint16",
    "I": "int32",
}


@dataclass(frozen=True)
class PixelKind:
    """How the pixels of a picture are read.

    `mode` is pillow's, after palettes are expanded; `deep` is true for 16-bit colour; grey
    values are divided by `step`, with which fewer than 8 bits were spread over the scale.
    """

    width: int
    height: int
    mode: str
    deep: bool
    notes: tuple[str, ...]
    step: int = 1

    @property
    def channels(self) -> int | None:
        """Number of channels as stored, or None for grey."""
        return COLOUR_MODES.get(self.mode)

    @property
    def bytes(self) -> int:
        """Memory that the pixels take, at most."""
        return self.width * self.height * (self.channels or 1) * (2 if self.deep else 1)

    @property
    def has_alpha(self) -> bool:
        """True where the last channel is an alpha channel."""
        return self.mode in ("RGBA", "LA")


def open_file(path: Path) -> Image:
    """Open a picture with pillow, whose own pixel limit is replaced by ours."""
    import PIL.Image

    with quietly():
        limit, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
        try:
            picture = PIL.Image.open(path, formats=("PNG", "JPEG", "BMP"))
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = limit
    width, height = picture.size
    if width * height > LARGEST:
        picture.close()
        got = f"{width} × {height} pixels"
        raise InputError(Problem(f"{path} is too large for a picture", got=got, fix=AS_TIFF))
    return picture


SPREAD = {2: 85, 4: 17}
"""Bits of a grey PNG to what pillow multiplies its values with."""


def kind_of(path: Path, mask: bool = False) -> PixelKind:
    """Return how the picture's pixels are read, for a mask as they are stored; decodes nothing."""
    step = 1
    with open_file(path) as picture:
        width, height = picture.size
        mode, notes = picture.mode, []
        if mode in ("P", "PA") and mask:
            mode = "P"
            notes.append("the index into its palette is the value")
        elif mode in ("P", "PA"):
            mode = "RGBA" if mode == "PA" or "transparency" in picture.info else "RGB"
            notes.append("palette colours are expanded to RGB")
        if picture.format == "JPEG" and picture.getexif().get(0x0112, 1) != 1:
            notes.append("its EXIF rotation is not applied")
    bits, colour = _png_depth(path)
    deep = bits == 16 and colour in (2, 4, 6)
    if deep:
        mode = {2: "RGB", 4: "LA", 6: "RGBA"}[colour]
    if bits in SPREAD and colour == 0 and mask:
        step = SPREAD[bits]
    elif bits in SPREAD and colour == 0:
        notes.append(f"its {bits}-bit grey values are spread over 0 to 255")
    if mode not in COLOUR_MODES and mode not in GREY_TYPES:
        expected = "grey, palette, RGB or RGBA"
        raise InputError(
            Problem(f"{path}: its colours cannot be used", got=mode, expected=expected)
        )
    kind = PixelKind(width, height, mode, deep, tuple(notes), step)
    if kind.bytes > max(LARGE, TRACE * path.stat().st_size):
        raise InputError(hollow(path, kind.bytes, path.stat().st_size, "copy it again"))
    return kind


def _png_depth(path: Path) -> tuple[int, int]:
    """Bits per sample and colour type of a PNG, from its first chunk; zeros for others."""
    with path.open("rb") as file:
        start = file.read(26)
    return (start[24], start[25]) if start.startswith(b"\x89PNG") and len(start) == 26 else (0, 0)


def pixels(path: Path, kind: PixelKind) -> NDArray[np.generic]:
    """Decode the picture to ``(y, x)`` or ``(y, x, c)``, alpha included."""
    import numpy as np

    check_room(path, kind.bytes, AS_TIFF)
    if kind.deep:
        import imagecodecs

        return np.asarray(imagecodecs.png_decode(path.read_bytes()))
    with quietly(), open_file(path) as picture:
        found = np.asarray(picture if picture.mode == kind.mode else picture.convert(kind.mode))
        array: NDArray[Any] = as_voxels(found, GREY_TYPES.get(kind.mode, "uint8"))
    return array if kind.step == 1 else array // array.dtype.type(kind.step)


def without_opaque_alpha(array: NDArray[np.generic], kind: PixelKind) -> NDArray[np.generic]:
    """Return the picture without its alpha channel where that is opaque everywhere."""
    opaque = 2 ** (8 * array.itemsize) - 1
    if not kind.has_alpha or int(array[..., -1].min()) < opaque:
        return array
    return array[..., 0] if kind.mode == "LA" else array[..., :-1]


def describe(where: Locator, mask: bool = False) -> FileHeader:
    """Return the header of the picture; see :func:`objclass.io.formats.describe`.

    Decodes only where there is an alpha channel: one that is opaque everywhere is dropped.
    """
    path = where.path
    kind = kind_of(path, mask)
    dtype = "uint16" if kind.deep else GREY_TYPES.get(kind.mode, "uint8")
    shape: tuple[int, ...] = (kind.height, kind.width)
    notes = kind.notes
    if kind.has_alpha:
        shape = without_opaque_alpha(pixels(path, kind), kind).shape
        kept = len(shape) == 3 and shape[-1] == kind.channels
        notes += (
            ("the last channel is transparency",) if kept else ("opaque alpha channel dropped",)
        )
    elif kind.channels:
        shape += (kind.channels,)
    axes = plain_axes(len(shape), colour=len(shape) == 3)
    return FileHeader(checked_shape(shape, path), dtype, axes, notes=notes)


class PictureReader:
    """Decodes the whole picture at the first read and keeps it."""

    def __init__(self, path: Path, mask: bool = False) -> None:
        self._path = path
        self._lock = Lock()
        self._kind = kind_of(path, mask)

    @cached_property
    def _array(self) -> NDArray[np.generic]:
        return without_opaque_alpha(pixels(self._path, self._kind), self._kind)

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return a copy of the pixels at `index`, in file axis order."""
        with reading(self._path, RunError), self._lock:
            return self._array[index].copy()

    def close(self) -> None:
        """Forget the pixels."""
        self.__dict__.pop("_array", None)


def open(where: Locator, mask: bool = False) -> PictureReader:
    """Return a reader of the picture; see :func:`objclass.io.formats.open_reader`."""
    return PictureReader(where.path, mask)
