"""ilastik's 2D skeleton features: the tree of a skeleton, its branches, loops and centre."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.ilastik.boundary import (
    BEYOND,
    OUTSIDE,
    OWN,
    mark_medial,
    square_of,
    ways_out,
)
from objclass.measure.kernels.ilastik.queue import insert, take
from objclass.measure.kernels.ilastik.thinning import thin

DIAMETER, EUCLIDEAN, TOTAL, AVERAGE, BRANCHES, HOLES = 0, 1, 2, 3, 4, 5
CENTER, FIRST, SECOND = 0, 1, 2
SHORT = 4.0
SHARE = 0.2


@kernel
def window_of(
    labels: NDArray[np.generic],
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    border: NDArray[np.bool_],
) -> NDArray[np.uint8]:
    """Return the object's box with one pixel around it: OWN, OUTSIDE, or BEYOND the image."""
    height, width = stop[1] - start[1] + 2, stop[2] - start[2] + 2
    window = np.full((height, width), OUTSIDE, np.uint8)
    if border[0] and start[1] == 0:
        window[0] = BEYOND
    if border[1] and stop[1] == labels.shape[1]:
        window[height - 1] = BEYOND
    if border[2] and start[2] == 0:
        window[:, 0] = BEYOND
    if border[3] and stop[2] == labels.shape[2]:
        window[:, width - 1] = BEYOND
    for i in range(begin, end):
        y, x = runs[i, 1] - start[1] + 1, runs[i, 2] - start[2] + 1
        for k in range(runs[i, 3]):
            window[y, x + k] = OWN
    return window


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


@kernel
def grow_tree(
    pixels: NDArray[np.int64],
    links: NDArray[np.int64],
    cut: NDArray[np.bool_],
    before: NDArray[np.int64],
    order: NDArray[np.int64],
    reached: int,
    squares: NDArray[np.int64],
    length: NDArray[np.float64],
    salience: NDArray[np.float64],
    child: NDArray[np.int64],
) -> None:
    """From the ends inwards: depth of the longest subtree, its child and its salience.

    Links outside the tree are cut unless both ends are leaves (which may close a loop).
    """
    for at in range(reached - 1, -1, -1):
        p = order[at]
        parent = before[p]
        for k in range(8):
            q = links[p, k]
            if q < 0 or cut[p, k] or q == parent or before[q] == p:
                continue
            if child[p] >= 0 and child[q] >= 0:
                cut_link(links, cut, p, k)
        deep = length[p] + step(pixels, p, parent)
        if length[parent] < deep:
            length[parent], child[parent] = deep, p
        if length[p] >= SHORT:
            salience[p] = max(salience[p], (length[p] + 0.5) / np.sqrt(float(squares[p])))
            salience[parent] = max(salience[parent], salience[p])


@kernel
def spread_tree(
    pixels: NDArray[np.int64],
    before: NDArray[np.int64],
    order: NDArray[np.int64],
    reached: int,
    length: NDArray[np.float64],
    salience: NDArray[np.float64],
    child: NDArray[np.int64],
    area: NDArray[np.int64],
) -> None:
    """From the centre outwards: main children inherit, others start a branch; add up areas."""
    for at in range(reached):
        p = order[at]
        parent = before[p]
        if p == child[parent]:
            length[p], salience[p] = length[parent], salience[parent]
        else:
            length[p] += step(pixels, p, parent)
        turn = pixels[p, 1] * pixels[parent, 0] - pixels[p, 0] * pixels[parent, 1]
        area[p] = area[parent] + turn


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
        loop, size, at = order, 0, q
        while True:
            loop[size] = at
            size += 1
            if at == p:
                break
            at = before[at]
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


@kernel
def measure_tree(
    window: NDArray[np.uint8],
    pixels: NDArray[np.int64],
    links: NDArray[np.int64],
    cut: NDArray[np.bool_],
    tree: NDArray[np.int64],
    order: NDArray[np.int64],
    reached: int,
    squares: NDArray[np.int64],
    center: int,
    result: NDArray[np.float64],
) -> None:
    """Write branch and loop figures of the tree that was grown from `center`."""
    count = pixels.shape[0]
    length, salience = np.zeros(count, np.float64), np.ones(count, np.float64)
    child, area = np.full(count, -1, np.int64), np.zeros(count, np.int64)
    on_loop = np.zeros(count, np.bool_)
    grow_tree(pixels, links, cut, tree, order, reached, squares, length, salience, child)
    spread_tree(pixels, tree, order, reached, length, salience, child, area)
    on_loop[center] = True
    for at in range(reached - 1, -1, -1):
        p = order[at]
        if child[p] < 0:
            close_loops(
                window, pixels, links, cut, tree, p, length, salience, area, on_loop, result
            )
            if not on_loop[p] and squares[p] >= 4:
                drop_branch(links, cut, tree, child, salience, p)
        if on_loop[p]:
            on_loop[tree[p]] = True
    count_branches(order, reached, child, on_loop, length, salience, center, result)


@kernel
def count_branches(
    order: NDArray[np.int64],
    reached: int,
    child: NDArray[np.int64],
    on_loop: NDArray[np.bool_],
    length: NDArray[np.float64],
    salience: NDArray[np.float64],
    center: int,
    result: NDArray[np.float64],
) -> None:
    """Add the salient branches to the figures."""
    threshold = SHARE * salience[center]
    total = 0.0
    for at in range(reached - 1, -1, -1):
        p = order[at]
        if child[p] < 0 and salience[p] >= threshold and not on_loop[p]:
            result[BRANCHES] += 1
            total += length[p]
    result[TOTAL] += total
    if result[BRANCHES] > 0:
        result[AVERAGE] = total / result[BRANCHES]


@kernel
def measure_one(
    window: NDArray[np.uint8], result: NDArray[np.float64], places: NDArray[np.float64]
) -> None:
    """Write the figures and places (centre and ends as x, y of the window) of one object."""
    vectors = np.zeros((window.shape[0], window.shape[1], 2), np.int64)
    ways_out(window, vectors)
    marked = mark_medial(window, vectors)
    thin(window, vectors, marked)
    pixels, links = graph_of(marked, np.empty(window.shape, np.int64))
    count = pixels.shape[0]
    if count < 2:
        return
    cut = np.zeros((count, 8), np.bool_)
    squares = np.empty(count, np.int64)
    for p in range(count):
        squares[p] = square_of(vectors, pixels[p, 0], pixels[p, 1])
    away, tree = np.empty(count, np.float64), np.empty(count, np.int64)
    order = np.empty(count, np.int64)
    reached = search(pixels, links, cut, count - 1, -1, away, tree, order)
    second = order[reached - 1]
    reached = search(pixels, links, cut, second, -1, away, tree, order)
    end = order[reached - 1]
    result[DIAMETER] = away[end]
    result[EUCLIDEAN] = step(pixels, second, end)
    center = middle_of(pixels, tree, end, np.empty(count, np.int64))
    reached = search(pixels, links, cut, center, -1, away, tree, order)
    measure_tree(window, pixels, links, cut, tree, order, reached, squares, center, result)
    chosen = (center, end, second)
    for k in range(3):
        places[k, 0], places[k, 1] = pixels[chosen[k], 1], pixels[chosen[k], 0]


@kernel
def skeletons(
    labels: NDArray[np.generic],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    border: NDArray[np.bool_],
    origin: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ``(n, 6)``: diameter, Euclidean diameter, total and average length, branches, holes.

    And ``(n, 3, 2)``: centre, first and second end as x, y in the whole image; zeros for
    objects without a skeleton. `border` says for y low, y high, x low, x high whether the
    crop ends at the image's border.
    """
    n = first.size - 1
    result, places = np.zeros((n, 6), np.float64), np.zeros((n, 3, 2), np.float64)
    for row in range(n):
        window = window_of(labels, runs, first[row], first[row + 1], start[row], stop[row], border)
        places[row] = np.nan
        measure_one(window, result[row], places[row])
        for k in range(3):
            if np.isnan(places[row, k, 0]):
                places[row, k] = 0.0
                continue
            places[row, k, 0] += start[row, 2] - 1 + origin[2]
            places[row, k, 1] += start[row, 1] - 1 + origin[1]
    return result, places
