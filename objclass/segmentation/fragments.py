"""Fragments: the connected pieces of an object that has one id but lies in several places.

Work on boxes costs the box, and the box of two pieces at opposite ends of an image is the
image. Piece by piece it costs what the object is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.dataclass import dataclass
from objclass.data.kernel import kernel
from objclass.segmentation.grouping import GroupedRuns, group
from objclass.segmentation.plausible import FEW_LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPARSE = 8
"""An object that fills less than one in this many voxels of its box may be in fragments."""
FAR = 3
"""Fragments lie far apart where the box along an axis is this many times their own extents."""
GAP = 10
"""And where at least this many voxels of it are empty."""
LEAST_PIECES = 3
"""An object may be cut in two by chance; an id that is a class of a mask lies in more pieces."""


@dataclass(frozen=True)
class Fragments:
    """The face-connected pieces of objects.

    Parameters
    ----------
    owner
        int64 (m,), the object (row) of each piece, ascending; an object's pieces are in the
        raster order of their first voxels.
    pieces
        Runs and boxes of the m pieces.
    """

    owner: NDArray[np.int64]
    pieces: GroupedRuns

    @classmethod
    def of(cls, objects: GroupedRuns) -> Fragments:
        """Find the pieces of every object; time grows with the number of runs."""
        ranks = np.empty(len(objects.table), np.int64)
        owner = np.empty(len(objects.table), np.int64)
        count = _number(objects.first, objects.table, ranks, owner)
        return cls(owner[:count].copy(), group(objects.table, ranks, count))


def may_be_scattered(objects: GroupedRuns) -> NDArray[np.bool_]:
    """Return which objects fill so little of their boxes that they can be in fragments."""
    return np.asarray(objects.edges.prod(axis=1) > SPARSE * objects.size)


def far_apart(objects: GroupedRuns) -> NDArray[np.bool_]:
    """Return which objects have pieces that lie far apart.

    They do where, along one axis, the box of the object is more than three times as long as
    its pieces together and at least ten voxels longer.
    """
    out = np.zeros(len(objects), np.bool_)
    sparse = np.flatnonzero(may_be_scattered(objects))
    if not len(sparse):
        return out
    chosen = np.zeros(len(objects), np.bool_)
    chosen[sparse] = True
    few = objects.only(chosen)
    found = Fragments.of(few)
    extents = np.zeros((len(few), 3), np.int64)
    np.add.at(extents, found.owner, found.pieces.edges)
    far = (few.edges > FAR * extents) & (few.edges - extents >= GAP)
    out[sparse] = far.any(axis=1)
    return out


class ScatteredObjects:
    """Collects the ids of objects whose pieces lie far apart, from all blocks."""

    def __init__(self) -> None:
        self._found: list[NDArray[np.uint64]] = [np.empty(0, np.uint64)]
        self._pieces: list[int] = []
        self._seen = 0

    def see(self, ids: NDArray[np.uint64], objects: GroupedRuns) -> None:
        """Take complete objects."""
        self._found.append(ids[far_apart(objects)])
        self._seen += len(ids)
        if len(ids) and self._seen <= FEW_LEVELS:
            owner = Fragments.of(objects).owner
            self._pieces += np.bincount(owner, minlength=len(ids)).tolist()

    @property
    def class_pieces(self) -> tuple[int, ...]:
        """Pieces of each object, where there are few objects and all lie in several pieces."""
        few = self._seen == len(self._pieces)
        if not few or any(n < LEAST_PIECES for n in self._pieces):
            return ()
        return tuple(self._pieces)

    @property
    def ids(self) -> NDArray[np.uint64]:
        """Of the objects found, ascending."""
        return np.sort(np.concatenate(self._found))


@kernel
def _root(parent: Any, i: Any) -> Any:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def _join(parent: Any, table: Any, at: Any, i: Any, dz: Any, dy: Any) -> Any:
    """Join run i with the runs it touches one row (or plane) before; `at` is where to look.

    Returns where the next run has to look.
    """
    z, y, x = table[i, 0] - dz, table[i, 1] - dy, table[i, 2]
    stop = x + table[i, 3]
    while at < i and (
        table[at, 0] < z
        or (table[at, 0] == z and table[at, 1] < y)
        or (table[at, 0] == z and table[at, 1] == y and table[at, 2] + table[at, 3] <= x)
    ):
        at += 1
    k = at
    while k < i and table[k, 0] == z and table[k, 1] == y and table[k, 2] < stop:
        a, b = _root(parent, k), _root(parent, i)
        parent[max(a, b)] = min(a, b)
        k += 1
    return at


@kernel
def _number(first: Any, table: Any, ranks: Any, owner: Any) -> Any:
    """Write the piece of every run and the object of every piece; return how many there are."""
    parent = np.arange(table.shape[0])
    count = 0
    for k in range(first.shape[0] - 1):
        row, plane = first[k], first[k]
        for i in range(first[k], first[k + 1]):
            row = _join(parent, table, row, i, 0, 1)
            plane = _join(parent, table, plane, i, 1, 0)
        for i in range(first[k], first[k + 1]):
            root = _root(parent, i)
            if root == i:
                ranks[i] = count
                owner[count] = k
                count += 1
            else:
                ranks[i] = ranks[root]
    return count
