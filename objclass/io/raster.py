"""The voxels of an image one after the other, as files have them that know no chunks.

Images are kept in chunks, which reach through many planes or rows. So that none is decoded
anew for each of them, a layer of chunks is read at a time; one that is too large for memory
goes through a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.blocks import Region, chunk_runs, raster_slabs
from objclass.data.lazy_array import LazyArray
from objclass.io.leftover import temporary_name
from objclass.io.output import NewFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 2**21
"""Voxels that are read at once, about: what they are painted from takes memory too."""
SLAB_BYTES = 2**26
"""What a layer of chunks may take in memory."""


class RasterFile:
    """An array in raster order in a part of a file, written by region.

    Parameters
    ----------
    file
        Open for writing.
    start
        The byte at which the array begins.
    shape, itemsize
        Of the array.
    """

    def __init__(self, file: NewFile, start: int, shape: tuple[int, ...], itemsize: int) -> None:
        self._file = file
        self._start = start
        self._shape = shape
        self._itemsize = itemsize

    def write(self, region: Region, array: NDArray[Any]) -> None:
        """Write a region: one write for each run of voxels that follow each other."""
        import numpy as np

        axis = len(self._shape) - 1
        while axis > 0 and region.shape[axis] == self._shape[axis]:
            axis -= 1
        runs = np.ascontiguousarray(array).reshape(prod(region.shape[:axis]), -1)
        ends = zip(region.start[:axis], region.stop[:axis], strict=True)
        for run, place in zip(runs, product(*(range(*each) for each in ends)), strict=True):
            first = (*place, *region.start[axis:])
            self._file.seek(self._start + self._itemsize * self._number(first))
            self._file.write(run)

    def _number(self, place: tuple[int, ...]) -> int:
        """Return how many voxels lie before one."""
        number = 0
        for at, length in zip(place, self._shape, strict=True):
            number = number * length + at
        return number


def in_raster_order(voxels: LazyArray, folder: Path) -> Iterator[NDArray[Any]]:
    """Yield all voxels in raster order, in flat pieces; large layers lie in `folder` meanwhile."""
    for slab in raster_slabs(voxels.shape, voxels.chunk):
        if slab.size * voxels.dtype.itemsize <= SLAB_BYTES:
            yield gathered(voxels, slab).reshape(-1)
        else:
            yield from _through_file(voxels, slab, folder)


def blocks_of(voxels: LazyArray, slab: Region) -> Iterator[Region]:
    """Yield the blocks that a slab is read by."""
    return (run.moved(slab.start) for run in chunk_runs(slab.shape, voxels.chunk, BLOCK))


def gathered(voxels: LazyArray, slab: Region) -> NDArray[Any]:
    """Return a region, read by blocks, in C order."""
    import numpy as np

    if slab.size <= BLOCK:
        return np.ascontiguousarray(voxels.read(slab))
    found = np.empty(slab.shape, voxels.dtype)
    for block in blocks_of(voxels, slab):
        found[block.within(slab)] = voxels.read(block)
    return found


def _through_file(voxels: LazyArray, slab: Region, folder: Path) -> Iterator[NDArray[Any]]:
    import numpy as np

    path = folder / temporary_name()
    with NewFile(path) as file:
        path.unlink()  # so that it is gone however this ends
        layer = RasterFile(file, 0, slab.shape, voxels.dtype.itemsize)
        for block in blocks_of(voxels, slab):
            layer.write(block.moved(tuple(-a for a in slab.start)), voxels.read(block))
        file.seek(0)
        while data := file.read(BLOCK * voxels.dtype.itemsize):
            yield np.frombuffer(data, voxels.dtype)


def regrouped(pieces: Iterator[NDArray[Any]], sizes: Iterable[int]) -> Iterator[NDArray[Any]]:
    """Yield the same voxels in pieces of other sizes."""
    import numpy as np

    rest = nothing = np.empty(0)
    for size in sizes:
        parts: list[NDArray[Any]] = []
        while size > 0:
            if not len(rest):
                rest = nothing  # lets go of the last piece before the next one is made
                rest = next(pieces)
            parts.append(rest[:size])
            rest = rest[size:]
            size -= len(parts[-1])
        yield parts[0] if len(parts) == 1 else np.concatenate(parts)
