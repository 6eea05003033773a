"""Exact squared Euclidean distances to an object inside a window.

Felzenszwalb and Huttenlocher 2012, doi:10.4086/toc.2012.v008a019: one pass per axis; along
an axis the lower envelope of the parabolas that stand on the voxels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

FAR = 1e300


@kernel
def along_line(inside: NDArray[np.bool_], step: float, out: NDArray[np.float64]) -> None:
    """Write the squared distance along one line to the nearest voxel inside; FAR where none."""
    width, last = inside.size, -1
    for x in range(width):
        if inside[x]:
            last = x
        off = (x - last) * step
        out[x] = off * off if last >= 0 else FAR
    last = -1
    for x in range(width - 1, -1, -1):
        if inside[x]:
            last = x
        if last >= 0:
            off = (last - x) * step
            out[x] = min(out[x], off * off)


@kernel
def envelope(
    heights: NDArray[np.float64],
    step: float,
    limit: float,
    site: NDArray[np.int64],
    border: NDArray[np.float64],
) -> int:
    """Find the lower envelope of parabolas of height ``heights[q]`` over q; return their number.

    `site` gets where they stand, `border` from where on each is the lowest. Heights above
    `limit` stand nowhere.
    """
    count = 0
    square = step * step
    for q in range(heights.size):
        if heights[q] > limit or heights[q] >= FAR:
            continue
        at = -np.inf
        while count > 0:
            p = site[count - 1]
            rise = (heights[q] - heights[p]) / square
            at = (rise + (q * q - p * p)) / (2.0 * (q - p))
            if at > border[count - 1]:
                break
            count -= 1
            at = -np.inf
        site[count] = q
        border[count] = at
        count += 1
    return count


@kernel
def across(
    heights: NDArray[np.float64],
    step: float,
    limit: float,
    site: NDArray[np.int64],
    border: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the smallest ``heights[q] + (step (x − q))²`` over all q for every x."""
    count = envelope(heights, step, limit, site, border)
    if count == 0:
        out[:] = FAR
        return
    k = 0
    for x in range(heights.size):
        while k + 1 < count and border[k + 1] < x:
            k += 1
        off = (x - site[k]) * step
        out[x] = heights[site[k]] + off * off


@kernel
def squared_distances(
    inside: NDArray[np.bool_], voxel: NDArray[np.float64], limit: float
) -> NDArray[np.float64]:
    """Return the squared distance of every voxel of ``(z, y, x)`` to the nearest one inside.

    Distances are between centres in the unit of `voxel` (3,). Values above `limit` may be
    too large.
    """
    depth, height, width = inside.shape
    squares = np.empty((depth, height, width), np.float64)
    longest = max(depth, height)
    column, out = np.empty(longest, np.float64), np.empty(longest, np.float64)
    site, border = np.empty(longest, np.int64), np.empty(longest, np.float64)
    for z in range(depth):
        for y in range(height):
            along_line(inside[z, y], voxel[2], squares[z, y])
        for x in range(width):
            for y in range(height):
                column[y] = squares[z, y, x]
            across(column[:height], voxel[1], limit, site, border, out[:height])
            for y in range(height):
                squares[z, y, x] = out[y]
    if depth == 1:
        return squares
    for y in range(height):
        for x in range(width):
            for z in range(depth):
                column[z] = squares[z, y, x]
            across(column[:depth], voxel[0], limit, site, border, out[:depth])
            for z in range(depth):
                squares[z, y, x] = out[z]
    return squares
