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
from objclass.measure.kernels.ilastik.graph import cut_link, graph_of, middle_of, search, step
from objclass.measure.kernels.ilastik.loops import close_loops, drop_branch
from objclass.measure.kernels.ilastik.thinning import thin

DIAMETER, EUCLIDEAN, TOTAL, AVERAGE, BRANCHES, HOLES = 0, 1, 2, 3, 4, 5
CENTER, FIRST, SECOND = 0, 1, 2
SHORT = 4.0
SHARE = 0.2
EARLIER = 4


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

    Links outside the tree are cut unless one end is a leaf (which may close a loop). Each is
    looked at once, from its end that is later in raster order: what is a leaf changes on the way.
    """
    for at in range(reached - 1, -1, -1):
        p = order[at]
        parent = before[p]
        for k in range(EARLIER):
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
    if count == 0:
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
