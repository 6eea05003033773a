"""Objects that lie in several blocks: their runs wait until all of them have been seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from objclass.data.dataclass import dataclass
from objclass.segmentation.grouping import GroupedRuns

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class OpenObjects:
    """Objects by ascending id, uint64 (n,), and the runs of each in voxels of the frame."""

    ids: NDArray[np.uint64]
    objects: GroupedRuns


class OpenObjectCollector:
    """Collects parts of objects.

    Parameters
    ----------
    left
        Number of voxels by id that have yet to come; entries go when the object is complete.
    """

    def __init__(self, left: dict[int, int]) -> None:
        self._left = left
        self._tables: dict[int, list[NDArray[np.int32]]] = {}

    def add(self, parts: OpenObjects) -> OpenObjects:
        """Take the parts that one block holds and return the objects they complete."""
        complete = []
        rows = zip(parts.ids.tolist(), parts.objects.size, parts.objects.tables(), strict=True)
        for object_id, size, table in rows:
            self._tables.setdefault(object_id, []).append(table)
            self._left[object_id] -= int(size)
            if self._left[object_id] == 0:
                complete.append(object_id)
        tables = [unite(self._tables.pop(object_id)) for object_id in complete]
        lengths = np.array([0, *map(len, tables)], np.int64)
        table = np.concatenate([np.empty((0, 4), np.int32), *tables])
        return OpenObjects(np.array(complete, np.uint64), GroupedRuns.of(np.cumsum(lengths), table))


def unite(tables: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return all runs of one object in raster order; runs that were cut are joined again."""
    table = np.concatenate(tables)
    z, y, x, length = table[np.lexsort((table[:, 2], table[:, 1], table[:, 0]))].T
    begins = np.ones(len(z), bool)
    begins[1:] = (z[1:] != z[:-1]) | (y[1:] != y[:-1]) | (x[1:] != x[:-1] + length[:-1])
    whole = np.add.reduceat(length, np.flatnonzero(begins))
    return np.stack([z[begins], y[begins], x[begins], whole], axis=1).astype(np.int32)
