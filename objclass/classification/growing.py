"""Growing one decision tree on rows that count whole numbers of times.

The tree is the one that scikit-learn grows (CART with the Gini index, Breiman, Friedman, Olshen
and Stone 1984; columns drawn at every split, Breiman 2001, "Random forests"), bit for bit:
weights are counts, so that sums are exact in any order, and columns are drawn in its order by its
generator (Marsaglia 2003, "Xorshift RNGs"). Importing scikit-learn costs more than growing the
forests of a few hundred annotations.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

ALIKE = np.float32(1e-7)
"""Values of a column that differ by no more are not told apart."""
PURE = np.finfo(np.float64).eps
"""A node of this Gini index or less is a leaf."""
SHORT = 16
"""So many values are sorted by insertion."""
POSITIVE = np.uint32(0x7FFFFFFF)

Examples: TypeAlias = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]
"""Values (columns, rows), the class of each row, and how often it counts."""
Scratch: TypeAlias = tuple[
    NDArray[np.float32], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]
]
"""Values of a column and their rows in order; class counts to the left and right of a cut."""
Rule: TypeAlias = tuple[int, int, int]
"""Columns to try at a split, fewest rows of a leaf, deepest level."""


@kernel
def draw(state: NDArray[np.uint32], low: int, high: int) -> int:  # pragma: no cover
    """Return the next random whole number from `low` to below `high`."""
    x = state[0]
    if x == 0:
        x = np.uint32(1)
    x ^= np.uint32(x << np.uint32(13))
    x ^= np.uint32(x >> np.uint32(17))
    x ^= np.uint32(x << np.uint32(5))
    state[0] = x
    return int(low + np.int64(x & POSITIVE) % (high - low))


@kernel
def middle(values: NDArray[np.float32], low: int, high: int) -> np.float32:  # pragma: no cover
    """Return the median of the first, middle and last value of ``values[low:high]``."""
    a, b, c = values[low], values[(low + high) // 2], values[high - 1]
    return max(min(a, b), min(max(a, b), c))


@kernel
def sort_together(
    values: NDArray[np.float32], rows: NDArray[np.int64], low: int, high: int
) -> None:  # pragma: no cover
    """Sort ``values[low:high]`` and rows with them; what is equal stays in no order."""
    while high - low > SHORT:
        pivot = middle(values, low, high)
        less, at, more = low, low, high
        while at < more:
            value = values[at]
            if value < pivot:
                values[at], values[less] = values[less], value
                rows[at], rows[less] = rows[less], rows[at]
                less += 1
                at += 1
            elif value > pivot:
                more -= 1
                values[at], values[more] = values[more], value
                rows[at], rows[more] = rows[more], rows[at]
            else:
                at += 1
        if less - low < high - more:  # the shorter side first, so that calls do not pile up
            sort_together(values, rows, low, less)
            low = more
        else:
            sort_together(values, rows, more, high)
            high = less
    for at in range(low + 1, high):
        value, row = values[at], rows[at]
        while at > low and values[at - 1] > value:
            values[at], rows[at] = values[at - 1], rows[at - 1]
            at -= 1
        values[at], rows[at] = value, row


@kernel
def gini(counts: NDArray[np.float64], total: float) -> float:  # pragma: no cover
    """Return the Gini index of class counts."""
    squares = 0.0
    for k in range(len(counts)):
        squares += counts[k] * counts[k]
    return 1.0 - squares / (total * total)


@kernel
def best_cut(
    examples: Examples,
    low: int,
    high: int,
    least: int,
    counts: NDArray[np.float64],
    total: float,
    scratch: Scratch,
    best: float,
) -> tuple[int, float]:  # pragma: no cover
    """Return where sorted values are best cut, and how good that is; −1 if no better than best."""
    _, y, weight = examples
    values, rows, left, right = scratch
    found = -1
    for k in range(len(counts)):
        left[k], right[k] = 0.0, counts[k]
    weight_left = 0.0
    for at in range(low + 1, high):
        row = rows[at - 1]
        left[y[row]] += weight[row]
        right[y[row]] -= weight[row]
        weight_left += weight[row]
        if values[at] <= values[at - 1] + ALIKE or at - low < least or high - at < least:
            continue
        weight_right = total - weight_left
        good = -weight_right * gini(right, weight_right) - weight_left * gini(left, weight_left)
        if good > best:
            best, found = good, at
    return found, best


@kernel
def varies(
    x: NDArray[np.float32], rows: NDArray[np.int64], low: int, high: int, scratch: Scratch
) -> bool:  # pragma: no cover
    """Put the values of some rows in order; return whether they differ."""
    values, order = scratch[0], scratch[1]
    for i in range(low, high):
        order[i] = rows[i]
        values[i] = x[rows[i]]
    sort_together(values, order, low, high)
    return bool(values[high - 1] > values[low] + ALIKE)


@kernel
def keep_constant(columns: NDArray[np.int64], known: int, found: int) -> None:  # pragma: no cover
    """Put the columns that are known to be constant first again, and those found behind them."""
    for i in range(known):
        columns[0, i] = columns[1, i]
    for i in range(known, known + found):
        columns[1, i] = columns[0, i]


@kernel
def split(
    examples: Examples,
    rows: NDArray[np.int64],
    low: int,
    high: int,
    columns: NDArray[np.int64],
    known: int,
    rule: Rule,
    counts: NDArray[np.float64],
    total: float,
    state: NDArray[np.uint32],
    scratch: Scratch,
) -> tuple[int, float, int]:  # pragma: no cover
    """Return the best of some columns (−1: none), where to cut it and how many are constant.

    Those that are constant in this node are not looked at again in the nodes below.
    """
    X, order, values = examples[0], columns[0], scratch[0]
    feature, threshold, best = -1, 0.0, -np.inf
    free, visited, found, drawn = len(order), 0, 0, 0
    while free > known + found and (visited < rule[0] or visited <= found + drawn):
        visited += 1
        at = draw(state, drawn, free - found)
        if at < known:
            order[drawn], order[at] = order[at], order[drawn]
            drawn += 1
            continue
        at += found
        column = order[at]
        if not varies(X[column], rows, low, high, scratch):
            order[at], order[known + found] = order[known + found], column
            found += 1
            continue
        free -= 1
        order[free], order[at] = column, order[free]
        cut, best = best_cut(examples, low, high, rule[1], counts, total, scratch, best)
        if cut >= 0:
            feature = column
            threshold = np.float64(values[cut - 1]) / 2.0 + np.float64(values[cut]) / 2.0
    keep_constant(columns, known, found)
    return feature, threshold, known + found


@kernel
def part(
    x: NDArray[np.float32], rows: NDArray[np.int64], low: int, high: int, threshold: float
) -> int:  # pragma: no cover
    """Put the rows that go to the left before the others; return where those begin."""
    while low < high:
        if x[rows[low]] <= threshold:
            low += 1
        else:
            high -= 1
            rows[low], rows[high] = rows[high], rows[low]
    return high


@kernel
def count(
    y: NDArray[np.int64],
    weight: NDArray[np.float64],
    rows: NDArray[np.int64],
    low: int,
    high: int,
    counts: NDArray[np.float64],
) -> float:  # pragma: no cover
    """Write how often each class counts among some rows; return how often all of them do."""
    for k in range(len(counts)):
        counts[k] = 0.0
    total = 0.0
    for i in range(low, high):
        counts[y[rows[i]]] += weight[rows[i]]
        total += weight[rows[i]]
    return total


@kernel
def gain(
    counts: NDArray[np.float64],
    total: float,
    left: NDArray[np.float64],
    weight_left: float,
    right: NDArray[np.float64],
    everything: float,
) -> float:  # pragma: no cover
    """Return by how much a split lowers the Gini index; below 0 only by rounding."""
    for k in range(len(counts)):
        right[k] = counts[k] - left[k]
    weight_right = total - weight_left
    from_right = weight_right / total * gini(right, weight_right)
    from_left = weight_left / total * gini(left, weight_left)
    return total / everything * (gini(counts, total) - from_right - from_left)


@kernel
def push(
    waiting: NDArray[np.int64], top: int, low: int, high: int, level: int, known: int, parent: int
) -> int:  # pragma: no cover
    """Put a node onto the stack of those to come; return how many there are."""
    each = waiting[top]
    each[0], each[1], each[2], each[3], each[4] = low, high, level, known, parent
    return top + 1


@kernel
def divide(
    examples: Examples,
    rows: NDArray[np.int64],
    low: int,
    high: int,
    column: int,
    threshold: float,
    counts: NDArray[np.float64],
    total: float,
    scratch: Scratch,
    everything: float,
) -> int:  # pragma: no cover
    """Put the rows of the left child first; return where the right begins, or `high`: no gain."""
    X, y, weight = examples
    at = part(X[column], rows, low, high, threshold)
    left, right = scratch[2], scratch[3]
    weight_left = count(y, weight, rows, low, at, left)
    lower = gain(counts, total, left, weight_left, right, everything)
    return high if lower < -PURE else at


@kernel
def grow(
    examples: Examples,
    rows: NDArray[np.int64],
    everything: float,
    rule: Rule,
    state: NDArray[np.uint32],
    tree: tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]],
    waiting: NDArray[np.int64],
    columns: NDArray[np.int64],
    scratch: Scratch,
    counts: NDArray[np.float64],
) -> int:  # pragma: no cover
    """Write the nodes of a tree, depth first and left before right; return their number."""
    link, threshold, value = tree
    top, node = push(waiting, 0, 0, len(rows), 0, 0, -1), 0
    while top > 0:
        top -= 1
        each = waiting[top]
        low, high, level, known, parent = each[0], each[1], each[2], each[3], each[4]
        if parent >= 0:
            link[1 if link[1, parent] < 0 else 2, parent] = node
        total = count(examples[1], examples[2], rows, low, high, counts)
        column, cut, at = -1, 0.0, high
        if level < rule[2] and high - low >= max(2, 2 * rule[1]) and gini(counts, total) > PURE:
            column, cut, known = split(examples, rows, low, high, columns, known, rule, counts,
                                       total, state, scratch)  # fmt: skip
        if column >= 0:
            at = divide(examples, rows, low, high, column, cut, counts, total, scratch, everything)
        if at < high:
            link[0, node], threshold[node] = column, cut
            top = push(waiting, top, at, high, level + 1, known, node)
            top = push(waiting, top, low, at, level + 1, known, node)
        else:
            for k in range(len(counts)):
                value[node, k] = counts[k] / total
        node += 1
    return node


def grow_tree(
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    weight: NDArray[np.float64],
    classes: int,
    tried: int,
    least: int,
    deepest: int,
    seed: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return the nodes of a tree.

    Parameters
    ----------
    X
        float32 (columns, rows), C order, finite.
    y
        int64 (rows,), classes counted from 0.
    weight
        float64 (rows,), how often each row counts: whole numbers, 0 for a row that is not seen.
    classes
        Number of classes.
    tried
        Columns to try at a split.
    least
        Fewest rows of a leaf.
    deepest
        Deepest level.
    seed
        Start of the random numbers, below 2³².

    Returns
    -------
    link
        int32 (3, nodes): the column to look at and the left and right child; −1 in a leaf.
    threshold
        float64 (nodes,); rows with a value up to it go to the left.
    value
        float64 (nodes, classes), class shares of a leaf, 0 elsewhere.
    """
    rows = np.flatnonzero(weight)
    nodes, n = max(2 * len(rows) - 1, 1), len(rows)
    link, threshold = np.full((3, nodes), -1, np.int32), np.zeros(nodes)
    value, waiting = np.zeros((nodes, classes)), np.zeros((nodes + 1, 5), np.int64)
    columns = np.array([np.arange(len(X)), np.zeros(len(X), np.int64)])
    scratch = (np.zeros(n, np.float32), np.zeros(n, np.int64), np.zeros(classes), np.zeros(classes))
    state, counts = np.array([seed], np.uint32), np.zeros(classes)
    made = grow(
        (X, y, weight), rows, float(weight.sum()), (tried, least, deepest), state,
        (link, threshold, value), waiting, columns, scratch, counts,
    )  # fmt: skip
    return link[:, :made], threshold[:made], value[:made]
