"""Statistics of several channels together, along the axes of their covariance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.ilastik.eigen import eigensystem
from objclass.measure.kernels.ilastik.place import add_point, mirror
from objclass.measure.kernels.ilastik.third_power import cube

MINIMUM, MAXIMUM, SECOND, THIRD, FOURTH = 0, 1, 2, 3, 4


@kernel
def channel_scatter(
    values: NDArray[np.float64],
    begin: int,
    end: int,
    total: NDArray[np.float64],
    scatter: NDArray[np.float64],
) -> None:
    """Add up the sums and the scatter matrix of voxels ``values[begin : end]`` (m, c)."""
    count = 0.0
    for k in range(begin, end):
        count = add_point(values[k], 1.0, count, total, scatter)
    mirror(scatter)


@kernel
def project(
    values: NDArray[np.float64],
    begin: int,
    end: int,
    mean: NDArray[np.float64],
    axes: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write minimum, maximum, third and fourth power sums along every axis to `out` (5, c)."""
    count = mean.size
    out[MINIMUM] = np.inf
    out[MAXIMUM] = -np.inf
    for k in range(begin, end):
        for axis in range(count):
            along = 0.0
            for j in range(count):
                along += axes[j, axis] * (values[k, j] - mean[j])
            out[MINIMUM, axis] = min(out[MINIMUM, axis], along)
            out[MAXIMUM, axis] = max(out[MAXIMUM, axis], along)
            third_power = cube(along)
            out[THIRD, axis] += third_power
            out[FOURTH, axis] += third_power * along


@kernel
def channel_statistics(
    values: NDArray[np.float64], first: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return scatter (n, c, c), axes (n, c, c) and principal statistics (n, 5, c).

    `values` (m, c) are the voxels of all objects. The statistics are minimum, maximum and
    sums of second, third and fourth powers along the axes.
    """
    n, c = first.size - 1, values.shape[1]
    scatter, axes = np.zeros((n, c, c), np.float64), np.zeros((n, c, c), np.float64)
    result = np.zeros((n, 5, c), np.float64)
    mean, own = np.empty(c, np.float64), np.empty(c, np.float64)
    for row in range(n):
        mean[:] = 0.0
        channel_scatter(values, first[row], first[row + 1], mean, scatter[row])
        size = first[row + 1] - first[row]
        for k in range(c):
            mean[k] /= size
        axes[row] = scatter[row]
        eigensystem(axes[row], own)
        project(values, first[row], first[row + 1], mean, axes[row], result[row])
        result[row, SECOND] = own
    return scatter, axes, result
