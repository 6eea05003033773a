"""Arrays that are read by region: as large as they like, never whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from objclass.data.axes import Grid, to_order
from objclass.data.blocks import Region, storage_chunk
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class LazyArray:
    """An array with named axes whose voxels are made when a region of them is read.

    Parameters
    ----------
    axes
        Distinct letters of ``tczyx`` in the order of the array.
    shape
        One length per letter.
    dtype
        Type of the voxels.
    read
        ``read(region)`` gives the voxels of a region, in this shape and type.
    """

    axes: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[Region], NDArray[Any]]

    @classmethod
    def of(cls, array: NDArray[Any], axes: str) -> LazyArray:
        """Return an array in memory as one that is read by region."""
        return cls(axes, array.shape, array.dtype, lambda region: array[region.slices])

    @property
    def size(self) -> int:
        """Number of voxels."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that all voxels take."""
        return self.size * self.dtype.itemsize

    @property
    def chunk(self) -> tuple[int, ...]:
        """The blocks that reading is cheapest by: those in which the store keeps images."""
        return storage_chunk(self.shape, self.axes)

    def length(self, letter: str) -> int:
        """Return the length of an axis; 1 of one that there is not."""
        return self.shape[self.axes.index(letter)] if letter in self.axes else 1

    def cut(self, spans: Mapping[str, tuple[int, int]]) -> LazyArray:
        """Return the part from a first to one past a last place on some axes."""
        ends = [spans.get(a, (0, n)) for a, n in zip(self.axes, self.shape, strict=True)]
        start = tuple(low for low, _ in ends)
        shape = tuple(high - low for low, high in ends)
        return replace(self, shape=shape, read=lambda region: self.read(region.moved(start)))

    def ordered(self, order: str) -> LazyArray:
        """Return the array with its axes in another order; those that are lacking have length 1.

        Raises
        ------
        ValueError
            Where an axis of a length above 1 has no place in `order`.
        """
        for letter, length in zip(self.axes, self.shape, strict=True):
            if letter not in order and length != 1:
                raise ValueError(f"axis {letter} of length {length} has no place")

        def read(region: Region) -> NDArray[Any]:
            ends = dict(zip(order, zip(region.start, region.stop, strict=True), strict=True))
            mine = [ends.get(letter, (0, 1)) for letter in self.axes]
            inner = Region(tuple(a for a, _ in mine), tuple(b for _, b in mine))
            return to_order(self.read(inner), self.axes, order)

        shape = tuple(self.length(letter) for letter in order)
        return replace(self, axes=order, shape=shape, read=read)

    def mapped(
        self, change: Callable[[NDArray[Any]], NDArray[Any]], dtype: np.dtype[Any]
    ) -> LazyArray:
        """Return the array with every voxel changed by itself."""
        return replace(self, dtype=dtype, read=lambda region: change(self.read(region)))

    def with_last_kept(self) -> LazyArray:
        """Return the array, which keeps the region that was read last for the next time."""
        return replace(self, read=lru_cache(1)(self.read))


def lazy_frame(grid: Grid, dtype: str, read: Callable[[Region], NDArray[Any]]) -> LazyArray:
    """Return one channel of one frame as an array that is read by region."""
    import numpy as np

    return LazyArray(grid.spatial, grid.shape, np.dtype(dtype), read)
