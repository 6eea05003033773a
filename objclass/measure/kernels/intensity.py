"""Moments, extremes, quantiles and histograms of each object's voxel values.

All kernels take values gathered object after object, as
:meth:`objclass.measure.runs.ObjectRuns.values` does, and the first voxel of every object.
Moments are central, in two passes, so that a large mean beside a
small spread costs no digits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.sorting import sort_part

MEAN, VARIANCE, SKEWNESS, KURTOSIS, MINIMUM, MAXIMUM, TOTAL = 0, 1, 2, 3, 4, 5, 6


@kernel
def extremes(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return sum, minimum and maximum, all NaN as soon as one value is."""
    total, low, high = 0.0, np.inf, -np.inf
    for value in values:
        total += value
        low = min(low, value)
        high = max(high, value)
    if np.isnan(total):
        for value in values:
            if np.isnan(value):
                return np.nan, np.nan, np.nan
    return total, low, high


@kernel
def central_sums(values: NDArray[np.float64], mean: float) -> tuple[float, float, float]:
    """Return the sums of the second, third and fourth power of ``value − mean``."""
    second, third, fourth = 0.0, 0.0, 0.0
    for value in values:
        off = value - mean
        square = off * off
        second += square
        third += square * off
        fourth += square * square
    return second, third, fourth


def moments(values: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return ``(n, 7)``: mean, variance, skewness, excess kurtosis, minimum, maximum, total.

    Population moments; skewness and kurtosis are NaN where all values are equal, everything
    is NaN without voxels.
    """
    result = np.full((first.size - 1, 7), np.nan)
    write_moments(values, first, result)
    return result


@kernel
def write_moments(
    values: NDArray[np.float64], first: NDArray[np.int64], result: NDArray[np.float64]
) -> None:
    """Write the moments that there are into `result` (n, 7)."""
    for row in range(first.size - 1):
        own = values[first[row] : first[row + 1]]
        size = own.size
        if size == 0:
            continue
        total, low, high = extremes(own)
        mean = low if low == high else total / size
        result[row, MEAN] = mean
        result[row, MINIMUM] = low
        result[row, MAXIMUM] = high
        result[row, TOTAL] = total
        if low == high:
            result[row, VARIANCE] = 0.0
            continue
        second, third, fourth = central_sums(own, mean)
        variance = second / size
        result[row, VARIANCE] = variance
        if variance > 0.0:
            result[row, SKEWNESS] = third / size / (variance * np.sqrt(variance))
            result[row, KURTOSIS] = fourth / size / (variance * variance) - 3.0


def power_sums(
    values: NDArray[np.float64], first: NDArray[np.int64], means: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return sums of second, third and fourth powers about each object's mean ``(n, 3)``."""
    result = np.zeros((first.size - 1, 3), np.float64)
    write_power_sums(values, first, means, result)
    return result


@kernel
def write_power_sums(
    values: NDArray[np.float64],
    first: NDArray[np.int64],
    means: NDArray[np.float64],
    result: NDArray[np.float64],
) -> None:
    """Write the power sums of every object into `result` (n, 3)."""
    for row in range(first.size - 1):
        own = values[first[row] : first[row + 1]]
        result[row, 0], result[row, 1], result[row, 2] = central_sums(own, means[row])


@kernel
def interpolate(ordered: NDArray[np.float64], share: float) -> float:
    """Return a quantile of sorted values by linear interpolation (numpy's default)."""
    at = share * (ordered.size - 1)
    lower = int(np.floor(at))
    upper = min(lower + 1, ordered.size - 1)
    weight = at - lower
    a, b = float(ordered[lower]), float(ordered[upper])
    if a == b:
        return a
    if weight >= 0.5:
        return b - (b - a) * (1.0 - weight)
    return a + (b - a) * weight


@kernel
def radix_pass(
    values: NDArray[np.float64],
    target: NDArray[np.float64],
    low: float,
    shift: int,
    place: NDArray[np.int64],
) -> None:
    """Sort whole numbers by eight bits of their distance from `low` into `target`, stably.

    `place` (257,) is room to count in.
    """
    place[:] = 0
    for value in values:
        place[((int(value - low) >> shift) & 255) + 1] += 1
    for digit in range(256):
        place[digit + 1] += place[digit]
    for value in values:
        digit = (int(value - low) >> shift) & 255
        target[place[digit]] = value
        place[digit] += 1


@kernel
def sort_values(
    values: NDArray[np.float64],
    spare: NDArray[np.float64],
    low: float,
    high: float,
    whole_numbers: bool,
    place: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the values sorted; `values`, `spare` (as long) and `place` are overwritten.

    Whole numbers less than 65536 apart are sorted by digits, the rest by comparing: the
    sorted values are the same.
    """
    if low == high:
        return values
    if not whole_numbers or high - low > 65535.0 or values.size < 32:
        sort_part(values, 0, values.size)
        return values
    radix_pass(values, spare, low, 0, place)
    if high - low < 256.0:
        return spare
    radix_pass(spare, values, low, 8, place)
    return values


def quantiles(
    values: NDArray[np.float64],
    first: NDArray[np.int64],
    shares: NDArray[np.float64],
    extent: NDArray[np.float64],
    whole_numbers: bool,
) -> NDArray[np.float64]:
    """Return quantiles ``(n, q)``; reorders `values` inside each object.

    `extent` (n, 2) holds minimum and maximum.
    """
    result = np.full((first.size - 1, shares.size), np.nan)
    spare = np.empty(int(np.diff(first).max(initial=0)), np.float64)
    place = np.empty(257, np.int64)
    write_quantiles(values, first, shares, extent, whole_numbers, spare, place, result)
    return result


@kernel
def write_quantiles(
    values: NDArray[np.float64],
    first: NDArray[np.int64],
    shares: NDArray[np.float64],
    extent: NDArray[np.float64],
    whole_numbers: bool,
    spare: NDArray[np.float64],
    place: NDArray[np.int64],
    result: NDArray[np.float64],
) -> None:
    """Write the quantiles that there are into `result`; `spare` is as long as any object."""
    for row in range(first.size - 1):
        own = values[first[row] : first[row + 1]]
        low, high = extent[row, 0], extent[row, 1]
        if own.size == 0 or np.isnan(low):
            continue
        ordered = sort_values(own, spare[: own.size], low, high, whole_numbers, place)
        for k in range(shares.size):
            result[row, k] = interpolate(ordered, shares[k])


@kernel
def bin_of(value: float, low: float, high: float, bins: int) -> int:
    """Return the bin of a value over ``[low, high]``; values beyond fall into the end bins."""
    if value >= high:
        return bins - 1
    if value > low:
        return min(int((value - low) * bins / (high - low)), bins - 1)
    return 0


def histograms(
    values: NDArray[np.float64], first: NDArray[np.int64], low: float, high: float, bins: int
) -> NDArray[np.float64]:
    """Return counts ``(n, bins)`` over ``[low, high]``; values beyond fall into the end bins.

    NaN where there are no voxels at all; missing values are not counted.
    """
    result = np.zeros((first.size - 1, bins), np.float64)
    result[np.diff(first) == 0] = np.nan
    count_values(values, first, low, high, result)
    return result


@kernel
def count_values(
    values: NDArray[np.float64],
    first: NDArray[np.int64],
    low: float,
    high: float,
    result: NDArray[np.float64],
) -> None:
    """Count the values of every object into `result` (n, bins)."""
    bins = result.shape[1]
    for row in range(first.size - 1):
        counts = result[row]
        for value in values[first[row] : first[row + 1]]:
            if not np.isnan(value):
                counts[bin_of(value, low, high, bins)] += 1.0
