"""Walking trees: the one evaluator of every forest, serial and exact.

For each row the leaf values are added in the order of the trees and divided by their number,
so a probability is the same bits for any block of rows, any machine and any number of
workers, and equal to scikit-learn's ``predict_proba`` run in one thread.

Speed comes from order, not from threads: trees are renumbered breadth first so that a step
needs one comparison and no branch (the right child follows the left one, a leaf leads to
itself), a block of rows stays in the cache while all trees pass over it, and eight rows walk
at once so that their loads overlap.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from objclass.data.dataclass import dataclass
from objclass.data.kernel import kernel

DECIDED = 8192  # rows at once, so that they stay in the cache
ROWS = 256
ONE = np.uint32(1)
NONE = np.uint32(0)


@dataclass(frozen=True)
class Packed:
    """A forest in walking order.

    ``feature`` uint32, ``threshold`` float32, ``child`` uint32 (nodes,): a row goes to
    ``child`` or, where its feature is above the threshold, to ``child + 1``; a leaf is its own
    child. ``value`` float64 (nodes, classes); ``root`` uint32 (trees,).
    """

    feature: NDArray[np.uint32]
    threshold: NDArray[np.float32]
    child: NDArray[np.uint32]
    value: NDArray[np.float64]
    root: NDArray[np.uint32]


def pack(arrays: Mapping[str, NDArray[np.generic]]) -> Packed:
    """Return the trees of a forest without problems, ready to walk in."""
    names = ("feature", "left", "right", "root")
    column, left, right, first = (np.asarray(arrays[name], np.int32) for name in names)
    limit = rounded_down(np.asarray(arrays["threshold"], np.float64))
    feature, threshold, child, source, root = breadth_first(column, limit, left, right, first)
    value = np.ascontiguousarray(arrays["value"][source], dtype=np.float64)
    return Packed(feature, threshold, child, value, root)


def rounded_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the largest float32 not above each threshold.

    ``x <= t`` is the same for a float32 `x` and either threshold, so half the memory is
    enough and nothing is lost.
    """
    with np.errstate(over="ignore", under="ignore"):
        near: NDArray[np.float32] = threshold.astype(np.float32)
        below = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > threshold, below, near)


def breadth_first(
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    root: NDArray[np.int32],
) -> tuple[
    NDArray[np.uint32],
    NDArray[np.float32],
    NDArray[np.uint32],
    NDArray[np.int64],
    NDArray[np.uint32],
]:
    """Renumber the nodes of every tree breadth first; also return where each came from."""
    nodes = len(feature)
    column, child = np.zeros((2, nodes), np.uint32)
    limit = np.full(nodes, np.inf, np.float32)
    source = np.zeros(nodes, np.int64)
    first = np.zeros(len(root), np.uint32)
    free = renumber(feature, threshold, left, right, root, column, limit, child, source, first)
    return column[:free], limit[:free], child[:free], source[:free], first


@kernel
def renumber(
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    root: NDArray[np.int32],
    column: NDArray[np.uint32],
    limit: NDArray[np.float32],
    child: NDArray[np.uint32],
    source: NDArray[np.int64],
    first: NDArray[np.uint32],
) -> int:  # pragma: no cover
    """Write the nodes of every tree breadth first; return how many there are."""
    free = 0
    for tree in range(len(root)):
        first[tree] = free
        source[free] = root[tree]
        at = free
        free += 1
        while at < free:
            node = source[at]
            child[at] = at
            if feature[node] >= 0:
                column[at] = feature[node]
                limit[at] = threshold[node]
                child[at] = free
                source[free] = left[node]
                source[free + 1] = right[node]
                free += 2
            at += 1
    return free


@kernel
def step(
    feature: NDArray[np.uint32],
    threshold: NDArray[np.float32],
    child: NDArray[np.uint32],
    x: NDArray[np.float32],
    node: np.uint32,
) -> np.uint32:  # pragma: no cover
    """Return the next node of a row; a leaf stays where it is."""
    return np.uint32(child[node] + (ONE if x[feature[node]] > threshold[node] else NONE))


@kernel
def walk(
    feature: NDArray[np.uint32],
    threshold: NDArray[np.float32],
    child: NDArray[np.uint32],
    x: NDArray[np.float32],
    root: np.uint32,
) -> np.uint32:  # pragma: no cover
    """Return the leaf of one row in one tree."""
    node = root
    while child[node] != node:
        node = step(feature, threshold, child, x, node)
    return node


@kernel
def walk_eight(
    f: NDArray[np.uint32],
    t: NDArray[np.float32],
    c: NDArray[np.uint32],
    X: NDArray[np.float32],
    i: int,
    root: np.uint32,
) -> tuple[
    np.uint32, np.uint32, np.uint32, np.uint32, np.uint32, np.uint32, np.uint32, np.uint32
]:  # pragma: no cover
    """Return the leaves of rows i…i + 7 in one tree; the rows wait for the deepest."""
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = root
    moved = True
    while moved:
        b0, b1 = step(f, t, c, X[i], a0), step(f, t, c, X[i + 1], a1)
        b2, b3 = step(f, t, c, X[i + 2], a2), step(f, t, c, X[i + 3], a3)
        b4, b5 = step(f, t, c, X[i + 4], a4), step(f, t, c, X[i + 5], a5)
        b6, b7 = step(f, t, c, X[i + 6], a6), step(f, t, c, X[i + 7], a7)
        low = (a0 ^ b0) | (a1 ^ b1) | (a2 ^ b2) | (a3 ^ b3)
        high = (a4 ^ b4) | (a5 ^ b5) | (a6 ^ b6) | (a7 ^ b7)
        moved = (low | high) != 0
        a0, a1, a2, a3, a4, a5, a6, a7 = b0, b1, b2, b3, b4, b5, b6, b7
    return a0, a1, a2, a3, a4, a5, a6, a7


@kernel
def sum_of_leaves(
    f: NDArray[np.uint32],
    t: NDArray[np.float32],
    c: NDArray[np.uint32],
    value: NDArray[np.float64],
    root: NDArray[np.uint32],
    X: NDArray[np.float32],
    total: NDArray[np.float64],
) -> None:  # pragma: no cover
    """Add the leaf values of every tree, in their order, to `total` (rows, classes)."""
    rows, classes = total.shape
    for begin in range(0, rows, ROWS):
        end = min(begin + ROWS, rows)
        eights = begin + (end - begin) // 8 * 8
        for tree in range(len(root)):
            for i in range(begin, eights, 8):
                leaves = walk_eight(f, t, c, X, i, root[tree])
                for k in range(classes):
                    for row in range(8):
                        total[i + row, k] += value[leaves[row], k]
            for i in range(eights, end):
                leaf = walk(f, t, c, X[i], root[tree])
                for k in range(classes):
                    total[i, k] += value[leaf, k]


@kernel
def sum_where(
    f: NDArray[np.uint32],
    t: NDArray[np.float32],
    c: NDArray[np.uint32],
    value: NDArray[np.float64],
    root: NDArray[np.uint32],
    X: NDArray[np.float32],
    use: NDArray[np.bool_],
    total: NDArray[np.float64],
) -> None:  # pragma: no cover
    """Like :func:`sum_of_leaves`, with only the trees of ``use[tree, row]``."""
    for tree in range(len(root)):
        for i in range(len(X)):
            if use[tree, i]:
                leaf = walk(f, t, c, X[i], root[tree])
                for k in range(total.shape[1]):
                    total[i, k] += value[leaf, k]


def decide_classes(
    probability: NDArray[np.float64], least: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return class codes (first maximum; K + 1 below `least`) and uncertainties of rows."""
    code = np.ones(len(probability), np.uint8)
    uncertainty = np.zeros(len(probability))
    for begin in range(0, len(code), DECIDED):
        some = slice(begin, begin + DECIDED)
        _decide(probability[some].T.copy(), least, code[some], uncertainty[some])
    return code, uncertainty


def _decide(
    probability: NDArray[np.float64],
    least: float,
    code: NDArray[np.uint8],
    uncertainty: NDArray[np.float64],
) -> None:
    """Decide on rows whose probabilities come class by class."""
    first, second = probability[0].copy(), np.zeros(len(code))
    for k, each in enumerate(probability[1:], 2):
        better = each > first
        np.copyto(second, each, where=each > second)
        np.copyto(second, first, where=better)
        np.copyto(first, each, where=better)
        code[better] = k
    code[~(first >= least)] = len(probability) + 1
    if len(probability) > 1:
        np.subtract(1.0, first - second, out=uncertainty)
