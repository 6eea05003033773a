"""Histograms over a common range and the quantiles ilastik reads off them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

BINS = 64
WIDEN = BINS * 2.220446049250313e-16


@kernel
def fill(values: NDArray[np.float64], low: float, high: float, out: NDArray[np.float64]) -> None:
    """Count values in BINS bins over ``[low, high]``; `high` falls into the last."""
    if low == high:
        high = low + WIDEN
    scale = BINS / (high - low)
    for value in values:
        place = int((value - low) * scale)
        out[max(0, min(BINS - 1, place))] += 1.0


@kernel
def knots(
    counts: NDArray[np.float64],
    low: float,
    high: float,
    at: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> int:
    """Write the knots of the cumulated histogram in bin units; return how many there are."""
    at[0], sums[0] = low, 0.0
    size, total = 1, 0.0
    for k in range(BINS):
        if counts[k] == 0.0:
            continue
        if at[size - 1] <= k:
            at[size], sums[size] = k, total
            size += 1
        total += counts[k]
        at[size], sums[size] = k + 1, total
        size += 1
    at[size - 1], sums[size - 1] = high, total
    return size


@kernel
def read_off(
    counts: NDArray[np.float64],
    low: float,
    high: float,
    span_low: float,
    span_high: float,
    shares: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the quantiles `shares` of an object with extremes `low`, `high`."""
    if span_low == span_high:
        span_high = span_low + WIDEN
    scale = BINS / (span_high - span_low)
    at, sums = np.empty(2 * BINS + 2, np.float64), np.empty(2 * BINS + 2, np.float64)
    size = knots(counts, (low - span_low) * scale, (high - span_low) * scale, at, sums)
    total = sums[size - 1]
    out[0] = low
    out[shares.size - 1] = high
    k = 0
    for q in range(1, shares.size - 1):
        wanted = total * shares[q]
        while k + 2 < size and not (sums[k] < wanted <= sums[k + 1]):
            k += 1
        part = (wanted - sums[k]) / (sums[k + 1] - sums[k])
        out[q] = (at[k] + part * (at[k + 1] - at[k])) / scale + span_low


@kernel
def histogram_quantiles(
    values: NDArray[np.float64],
    first: NDArray[np.int64],
    extremes: NDArray[np.float64],
    span_low: float,
    span_high: float,
    shares: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return histograms (n, 64) over a common range and quantiles (n, q) read off them.

    `extremes` (n, 2) holds minimum and maximum of every object.
    """
    n = first.size - 1
    counts, result = np.zeros((n, BINS), np.float64), np.zeros((n, shares.size), np.float64)
    for row in range(n):
        fill(values[first[row] : first[row + 1]], span_low, span_high, counts[row])
        low, high = extremes[row, 0], extremes[row, 1]
        read_off(counts[row], low, high, span_low, span_high, shares, result[row])
    return counts, result


@kernel
def own_histograms(
    values: NDArray[np.float64], first: NDArray[np.int64], extremes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return histograms (n, 64) over each object's own range."""
    n = first.size - 1
    counts = np.zeros((n, BINS), np.float64)
    for row in range(n):
        own = values[first[row] : first[row + 1]]
        fill(own, extremes[row, 0], extremes[row, 1], counts[row])
    return counts
