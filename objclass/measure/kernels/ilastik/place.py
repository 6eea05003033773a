"""Coordinate statistics as ilastik has them: x, y, z, global coordinates, vigra's signs.

The scatter matrix grows voxel by voxel, x fastest, about the running mean; only this order
gives the signs that vigra's eigenvectors have. Where two axes are equal the last digit decides
on their direction, so every product is multiplied in vigra's order (the later coordinate first)
and third powers are the C library's: in symmetric objects they cancel as there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.ilastik.eigen import eigensystem
from objclass.measure.kernels.ilastik.third_power import cube


@kernel
def scatter(
    runs: NDArray[np.int32],
    weights: NDArray[np.float64],
    origin: NDArray[np.int64],
    total: NDArray[np.float64],
    matrix: NDArray[np.float64],
) -> float:
    """Add the voxels of one object to its sums and scatter matrix; return its weight.

    In 2D the z of `origin` and `runs` count as 0. Sums are kept in plain variables: an array
    written voxel by voxel takes five times as long.
    """
    d, place, count = total.size, 0, 0.0
    x, y, z = 0.0, 0.0, 0.0
    xx, xy, xz, yy, yz, zz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(runs.shape[0]):
        at_y = float(origin[1] + runs[i, 1])
        at_z = float(origin[0] + runs[i, 0]) if d == 3 else 0.0
        for k in range(runs[i, 3]):
            at_x = float(origin[2] + runs[i, 2] + k)
            weight = weights[place] if weights.size > 0 else 1.0
            place += 1
            count += weight
            x += weight * at_x
            y += weight * at_y
            z += weight * at_z
            if count > weight:
                factor = count * weight / (count - weight)
                off_x, off_y, off_z = x / count - at_x, y / count - at_y, z / count - at_z
                xx += factor * off_x * off_x
                xy += factor * off_y * off_x
                xz += factor * off_z * off_x
                yy += factor * off_y * off_y
                yz += factor * off_z * off_y
                zz += factor * off_z * off_z
    total[0], total[1] = x, y
    matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1] = xx, xy, xy, yy
    if d == 3:
        total[2] = z
        matrix[0, 2], matrix[1, 2], matrix[2, 2] = xz, yz, zz
        matrix[2, 0], matrix[2, 1] = xz, yz
    return count


@kernel
def add_powers(
    runs: NDArray[np.int32],
    weights: NDArray[np.float64],
    origin: NDArray[np.int64],
    mean: NDArray[np.float64],
    axis: NDArray[np.float64],
    powers: NDArray[np.float64],
) -> None:
    """Add third and fourth powers of an object's voxels along one axis to `powers` (2,)."""
    d, place, third, fourth = mean.size, 0, 0.0, 0.0
    for i in range(runs.shape[0]):
        along_y = axis[1] * (float(origin[1] + runs[i, 1]) - mean[1])
        along_z = axis[2] * (float(origin[0] + runs[i, 0]) - mean[2]) if d == 3 else 0.0
        for k in range(runs[i, 3]):
            weight = weights[place] if weights.size > 0 else 1.0
            place += 1
            along = axis[0] * (float(origin[2] + runs[i, 2] + k) - mean[0]) + along_y
            if d == 3:
                along += along_z
            third_power = cube(along)
            third += weight * third_power
            fourth += weight * third_power * along
    powers[0], powers[1] = third, fourth


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
                scatter[i, j] += factor * off[j] * off[i]
    return count


@kernel
def mirror(scatter: NDArray[np.float64]) -> None:
    """Copy the upper triangle to the lower one."""
    for i in range(scatter.shape[0]):
        for j in range(i):
            scatter[i, j] = scatter[j, i]


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
    mean = np.empty(d, np.float64)
    for row in range(n):
        pieces, own = runs[first[row] : first[row + 1]], weights[:0]
        if weights.size > 0:
            own = weights[voxel[row] : voxel[row + 1]]
        count = scatter(pieces, own, origin, totals[row], axes[row])
        counts[row] = count
        if np.isnan(axes[row]).any():
            continue
        eigensystem(axes[row], values[row])
        for k in range(d):
            mean[k] = totals[row, k] / count if count != 0.0 else np.nan
        for k in range(d):
            add_powers(pieces, own, origin, mean, axes[row, :, k], powers[row, :, k])
    return counts, totals, values, axes, powers
