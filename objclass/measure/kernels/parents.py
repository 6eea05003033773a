"""Which object of another label image holds an object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.runs import grow, write_run
from objclass.measure.kernels.sorting import sort_part


@kernel
def count_ids(values: NDArray[np.uint64]) -> tuple[np.uint64, int]:
    """Return the most frequent id other than 0 in sorted values and how often it occurs."""
    best, most, at = np.uint64(0), 0, 0
    while at < values.size:
        begin = at
        while at < values.size and values[at] == values[begin]:
            at += 1
        if values[begin] != 0 and at - begin > most:
            best, most = values[begin], at - begin
    return best, most


@kernel
def largest_overlaps(
    layer: NDArray[np.generic], runs: NDArray[np.int32], first: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return for every object the id of `layer` with most of its voxels, and how many.

    0 where no voxel lies in an object of the layer.
    """
    n = first.size - 1
    ids, counts = np.zeros(n, np.uint64), np.zeros(n, np.int64)
    for row in range(n):
        size = 0
        for i in range(first[row], first[row + 1]):
            size += runs[i, 3]
        values = np.empty(size, np.uint64)
        place = 0
        for i in range(first[row], first[row + 1]):
            for k in range(runs[i, 3]):
                values[place] = np.uint64(layer[runs[i, 0], runs[i, 1], runs[i, 2] + k])
                place += 1
        sort_part(values, 0, values.size)
        ids[row], counts[row] = count_ids(values)
    return ids, counts


@kernel
def find_compartments(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    parent: NDArray[np.int64],
    minus: NDArray[np.generic],
    subtract: bool,
) -> tuple[NDArray[np.int32], int]:
    """Return runs ``(m, 5)`` of each row's parent, where asked for without those of `minus`.

    `runs`, `first` are those of the parents; `parent` (n,) says which is whose, -1 for none.
    """
    found = np.empty((1024, 5), np.int32)
    count = 0
    for row in range(parent.size):
        if parent[row] < 0:
            continue
        for i in range(first[parent[row]], first[parent[row] + 1]):
            z, y = runs[i, 0], runs[i, 1]
            x, end = runs[i, 2], runs[i, 2] + runs[i, 3]
            while x < end:
                begin = x
                while x < end and not (subtract and minus[z, y, x] != 0):
                    x += 1
                if x > begin:
                    if count == found.shape[0]:
                        found = grow(found)
                    write_run(found, count, row, z, y, begin, x)
                    count += 1
                x += 1
    return found, count
