"""Skeletons of objects, pruned and measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.chains import branch_lengths, distance, path_length, tip_of
from objclass.measure.kernels.distance import FAR, squared_distances
from objclass.measure.kernels.heap import pop, push
from objclass.measure.kernels.hops import neighbor_steps, ranks
from objclass.measure.kernels.orientation import (
    ORDERS,
    WAYS,
    find_ways,
    find_ways_of_places,
    is_backwards,
    lay_place,
    stand,
    stand_sizes,
)
from objclass.measure.kernels.outline import draw
from objclass.measure.kernels.paths import (
    degree,
    link,
    neighbors_of,
    pieces,
    prune,
    step_length,
    voxels_of,
)
from objclass.measure.kernels.pieces import pieces_of
from objclass.measure.kernels.thinning import simple_in_plane, thin

LENGTH, DIAMETER, SPAN, ENDS, JUNCTIONS, BRANCHES, LOOPS = 0, 1, 2, 3, 4, 5, 6
SIGHT = 2
"""Voxels that thinning looks beyond a voxel: that far, pieces of an object see each other."""


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
def box_of(
    start: NDArray[np.int64], stop: NDArray[np.int64], flat: bool, out: NDArray[np.int64]
) -> None:
    """Write the shape of a box with a margin of one; in 2D a single plane."""
    for k in range(3):
        out[k] = stop[k] - start[k] + 2
    if flat:
        out[0] = 1


@kernel
def mask_of(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    flat: bool,
) -> NDArray[np.uint8]:
    """Return a mask of a box with a margin of one; in 2D a single plane."""
    mask = draw(runs, begin, end, start, stop)
    return mask[1:2].copy() if flat else mask


@kernel
def places_of(runs: NDArray[np.int32], start: NDArray[np.int64], flat: bool) -> NDArray[np.int64]:
    """Return where the voxels of an object lie in the box of :func:`box_of`, ``(v, 3)``."""
    size, place = 0, 0
    for i in range(runs.shape[0]):
        size += runs[i, 3]
    result = np.empty((size, 3), np.int64)
    for i in range(runs.shape[0]):
        for x in range(runs[i, 3]):
            result[place, 0] = 0 if flat else runs[i, 0] - start[0] + 1
            result[place, 1] = runs[i, 1] - start[1] + 1
            result[place, 2] = runs[i, 2] + x - start[2] + 1
            place += 1
    return result


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
    table, margin = simple_in_plane(), np.ones(3, np.int64)
    ways, middle, box = np.empty(WAYS, np.int64), np.empty(3, np.float64), np.empty(3, np.int64)
    for row in range(n):
        box_of(start[row], stop[row], flat, box)
        own, begin, low, high = pieces_of(
            runs, first[row], first[row + 1], start[row], stop[row], SIGHT, margin
        )
        if low.shape[0] == 1:
            mask = mask_of(own, 0, begin[1], low[0], high[0], flat)
            count = find_ways(mask, voxel, flat, ways)
            measure_standing(mask, ways[0], voxel, flat, table, result[row], middle)
        else:
            places = places_of(own, start[row], flat)
            count = find_ways_of_places(places, box, voxel, flat, ways)
            low -= start[row]
            high -= start[row]
            for i in range(own.shape[0]):
                for k in range(3):
                    own[i, k] -= np.int32(start[row, k])
            measure_pieces(
                own, begin, low, high, box, ways[0], voxel, flat, table, result[row], middle
            )
        lay_place(middle, ways[:count], box, center[row])
        for k in range(3):
            center[row, k] -= 0.0 if flat and k == 0 else 1.0
    return result, center


@kernel
def measure_standing(
    mask: NDArray[np.uint8],
    way: int,
    voxel: NDArray[np.float64],
    flat: bool,
    table: NDArray[np.bool_],
    out: NDArray[np.float64],
    middle: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Stand a mask, thin and measure it; return the first voxel of what its longest path is in.

    `middle` is that of the longest path in the standing box.
    """
    standing, sizes = stand(mask, way), stand_sizes(voxel, way)
    squares = skeleton_of(standing, sizes, flat, table)
    return measure_skeleton(standing, squares, sizes, flat, out, middle)


@kernel
def measure_pieces(
    runs: NDArray[np.int32],
    begin: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    box: NDArray[np.int64],
    way: int,
    voxel: NDArray[np.float64],
    flat: bool,
    table: NDArray[np.bool_],
    out: NDArray[np.float64],
    middle: NDArray[np.float64],
) -> None:
    """Measure the pieces `low` to `high` of an object one by one; `box` is the whole one's shape.

    Thinning sees two voxels far and pieces are farther apart, so each is thinned as if it
    were alone. All stand in the way of the whole.
    """
    part, place = np.empty(7, np.float64), np.empty(3, np.float64)
    corner, count = np.empty(3, np.int64), low.shape[0]
    lengths, heads, leading = np.empty(count, np.float64), np.empty(count, np.int64), 0
    out[:] = 0.0
    out[DIAMETER] = -1.0
    for piece in range(count):
        mask = mask_of(runs, begin[piece], begin[piece + 1], low[piece], high[piece], flat)
        part[:] = 0.0
        head = measure_standing(mask, way, voxel, flat, table, part, place)
        standing_corner(low[piece], mask, box, way, corner)
        heads[piece] = standing_place(head + corner, box, way)
        lengths[piece] = part[LENGTH]
        for k in range(ENDS, part.size):
            out[k] += part[k]
        longer = part[DIAMETER] > out[DIAMETER]
        # Of equally long paths the whole's is that of the piece that raster order meets first.
        if longer or (part[DIAMETER] == out[DIAMETER] and heads[piece] < leading):
            out[DIAMETER], out[SPAN], leading = part[DIAMETER], part[SPAN], heads[piece]
            for k in range(3):
                middle[k] = place[k] + corner[k]
    # Added in the order in which they stand, so that a turned object has the same last digit.
    for piece in np.argsort(heads):
        out[LENGTH] += lengths[piece]


@kernel
def standing_corner(
    low: NDArray[np.int64],
    mask: NDArray[np.uint8],
    box: NDArray[np.int64],
    way: int,
    out: NDArray[np.int64],
) -> None:
    """Write where in the standing box the first corner of a piece's standing mask lies."""
    for k in range(3):
        axis = ORDERS[way // 8, k]
        out[k] = low[axis]
        if is_backwards(way, k):
            out[k] = box[axis] - low[axis] - mask.shape[axis]


@kernel
def standing_place(place: NDArray[np.int64], box: NDArray[np.int64], way: int) -> int:
    """Return where in raster order a place of the standing box comes."""
    flat = 0
    for k in range(3):
        flat = flat * box[ORDERS[way // 8, k]] + place[k]
    return int(flat)


@kernel
def measure_skeleton(
    mask: NDArray[np.uint8],
    squares: NDArray[np.float64],
    voxel: NDArray[np.float64],
    flat: bool,
    out: NDArray[np.float64],
    middle: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Write the numbers of one thinned mask and the middle of its longest path.

    Returns the first voxel of what the longest path is in.
    """
    number = np.empty(mask.shape, np.int64)
    voxels = voxels_of(mask, number)
    links = link(voxels, neighbors_of(voxels, number, flat))
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
    first = measure_longest(voxels, links, alive, squares, voxel, smallest, out, middle)
    head: NDArray[np.int64] = voxels[first].copy()
    return head


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
) -> int:
    """Write length, straight span and middle voxel of the longest path.

    Two sweeps per piece: from its first voxel to the farthest, from there to the farthest.
    Returns the first voxel of the piece that has the longest path.
    """
    count = voxels.shape[0]
    away, before = np.empty(count, np.float64), np.empty(count, np.int64)
    seen, path = np.zeros(count, np.bool_), np.empty(count, np.int64)
    out[DIAMETER] = -1.0
    first = 0
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
            out[DIAMETER], out[SPAN], first = length, span, p
            for k in range(3):
                middle[k] = voxels[best, k]
    return first


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
