"""Where the intensity of an object lies, and how two channels go together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel


def weighted_centers(
    values: NDArray[np.float64],
    voxel: NDArray[np.int64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the mean z, y, x weighted by value ``(n, 3)``, relative to each box's `start`.

    NaN where a value is negative or missing or all are 0: there is no such centre.
    """
    result = np.full((first.size - 1, 3), np.nan)
    write_centers(values, voxel, runs, first, start, result)
    return result


@kernel
def write_centers(
    values: NDArray[np.float64],
    voxel: NDArray[np.int64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    result: NDArray[np.float64],
) -> None:
    """Write the weighted centres that there are into `result` (n, 3)."""
    for row in range(first.size - 1):
        place = voxel[row]
        weight, z_sum, y_sum, x_sum, low = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(first[row], first[row + 1]):
            z, y, x = runs[i, 0] - start[row, 0], runs[i, 1] - start[row, 1], runs[i, 2]
            for k in range(runs[i, 3]):
                value = values[place]
                place += 1
                low = min(low, value)
                weight += value
                z_sum += value * z
                y_sum += value * y
                x_sum += value * (x + k - start[row, 2])
        if low >= 0.0 and weight > 0.0:
            result[row, 0] = z_sum / weight
            result[row, 1] = y_sum / weight
            result[row, 2] = x_sum / weight


@kernel
def mean_places(
    values: NDArray[np.float64],
    runs: NDArray[np.int32],
    start: NDArray[np.int64],
    low: float,
    high: float,
    out: NDArray[np.float64],
) -> None:
    """Write the mean z, y, x of an object's voxels of value `low` and of value `high` (2, 3)."""
    out[:] = 0.0
    place, lows, highs = 0, 0, 0
    for i in range(runs.shape[0]):
        for k in range(runs[i, 3]):
            value = values[place]
            place += 1
            if value == low:
                lows += 1
                out[0, 0] += runs[i, 0] - start[0]
                out[0, 1] += runs[i, 1] - start[1]
                out[0, 2] += runs[i, 2] + k - start[2]
            if value == high:
                highs += 1
                out[1, 0] += runs[i, 0] - start[0]
                out[1, 1] += runs[i, 1] - start[1]
                out[1, 2] += runs[i, 2] + k - start[2]
    for axis in range(3):
        out[0, axis] /= lows
        out[1, axis] /= highs


def extreme_places(
    values: NDArray[np.float64],
    voxel: NDArray[np.int64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    extent: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the mean z, y, x of the smallest and of the largest values ``(n, 2, 3)``.

    `extent` (n, 2) holds smallest and largest value. Relative to each box's `start`; NaN
    without voxels or with a missing value.
    """
    result = np.full((first.size - 1, 2, 3), np.nan)
    write_extreme_places(values, voxel, runs, first, start, extent, result)
    return result


@kernel
def write_extreme_places(
    values: NDArray[np.float64],
    voxel: NDArray[np.int64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    extent: NDArray[np.float64],
    result: NDArray[np.float64],
) -> None:
    """Write the places that there are into `result` (n, 2, 3)."""
    for row in range(first.size - 1):
        if voxel[row] < voxel[row + 1] and not np.isnan(extent[row, 0]):
            own, pieces = values[voxel[row] : voxel[row + 1]], runs[first[row] : first[row + 1]]
            low, high = extent[row, 0], extent[row, 1]
            mean_places(own, pieces, start[row], low, high, result[row])


def covariances(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    voxel: NDArray[np.int64],
    a_mean: NDArray[np.float64],
    b_mean: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the population covariance of two channels in every object ``(n,)``."""
    result = np.full(voxel.size - 1, np.nan)
    write_covariances(a, b, voxel, a_mean, b_mean, result)
    return result


@kernel
def write_covariances(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    voxel: NDArray[np.int64],
    a_mean: NDArray[np.float64],
    b_mean: NDArray[np.float64],
    result: NDArray[np.float64],
) -> None:
    """Write the covariances that there are into `result` (n,)."""
    for row in range(voxel.size - 1):
        total = 0.0
        for k in range(voxel[row], voxel[row + 1]):
            total += (a[k] - a_mean[row]) * (b[k] - b_mean[row])
        if voxel[row + 1] > voxel[row]:
            result[row] = total / (voxel[row + 1] - voxel[row])
