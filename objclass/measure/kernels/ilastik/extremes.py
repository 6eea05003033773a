"""Where the smallest and the largest value of an object lie, as ilastik has it: the first ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel


@kernel
def first_extremes(values: NDArray[np.float64]) -> tuple[int, int]:
    """Return the places of the first smallest and first largest value; -1 with a missing one."""
    low, high = 0, 0
    for k in range(values.size):
        if values[k] < values[low]:
            low = k
        elif values[k] > values[high]:
            high = k
        elif np.isnan(values[k]):
            return -1, -1
    return low, high


@kernel
def locate(
    runs: NDArray[np.int32],
    begin: int,
    place: int,
    start: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Write z, y, x of an object's voxel number `place`, relative to `start`."""
    i = begin
    while place >= runs[i, 3]:
        place -= runs[i, 3]
        i += 1
    out[0] = runs[i, 0] - start[0]
    out[1] = runs[i, 1] - start[1]
    out[2] = runs[i, 2] + place - start[2]


@kernel
def extreme_places(
    values: NDArray[np.float64],
    voxel: NDArray[np.int64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return z, y, x of the first smallest and first largest value ``(n, 2, 3)``.

    First in raster order, relative to each box's `start`; NaN without voxels or with a
    missing one.
    """
    n = first.size - 1
    result = np.full((n, 2, 3), np.nan)
    for row in range(n):
        own = values[voxel[row] : voxel[row + 1]]
        if own.size == 0:
            continue
        low, high = first_extremes(own)
        if low >= 0:
            locate(runs, first[row], low, start[row], result[row, 0])
            locate(runs, first[row], high, start[row], result[row, 1])
    return result
