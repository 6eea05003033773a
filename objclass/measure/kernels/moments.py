"""Central moments of shape, normalised so that they do not depend on size, and Hu's seven."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.elementary import cube_root


@kernel
def powers(value: float, out: NDArray[np.float64]) -> None:
    """Write 1, v, v², v³."""
    out[0] = 1.0
    for k in range(1, 4):
        out[k] = out[k - 1] * value


@kernel
def central_moments(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    start: NDArray[np.int64],
    center: NDArray[np.float64],
    voxel: NDArray[np.float64],
    orders: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Write Σ z^a y^b x^c about `center` for every row (a, b, c) of `orders`."""
    pz, py, px = np.empty(4), np.empty(4), np.empty(4)
    out[:] = 0.0
    for i in range(begin, end):
        powers((runs[i, 0] - start[0] - center[0]) * voxel[0], pz)
        powers((runs[i, 1] - start[1] - center[1]) * voxel[1], py)
        for k in range(runs[i, 3]):
            powers((runs[i, 2] + k - start[2] - center[2]) * voxel[2], px)
            for m in range(orders.shape[0]):
                out[m] += pz[orders[m, 0]] * py[orders[m, 1]] * px[orders[m, 2]]


@kernel
def scale_of(size: float, order: int, dimensions: int) -> float:
    """Return size^(1 + order / dimensions) for orders 2 and 3 in 2 or 3 dimensions."""
    root = np.sqrt(size) if dimensions == 2 else cube_root(size)
    result = size
    for _ in range(order):
        result *= root
    return result


@kernel
def normalized_moments(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    center: NDArray[np.float64],
    voxel: NDArray[np.float64],
    orders: NDArray[np.int64],
    dimensions: int,
) -> NDArray[np.float64]:
    """Return central moments over μ0^(1 + order/d) for every object and row of `orders`."""
    n = first.size - 1
    result = np.empty((n, orders.shape[0]), np.float64)
    one = voxel[0] * voxel[1] * voxel[2]
    for row in range(n):
        central_moments(
            runs, first[row], first[row + 1], start[row], center[row], voxel, orders, result[row]
        )
        size = 0
        for i in range(first[row], first[row + 1]):
            size += runs[i, 3]
        for m in range(orders.shape[0]):
            order = orders[m, 0] + orders[m, 1] + orders[m, 2]
            result[row, m] = result[row, m] * one / scale_of(size * one, order, dimensions)
    return result


@kernel
def hu_moments(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Hu's seven invariants of ``(n, 7)`` moments 20, 11, 02, 30, 21, 12, 03."""
    n = moments.shape[0]
    result = np.empty((n, 7), np.float64)
    for row in range(n):
        m20, m11, m02, m30, m21, m12, m03 = moments[row]
        a, b = m30 + m12, m21 + m03
        c, d = m30 - 3.0 * m12, 3.0 * m21 - m03
        p, q = a * a, b * b
        result[row, 0] = m20 + m02
        result[row, 1] = (m20 - m02) ** 2 + 4.0 * m11 * m11
        result[row, 2] = c * c + d * d
        result[row, 3] = p + q
        result[row, 4] = c * a * (p - 3.0 * q) + d * b * (3.0 * p - q)
        result[row, 5] = (m20 - m02) * (p - q) + 4.0 * m11 * a * b
        result[row, 6] = d * a * (p - 3.0 * q) - c * b * (3.0 * p - q)
    return result
