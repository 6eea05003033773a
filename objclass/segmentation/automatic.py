"""Automatic levels from the histogram of a whole map: Otsu, Li, triangle.

A histogram has 256 equal bins between the smallest and the largest value; counts of blocks
add up, so the level does not depend on how the image was cut. A method chooses the first
foreground bin k, and the level is the lower edge of that bin.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.kernel import kernel
from objclass.segmentation.cutting import Blocks, Read

if TYPE_CHECKING:
    from numpy.typing import NDArray

Automatic = Literal["otsu", "li", "triangle"]
BINS = 256


@dataclass(frozen=True)
class Histogram:
    """Counts of values in equal bins.

    Parameters
    ----------
    low, high
        Smallest and largest value; both are inf and −inf for a map without finite values.
    counts
        int64 (256,); values that are not finite are not counted.
    """

    low: float
    high: float
    counts: NDArray[np.int64]

    def level(self, method: Automatic) -> float:
        """Return the level of a method.

        A map of one value has no level between background and foreground: the level is just
        above that value, so nothing is foreground.
        """
        if not self.low < self.high:
            return float(np.nextafter(np.float32(self.high), np.float32(np.inf)))
        first = METHODS[method](self.counts.tolist())
        return self.low + first * (self.high - self.low) / BINS


def automatic_level(read: Read, blocks: Blocks, method: Automatic) -> float:
    """Return the level of a map that is read region by region, any number type.

    Values are compared as float32. Each region is read twice, for the ends and for the counts;
    of a single block the values are kept instead, because reading includes smoothing: half of
    the CPU time of the step.

    Parameters
    ----------
    read
        Returns the values of a region, as they will be thresholded (smoothed).
    blocks
        How the image is cut.
    """
    read = cache(read) if blocks.single else read
    ends = [(math.inf, -math.inf), *blocks.each(lambda r: limits(read(r)), blocks.regions)]
    low, high = min(a for a, _ in ends), max(b for _, b in ends)

    def count(region: Region) -> NDArray[np.int64]:
        return counted(read(region), low, high)

    counts = np.zeros(BINS, np.int64)
    for part in blocks.each(count, blocks.regions):
        counts += part
    return Histogram(low, high, counts).level(method)


def limits(image: NDArray[np.generic]) -> tuple[float, float]:
    """Return the smallest and the largest finite value; (inf, −inf) where there is none."""
    values = image.astype(np.float32, copy=False)
    finite = values[np.isfinite(values)] if not np.isfinite(values).all() else values
    return float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))


def counted(image: NDArray[np.generic], low: float, high: float) -> NDArray[np.int64]:
    """Return the counts of values in 256 bins between `low` and `high`, int64 (256,)."""
    counts = np.zeros(BINS, np.int64)
    if low < high:
        values = np.ascontiguousarray(image, dtype=np.float32)
        _count(values.reshape(values.size), low, BINS / (high - low), counts)
    return counts


def otsu(counts: list[int]) -> int:
    """Return the first foreground bin that makes the variance between both classes largest.

    Otsu, N. (1979) A threshold selection method from gray-level histograms.
    """
    total, moment = sum(counts), sum(i * n for i, n in enumerate(counts))
    best, least = 1, (-1, 1)
    weight = below = 0
    for k, n in enumerate(counts[:-1]):
        weight, below = weight + n, below + k * n
        if 0 < weight < total:
            spread = (below * total - moment * weight) ** 2
            between = (spread, weight * (total - weight))
            if between[0] * least[1] > least[0] * between[1]:
                best, least = k + 1, between
    return best


def triangle(counts: list[int]) -> int:
    """Return the first foreground bin farthest below the line from the peak to the far end.

    Zack, G. W., Rogers, W. E., Latt, S. A. (1977) Automatic measurement of sister chromatid
    exchange frequency.
    """
    filled = [k for k, n in enumerate(counts) if n]
    peak, low, high = counts.index(max(counts)), filled[0], filled[-1]
    turned = peak - low < high - peak
    if turned:
        counts = counts[::-1]
        peak, low = BINS - 1 - peak, BINS - 1 - high
    width = peak - low
    lengths = [counts[peak] * x - width * counts[low + x] for x in range(width)]
    at = low + lengths.index(max(lengths))
    return (BINS - 1 - at if turned else at) + 1


def li(counts: list[int]) -> int:
    """Return the first foreground bin of the least cross entropy, found by iteration.

    Li, C. H., Tam, P. K. S. (1998) An iterative algorithm for minimum cross entropy
    thresholding. Values are bin centres above the lower end of the histogram.
    """
    weights = [0, *accumulate(counts)]
    moments = [0.0, *accumulate((i + 0.5) * n for i, n in enumerate(counts))]
    level = moments[-1] / weights[-1]
    seen = set()
    while True:
        k = min(max(math.floor(level + 0.5), 1), BINS - 1)
        dark, bright = weights[k], weights[-1] - weights[k]
        if k in seen or dark == 0 or bright == 0:
            return k
        seen.add(k)
        below, above = moments[k] / dark, (moments[-1] - moments[k]) / bright
        level = (above - below) / (math.log(above) - math.log(below))


METHODS = {"otsu": otsu, "li": li, "triangle": triangle}


@kernel
def _count(values: Any, low: Any, scale: Any, counts: Any) -> None:
    for value in values:
        if np.isfinite(value):
            counts[min(counts.shape[0] - 1, max(0, int((value - low) * scale)))] += 1
