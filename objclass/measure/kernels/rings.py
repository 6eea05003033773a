"""The voxels around objects, as runs, by widening the objects' own runs.

A voxel (dz, dy) lines away from a run is near it as far along x as a table says; adding 1
where a widened run begins and −1 behind its end gives all that is near in one sweep.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.runs import grow, write_run

HIDDEN = -(1 << 20)


@kernel
def draw_window(
    runs: NDArray[np.int32], begin: int, end: int, low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return an object as a mask of the window from `low` to `high` (not inside)."""
    inside = np.zeros((high[0] - low[0], high[1] - low[1], high[2] - low[2]), np.bool_)
    for i in range(begin, end):
        line = inside[runs[i, 0] - low[0], runs[i, 1] - low[1]]
        x = runs[i, 2] - low[2]
        for k in range(runs[i, 3]):
            line[x + k] = True
    return inside


@kernel
def window_of(
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    reach: NDArray[np.int64],
    shape: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> None:
    """Write a box grown by `reach` and clipped to `shape`."""
    for k in range(3):
        low[k] = max(0, start[k] - reach[k])
        high[k] = min(shape[k], stop[k] + reach[k])


@kernel
def widths(
    voxel: NDArray[np.float64], square: float, reach: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how far along x a voxel (dz, dy) lines away is near, -1 where none is.

    Near is a squared distance of at most `square` in the unit of `voxel` (3,); `reach` (3,)
    is how far to look.
    """
    result = np.full((reach[0] + 1, reach[1] + 1), -1, np.int64)
    for z in range(reach[0] + 1):
        for y in range(reach[1] + 1):
            rest = square - (voxel[0] * z) ** 2 - (voxel[1] * y) ** 2
            if rest < 0.0:
                continue
            x = 0
            while x < reach[2] and (voxel[2] * (x + 1)) ** 2 <= rest:
                x += 1
            result[z, y] = x
    return result


@kernel
def paint(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    wide: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    weight: int,
    changes: NDArray[np.int32],
    spans: NDArray[np.int64],
) -> None:
    """Add `weight` where a widened run starts and take it off behind, in all lines it reaches.

    `spans` (…, 2) keeps the first and last place touched in each line.
    """
    depth, height, width = high[0] - low[0], high[1] - low[1], high[2] - low[2]
    tall, long = wide.shape[0], wide.shape[1]
    for i in range(begin, end):
        z0, y0, x0 = runs[i, 0] - low[0], runs[i, 1] - low[1], runs[i, 2] - low[2]
        x1 = x0 + runs[i, 3]
        for z in range(max(0, z0 - tall + 1), min(depth, z0 + tall)):
            for y in range(max(0, y0 - long + 1), min(height, y0 + long)):
                reach = wide[abs(z - z0), abs(y - y0)]
                if reach < 0:
                    continue
                first, last = max(0, x0 - reach), min(width, x1 + reach)
                changes[z, y, first] += weight
                changes[z, y, last] -= weight
                spans[z, y, 0] = min(spans[z, y, 0], first)
                spans[z, y, 1] = max(spans[z, y, 1], last)


@kernel
def sweep(
    changes: NDArray[np.int32],
    line: NDArray[np.generic],
    others: bool,
    row: int,
    z: int,
    y: int,
    x0: int,
    found: NDArray[np.int32],
    count: int,
) -> int:
    """Write the pieces of a line whose level is positive and that no other object holds.

    The line's changes are set back to 0. Returns the new number of runs.
    """
    level, begin = 0, -1
    for x in range(changes.size):
        level += changes[x]
        changes[x] = 0
        if level > 0 and (others or line[x] == 0):
            if begin < 0:
                begin = x
        elif begin >= 0:
            write_run(found, count, row, z, y, x0 + begin, x0 + x)
            count += 1
            begin = -1
    return count


@kernel
def widest(
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    before: NDArray[np.int64],
    behind: NDArray[np.int64],
    shape: NDArray[np.int64],
    most: NDArray[np.int64],
) -> None:
    """Write the largest window along each axis."""
    for row in range(start.shape[0]):
        for k in range(3):
            high = min(shape[k], stop[row, k] + behind[k])
            most[k] = max(most[k], high - max(0, start[row, k] - before[k]))


@kernel
def write_runs(
    labels: NDArray[np.generic],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    changes: NDArray[np.int32],
    spans: NDArray[np.int64],
    others: bool,
    row: int,
    found: NDArray[np.int32],
    count: int,
) -> tuple[NDArray[np.int32], int]:
    """Sweep the lines of a window that were painted; return the runs and their new number.

    `changes` and `spans` are as before painting afterwards.
    """
    most = changes.shape[2]
    for z in range(high[0] - low[0]):
        for y in range(high[1] - low[1]):
            a, b = spans[z, y, 0], spans[z, y, 1]
            spans[z, y, 0], spans[z, y, 1] = most - 1, -1
            if b < a:
                continue
            while count + most > found.shape[0]:
                found = grow(found)
            c, d, x = low[0] + z, low[1] + y, low[2] + a
            line = labels[c, d, x : low[2] + b]
            own = changes[z, y, a : b + 1]
            count = sweep(own, line, others, row, c, d, x, found, count)
    return found, count


@kernel
def find_rings(
    labels: NDArray[np.generic],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    before: NDArray[np.int64],
    behind: NDArray[np.int64],
    outer: NDArray[np.int64],
    inner: NDArray[np.int64],
    others: bool,
) -> tuple[NDArray[np.int32], int]:
    """Return runs ``(m, 5)`` of the voxels within `outer` of an object and not within `inner`.

    Both are tables of :func:`widths`; an `inner` of -1 hides nothing. Voxels of objects count
    only with `others`. The window is the box grown by `before` and
    `behind` voxels (3,), clipped to the crop.
    """
    found, count = np.empty((1024, 5), np.int32), 0
    low, high, most = np.empty(3, np.int64), np.empty(3, np.int64), np.ones(3, np.int64)
    shape = np.array(labels.shape, np.int64)
    widest(start, stop, before, behind, shape, most)
    changes = np.zeros((most[0], most[1], most[2] + 1), np.int32)
    spans = np.empty((most[0], most[1], 2), np.int64)
    spans[:, :, 0] = most[2]
    spans[:, :, 1] = -1
    for row in range(first.size - 1):
        for k in range(3):
            low[k] = max(0, start[row, k] - before[k])
            high[k] = min(shape[k], stop[row, k] + behind[k])
        begin, end = first[row], first[row + 1]
        paint(runs, begin, end, outer, low, high, 1, changes, spans)
        paint(runs, begin, end, inner, low, high, HIDDEN, changes, spans)
        found, count = write_runs(labels, low, high, changes, spans, others, row, found, count)
    return found, count
