"""Runs grouped by object: the shape of every object, in raster order, and its box."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.dataclass import dataclass
from objclass.data.kernel import kernel
from objclass.segmentation.runs import Runs

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class GroupedRuns:
    """The runs of n objects.

    Parameters
    ----------
    first
        int64 (n + 1,): object k owns rows ``first[k] … first[k + 1] - 1`` of `table`.
    table
        int32 (m, 4), runs ``(z, y, x, length)`` in voxels of the frame, in raster order
        within an object; z is 0 in 2D.
    box
        int32 (n, 6), first voxel ``z0, y0, x0`` of each box and the exclusive ``z1, y1, x1``.
    size
        int64 (n,), voxels of each.
    """

    first: NDArray[np.int64]
    table: NDArray[np.int32]
    box: NDArray[np.int32]
    size: NDArray[np.int64]

    @classmethod
    def of(cls, first: NDArray[np.int64], table: NDArray[np.int32]) -> GroupedRuns:
        """Measure the boxes of objects whose runs are already sorted."""
        box = np.empty((len(first) - 1, 6), np.int32)
        size = np.empty(len(first) - 1, np.int64)
        _boxes(first, table, box, size)
        return cls(first, table, box, size)

    def __len__(self) -> int:
        return len(self.size)

    @property
    def edges(self) -> NDArray[np.int64]:
        """Edge lengths of the boxes, int64 (n, 3)."""
        return self.box[:, 3:].astype(np.int64) - self.box[:, :3]

    def moved(self, start: tuple[int, ...]) -> GroupedRuns:
        """Return the same objects in voxels of the frame when `start` is where they were cut."""
        if not any(start):
            return self
        shift = np.array((0, *start)[-3:], np.int32)
        table, box = self.table.copy(), self.box + np.tile(shift, 2)
        table[:, :3] += shift
        return GroupedRuns(self.first, table, box, self.size)

    def only(self, keep: NDArray[np.bool_]) -> GroupedRuns:
        """Return the objects where `keep` is True."""
        if keep.all():
            return self
        lengths = np.diff(self.first)
        first = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[keep])])
        return GroupedRuns(
            first, self.table[np.repeat(keep, lengths)], self.box[keep], self.size[keep]
        )

    def tables(self) -> list[NDArray[np.int32]]:
        """Return the runs of each object."""
        return [self.table[a:b] for a, b in pairwise(self.first.tolist())]


def group(table: NDArray[np.int32], ranks: NDArray[np.integer[Any]], count: int) -> GroupedRuns:
    """Return the runs of `table` sorted by rank 0…count − 1, in the given order within one.

    Parameters
    ----------
    table
        int32 (m, 4), as in :class:`GroupedRuns`.
    ranks
        Integers (m,), the object of each run.
    """
    out = np.empty_like(table)
    first = np.zeros(count + 1, np.int64)
    _sort(ranks.astype(np.int64, copy=False), table, first, out)
    return GroupedRuns.of(first, out)


def by_value(found: Runs) -> tuple[NDArray[np.uint64], GroupedRuns]:
    """Return the values that occur, uint64 ascending, and the runs grouped by value."""
    values, ranks = _rank(found.value)
    return values, group(run_table(found), ranks, len(values))


def run_table(found: Runs) -> NDArray[np.int32]:
    """Return the runs as rows ``(z, y, x, length)`` in raster order, int32 (n, 4)."""
    table = np.empty((len(found), 4), np.int32)
    _fill(found.first, found.start, found.stop, found.shape[-2], table)
    return table


def _rank(
    value: NDArray[np.uint64] | NDArray[np.uint8],
) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Return the distinct values in order and the rank of each; small values need no sort."""
    highest = int(value.max(initial=0))
    if highest > 4 * len(value) + 1024:
        distinct, ranks = np.unique(value, return_inverse=True)
        return distinct.astype(np.uint64), ranks
    used = np.zeros(highest + 1, bool)
    used[value] = True
    return np.flatnonzero(used).astype(np.uint64), (np.cumsum(used) - 1)[value]


@kernel
def _sort(ranks: Any, table: Any, first: Any, out: Any) -> None:
    """Sort by counting, which keeps the order of equal ranks."""
    for rank in ranks:
        first[rank + 1] += 1
    for k in range(first.shape[0] - 1):
        first[k + 1] += first[k]
    at = first.copy()
    for i in range(ranks.shape[0]):
        to = at[ranks[i]]
        at[ranks[i]] += 1
        for column in range(4):
            out[to, column] = table[i, column]


@kernel
def _fill(first: Any, start: Any, stop: Any, height: Any, table: Any) -> None:
    for r in range(first.shape[0] - 1):
        for i in range(first[r], first[r + 1]):
            table[i, 0] = r // height
            table[i, 1] = r % height
            table[i, 2] = start[i]
            table[i, 3] = stop[i] - start[i]


@kernel
def _boxes(first: Any, table: Any, box: Any, size: Any) -> None:
    for k in range(size.shape[0]):
        a = first[k]
        z0, y0, x0 = table[a, 0], table[a, 1], table[a, 2]
        z1, y1, x1 = z0, y0, x0
        n = 0
        for i in range(a, first[k + 1]):
            z0, z1 = min(z0, table[i, 0]), max(z1, table[i, 0])
            y0, y1 = min(y0, table[i, 1]), max(y1, table[i, 1])
            x0, x1 = min(x0, table[i, 2]), max(x1, table[i, 2] + table[i, 3] - 1)
            n += table[i, 3]
        box[k, 0], box[k, 1], box[k, 2] = z0, y0, x0
        box[k, 3], box[k, 4], box[k, 5] = z1 + 1, y1 + 1, x1 + 1
        size[k] = n
