"""Loops of a skeleton around a hole, and branches that never reach the boundary."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.ilastik.boundary import OWN
from objclass.measure.kernels.ilastik.graph import cut_link, search

TOTAL, HOLES = 2, 5


@kernel
def has_hole(
    window: NDArray[np.uint8], pixels: NDArray[np.int64], loop: NDArray[np.int64], size: int
) -> bool:
    """Tell whether a pixel of another label lies inside the polygon of a loop or on it."""
    for y in range(window.shape[0]):
        for x in range(window.shape[1]):
            if window[y, x] != OWN and is_inside(pixels, loop, size, y, x):
                return True
    return False


@kernel
def is_inside(
    pixels: NDArray[np.int64], loop: NDArray[np.int64], size: int, y: int, x: int
) -> bool:
    """Tell whether a point off the outline lies inside a closed polygon of pixels."""
    inside = False
    for k in range(size):
        p, q = loop[k], loop[(k + 1) % size]
        py, px, qy, qx = pixels[p, 0], pixels[p, 1], pixels[q, 0], pixels[q, 1]
        if (py > y) != (qy > y) and x < (qx - px) * (y - py) / (qy - py) + px:
            inside = not inside
    return inside


@kernel
def trace(before: NDArray[np.int64], end: int, source: int, path: NDArray[np.int64]) -> int:
    """Write the path from `end` back to `source`; return how many pixels it has."""
    size, at = 1, end
    path[0] = end
    while at != source:
        at = before[at]
        path[size] = at
        size += 1
    return size


@kernel
def close_loops(
    window: NDArray[np.uint8],
    pixels: NDArray[np.int64],
    links: NDArray[np.int64],
    cut: NDArray[np.bool_],
    tree: NDArray[np.int64],
    p: int,
    length: NDArray[np.float64],
    salience: NDArray[np.float64],
    area: NDArray[np.int64],
    on_loop: NDArray[np.bool_],
    result: NDArray[np.float64],
) -> None:
    """Look whether links from leaf `p` close loops around a hole; mark and count them."""
    count = pixels.shape[0]
    away, before = np.empty(count, np.float64), np.empty(count, np.int64)
    order = np.empty(count, np.int64)
    for k in range(8):
        q = links[p, k]
        if q < 0 or cut[p, k] or q == tree[p]:
            continue
        turn = pixels[p, 1] * pixels[q, 0] - pixels[p, 0] * pixels[q, 1]
        if abs(area[p] - turn - area[q]) <= 3:
            continue
        cut_link(links, cut, p, k)
        search(pixels, links, cut, p, q, away, before, order)
        if before[q] < 0:
            continue
        loop = order
        size = trace(before, q, p, loop)
        if not has_hole(window, pixels, loop, size):
            continue
        result[HOLES] += 1
        result[TOTAL] += length[p] + length[q]
        most = max(salience[p], salience[q])
        for m in range(size):
            on_loop[loop[m]] = True
            salience[loop[m]] = max(salience[loop[m]], most)


@kernel
def drop_branch(
    links: NDArray[np.int64],
    cut: NDArray[np.bool_],
    tree: NDArray[np.int64],
    child: NDArray[np.int64],
    salience: NDArray[np.float64],
    p: int,
) -> None:
    """Remove the branch that ends in leaf `p`."""
    while True:
        salience[p] = 0.0
        for k in range(8):
            if links[p, k] >= 0:
                cut_link(links, cut, p, k)
        if child[tree[p]] != p:
            return
        p = tree[p]
