"""ilastik's own thresholding, to the voxel, for projects that come from there.

What differs from objclass's rules: smoothing accumulates in float64 along x, then y, then z
and rounds to float32 after each; one sigma below 0.1 turns all smoothing off; thresholds are
compared in float64; with a core channel of its own, the low level is tested on the sum of
both maps; "don't merge" floods one voxel beyond the low mask, breaks ties by the layout of
its heap and, in a frame without cores, starts from all local maxima.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.kernel import kernel
from objclass.segmentation.rules import SegmentationRules
from objclass.segmentation.smooth import half_weights, mirror

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SIGMA = 0.1


def sigma(wanted: tuple[float, ...], shape: tuple[int, ...]) -> tuple[float, ...]:
    """Return what is smoothed by: nothing at all if any sigma of a used axis is below 0.1."""
    used = [s for s, n in zip(wanted, shape, strict=True) if n > 1]
    if not used or min(used) < LEAST_SIGMA:
        return (0.0,) * len(shape)
    return tuple(s if n > 1 else 0.0 for s, n in zip(wanted, shape, strict=True))


def smooth(image: NDArray[np.generic], sigma: tuple[float, ...]) -> NDArray[np.float32]:
    """Return `image` smoothed along x, then y, then z, each rounded to float32.

    Parameters and border are those of :func:`objclass.segmentation.smooth.gaussian`.
    """
    values = given = np.ascontiguousarray(image, dtype=np.float32)
    spare = None
    for axis in reversed(range(values.ndim)):
        if sigma[axis] > 0 and values.size:
            half = half_weights(sigma[axis])
            weights = np.concatenate([half[:0:-1], half])
            out = np.empty_like(values) if spare is None else spare
            shape = values.shape
            blocks = (math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :]))
            _along(values.reshape(blocks), weights, out.reshape(blocks))
            spare = None if values is given else values  # new memory costs as much as a pass
            values = out
    return values


def level(image: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    """Return which voxels are at least `threshold`, compared in float64."""
    return np.asarray(image >= np.float64(threshold))


def add_up(smoothed: NDArray[np.float32], core: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sum of both maps in float32."""
    return smoothed + core


def grow(
    cores: NDArray[np.uint32], image: NDArray[np.float32], threshold: float
) -> NDArray[np.uint32]:
    """Return "don't merge": every core flooded over the map and one voxel beyond.

    Parameters
    ----------
    cores
        uint32 ``(y, x)`` or ``(z, y, x)``.
    image
        float32 of the same shape.
    threshold
        The low level. Flooding stops at the first voxel darker than that; voxels beside the
        flood have been taken before, so a rim of darker voxels is part of the objects.
    """
    if image.size == 0:
        return cores.copy()
    inverted = image.max() - image
    limit = np.float32(max(float(image.max()) - threshold, 0.0))
    seeds = cores if cores.any() else local_minima(inverted)
    cells = np.pad(seeds.astype(np.int64), 1, constant_values=-1)
    costs = np.pad(inverted, 1)
    steps = np.array(cells.strides, np.int64) // cells.itemsize
    around = np.concatenate([-steps, steps[::-1]])
    _flood(cells.reshape(cells.size), costs.reshape(costs.size), around, limit)
    inner = cells[(slice(1, -1),) * cells.ndim]
    return np.ascontiguousarray(inner, dtype=np.uint32)


def local_minima(image: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return voxels smaller than all their face neighbours, numbered in raster order."""
    padded = np.pad(image, 1, constant_values=np.inf)
    inner = (slice(1, -1),) * image.ndim
    least = np.ones(image.shape, bool)
    for axis in range(image.ndim):
        for shift in (-1, 1):
            least &= image < np.roll(padded, shift, axis)[inner]
    seeds = np.zeros(image.shape, np.uint32)
    seeds[least] = np.arange(1, int(least.sum()) + 1, dtype=np.uint32)
    return seeds


RULES = SegmentationRules(sigma=sigma, smooth=smooth, level=level, low_map=add_up, grow=grow)


@kernel
def _add(row: Any, weight: Any, total: Any) -> None:
    for i in range(total.shape[0]):
        total[i] += weight * row[i]


@kernel
def _along(values: Any, weights: Any, out: Any) -> None:
    """Smooth the middle axis of ``(outer, n, inner)``, summing in float64 from −r to r."""
    outer, n, inner = values.shape
    r = weights.shape[0] // 2
    if inner == 1:
        line, total = np.empty(n + 2 * r, np.float32), np.empty(n, np.float64)
        for a in range(outer):
            for i in range(n + 2 * r):
                line[i] = values[a, mirror(i - r, n), 0]
            total[:] = 0.0
            for k in range(2 * r + 1):
                _add(line[k : k + n], weights[k], total)
            for i in range(n):
                out[a, i, 0] = total[i]
        return
    sums = np.empty(inner, np.float64)
    for a in range(outer):
        for i in range(n):
            sums[:] = 0.0
            for k in range(2 * r + 1):
                _add(values[a, mirror(i + k - r, n)], weights[k], sums)
            for b in range(inner):
                out[a, i, b] = sums[b]


@kernel
def _push(cost: Any, place: Any, hole: Any, value: Any, at: Any) -> None:
    """Let an entry rise from `hole` as the C++ library GNU libstdc++ does."""
    while hole > 0:
        up = (hole - 1) // 2
        if not cost[up] > value:
            break
        cost[hole], place[hole] = cost[up], place[up]
        hole = up
    cost[hole], place[hole] = value, at


@kernel
def _pop(cost: Any, place: Any, n: Any) -> None:
    """Remove the first of n entries: the hole sinks to a leaf, then the last entry rises."""
    value, at = cost[n - 1], place[n - 1]
    n -= 1
    hole, child = 0, 0
    while child < (n - 1) // 2:
        child = 2 * child + 2
        if cost[child] > cost[child - 1]:
            child -= 1
        cost[hole], place[hole] = cost[child], place[child]
        hole = child
    if n % 2 == 0 and n >= 2 and child == (n - 2) // 2:
        child = 2 * child + 1
        cost[hole], place[hole] = cost[child], place[child]
        hole = child
    if n > 0:
        _push(cost, place, hole, value, at)


@kernel
def _flood(cells: Any, costs: Any, steps: Any, limit: Any) -> None:
    """Flood padded `cells` from the seeds in place; −1 is outside of the image."""
    free = 0
    for cell in cells:
        free += cell >= 0
    cost, place = np.empty(free, np.float32), np.empty(free, np.int64)
    n = 0
    for p in range(cells.shape[0]):
        if cells[p] > 0:
            for s in steps:
                if cells[p + s] == 0:
                    _push(cost, place, n, costs[p], p)
                    n += 1
                    break
    while n > 0:
        reached, p = cost[0], place[0]
        if reached > limit:
            break
        _pop(cost, place, n)
        n -= 1
        for s in steps:
            q = p + s
            if cells[q] == 0:
                cells[q] = cells[p]
                _push(cost, place, n, max(costs[q], reached), q)
                n += 1
