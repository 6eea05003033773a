"""Thinning of medial pixels to lines of one pixel, nearest to the outside first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.heap import pop, push
from objclass.measure.kernels.ilastik.boundary import BEYOND, square_of

AROUND_Y = (-1, -1, -1, 0, 1, 1, 1, 0)
AROUND_X = (-1, 0, 1, 1, 1, 0, -1, -1)


@kernel
def runs_around(ring: NDArray[np.uint8], value: int, corners: bool) -> int:
    """Return how many pieces of `value` the ring of eight neighbours holds.

    With `corners` neighbours on the ring touch through corners too (an even place is a
    corner); without, only pieces that hold one of the four sides count.
    """
    count = 0
    for k in range(8):
        if ring[k] != value:
            continue
        before = ring[(k + 7) % 8] == value
        if corners:
            side_before = k % 2 == 1 and ring[(k + 6) % 8] == value
            count += not before and not side_before
        elif not before:
            holds_side, j = False, k
            while j < k + 8 and ring[j % 8] == value:
                holds_side = holds_side or j % 2 == 1
                j += 1
            count += holds_side
    return count


@kernel
def may_go(marked: NDArray[np.bool_], y: int, x: int) -> bool:
    """Tell whether a pixel can be removed: it splits nothing and ends no line."""
    ring = np.empty(8, np.uint8)
    sides, total = 0, 0
    for k in range(8):
        ring[k] = marked[y + AROUND_Y[k], x + AROUND_X[k]]
        total += ring[k]
        sides += ring[k] if k % 2 == 1 else 0
    if total == 0 or total == 8:
        return False
    if runs_around(ring, 1, True) != 1 or runs_around(ring, 0, False) != 1:
        return False
    return sides == 2 or (sides == 1 and total == 3)


@kernel
def is_inner(window: NDArray[np.uint8], y: int, x: int) -> bool:
    """Tell whether a pixel lies off the image border."""
    height, width = window.shape
    if y == 0 or x == 0 or y == height - 1 or x == width - 1:
        return False
    beyond = 0
    for k in range(8):
        beyond += window[y + AROUND_Y[k], x + AROUND_X[k]] == BEYOND
    return beyond == 0


@kernel
def thin(window: NDArray[np.uint8], vectors: NDArray[np.int64], marked: NDArray[np.bool_]) -> None:
    """Remove marked pixels in order of distance, first come first served among equals."""
    height, width = marked.shape
    room = 9 * height * width + 1
    keys, items = np.empty(room, np.float64), np.empty(room, np.int64)
    pixels = np.empty(room, np.int64)
    size, arrived = 0, 0
    for y in range(height):
        for x in range(width):
            if marked[y, x] and is_inner(window, y, x) and may_go(marked, y, x):
                pixels[arrived] = y * width + x
                size = push(keys, items, size, float(square_of(vectors, y, x)), arrived)
                arrived += 1
    while size > 0:
        size = pop(keys, items, size)
        y, x = pixels[items[size]] // width, pixels[items[size]] % width
        if not marked[y, x] or not may_go(marked, y, x):
            continue
        marked[y, x] = False
        for b in range(y - 1, y + 2):
            for a in range(x - 1, x + 2):
                if marked[b, a] and is_inner(window, b, a) and may_go(marked, b, a):
                    pixels[arrived] = b * width + a
                    size = push(keys, items, size, float(square_of(vectors, b, a)), arrived)
                    arrived += 1
