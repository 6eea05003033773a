"""A binary heap of integers in an array: the least one comes out first."""

from __future__ import annotations

from typing import Any

from objclass.data.kernel import kernel


@kernel
def push(heap: Any, n: Any, entry: Any) -> Any:
    """Add `entry` to the first n entries of `heap`; return n + 1."""
    i = n
    while i > 0:
        up = (i - 1) >> 1
        if heap[up] <= entry:
            break
        heap[i] = heap[up]
        i = up
    heap[i] = entry
    return n + 1


@kernel
def pop(heap: Any, n: Any) -> Any:
    """Remove ``heap[0]``, the least of n entries; return n − 1."""
    n -= 1
    entry = heap[n]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= entry:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = entry
    return n
