"""The object's filled box and what the object lacks of it: ilastik's "convex hull" features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.defects import center_of, displacement, label_runs, piece_sums

COUNT, MEAN, VARIANCE, SKEWNESS, KURTOSIS, DISPLACEMENT = 0, 1, 2, 3, 4, 5


@kernel
def boxes(
    start: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return each object's filled box as runs ``(m, 4)`` and its first run ``(n + 1,)``."""
    n = start.shape[0]
    first = np.zeros(n + 1, np.int64)
    for row in range(n):
        lines = (stop[row, 0] - start[row, 0]) * (stop[row, 1] - start[row, 1])
        first[row + 1] = first[row] + lines
    runs = np.empty((first[n], 4), np.int32)
    place = 0
    for row in range(n):
        for z in range(start[row, 0], stop[row, 0]):
            for y in range(start[row, 1], stop[row, 1]):
                runs[place, 0], runs[place, 1], runs[place, 2] = z, y, start[row, 2]
                runs[place, 3] = stop[row, 2] - start[row, 2]
                place += 1
    return runs, first


@kernel
def sample_moments(sums: NDArray[np.float64], count: int, out: NDArray[np.float64]) -> None:
    """Write count, mean, and unbiased variance, skewness and kurtosis of the defects' sizes.

    0 where there are too few defects, NaN where all are equal.
    """
    out[COUNT] = count
    if count == 0:
        return
    mean, second, third, fourth = 0.0, 0.0, 0.0, 0.0
    for k in range(count):
        mean += sums[k, 0]
    mean /= count
    for k in range(count):
        off = sums[k, 0] - mean
        second += off * off
        third += off * off * off
        fourth += off * off * off * off
    out[MEAN] = mean
    size = float(count)
    if count >= 2:
        out[VARIANCE] = second / (size - 1.0)
    if count >= 3:
        out[SKEWNESS] = np.nan
        if second > 0.0:
            skewness = np.sqrt(size) * third / (second * np.sqrt(second))
            out[SKEWNESS] = np.sqrt(size * (size - 1.0)) / (size - 2.0) * skewness
    if count >= 4:
        out[KURTOSIS] = np.nan
        if second > 0.0:
            excess = size * fourth / (second * second) - 3.0
            factor = (size - 1.0) / ((size - 2.0) * (size - 3.0))
            out[KURTOSIS] = factor * ((size + 1.0) * excess + 6.0)


@kernel
def box_defects(
    rest: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    center: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure the voxels of each box that are not the object's, given as runs.

    Returns ``(n, 6)``: count, mean, variance, skewness, kurtosis, displacement from `center`
    (n, 3, relative to `start`); and the defects' centres ``(n, 3)`` relative to `start`.
    """
    n = first.size - 1
    result, centers = np.zeros((n, 6), np.float64), np.empty((n, 3), np.float64)
    one = np.ones(3, np.float64)
    for row in range(n):
        own = rest[first[row] : first[row + 1]]
        sums = np.empty((own.shape[0], 4), np.float64)
        count = piece_sums(own, label_runs(own, start[row], stop[row]), start[row], sums)
        sample_moments(sums, count, result[row])
        if count > 0:
            result[row, DISPLACEMENT] = displacement(sums, count, center[row], one)
        center_of(sums, count, centers[row])
    return result, centers
