"""Exact sums of voxel coordinates: centres and covariances of objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.elementary import PI, arctangent
from objclass.measure.kernels.symmetric import decompose

SAME = 1e-12


@kernel
def sum_coordinates(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    origin: NDArray[np.int64],
    total: NDArray[np.int64],
) -> int:
    """Add up z, y, x relative to `origin` into `total` (3,); return the number of voxels."""
    size = 0
    total[:] = 0
    for i in range(begin, end):
        length = np.int64(runs[i, 3])
        size += int(length)
        total[0] += length * (runs[i, 0] - origin[0])
        total[1] += length * (runs[i, 1] - origin[1])
        total[2] += length * (runs[i, 2] - origin[2]) + length * (length - 1) // 2
    return size


@kernel
def sum_products(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    middle: NDArray[np.int64],
    total: NDArray[np.int64],
) -> None:
    """Add up products of z, y, x relative to `middle` into the symmetric `total` (3, 3)."""
    total[:] = 0
    for i in range(begin, end):
        length = np.int64(runs[i, 3])
        steps = length * (length - 1) // 2
        squares = (length - 1) * length * (2 * length - 1) // 6
        z = runs[i, 0] - middle[0]
        y = runs[i, 1] - middle[1]
        x = runs[i, 2] - middle[2]
        along = length * x + steps
        total[0, 0] += length * z * z
        total[0, 1] += length * z * y
        total[0, 2] += z * along
        total[1, 1] += length * y * y
        total[1, 2] += y * along
        total[2, 2] += length * x * x + 2 * x * steps + squares
    total[1, 0] = total[0, 1]
    total[2, 0] = total[0, 2]
    total[2, 1] = total[1, 2]


def centers(
    runs: NDArray[np.int32], first: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the mean z, y, x ``(n, 3)`` relative to each object's box `start` (n, 3)."""
    result = np.full((first.size - 1, 3), np.nan)
    write_centers(runs, first, start, np.empty(3, np.int64), result)
    return result


@kernel
def write_centers(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    total: NDArray[np.int64],
    result: NDArray[np.float64],
) -> None:
    """Write the centres that there are into `result` (n, 3); `total` (3,) is room to add in."""
    for row in range(first.size - 1):
        size = sum_coordinates(runs, first[row], first[row + 1], start[row], total)
        if size > 0:
            for k in range(3):
                result[row, k] = total[k] / size


@kernel
def covariance(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    start: NDArray[np.int64],
    sums: NDArray[np.int64],
    rest: NDArray[np.float64],
    result: NDArray[np.float64],
) -> None:
    """Write the population covariance of z, y, x into `result` (3, 3).

    Integer sums about the rounded centre are exact; what is left to subtract is below a
    quarter, so nothing cancels. `sums` (5, 3) and `rest` (3,) are room for them.
    """
    total, middle, products = sums[0], sums[1], sums[2:]
    size = sum_coordinates(runs, begin, end, start, total)
    for k in range(3):
        middle[k] = start[k] + (2 * total[k] + size) // (2 * size)
        rest[k] = (total[k] - (middle[k] - start[k]) * size) / size
    sum_products(runs, begin, end, middle, products)
    for i in range(3):
        for j in range(3):
            result[i, j] = products[i, j] / size - rest[i] * rest[j]


def principal_axes(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    voxel: NDArray[np.float64],
    dimensions: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return variances along the principal axes ``(n, d)``, descending, and the axes.

    `voxel` (3,) scales z, y, x. Axes ``(n, d, d)`` hold axis k in ``[row, k]`` as z, y, x
    (y, x in 2D); NaN where its variance equals another one, so that no direction is special.
    """
    n, d = first.size - 1, dimensions
    variances, axes = np.full((n, d), np.nan), np.full((n, d, d), np.nan)
    whole, rest, sums = np.empty((3, 3)), np.empty(3), np.empty((5, 3), np.int64)
    room = whole, rest, np.empty((d, d)), np.empty((d, d))
    write_axes(runs, first, start, voxel, sums, *room, variances, axes)
    return variances, axes


@kernel
def write_axes(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    voxel: NDArray[np.float64],
    sums: NDArray[np.int64],
    whole: NDArray[np.float64],
    rest: NDArray[np.float64],
    a: NDArray[np.float64],
    v: NDArray[np.float64],
    variances: NDArray[np.float64],
    axes: NDArray[np.float64],
) -> None:
    """Write the variances and axes that there are; what is between is room to compute in."""
    dimensions = variances.shape[1]
    skip = 3 - dimensions
    for row in range(first.size - 1):
        if first[row] == first[row + 1]:
            continue
        covariance(runs, first[row], first[row + 1], start[row], sums, rest, whole)
        for i in range(dimensions):
            for j in range(dimensions):
                a[i, j] = whole[i + skip, j + skip] * (voxel[i + skip] * voxel[j + skip])
        decompose(a, v)
        for k in range(dimensions):
            variances[row, k] = a[k, k]
        level_out(variances[row])
        for k in range(dimensions):
            unique = not (k > 0 and variances[row, k] == variances[row, k - 1])
            last = k + 1 == dimensions
            unique = unique and (last or variances[row, k] != variances[row, k + 1])
            if unique:
                for m in range(dimensions):
                    axes[row, k, m] = v[m, k]


@kernel
def level_out(variances: NDArray[np.float64]) -> None:
    """Make equal what differs by rounding only, and 0 what is no more than that.

    `variances` descend. Otherwise it would depend on how an object lies whether a flat one has
    no thickness or a tiny one, and whether a round one has a longest axis.
    """
    least = SAME * variances[0]
    for k in range(variances.size):
        if k > 0 and variances[k - 1] - variances[k] <= least:
            variances[k] = variances[k - 1]
        if variances[k] <= least:
            variances[k] = 0.0


def orientations(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the angle of the first axis of ``(n, 2, 2)`` from x, in (−π/2, π/2]."""
    result = np.empty(len(axes), np.float64)
    write_orientations(axes, result)
    return result


@kernel
def write_orientations(axes: NDArray[np.float64], result: NDArray[np.float64]) -> None:
    """Write the angles into `result` (n,)."""
    for row in range(result.size):
        y, x = axes[row, 0, 0], axes[row, 0, 1]
        result[row] = PI / 2.0 if x == 0.0 else arctangent(y / x)
