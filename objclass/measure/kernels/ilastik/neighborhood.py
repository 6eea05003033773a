"""ilastik's neighbourhood: voxels nearer than the margin, other objects included."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.runs import grown, write_run


@kernel
def widths(pitch: NDArray[np.int64], margin: int, reach: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how far along x a voxel (dz, dy) lines away still counts, -1 where none does.

    A voxel counts where ``(pz·dz)² + (py·dy)² + (px·dx)² < margin²``; a pitch of 0 stands for
    an axis along which nothing else is near.
    """
    result = np.full((reach[0] + 1, reach[1] + 1), -1, np.int64)
    for z in range(reach[0] + 1):
        for y in range(reach[1] + 1):
            if (z > 0 and pitch[0] == 0) or (y > 0 and pitch[1] == 0):
                continue
            rest = margin * margin - (pitch[0] * z) ** 2 - (pitch[1] * y) ** 2
            if rest <= 0:
                continue
            x = 0
            while pitch[2] > 0 and x < reach[2] and (pitch[2] * (x + 1)) ** 2 < rest:
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
    changes: NDArray[np.int32],
) -> None:
    """Add 1 where a widened run starts and −1 behind it in every line of the window."""
    depth, height, width = changes.shape[0], changes.shape[1], changes.shape[2] - 1
    for i in range(begin, end):
        z0, y0 = runs[i, 0] - low[0], runs[i, 1] - low[1]
        x0 = runs[i, 2] - low[2]
        for z in range(max(0, z0 - wide.shape[0] + 1), min(depth, z0 + wide.shape[0])):
            for y in range(max(0, y0 - wide.shape[1] + 1), min(height, y0 + wide.shape[1])):
                reach = wide[abs(z - z0), abs(y - y0)]
                if reach >= 0:
                    changes[z, y, max(0, x0 - reach)] += 1
                    changes[z, y, min(width, x0 + runs[i, 3] + reach)] -= 1


@kernel
def erase(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    low: NDArray[np.int64],
    own: NDArray[np.bool_],
) -> None:
    """Mark the object's own voxels in a window."""
    for i in range(begin, end):
        line = own[runs[i, 0] - low[0], runs[i, 1] - low[1]]
        x = runs[i, 2] - low[2]
        for k in range(runs[i, 3]):
            line[x + k] = True


@kernel
def find_neighborhoods(
    shape: NDArray[np.int64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    before: NDArray[np.int64],
    behind: NDArray[np.int64],
    wide: NDArray[np.int64],
) -> tuple[NDArray[np.int32], int]:
    """Return runs ``(m, 5)`` of the voxels near each object that are not its own.

    The window is the box grown by `before` and `behind` voxels (3,), clipped to `shape`.
    """
    found = np.empty((4096, 5), np.int32)
    count = 0
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    for row in range(first.size - 1):
        for k in range(3):
            low[k] = max(0, start[row, k] - before[k])
            high[k] = min(shape[k], stop[row, k] + behind[k])
        depth, height, width = high[0] - low[0], high[1] - low[1], high[2] - low[2]
        changes = np.zeros((depth, height, width + 1), np.int32)
        own = np.zeros((depth, height, width), np.bool_)
        paint(runs, first[row], first[row + 1], wide, low, changes)
        erase(runs, first[row], first[row + 1], low, own)
        for z in range(depth):
            for y in range(height):
                level, begin = 0, -1
                for x in range(width):
                    level += changes[z, y, x]
                    near = level > 0 and not own[z, y, x]
                    if near and begin < 0:
                        begin = x
                    if begin >= 0 and (not near or x == width - 1):
                        end = x + 1 if near else x
                        if count == found.shape[0]:
                            found = grown(found)
                        at = low[2] + begin
                        write_run(found, count, row, low[0] + z, low[1] + y, at, low[2] + end)
                        count += 1
                        begin = -1
    return found, count
