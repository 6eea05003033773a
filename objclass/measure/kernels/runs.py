"""Find the voxels of objects as runs along x, sorted by object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

ROW, Z, Y, X, LENGTH = 0, 1, 2, 3, 4


@kernel
def row_of(value: np.uint64, ids: NDArray[np.uint64], lookup: NDArray[np.int32]) -> int:
    """Return the row of an id, or -1; `lookup` maps small ids directly, else `ids` is searched."""
    if lookup.size > 0:
        if value < np.uint64(lookup.size):
            return int(lookup[np.int64(value)])
        return -1
    low, high = 0, ids.size
    while low < high:
        middle = (low + high) // 2
        if ids[middle] < value:
            low = middle + 1
        else:
            high = middle
    if low < ids.size and ids[low] == value:
        return low
    return -1


@kernel
def grow(found: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a copy with room for half as many rows again."""
    larger = np.empty((found.shape[0] * 3 // 2, found.shape[1]), np.int32)
    for i in range(found.shape[0]):  # an assigned slice compiles the texts of its errors: 3 s
        for k in range(found.shape[1]):
            larger[i, k] = found[i, k]
    return larger


@kernel
def write_run(
    found: NDArray[np.int32], at: int, row: int, z: int, y: int, x: int, stop: int
) -> None:
    """Write one run; `stop` is the first x behind it."""
    found[at, ROW] = row
    found[at, Z] = z
    found[at, Y] = y
    found[at, X] = x
    found[at, LENGTH] = stop - x


@kernel
def skip_background(line: NDArray[np.generic], x: int) -> int:
    """Return the first position from `x` on that is not 0, eight at a time where all are."""
    width = line.size
    while x + 8 <= width:
        left = line[x] | line[x + 1] | line[x + 2] | line[x + 3]
        right = line[x + 4] | line[x + 5] | line[x + 6] | line[x + 7]
        if left | right:
            break
        x += 8
    while x < width and line[x] == 0:
        x += 1
    return x


@kernel
def find_runs(
    labels: NDArray[np.generic], ids: NDArray[np.uint64], lookup: NDArray[np.int32]
) -> tuple[NDArray[np.int32], int]:
    """Return runs ``(m, 5)`` of row, z, y, x, length in raster order, and how many are filled."""
    depth, height, width = labels.shape
    found = np.empty((1024, 5), np.int32)
    count = 0
    for z in range(depth):
        for y in range(height):
            line = labels[z, y]
            x = 0
            while x < width:
                x = skip_background(line, x)
                if x == width:
                    break
                value = line[x]
                first = x
                x += 1
                while x < width and line[x] == value:
                    x += 1
                row = row_of(np.uint64(value), ids, lookup)
                if row < 0:
                    continue
                if count == found.shape[0]:
                    found = grow(found)
                write_run(found, count, row, z, y, first, x)
                count += 1
    return found, count


@kernel
def sort_runs(
    found: NDArray[np.int32], count: int, objects: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Sort runs by row, keeping raster order inside a row (counting sort).

    Returns ``(m, 4)`` of z, y, x, length and the first run of every row ``(objects + 1,)``.
    """
    first = np.zeros(objects + 1, np.int64)
    for i in range(count):
        first[found[i, ROW] + 1] += 1
    for row in range(objects):
        first[row + 1] += first[row]
    free = first.copy()
    runs = np.empty((count, 4), np.int32)
    for i in range(count):
        row = found[i, ROW]
        place = free[row]
        free[row] += 1
        for k in range(4):
            runs[place, k] = found[i, k + 1]
    return runs, first


@kernel
def count_voxels(runs: NDArray[np.int32], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first voxel of every row, ``(n + 1,)``: the cumulated voxel counts."""
    voxel = np.zeros(first.size, np.int64)
    for row in range(first.size - 1):
        total = 0
        for i in range(first[row], first[row + 1]):
            total += runs[i, 3]
        voxel[row + 1] = voxel[row] + total
    return voxel


@kernel
def gather(image: NDArray[np.generic], runs: NDArray[np.int32], total: int) -> NDArray[np.float64]:
    """Return the voxel values of all runs in a row, as float64 ``(total,)``."""
    values = np.empty(total, np.float64)
    place = 0
    for i in range(runs.shape[0]):
        length = runs[i, 3]
        line = image[runs[i, 0], runs[i, 1], runs[i, 2] : runs[i, 2] + length]
        target = values[place : place + length]
        for k in range(line.size):
            target[k] = line[k]
        place += length
    return values
