"""Joining the components of blocks into those of the whole image.

Blocks arrive in raster order. Each one brings its components with local ids 1…n; they become
provisional ids of the image by adding the number of ids before them. Only what lies on the
faces of blocks that still have neighbours to come is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.segmentation.components import join_faces, merge, raster_numbering

if TYPE_CHECKING:
    from numpy.typing import NDArray

Faces = tuple[tuple["NDArray[np.generic]", "NDArray[np.generic]"], ...]


def faces(block: NDArray[np.generic]) -> Faces:
    """Return copies of the first and the last layer of each axis."""
    ends = []
    for axis in range(block.ndim):
        cut = [(slice(None),) * axis + (at,) for at in (0, -1)]
        ends.append((block[cut[0]].copy(), block[cut[1]].copy()))
    return tuple(ends)


@dataclass(frozen=True)
class BlockComponents:
    """The components of one block, with local ids 1…n.

    Parameters
    ----------
    sizes
        int64 (n + 1,), voxels of each.
    first
        int64 (n + 1,), place of each first voxel in raster order of the image.
    ids
        Faces of the label image of the block.
    values
        uint64 (n + 1,), what the voxels of each hold.
    apart
        Faces of the block itself where only equal values join, else None.
    """

    sizes: NDArray[np.int64]
    first: NDArray[np.int64]
    ids: Faces
    values: NDArray[np.uint64]
    apart: Faces | None = None

    @property
    def count(self) -> int:
        return len(self.sizes) - 1


@dataclass(frozen=True)
class JoinedIds:
    """Provisional ids after the union; arrays (count + 1,) with values at the roots.

    Parameters
    ----------
    roots
        int64, the smallest provisional id of the same component.
    sizes, first
        int64, voxels and first voxel of the component; sizes are 0 elsewhere.
    values
        uint64, what the voxels hold.
    """

    roots: NDArray[np.int64]
    sizes: NDArray[np.int64]
    first: NDArray[np.int64]
    values: NDArray[np.uint64]

    def final(self, keep: NDArray[np.bool_]) -> NDArray[np.uint32]:
        """Return the table provisional → final id: kept roots by first voxel, others 0."""
        table = np.zeros(len(self.roots), np.uint32)
        chosen = np.flatnonzero(keep)
        table[chosen] = raster_numbering(self.first[chosen])
        return table[self.roots]


class Stitching:
    """Collects the pieces of a block grid, in raster order, and joins them.

    Parameters
    ----------
    grid
        Number of blocks along each axis.
    connectivity
        As in :func:`objclass.segmentation.components.components`.
    """

    def __init__(self, grid: tuple[int, ...], connectivity: int = 1) -> None:
        self._positions = product(*map(range, grid))
        self._steps = tuple(_steps_back(len(grid), connectivity))
        self._connectivity = connectivity
        self._lookback = 1 + sum(int(np.prod(grid[axis + 1 :])) for axis in range(len(grid)))
        self._open: dict[tuple[int, ...], tuple[BlockComponents, int]] = {}
        self._sizes = [np.zeros(1, np.int64)]
        self._first = [np.zeros(1, np.int64)]
        self._values = [np.zeros(1, np.uint64)]
        self._pairs = [np.empty((0, 2), np.int64)]
        self.offsets = [0]

    def add(self, piece: BlockComponents) -> None:
        """Take the next block and find what it touches of the blocks before it."""
        position, offset = next(self._positions), self.offsets[-1]
        for step in self._steps:
            other = self._open.get(tuple(p + s for p, s in zip(position, step, strict=True)))
            if other is not None:
                self._pairs.append(self._touching(other, (piece, offset), step))
        self._open[position] = piece, offset
        if len(self._open) > self._lookback:
            del self._open[next(iter(self._open))]
        self._sizes.append(piece.sizes[1:])
        self._first.append(piece.first[1:])
        self._values.append(piece.values[1:])
        self.offsets.append(offset + piece.count)

    def spans(self, regions: Iterable[Region]) -> list[tuple[Region, int, int]]:
        """Return each region with the number of ids before it and up to its end."""
        return list(zip(regions, self.offsets, self.offsets[1:], strict=False))

    def joined(self) -> JoinedIds:
        """Return the union of everything that was added."""
        roots = merge(self.offsets[-1], np.concatenate(self._pairs))
        sizes = np.zeros(len(roots), np.int64)
        np.add.at(sizes, roots, np.concatenate(self._sizes))
        first = np.concatenate(self._first)
        np.minimum.at(first, roots, first.copy())
        return JoinedIds(roots, sizes, first, np.concatenate(self._values))

    def _touching(
        self,
        before: tuple[BlockComponents, int],
        here: tuple[BlockComponents, int],
        step: tuple[int, ...],
    ) -> NDArray[np.int64]:
        (a, offset_a), (b, offset_b) = before, here
        ids_a, ids_b = _contact(a.ids, b.ids, step)
        values: tuple[NDArray[np.generic] | None, NDArray[np.generic] | None] = (None, None)
        if a.apart is not None and b.apart is not None:
            values = _contact(a.apart, b.apart, step)
        reach = self._connectivity - sum(map(abs, step)) + 1
        pairs = join_faces(ids_a.astype(np.int64), ids_b.astype(np.int64), *values, reach)
        return np.asarray(pairs + np.array([offset_a, offset_b]))


def _steps_back(dimensions: int, connectivity: int) -> Iterator[tuple[int, ...]]:
    """Yield the steps to neighbouring blocks that come earlier in raster order."""
    for step in product((-1, 0, 1), repeat=dimensions):
        if step < (0,) * dimensions and sum(map(abs, step)) <= connectivity:
            yield step


def _contact(
    before: Faces, here: Faces, step: tuple[int, ...]
) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """Return the parts of two blocks' faces that lie against each other."""
    axis = next(i for i, s in enumerate(step) if s)
    rest = step[:axis] + step[axis + 1 :]
    ends: dict[int, int | slice] = {-1: -1, 0: slice(None), 1: 0}
    other_ends: dict[int, int | slice] = {-1: 0, 0: slice(None), 1: -1}
    a = before[axis][1][tuple(ends[s] for s in rest)]
    b = here[axis][0][tuple(other_ends[s] for s in rest)]
    return np.asarray(a), np.asarray(b)
