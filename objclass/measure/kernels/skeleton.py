"""Skeletons of objects, pruned and measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.chains import branch_lengths, distance, path_length, tip_of
from objclass.measure.kernels.distance import FAR, squared_distances
from objclass.measure.kernels.heap import pop, push
from objclass.measure.kernels.hops import neighbor_steps, ranks
from objclass.measure.kernels.orientation import WAYS, find_ways, lay_place, stand, stand_sizes
from objclass.measure.kernels.outline import draw
from objclass.measure.kernels.paths import (
    degree,
    linked,
    neighbors_of,
    pieces,
    prune,
    step_length,
    voxels_of,
)
from objclass.measure.kernels.thinning import simple_in_plane, thin

LENGTH, DIAMETER, SPAN, ENDS, JUNCTIONS, BRANCHES, LOOPS = 0, 1, 2, 3, 4, 5, 6


@kernel
def skeleton_of(
    mask: NDArray[np.uint8],
    voxel: NDArray[np.float64],
    flat: bool,
    table: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Thin `mask` (margin of one) in place; return the squared distances to the outside."""
    squares = squared_distances(mask == 0, voxel, FAR)
    steps = neighbor_steps(np.array(mask.shape), flat)
    order = ranks(mask.ravel(), steps, int(mask.sum()))
    thin(mask, squares, order, voxel, flat, table)
    return squares


@kernel
def measure_skeletons(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    voxel: NDArray[np.float64],
    flat: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ``(n, 7)``: length, diameter, span, ends, junctions, branches, loops; and centres.

    Lengths in the unit of `voxel`; centres ``(n, 3)`` relative to `start`.
    """
    n = first.size - 1
    result = np.zeros((n, 7), np.float64)
    center = np.zeros((n, 3), np.float64)
    table = simple_in_plane()
    ways, middle, box = np.empty(WAYS, np.int64), np.empty(3, np.float64), np.empty(3, np.int64)
    for row in range(n):
        mask = draw(runs, first[row], first[row + 1], start[row], stop[row])
        if flat:
            mask = mask[1:2].copy()
        box[0], box[1], box[2] = mask.shape
        count = find_ways(mask, voxel, flat, ways)
        mask, sizes = stand(mask, ways[0]), stand_sizes(voxel, ways[0])
        squares = skeleton_of(mask, sizes, flat, table)
        measure_skeleton(mask, squares, sizes, flat, result[row], middle)
        lay_place(middle, ways[:count], box, center[row])
        for k in range(3):
            center[row, k] -= 0.0 if flat and k == 0 else 1.0
    return result, center


@kernel
def measure_skeleton(
    mask: NDArray[np.uint8],
    squares: NDArray[np.float64],
    voxel: NDArray[np.float64],
    flat: bool,
    out: NDArray[np.float64],
    middle: NDArray[np.float64],
) -> None:
    """Write the numbers of one thinned mask and the middle of its longest path."""
    number = np.empty(mask.shape, np.int64)
    voxels = voxels_of(mask, number)
    links = linked(voxels, neighbors_of(voxels, number, flat))
    radius = np.empty(voxels.shape[0], np.float64)
    for p in range(radius.size):
        radius[p] = np.sqrt(squares[voxels[p, 0], voxels[p, 1], voxels[p, 2]])
    alive = np.ones(radius.size, np.bool_)
    prune(voxels, links, alive, radius, voxel)
    count_parts(links, alive, out)
    smallest = min(voxel[1], voxel[2]) if flat else min(voxel[0], min(voxel[1], voxel[2]))
    out[LENGTH] = branch_lengths(voxels, links, alive, squares, voxel)
    for p in range(radius.size):
        if alive[p] and degree(links, alive, p) == 0:
            out[LENGTH] += blob_length(radius[p], smallest)
    measure_longest(voxels, links, alive, squares, voxel, smallest, out, middle)


@kernel
def blob_length(radius: float, smallest: float) -> float:
    """Return how long a piece is whose skeleton is one voxel: from border to border."""
    return 2.0 * max(0.0, radius - smallest)


@kernel
def count_parts(
    links: NDArray[np.int64], alive: NDArray[np.bool_], out: NDArray[np.float64]
) -> None:
    """Write ends, junctions, branches and loops."""
    chain, knot = np.zeros(alive.size, np.bool_), np.zeros(alive.size, np.bool_)
    steps, left, ends = 0, 0, 0
    for p in range(alive.size):
        if not alive[p]:
            continue
        own = degree(links, alive, p)
        left += 1
        steps += own
        ends += own == 1
        knot[p] = own >= 3
        chain[p] = own == 1 or own == 2
    out[ENDS] = ends
    out[JUNCTIONS] = pieces(links, alive, knot)
    out[BRANCHES] = pieces(links, alive, chain)
    out[LOOPS] = steps // 2 - left + pieces(links, alive, alive)


@kernel
def distances_from(
    voxels: NDArray[np.int64],
    links: NDArray[np.int64],
    alive: NDArray[np.bool_],
    source: int,
    voxel: NDArray[np.float64],
    away: NDArray[np.float64],
    before: NDArray[np.int64],
) -> int:
    """Write path lengths from `source`, infinite where not connected; return the farthest."""
    away[:] = np.inf
    before[:] = -1
    away[source] = 0.0
    room = 26 * voxels.shape[0] + 1
    keys, items = np.empty(room, np.float64), np.empty(room, np.int64)
    size = push(keys, items, 0, 0.0, source)
    farthest = source
    while size > 0:
        size = pop(keys, items, size)
        p, length = items[size], keys[size]
        if length > away[p]:
            continue
        if length > away[farthest]:
            farthest = p
        for k in range(26):
            q = links[p, k]
            if q < 0:
                break
            if not alive[q]:
                continue
            trial = length + step_length(voxels, p, q, voxel)
            if trial < away[q]:
                away[q] = trial
                before[q] = p
                size = push(keys, items, size, trial, q)
    return int(farthest)


@kernel
def measure_longest(
    voxels: NDArray[np.int64],
    links: NDArray[np.int64],
    alive: NDArray[np.bool_],
    squares: NDArray[np.float64],
    voxel: NDArray[np.float64],
    smallest: float,
    out: NDArray[np.float64],
    middle: NDArray[np.float64],
) -> None:
    """Write length, straight span and middle voxel of the longest path.

    Two sweeps per piece: from its first voxel to the farthest, from there to the farthest.
    """
    count = voxels.shape[0]
    away, before = np.empty(count, np.float64), np.empty(count, np.int64)
    seen, path = np.zeros(count, np.bool_), np.empty(count, np.int64)
    out[DIAMETER] = -1.0
    for p in range(count):
        if not alive[p] or seen[p]:
            continue
        one = distances_from(voxels, links, alive, p, voxel, away, before)
        for q in range(count):
            seen[q] = seen[q] or away[q] < np.inf
        other = distances_from(voxels, links, alive, one, voxel, away, before)
        size, at, best = 0, other, other
        while at >= 0:
            if abs(away[at] - 0.5 * away[other]) < abs(away[best] - 0.5 * away[other]):
                best = at
            path[size] = at
            at = before[at]
            size += 1
        length, span = reach_of(voxels, links, alive, squares, path[:size], voxel, smallest)
        if length > out[DIAMETER]:
            out[DIAMETER], out[SPAN] = length, span
            for k in range(3):
                middle[k] = voxels[best, k]


@kernel
def reach_of(
    voxels: NDArray[np.int64],
    links: NDArray[np.int64],
    alive: NDArray[np.bool_],
    squares: NDArray[np.float64],
    path: NDArray[np.int64],
    voxel: NDArray[np.float64],
    smallest: float,
) -> tuple[float, float]:
    """Return length and straight span of a path, free ends prolonged to the border."""
    if path.size == 1:
        at = voxels[path[0]]
        length = blob_length(np.sqrt(squares[at[0], at[1], at[2]]), smallest)
        return length, length
    knots = np.zeros(alive.size, np.bool_)
    for p in path:
        knots[p] = degree(links, alive, p) > 2
    length = path_length(voxels, path, knots, voxel)
    tips = np.empty((2, 3), np.float64)
    for side in range(2):
        own = path if side == 0 else path[::-1].copy()
        for axis in range(3):
            tips[side, axis] = voxels[own[0], axis]
        if degree(links, alive, own[0]) == 1:
            length += tip_of(voxels, own, squares, voxel, tips[side])
    return length, distance(tips[0], tips[1], voxel)
