"""The pieces of an object that has one id but lies in several places.

Work on a box costs the box, and the box of two pieces at opposite corners of an image is the
image. What looks no farther than a few voxels finds the same piece by piece, which costs what
the pieces are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

SPARSE = 8
"""An object that fills less than one in this many voxels of its box may be in pieces."""


@kernel
def root_of(parent: NDArray[np.int64], k: int) -> int:
    """Return the representative of `k`, halving the path."""
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = parent[k]
    return int(k)


@kernel
def join(parent: NDArray[np.int64], a: int, b: int) -> None:
    """Make `a` and `b` one piece, called by its first run."""
    a, b = root_of(parent, a), root_of(parent, b)
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


@kernel
def is_sparse(runs: NDArray[np.int32], begin: int, end: int, volume: int) -> bool:
    """Tell whether an object fills so little of `volume` voxels that its pieces may cost less."""
    size = 0
    for i in range(begin, end):
        size += runs[i, 3]
    return bool(volume > SPARSE * size)


@kernel
def volume_of(low: NDArray[np.int64], high: NDArray[np.int64], margin: NDArray[np.int64]) -> int:
    """Return how many voxels a box with this margin (3,) holds."""
    volume = 1
    for k in range(3):
        volume *= high[k] - low[k] + 2 * margin[k]
    return volume


@kernel
def is_behind(run: NDArray[np.int32], z: int, y: int, x: int) -> bool:
    """Tell whether a run ends before (z, y, x) in raster order."""
    if run[0] != z:
        return bool(run[0] < z)
    if run[1] != y:
        return bool(run[1] < y)
    return bool(run[2] + run[3] <= x)


@kernel
def join_line(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    dz: int,
    dy: int,
    reach: int,
    parent: NDArray[np.int64],
) -> None:
    """Join every run with those (dz, dy) lines before it that lie within `reach` along x."""
    at = begin
    for i in range(begin, end):
        z, y, x = runs[i, 0] - dz, runs[i, 1] - dy, runs[i, 2] - reach
        behind = runs[i, 2] + runs[i, 3] + reach
        # Runs are in raster order and so are the places looked for: `at` never turns back.
        while at < i and is_behind(runs[at], z, y, x):
            at += 1
        k = at
        while k < i and runs[k, 0] == z and runs[k, 1] == y and runs[k, 2] < behind:
            join(parent, k - begin, i - begin)
            k += 1


@kernel
def number_pieces(
    runs: NDArray[np.int32], begin: int, end: int, reach: int, number: NDArray[np.int64]
) -> int:
    """Write the piece of every run from `begin` to `end`; return how many pieces there are.

    Voxels at most `reach` apart along every axis are of one piece. Pieces are in the raster
    order of their first voxels.
    """
    parent = np.arange(end - begin)
    for dz in range(reach + 1):
        for dy in range(-reach if dz > 0 else 0, reach + 1):
            join_line(runs, begin, end, dz, dy, reach, parent)
    count = 0
    for i in range(end - begin):
        root = root_of(parent, i)
        if root == i:  # the smallest run of a piece is its root, so it comes first
            number[i] = count
            count += 1
        else:
            number[i] = number[root]
    return count


@kernel
def boxes_of(
    runs: NDArray[np.int32],
    begin: int,
    number: NDArray[np.int64],
    margin: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> int:
    """Write the boxes of pieces ``(p, 3)``; return how many voxels they hold with margins."""
    low[:] = np.iinfo(np.int32).max
    high[:] = -1
    for i in range(number.size):
        piece, run = number[i], runs[begin + i]
        for k in range(3):
            low[piece, k] = min(low[piece, k], run[k])
            high[piece, k] = max(high[piece, k], run[k] + (run[3] if k == 2 else 1))
    total = 0
    for piece in range(low.shape[0]):
        total += volume_of(low[piece], high[piece], margin)
    return total


@kernel
def sorted_by_piece(
    runs: NDArray[np.int32], begin: int, number: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the runs piece after piece and the first run of each ``(count + 1,)``."""
    first = np.zeros(count + 1, np.int64)
    for piece in number:
        first[piece + 1] += 1
    for piece in range(count):
        first[piece + 1] += first[piece]
    free, result = first.copy(), np.empty((number.size, 4), np.int32)
    for i in range(number.size):
        result[free[number[i]]] = runs[begin + i]
        free[number[i]] += 1
    return result, first


@kernel
def whole(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return an object as its only piece, as :func:`pieces_of` does."""
    first = np.zeros(2, np.int64)
    first[1] = end - begin
    return runs[begin:end], first, start.copy().reshape((1, 3)), stop.copy().reshape((1, 3))


@kernel
def pieces_of(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    reach: int,
    margin: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return runs, first run and box (low, high) of each piece whose voxels lie within `reach`.

    `margin` (3,) is what is drawn around a box. An object is left whole where drawing its
    pieces would cost more than half of drawing it whole.
    """
    volume = volume_of(start, stop, margin)
    if not is_sparse(runs, begin, end, volume):
        return whole(runs, begin, end, start, stop)
    number = np.empty(end - begin, np.int64)
    count = number_pieces(runs, begin, end, reach, number)
    low, high = np.empty((count, 3), np.int64), np.empty((count, 3), np.int64)
    if 2 * boxes_of(runs, begin, number, margin, low, high) > volume:
        return whole(runs, begin, end, start, stop)
    sorted_runs, first = sorted_by_piece(runs, begin, number, count)
    return sorted_runs, first, low, high
