"""A binary heap of numbered items, smallest key first, equal keys by number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel


@kernel
def before(keys: NDArray[np.float64], items: NDArray[np.int64], a: int, b: int) -> bool:
    """Tell whether place `a` comes out before place `b`."""
    return bool(keys[a] < keys[b] or (keys[a] == keys[b] and items[a] < items[b]))


@kernel
def exchange(keys: NDArray[np.float64], items: NDArray[np.int64], a: int, b: int) -> None:
    """Exchange two places."""
    keys[a], keys[b] = keys[b], keys[a]
    items[a], items[b] = items[b], items[a]


@kernel
def push(
    keys: NDArray[np.float64], items: NDArray[np.int64], size: int, key: float, item: int
) -> int:
    """Add an item; return the new size. The arrays must have room."""
    keys[size] = key
    items[size] = item
    at = size
    while at > 0 and before(keys, items, at, (at - 1) // 2):
        exchange(keys, items, at, (at - 1) // 2)
        at = (at - 1) // 2
    return size + 1


@kernel
def pop(keys: NDArray[np.float64], items: NDArray[np.int64], size: int) -> int:
    """Move the first item behind the last one (place ``size − 1``); return the new size."""
    size -= 1
    exchange(keys, items, 0, size)
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            return size
        if child + 1 < size and before(keys, items, child + 1, child):
            child += 1
        if not before(keys, items, child, at):
            return size
        exchange(keys, items, at, child)
        at = child
