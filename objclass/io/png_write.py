"""Writes PNG pictures: one plane, grey (8 or 16 bits) or RGB."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from objclass.data.blocks import Region
from objclass.data.lazy_array import LazyArray
from objclass.errors import InputError, Problem, RunError
from objclass.io.raster import gathered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.io.write import ImageToWrite

ELSEWHERE = "write it as .tif or .h5"


def write(path: Path, picture: ImageToWrite) -> None:
    """Write one grey plane (8 or 16 bits) or one RGB picture; anything else is refused."""
    import PIL.Image

    plane = plane_of(picture)
    array = gathered(plane, Region.whole(plane.shape))
    if array.ndim == 2 and array.dtype.name != "uint8":
        array = sixteen_bits(array)
    elif array.dtype.name != "uint8":
        got = f"{array.dtype.name} colours"
        raise InputError(Problem("PNG colours have 8 bits", got=got, fix=ELSEWHERE))
    coded = BytesIO()
    PIL.Image.fromarray(array).save(coded, format="PNG")
    path.write_bytes(coded.getbuffer())  # pillow does not say why it cannot write


def plane_of(picture: ImageToWrite) -> LazyArray:
    """Return ``(y, x)``, or ``(y, x, c)`` for three or four channels, or raise."""
    voxels = picture.voxels
    lengths = dict(zip(voxels.axes, voxels.shape, strict=True))
    kept = [letter for letter, n in lengths.items() if letter in "yx" or n > 1]
    colour = picture.channels in (3, 4) and voxels.dtype.kind == "u"
    order = "yxc" if "c" in kept and colour else "yx"
    if set(kept) != set(order):
        got = f"axes {voxels.axes}, shape {voxels.shape}"
        raise InputError(Problem("a PNG holds one plane, grey or RGB", got=got, fix=ELSEWHERE))
    return voxels.ordered(order)


def sixteen_bits(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the values as uint16, or raise where they do not fit: an id is never wrapped."""
    import numpy as np

    if array.dtype.kind not in "ui":
        expected = "whole numbers from 0 to 65,535"
        raise InputError(Problem("PNG holds no fractions", array.dtype.name, expected, ELSEWHERE))
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    if low < 0 or high > 65535:
        got, expected = f"values from {low:,} to {high:,}", "0 to 65,535"
        raise RunError(Problem("the values do not fit a PNG", got, expected, ELSEWHERE))
    return array.astype(np.uint16)
