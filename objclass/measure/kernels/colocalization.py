"""How far two channels of an object agree, voxel by voxel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

PEARSON, OVERLAP, SLOPE, FIRST, SECOND, RANK = 0, 1, 2, 3, 4, 5


@kernel
def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of every value from 0 on; equal values share their mean rank."""
    order = np.argsort(values, kind="mergesort")
    result = np.empty(values.size, np.float64)
    at = 0
    while at < order.size:
        end = at
        while end < order.size and values[order[end]] == values[order[at]]:
            end += 1
        for k in range(at, end):
            result[order[k]] = 0.5 * (at + end - 1)
        at = end
    return result


@kernel
def correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float]:
    """Return Pearson's coefficient and the slope of b over a, NaN where undefined."""
    a_mean, b_mean = 0.0, 0.0
    for k in range(a.size):
        a_mean += a[k]
        b_mean += b[k]
    a_mean, b_mean = a_mean / a.size, b_mean / a.size
    aa, bb, ab = 0.0, 0.0, 0.0
    for k in range(a.size):
        x, y = a[k] - a_mean, b[k] - b_mean
        aa += x * x
        bb += y * y
        ab += x * y
    steady = a.min() == a.max() or b.min() == b.max()
    pearson = np.nan if steady else ab / np.sqrt(aa * bb)
    slope = np.nan if a.min() == a.max() else ab / aa
    return pearson, slope


@kernel
def share_above(a: NDArray[np.float64], b: NDArray[np.float64], threshold: float) -> float:
    """Return the share of a's total in voxels where b is above `threshold`."""
    inside, total = 0.0, 0.0
    for k in range(a.size):
        total += a[k]
        if b[k] > threshold:
            inside += a[k]
    return inside / total if total > 0.0 else np.nan


@kernel
def agreements(
    a: NDArray[np.float64], b: NDArray[np.float64], voxel: NDArray[np.int64], share: float
) -> NDArray[np.float64]:
    """Return ``(n, 6)``: Pearson, overlap, slope, Manders of a and of b, Spearman.

    A channel counts as present where it is above `share` of its maximum in the object. NaN
    where undefined or a value is missing.
    """
    n = voxel.size - 1
    result = np.full((n, 6), np.nan)
    for row in range(n):
        own, other = a[voxel[row] : voxel[row + 1]], b[voxel[row] : voxel[row + 1]]
        if own.size == 0:
            continue
        aa, bb, ab = 0.0, 0.0, 0.0
        for k in range(own.size):
            aa += own[k] * own[k]
            bb += other[k] * other[k]
            ab += own[k] * other[k]
        if np.isnan(ab):
            continue
        result[row, PEARSON], result[row, SLOPE] = correlation(own, other)
        if aa > 0.0 and bb > 0.0:
            result[row, OVERLAP] = ab / np.sqrt(aa * bb)
        result[row, FIRST] = share_above(own, other, share * other.max())
        result[row, SECOND] = share_above(other, own, share * own.max())
        result[row, RANK] = correlation(ranks(own), ranks(other))[0]
    return result
