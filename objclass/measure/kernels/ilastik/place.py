"""Coordinate statistics as ilastik has them: x, y, z, global coordinates, vigra's signs.

The scatter matrix grows voxel by voxel, x fastest, about the running mean; only this order
gives the signs that vigra's eigenvectors have.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.ilastik.eigen import eigensystem


@kernel
def add_point(
    point: NDArray[np.float64],
    weight: float,
    count: float,
    total: NDArray[np.float64],
    scatter: NDArray[np.float64],
) -> float:
    """Add one weighted point to count, sums and scatter matrix; return the new count."""
    n = point.size
    count += weight
    off = np.empty(n, np.float64)
    for i in range(n):
        total[i] += weight * point[i]
    if count > weight:
        factor = count * weight / (count - weight)
        for i in range(n):
            off[i] = total[i] / count - point[i]
        for i in range(n):
            for j in range(i, n):
                scatter[i, j] += factor * off[i] * off[j]
    return count


@kernel
def write_point(
    runs: NDArray[np.int32], i: int, k: int, origin: NDArray[np.int64], point: NDArray[np.float64]
) -> None:
    """Write x, y, z of voxel `k` of a run in the whole image."""
    point[0] = origin[2] + runs[i, 2] + k
    point[1] = origin[1] + runs[i, 1]
    if point.size == 3:
        point[2] = origin[0] + runs[i, 0]


@kernel
def mirror(scatter: NDArray[np.float64]) -> None:
    """Copy the upper triangle to the lower one."""
    for i in range(scatter.shape[0]):
        for j in range(i):
            scatter[i, j] = scatter[j, i]


@kernel
def add_powers(
    point: NDArray[np.float64],
    weight: float,
    mean: NDArray[np.float64],
    axes: NDArray[np.float64],
    powers: NDArray[np.float64],
) -> None:
    """Add the third and fourth power of a point along every axis to `powers` (2, d)."""
    for k in range(point.size):
        along = 0.0
        for j in range(point.size):
            along += axes[j, k] * (point[j] - mean[j])
        cube = along * along * along
        powers[0, k] += weight * cube
        powers[1, k] += weight * cube * along


@kernel
def coordinate_statistics(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    voxel: NDArray[np.int64],
    weights: NDArray[np.float64],
    origin: NDArray[np.int64],
    dimensions: int,
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]:
    """Return count (n,), sums (n, d), eigenvalues (n, d), axes (n, d, d), powers (n, 2, d).

    `weights` holds a value per voxel, or is empty for weight 1. Axis k is column k as x, y, z;
    powers are sums of third and fourth powers along the axes.
    """
    n, d = first.size - 1, dimensions
    counts, totals = np.zeros(n, np.float64), np.zeros((n, d), np.float64)
    values, axes = np.zeros((n, d), np.float64), np.zeros((n, d, d), np.float64)
    powers = np.zeros((n, 2, d), np.float64)
    point, mean = np.empty(d, np.float64), np.empty(d, np.float64)
    for row in range(n):
        place, count = voxel[row], 0.0
        for i in range(first[row], first[row + 1]):
            for k in range(runs[i, 3]):
                weight = weights[place] if weights.size > 0 else 1.0
                place += 1
                write_point(runs, i, k, origin, point)
                count = add_point(point, weight, count, totals[row], axes[row])
        counts[row] = count
        mirror(axes[row])
        if np.isnan(axes[row]).any():
            continue
        eigensystem(axes[row], values[row])
        for k in range(d):
            mean[k] = totals[row, k] / count if count != 0.0 else np.nan
        place = voxel[row]
        for i in range(first[row], first[row + 1]):
            for k in range(runs[i, 3]):
                weight = weights[place] if weights.size > 0 else 1.0
                place += 1
                write_point(runs, i, k, origin, point)
                add_powers(point, weight, mean, axes[row], powers[row])
    return counts, totals, values, axes, powers
