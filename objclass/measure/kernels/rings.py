"""The voxels around objects, as runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.distance import squared_distances
from objclass.measure.kernels.runs import grown, write_run


@kernel
def draw_window(
    runs: NDArray[np.int32], begin: int, end: int, low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return an object as a mask of the window from `low` to `high` (not inside)."""
    inside = np.zeros((high[0] - low[0], high[1] - low[1], high[2] - low[2]), np.bool_)
    for i in range(begin, end):
        line = inside[runs[i, 0] - low[0], runs[i, 1] - low[1]]
        x = runs[i, 2] - low[2]
        for k in range(runs[i, 3]):
            line[x + k] = True
    return inside


@kernel
def window_of(
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    reach: NDArray[np.int64],
    shape: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> None:
    """Write a box grown by `reach` and clipped to `shape`."""
    for k in range(3):
        low[k] = max(0, start[k] - reach[k])
        high[k] = min(shape[k], stop[k] + reach[k])


@kernel
def find_rings(
    labels: NDArray[np.generic],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    voxel: NDArray[np.float64],
    reach: NDArray[np.int64],
    inner: float,
    outer: float,
    others: bool,
) -> tuple[NDArray[np.int32], int]:
    """Return runs ``(m, 5)`` of the voxels with squared distance in (inner, outer].

    Voxels of other objects count only with `others`; those of the object itself are at
    distance 0 and never in its ring.
    """
    found = np.empty((1024, 5), np.int32)
    count = 0
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    shape = np.array(labels.shape, np.int64)
    for row in range(first.size - 1):
        window_of(start[row], stop[row], reach, shape, low, high)
        inside = draw_window(runs, first[row], first[row + 1], low, high)
        squares = squared_distances(inside, voxel, outer)
        for z in range(inside.shape[0]):
            for y in range(inside.shape[1]):
                line = labels[low[0] + z, low[1] + y]
                x, width = 0, inside.shape[2]
                while x < width:
                    begin = x
                    while x < width and (
                        inner < squares[z, y, x] <= outer and (others or line[low[2] + x] == 0)
                    ):
                        x += 1
                    if x > begin:
                        if count == found.shape[0]:
                            found = grown(found)
                        at = low[2] + begin
                        write_run(found, count, row, low[0] + z, low[1] + y, at, low[2] + x)
                        count += 1
                    x += 1
    return found, count
