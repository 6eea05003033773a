"""Grey level co-occurrence inside objects and what Haralick made of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.elementary import LN2, exponential, logarithm

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
def draw_levels(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    levels: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the object's levels in its box with a margin of one, -1 outside the object."""
    box = np.full(
        (stop[0] - start[0] + 2, stop[1] - start[1] + 2, stop[2] - start[2] + 2), -1, np.int64
    )
    place = 0
    for i in range(begin, end):
        z, y = runs[i, 0] - start[0] + 1, runs[i, 1] - start[1] + 1
        x = runs[i, 2] - start[2] + 1
        for k in range(runs[i, 3]):
            box[z, y, x + k] = levels[place]
            place += 1
    return box


@kernel
def count_pairs(
    box: NDArray[np.int64], step: NDArray[np.int64], pairs: NDArray[np.float64]
) -> float:
    """Count how often two levels lie one step apart, both ways round; return the total."""
    pairs[:] = 0.0
    total = 0.0
    depth, height, width = box.shape
    for z in range(1, depth - 1):
        for y in range(1, height - 1):
            for x in range(1, width - 1):
                a = box[z, y, x]
                b = box[z + step[0], y + step[1], x + step[2]]
                if a >= 0 and b >= 0:
                    pairs[a, b] += 1.0
                    pairs[b, a] += 1.0
                    total += 2.0
    return total


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
def textures(
    values: NDArray[np.float64],
    voxel: NDArray[np.int64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
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
    pairs = np.empty((count, count), np.float64)
    one, total = np.empty(count, np.float64), np.empty(2 * count - 1, np.float64)
    apart = np.empty(count, np.float64)
    for row in range(n):
        own = values[voxel[row] : voxel[row + 1]]
        if own.size == 0 or np.isnan(span[row, 0]):
            continue
        levels = np.empty(own.size, np.int64)
        grey_levels(own, span[row, 0], span[row, 1], count, levels)
        box = draw_levels(runs, first[row], first[row + 1], start[row], stop[row], levels)
        used = 0
        sums = np.zeros(FEATURES, np.float64)
        for k in range(steps.shape[0]):
            weight = count_pairs(box, steps[k], pairs)
            if weight == 0.0:
                continue
            used += 1
            for i in range(count):
                for j in range(count):
                    pairs[i, j] /= weight
            haralick(pairs, one, total, apart, sums)
        if used > 0:
            result[row] = sums / used
    return result
