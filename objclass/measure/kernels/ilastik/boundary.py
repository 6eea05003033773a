"""From each pixel of an object the way to the nearest pixel outside, and the medial pixels.

The image border is no boundary. A window holds 1 for the object, 0 for other labels and 2
beyond the image border.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

OUTSIDE, OWN, BEYOND = 0, 1, 2
FAR = 1 << 30
NEAR_END = 4


@kernel
def nearest_in_columns(
    window: NDArray[np.uint8], up: NDArray[np.int64], down: NDArray[np.int64]
) -> None:
    """Write the y of the nearest outside pixel above and below in each column, or ∓FAR."""
    height, width = window.shape
    for x in range(width):
        last = -FAR
        for y in range(height):
            if window[y, x] == OUTSIDE:
                last = y
            up[y, x] = last
        last = FAR
        for y in range(height - 1, -1, -1):
            if window[y, x] == OUTSIDE:
                last = y
            down[y, x] = last


@kernel
def is_better(square: int, y: int, x: int, best: int, best_y: int, best_x: int) -> bool:
    """Tell whether an outside pixel is nearer, or as near with larger y, then larger x."""
    if square != best:
        return square < best
    return y > best_y or (y == best_y and x > best_x)


@kernel
def way_out(
    up: NDArray[np.int64], down: NDArray[np.int64], y: int, x: int, out: NDArray[np.int64]
) -> None:
    """Write the vector (dy, dx) to the nearest outside pixel; (FAR, FAR) where there is none."""
    width = up.shape[1]
    best, best_y, best_x = FAR * FAR, -FAR, -FAR
    step = 0
    while step < width and step * step <= best:
        for side in range(2):
            column = x + step if side == 0 else x - step
            if column < 0 or column >= width or (step == 0 and side == 1):
                continue
            for half in range(2):
                row = down[y, column] if half == 0 else up[y, column]
                if abs(row) == FAR:
                    continue
                square = (row - y) ** 2 + step * step
                if is_better(square, row, column, best, best_y, best_x):
                    best, best_y, best_x = square, row, column
        step += 1
    out[0] = best_y - y if best < FAR * FAR else FAR
    out[1] = best_x - x if best < FAR * FAR else FAR


@kernel
def ways_out(window: NDArray[np.uint8], vectors: NDArray[np.int64]) -> None:
    """Write the vector to the nearest outside pixel for every pixel of the object."""
    up, down = np.empty(window.shape, np.int64), np.empty(window.shape, np.int64)
    nearest_in_columns(window, up, down)
    for y in range(window.shape[0]):
        for x in range(window.shape[1]):
            if window[y, x] == OWN:
                way_out(up, down, y, x, vectors[y, x])


@kernel
def mark_pair(
    vectors: NDArray[np.int64],
    marked: NDArray[np.bool_],
    found: NDArray[np.int64],
    count: int,
    at: tuple[int, int],
    to: tuple[int, int],
) -> int:
    """Mark the one of two neighbours of the object between which the nearest boundary changes.

    The first, `at`, is the later one in raster order, the second lies `to` from it. Pixels two
    before the boundary are added to `found` (k, 2); returns how many that are.
    """
    (y, x), (dy, dx) = at, to
    one, other = vectors[y, x], vectors[y + dy, x + dx]
    wy, wx = other[0] - one[0] + dy, other[1] - one[1] + dx
    if max(abs(wy), abs(wx)) <= 1:
        return count
    across = wy * dy + wx * dx
    along = wy * (one[0] + other[0]) + wx * (one[1] + other[1])
    if across * along > 0:
        y, x = y + dy, x + dx
    marked[y, x] = True
    if square_of(vectors, y, x) == NEAR_END:
        found[count, 0], found[count, 1] = y, x
        count += 1
    return count


@kernel
def mark_beside(
    window: NDArray[np.uint8], vectors: NDArray[np.int64], marked: NDArray[np.bool_], y: int, x: int
) -> None:
    """Mark a pixel at the boundary whose nearest outside pixel is not beside its neighbour."""
    height, width = window.shape
    for side in range(4):
        dy = (side == 0) - (side == 1)
        dx = (side == 2) - (side == 3)
        b, a = y + dy, x + dx
        if 0 <= b < height and 0 <= a < width and window[b, a] == OUTSIDE:
            off = max(abs(vectors[y, x, 0] - dy), abs(vectors[y, x, 1] - dx))
            if off > 1:
                marked[y, x] = True


@kernel
def square_of(vectors: NDArray[np.int64], y: int, x: int) -> int:
    """Return the squared distance of a pixel to the outside."""
    return int(vectors[y, x, 0] ** 2 + vectors[y, x, 1] ** 2)


@kernel
def has_nearer_mark(vectors: NDArray[np.int64], marked: NDArray[np.bool_], y: int, x: int) -> bool:
    """Tell whether a marked neighbour lies nearer than 2 to the outside."""
    for b in range(max(0, y - 1), min(marked.shape[0], y + 2)):
        for a in range(max(0, x - 1), min(marked.shape[1], x + 2)):
            if (b != y or a != x) and marked[b, a] and square_of(vectors, b, a) < NEAR_END:
                return True
    return False


@kernel
def mark_medial(window: NDArray[np.uint8], vectors: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the pixels on or beside the medial axis of the object."""
    height, width = window.shape
    marked = np.zeros((height, width), np.bool_)
    found, count = np.empty((2 * height * width, 2), np.int64), 0
    for y in range(height):
        for x in range(width):
            if window[y, x] != OWN:
                continue
            if y > 0 and window[y - 1, x] == OWN:
                count = mark_pair(vectors, marked, found, count, (y, x), (-1, 0))
            if x > 0 and window[y, x - 1] == OWN:
                count = mark_pair(vectors, marked, found, count, (y, x), (0, -1))
            mark_beside(window, vectors, marked, y, x)
    reach_boundary(vectors, marked, found[:count])
    return marked


@kernel
def reach_boundary(
    vectors: NDArray[np.int64], marked: NDArray[np.bool_], found: NDArray[np.int64]
) -> None:
    """Carry lines that end two pixels before the boundary on to it, in the order found.

    A pixel added for one line is a mark for the next, so the order is part of the result.
    """
    for k in range(found.shape[0]):
        y, x = found[k]
        if not has_nearer_mark(vectors, marked, y, x):
            marked[y + vectors[y, x, 0] // 2, x + vectors[y, x, 1] // 2] = True
