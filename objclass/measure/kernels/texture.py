"""Grey level co-occurrence inside objects and what Haralick made of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.elementary import LN2, exponential, logarithm
from objclass.measure.kernels.pieces import is_behind

FEATURES = 14
TINY = 1e-12


@kernel
def grey_levels(
    values: NDArray[np.float64], low: float, high: float, count: int, out: NDArray[np.int64]
) -> None:
    """Write which of `count` equal steps from `low` to `high` each value lies on."""
    width = high - low
    for k in range(values.size):
        level = 0
        if width > 0.0:
            level = int(np.floor((values[k] - low) * count / width))
        out[k] = max(0, min(count - 1, level))


@kernel
def first_voxels(runs: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return where the voxels of each of an object's runs stand among all its voxels."""
    first = np.zeros(runs.shape[0], np.int64)
    for i in range(1, first.size):
        first[i] = first[i - 1] + runs[i - 1, 3]
    return first


@kernel
def count_pairs(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    levels: NDArray[np.int64],
    step: NDArray[np.int64],
    pairs: NDArray[np.float64],
) -> float:
    """Count how often two levels lie one step apart, both ways round; return the total.

    `runs` are one object's in raster order, `first` where the voxels of each begin in `levels`.
    """
    pairs[:] = 0.0
    total, at = 0, 0
    for i in range(first.size):
        z, y, x = runs[i, 0] - step[0], runs[i, 1] - step[1], runs[i, 2] - step[2]
        behind = x + runs[i, 3]
        # What lies one step before this run: runs and so their places are in raster order,
        # so that `at` never turns back and the time is that of the runs and their voxels.
        while at < i and is_behind(runs[at], z, y, x):
            at += 1
        k = at
        while k <= i and runs[k, 0] == z and runs[k, 1] == y and runs[k, 2] < behind:
            low, high = max(x, runs[k, 2]), min(behind, runs[k, 2] + runs[k, 3])
            own, other = first[i] - x, first[k] - runs[k, 2]
            for place in range(low, high):
                pairs[levels[own + place], levels[other + place]] += 1.0
            total += max(0, high - low)
            k += 1
    for a in range(pairs.shape[0]):
        pairs[a, a] *= 2.0
        for b in range(a):
            pairs[a, b] += pairs[b, a]
            pairs[b, a] = pairs[a, b]
    return 2.0 * total


@kernel
def entropy(shares: NDArray[np.float64]) -> float:
    """Return −Σ p log2 p."""
    total = 0.0
    for share in shares:
        if share > 0.0:
            total -= share * logarithm(share)
    return total / LN2


@kernel
def variance(shares: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and variance of the index weighted by its share."""
    mean, spread = 0.0, 0.0
    for k in range(shares.size):
        mean += k * shares[k]
    for k in range(shares.size):
        spread += shares[k] * (k - mean) ** 2
    return mean, spread


@kernel
def margins(
    pairs: NDArray[np.float64],
    one: NDArray[np.float64],
    total: NDArray[np.float64],
    apart: NDArray[np.float64],
) -> None:
    """Write the shares of single levels, of their sums and of their differences."""
    one[:] = 0.0
    total[:] = 0.0
    apart[:] = 0.0
    for i in range(pairs.shape[0]):
        for j in range(pairs.shape[0]):
            share = pairs[i, j]
            one[i] += share
            total[i + j] += share
            apart[abs(i - j)] += share


@kernel
def information(pairs: NDArray[np.float64], one: NDArray[np.float64]) -> tuple[float, float]:
    """Return HXY and HXY1 = HXY2 (the matrix is symmetric) in bits."""
    joint, crossed = 0.0, 0.0
    for i in range(one.size):
        for j in range(one.size):
            share, product = pairs[i, j], one[i] * one[j]
            if share > 0.0:
                joint -= share * logarithm(share)
            if product > 0.0:
                crossed -= product * logarithm(product)
    return joint / LN2, crossed / LN2


@kernel
def haralick(
    pairs: NDArray[np.float64],
    one: NDArray[np.float64],
    total: NDArray[np.float64],
    apart: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Add Haralick's 13 features and the dissimilarity of one normalised matrix to `out`."""
    margins(pairs, one, total, apart)
    count = one.size
    mean, spread = variance(one)
    square, product, inverse = 0.0, 0.0, 0.0
    for i in range(count):
        for j in range(count):
            share = pairs[i, j]
            square += share * share
            product += share * (i - mean) * (j - mean)
            inverse += share / (1.0 + (i - j) ** 2)
    contrast, dissimilarity = 0.0, 0.0
    for k in range(count):
        contrast += k * k * apart[k]
        dissimilarity += k * apart[k]
    sum_mean, sum_variance = variance(total)
    joint, crossed = information(pairs, one)
    single = entropy(one)
    out[0] += square
    out[1] += contrast
    out[2] += product / spread if spread > TINY else np.nan
    out[3] += spread
    out[4] += inverse
    out[5] += sum_mean
    out[6] += sum_variance
    out[7] += entropy(total)
    out[8] += joint
    out[9] += variance(apart)[1]
    out[10] += entropy(apart)
    out[11] += (joint - crossed) / single if single > TINY else np.nan
    out[12] += np.sqrt(max(0.0, 1.0 - exponential(-2.0 * LN2 * max(0.0, crossed - joint))))
    out[13] += dissimilarity


@kernel
def object_texture(
    runs: NDArray[np.int32],
    levels: NDArray[np.int64],
    steps: NDArray[np.int64],
    count: int,
    out: NDArray[np.float64],
) -> None:
    """Write the features of one object from its runs and the levels of its voxels."""
    pairs = np.empty((count, count), np.float64)
    one, total = np.empty(count, np.float64), np.empty(2 * count - 1, np.float64)
    apart, sums = np.empty(count, np.float64), np.zeros(FEATURES, np.float64)
    places, used = first_voxels(runs), 0
    for k in range(steps.shape[0]):
        weight = count_pairs(runs, places, levels, steps[k], pairs)
        if weight == 0.0:
            continue
        used += 1
        pairs /= weight
        haralick(pairs, one, total, apart, sums)
    if used > 0:
        for k in range(FEATURES):
            out[k] = sums[k] / used


@kernel
def textures(
    values: NDArray[np.float64],
    voxel: NDArray[np.int64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    steps: NDArray[np.int64],
    span: NDArray[np.float64],
    count: int,
) -> NDArray[np.float64]:
    """Return ``(n, 14)``: the features of each object, averaged over the directions `steps`.

    `span` holds the lowest and highest grey value of every object ``(n, 2)``. NaN where no
    two voxels of the object are one step apart or a value is missing.
    """
    n = first.size - 1
    result = np.full((n, FEATURES), np.nan)
    for row in range(n):
        own = values[voxel[row] : voxel[row + 1]]
        if own.size == 0 or np.isnan(span[row, 0]):
            continue
        levels = np.empty(own.size, np.int64)
        grey_levels(own, span[row, 0], span[row, 1], count, levels)
        object_texture(runs[first[row] : first[row + 1]], levels, steps, count, result[row])
    return result
