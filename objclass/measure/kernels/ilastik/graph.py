"""The pixels of a skeleton as a graph, searched as vigra does.

Which of several equally long paths is found follows the order of neighbours and of the queue.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.ilastik.queue import insert, take


@kernel
def graph_of(
    marked: NDArray[np.bool_], number: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pixels (v, 2) in raster order and their eight neighbours (v, 8), -1 for none."""
    height, width = marked.shape
    count = int(marked.sum())
    pixels, links = np.empty((count, 2), np.int64), np.full((count, 8), -1, np.int64)
    count = 0
    for y in range(height):
        for x in range(width):
            number[y, x] = -1
            if marked[y, x]:
                number[y, x] = count
                pixels[count, 0], pixels[count, 1] = y, x
                count += 1
    for p in range(count):
        place = 0
        for b in range(-1, 2):
            for a in range(-1, 2):
                y, x = pixels[p, 0] + b, pixels[p, 1] + a
                if (b != 0 or a != 0) and 0 <= y < height and 0 <= x < width:
                    links[p, place] = number[y, x]
                    place += 1
    return pixels, links


@kernel
def step(pixels: NDArray[np.int64], p: int, q: int) -> float:
    """Return the distance of two pixels."""
    y, x = pixels[p, 0] - pixels[q, 0], pixels[p, 1] - pixels[q, 1]
    return float(np.sqrt(y * y + x * x))


@kernel
def search(
    pixels: NDArray[np.int64],
    links: NDArray[np.int64],
    cut: NDArray[np.bool_],
    source: int,
    target: int,
    away: NDArray[np.float64],
    before: NDArray[np.int64],
    order: NDArray[np.int64],
) -> int:
    """Run Dijkstra from `source`, up to `target` unless that is -1; return how many were reached.

    `order` gets the pixels in the order they were reached, the last is the farthest. `cut`
    (v, 8) takes links out.
    """
    away[:] = np.inf
    before[:] = -1
    heap, place = np.zeros(away.size + 2, np.int64), np.zeros(away.size, np.int64)
    away[source], before[source] = 0.0, source
    size, reached = insert(heap, place, away, 0, source), 0
    while size > 0:
        size = take(heap, place, away, size)
        p = heap[size + 1]
        order[reached] = p
        reached += 1
        if p == target:
            break
        for k in range(8):
            q = links[p, k]
            if q < 0 or cut[p, k]:
                continue
            trial = away[p] + step(pixels, p, q)
            if (place[q] > 0 and trial < away[q]) or before[q] < 0:
                away[q], before[q] = trial, p
                size = insert(heap, place, away, size, q)
    return reached


@kernel
def cut_link(links: NDArray[np.int64], cut: NDArray[np.bool_], p: int, k: int) -> None:
    """Take a link out in both directions."""
    cut[p, k] = True
    q = links[p, k]
    for m in range(8):
        if links[q, m] == p:
            cut[q, m] = True


@kernel
def middle_of(
    pixels: NDArray[np.int64], before: NDArray[np.int64], end: int, path: NDArray[np.int64]
) -> int:
    """Return the pixel nearest to half the length of the path that leads to `end`.

    Between the two pixels around the middle the place is interpolated and rounded. Lengths
    add up from `end` on: in ties the last digit decides.
    """
    size, path[0] = 1, end
    along = np.zeros(path.size, np.float64)
    while before[path[size - 1]] != path[size - 1]:
        path[size] = before[path[size - 1]]
        along[size] = along[size - 1] + step(pixels, path[size - 1], path[size])
        size += 1
    half = 0.5 * along[size - 1]
    for k in range(1, size):
        if along[k] >= half:
            at = k - 1 + (half - along[k - 1]) / (along[k] - along[k - 1])
            return int(path[int(at + 0.5)])
    return end
