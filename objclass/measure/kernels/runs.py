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


def find_runs(
    labels: NDArray[np.generic], ids: NDArray[np.uint64], lookup: NDArray[np.int32]
) -> tuple[NDArray[np.int32], int]:
    """Return runs ``(m, 5)`` of row, z, y, x, length in raster order, and how many are filled."""
    found, at = np.empty((1024, 5), np.int32), np.zeros(4, np.int64)
    while not write_runs(labels, ids, lookup, found, at):
        found = np.concatenate([found, np.empty_like(found[: len(found) // 2])])
    return found, int(at[3])


@kernel
def write_runs(
    labels: NDArray[np.generic],
    ids: NDArray[np.uint64],
    lookup: NDArray[np.int32],
    found: NDArray[np.int32],
    at: NDArray[np.int64],
) -> bool:
    """Write runs from `at` on; return False where `found` is full.

    `at` holds the z, y, x to go on from and how many runs there are.
    """
    depth, height, width = labels.shape
    begin, x, count = at[1], at[2], at[3]
    for z in range(at[0], depth):
        for y in range(begin, height):
            line = labels[z, y]
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
                    at[0], at[1], at[2], at[3] = z, y, first, count
                    return False
                write_run(found, count, row, z, y, first, x)
                count += 1
            x = 0
        begin = 0
    at[3] = count
    return True


def sort_runs(
    found: NDArray[np.int32], count: int, objects: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Sort runs by row, keeping raster order inside a row (counting sort).

    Returns ``(m, 4)`` of z, y, x, length and the first run of every row ``(objects + 1,)``.
    """
    counts = np.bincount(found[:count, ROW], minlength=objects)
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    runs = np.empty((count, 4), np.int32)
    place_runs(found, first.copy(), runs)
    return runs, first


@kernel
def place_runs(found: NDArray[np.int32], free: NDArray[np.int64], runs: NDArray[np.int32]) -> None:
    """Write each run to the next free place of its row."""
    for i in range(runs.shape[0]):
        row = found[i, ROW]
        place = free[row]
        free[row] += 1
        for k in range(4):
            runs[place, k] = found[i, k + 1]


def count_voxels(runs: NDArray[np.int32], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first voxel of every row, ``(n + 1,)``: the cumulated voxel counts."""
    before = np.zeros(len(runs) + 1, np.int64)
    np.cumsum(runs[:, 3], dtype=np.int64, out=before[1:])
    return before[first]


def gather(image: NDArray[np.generic], runs: NDArray[np.int32], total: int) -> NDArray[np.float64]:
    """Return the voxel values of all runs in a row, as float64 ``(total,)``."""
    values = np.empty(total, np.float64)
    write_values(image, runs, values)
    return values


@kernel
def write_values(
    image: NDArray[np.generic], runs: NDArray[np.int32], values: NDArray[np.float64]
) -> None:
    """Write the voxel values of all runs."""
    place = 0
    for i in range(runs.shape[0]):
        length = runs[i, 3]
        line = image[runs[i, 0], runs[i, 1], runs[i, 2] : runs[i, 2] + length]
        target = values[place : place + length]
        for k in range(line.size):
            target[k] = line[k]
        place += length
