"""Convex hulls of objects in 2D, exact in whole numbers.

Every voxel stands for its centre and the middles of its faces (``±½`` along each axis), so
that even one voxel has a hull with an area. Coordinates are doubled to stay whole. A voxel
belongs to the hull where its centre does, the hull's border included. Convex shapes have
one run in each line, so a hull is again a set of runs::

    object  # . #      hull  # # #
            # . .            # # .     the third voxel's centre lies beyond the hull's edge
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

FAR = 1 << 30


@kernel
def line_ends(
    runs: NDArray[np.int32], begin: int, end: int, y0: int, height: int, ends: NDArray[np.int64]
) -> None:
    """Write first and last x of each line of one plane into `ends` (height, 2); FAR where none."""
    for y in range(height):
        ends[y, 0] = FAR
        ends[y, 1] = -FAR
    for i in range(begin, end):
        y = runs[i, 1] - y0
        ends[y, 0] = min(ends[y, 0], runs[i, 2])
        ends[y, 1] = max(ends[y, 1], runs[i, 2] + runs[i, 3] - 1)


@kernel
def doubled_ends(ends: NDArray[np.int64], height: int, doubled: NDArray[np.int64]) -> None:
    """Write the outermost doubled x of lines −½, 0, ½, … into `doubled` (2·height + 1, 2).

    Line k of `doubled` lies at y = (k − 1)/2: whole lines end half a voxel beyond their last
    centre, lines between end at the centres beside them.
    """
    for k in range(2 * height + 1):
        doubled[k, 0] = FAR
        doubled[k, 1] = -FAR
    for y in range(height):
        if ends[y, 1] == -FAR:
            continue
        low, high = 2 * ends[y, 0], 2 * ends[y, 1]
        for k in range(2 * y, 2 * y + 3):
            step = 1 if k == 2 * y + 1 else 0
            doubled[k, 0] = min(doubled[k, 0], low - step)
            doubled[k, 1] = max(doubled[k, 1], high + step)


@kernel
def chain(doubled: NDArray[np.int64], count: int, side: int, corners: NDArray[np.int64]) -> int:
    """Write the corners of one side of the hull as (line, x) and return how many there are.

    `side` 0 is the left one (smallest x), 1 the right one. Monotone chain: a corner is
    dropped where the next point makes the side turn inwards.
    """
    sign = 1 if side == 0 else -1
    size = 0
    for k in range(count):
        x = doubled[k, side] * sign
        if x >= FAR:
            continue
        while size >= 2:
            along = corners[size - 1, 0] - corners[size - 2, 0]
            across = (corners[size - 1, 1] - corners[size - 2, 1]) * sign
            if across * (k - corners[size - 2, 0]) < (x - corners[size - 2, 1] * sign) * along:
                break
            size -= 1
        corners[size, 0] = k
        corners[size, 1] = x * sign
        size += 1
    return size


@kernel
def border(corners: NDArray[np.int64], at: int, k: int, side: int) -> int:
    """Return the outermost whole x of the hull in line `k`, between corner `at` and the next."""
    line, x = corners[at, 0], corners[at, 1]
    run = corners[at + 1, 0] - line
    above = x * run + (corners[at + 1, 1] - x) * (k - line)
    if side == 0:
        return int(-((-above) // (2 * run)))
    return int(above // (2 * run))


@kernel
def fill_lines(
    corners: NDArray[np.int64], size: int, height: int, side: int, ends: NDArray[np.int64]
) -> None:
    """Write the outermost whole x of every line of the hull into ``ends[:, side]``."""
    at = 0
    for y in range(height):
        k = 2 * y + 1
        while at + 2 < size and corners[at + 1, 0] <= k:
            at += 1
        ends[y, side] = border(corners, at, k, side)


@kernel
def plane_hull(
    ends: NDArray[np.int64],
    height: int,
    doubled: NDArray[np.int64],
    corners: NDArray[np.int64],
) -> tuple[int, int]:
    """Replace the line ends of an object by those of its hull.

    Returns the numbers of left and right corners; left ones stand first in `corners`.
    """
    doubled_ends(ends, height, doubled)
    left = chain(doubled, 2 * height + 1, 0, corners)
    fill_lines(corners, left, height, 0, ends)
    right = chain(doubled, 2 * height + 1, 1, corners[left:])
    fill_lines(corners[left:], right, height, 1, ends)
    return left, right


@kernel
def hulls(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the hulls of 2D objects as runs, and their corners.

    Returns pieces ``(m, 4)`` with the first piece of every object ``(n + 1,)``, and doubled
    corners ``(c, 3)`` as z, y, x with the first corner of every object ``(n + 1,)``.
    """
    n = first.size - 1
    heights = stop[:, 1] - start[:, 1]
    tallest = heights.max() if n > 0 else 0
    lines = heights.sum()
    ends = np.empty((tallest, 2), np.int64)
    doubled = np.empty((2 * tallest + 1, 2), np.int64)
    corners = np.empty((4 * tallest + 2, 2), np.int64)
    pieces = np.empty((lines, 4), np.int32)
    points = np.empty((4 * lines + 2 * n, 3), np.int64)
    first_piece = np.zeros(n + 1, np.int64)
    first_point = np.zeros(n + 1, np.int64)
    piece, place = 0, 0
    for row in range(n):
        height, y0 = heights[row], start[row, 1]
        line_ends(runs, first[row], first[row + 1], y0, height, ends)
        left, right = plane_hull(ends, height, doubled, corners)
        for y in range(height):
            pieces[piece, 0] = 0
            pieces[piece, 1] = y0 + y
            pieces[piece, 2] = ends[y, 0]
            pieces[piece, 3] = ends[y, 1] - ends[y, 0] + 1
            piece += 1
        for k in range(left + right):
            points[place, 0] = 0
            points[place, 1] = 2 * y0 + corners[k, 0] - 1
            points[place, 2] = corners[k, 1]
            place += 1
        first_piece[row + 1] = piece
        first_point[row + 1] = place
    return pieces, first_piece, points[:place].copy(), first_point


@kernel
def largest_distance(
    corners: NDArray[np.int64], first: NDArray[np.int64], voxel: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the largest distance between two (doubled) corners of every object ``(n,)``."""
    n = first.size - 1
    result = np.empty(n, np.float64)
    for row in range(n):
        largest = 0.0
        for a in range(first[row], first[row + 1]):
            for b in range(first[row], a):
                square = 0.0
                for k in range(3):
                    off = 0.5 * (corners[a, k] - corners[b, k]) * voxel[k]
                    square += off * off
                largest = max(largest, square)
        result[row] = np.sqrt(largest)
    return result


@kernel
def extent_across(
    corners: NDArray[np.int64], begin: int, end: int, y: float, x: float, voxel: NDArray[np.float64]
) -> float:
    """Return how far the corners reach along the direction (y, x) of any length."""
    low, high = np.inf, -np.inf
    for k in range(begin, end):
        along = 0.5 * (corners[k, 1] * voxel[1] * y + corners[k, 2] * voxel[2] * x)
        low = min(low, along)
        high = max(high, along)
    return high - low


@kernel
def smallest_width(
    corners: NDArray[np.int64],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    voxel: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the smallest distance of two parallel lines that enclose a 2D object ``(n,)``.

    One of the lines runs along an edge of the hull, so edges are tried one by one. Corners
    are those of the left side, then of the right side, each from the first line on.
    """
    n = first.size - 1
    result = np.empty(n, np.float64)
    for row in range(n):
        begin, end = first[row], first[row + 1]
        local = corners[begin:end] - 2 * start[row]
        smallest = np.inf
        for a in range(end - begin - 1):
            y = (local[a + 1, 1] - local[a, 1]) * voxel[1]
            x = (local[a + 1, 2] - local[a, 2]) * voxel[2]
            if y <= 0.0:
                continue
            wide = extent_across(local, 0, end - begin, -x, y, voxel)
            smallest = min(smallest, wide / np.sqrt(y * y + x * x))
        result[row] = min(smallest, flat_width(local, voxel))
    return result


@kernel
def flat_width(local: NDArray[np.int64], voxel: NDArray[np.float64]) -> float:
    """Return the extent along y: the width across the hull's flat first and last lines."""
    return float(0.5 * (local[:, 1].max() - local[:, 1].min()) * voxel[1])
