"""vigra's changeable priority queue: who comes out first among equals follows its heap.

Items are numbered from 0, the heap's places from 1. `place[i]` is 0 for items outside.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel


@kernel
def swap(heap: NDArray[np.int64], place: NDArray[np.int64], a: int, b: int) -> None:
    """Exchange two places."""
    heap[a], heap[b] = heap[b], heap[a]
    place[heap[a]] = a
    place[heap[b]] = b


@kernel
def rise(
    heap: NDArray[np.int64], place: NDArray[np.int64], keys: NDArray[np.float64], k: int
) -> None:
    """Move an item up while the one above it is larger."""
    while k > 1 and keys[heap[k // 2]] > keys[heap[k]]:
        swap(heap, place, k, k // 2)
        k = k // 2


@kernel
def insert(
    heap: NDArray[np.int64],
    place: NDArray[np.int64],
    keys: NDArray[np.float64],
    size: int,
    item: int,
) -> int:
    """Add an item, or let one whose key became smaller rise; return the size."""
    if place[item] == 0:
        size += 1
        place[item] = size
        heap[size] = item
    rise(heap, place, keys, place[item])
    return size


@kernel
def take(
    heap: NDArray[np.int64], place: NDArray[np.int64], keys: NDArray[np.float64], size: int
) -> int:
    """Move the first item behind the heap, to place ``size``; return the new size."""
    swap(heap, place, 1, size)
    place[heap[size]] = 0
    size -= 1
    k = 1
    while 2 * k <= size:
        j = 2 * k
        if j < size and keys[heap[j]] > keys[heap[j + 1]]:
            j += 1
        if keys[heap[k]] <= keys[heap[j]]:
            break
        swap(heap, place, k, j)
        k = j
    return size
