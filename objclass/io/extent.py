"""The smallest and largest value of an image, from all of its voxels or an even sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING

from objclass.data.blocks import Region, slabs
from objclass.data.dataclass import dataclass
from objclass.errors import ObjclassError
from objclass.io.chosen import PLAIN, ArrayChoice
from objclass.io.source import Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Read = Callable[[int | None, int, Region], NDArray[np.generic]]

MOST = 1 << 26
"""Voxels to look at; of larger images, evenly spaced parts."""
MOST_IMAGES = 8
MOST_OF_EACH = 1 << 24
"""Images, and voxels of each, where many images are looked at."""


@dataclass(frozen=True)
class ValueExtent:
    """Smallest and largest finite value, and whether every voxel was looked at."""

    low: float
    high: float
    whole: bool = True

    def united(self, other: ValueExtent | None) -> ValueExtent:
        """Return the extent of both."""
        if other is None:
            return self
        low, high = min(self.low, other.low), max(self.high, other.high)
        return ValueExtent(low, high, self.whole and other.whole)


def extent_of(
    read: Read,
    times: Sequence[int | None],
    channels: int,
    shape: tuple[int, ...],
    most: int = MOST,
) -> ValueExtent | None:
    """Return the extent of an image, NaN and infinite values left out; None where all are.

    Parameters
    ----------
    read
        ``read(t, channel, region)`` returns voxels.
    times, channels, shape
        Frames, number of channels and the shape of one frame.
    most
        Number of voxels to look at.
    """
    parts = [(t, c, slab) for t in times for c in range(channels) for slab in slabs(shape)]
    size = max(slab.size for _, _, slab in parts)
    step = ceil(len(parts) / max(1, most // size))
    chosen = parts[step // 2 :: step]
    whole = len(chosen) == len(parts)
    found: ValueExtent | None = None
    for values in _finite(read(*part) for part in chosen):
        found = ValueExtent(float(values.min()), float(values.max()), whole).united(found)
    return found


def _finite(arrays: Iterator[NDArray[np.generic]]) -> Iterator[NDArray[np.generic]]:
    """Yield the finite values of arrays that have any."""
    import numpy as np

    for array in arrays:
        values = array[np.isfinite(array)] if array.dtype.kind == "f" else array
        if values.size:
            yield values


def extent_of_file(
    source: Source, axes: str | None = None, most: int = MOST, chosen: ArrayChoice = PLAIN
) -> ValueExtent | None:
    """Return the extent of an image that lies in a file or a stack of files.

    Parameters
    ----------
    source
        An array, or files stacked along an axis.
    axes
        The user's letters of one file, where the files do not say.
    most
        As in :func:`extent_of`.
    chosen
        How the array of each file is read.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    from objclass.io.image import layout_of
    from objclass.io.stack import describe_source, open_frames

    file, letters = describe_source(source, axes, chosen)
    layout = layout_of(file, letters)
    reader = open_frames(source, layout, file.dtype, axes, chosen)
    try:
        grid = layout.grid()
        return extent_of(reader.read, grid.times, layout.channels, grid.shape, most)
    finally:
        reader.close()


@dataclass(frozen=True)
class ValuesSeen:
    """Values of some images: what was found, and how many of how many were looked at."""

    extent: ValueExtent | None
    looked: int
    images: int


def seen_in(
    sources: Sequence[Source], axes: str | None = None, chosen: ArrayChoice = PLAIN
) -> ValuesSeen:
    """Look at some of the voxels of some of these images: bounded, however many there are.

    Images that cannot be read are left out; running them says what is wrong.
    """
    step = ceil(len(sources) / MOST_IMAGES)
    found: ValueExtent | None = None
    looked = 0
    for source in sources[::step]:
        try:
            extent = extent_of_file(source, axes, MOST_OF_EACH, chosen)
        except ObjclassError:
            continue
        looked += 1
        found = extent.united(found) if extent else found
    return ValuesSeen(found, looked, len(sources))
