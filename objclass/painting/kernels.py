"""The loops over voxels: table lookup and search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

Labels = NDArray[np.integer[Any]]


@kernel
def dense(
    labels: Labels, first: np.uint64, table: NDArray[Any], out: NDArray[Any]
) -> None:  # pragma: no cover
    """Look up ``table[id - first]``; every other id, negative ones too, finds the last entry."""
    last = np.uint64(len(table) - 1)
    for i in range(labels.size):
        out[i] = table[min(np.uint64(labels[i]) - first, last)]


@kernel
def sparse(
    labels: Labels, ids: NDArray[np.uint64], values: NDArray[Any], out: NDArray[Any]
) -> None:  # pragma: no cover
    """Look up by binary search, once per run of equal ids; unknown ids find the last value."""
    n = len(ids)
    run = labels[0] if labels.size else 0
    value = values[n]
    known = False
    for i in range(labels.size):
        if labels[i] != run or not known:
            run = labels[i]
            known = True
            wanted = np.uint64(run)
            low, high = 0, n
            while low < high:
                middle = (low + high) // 2
                if ids[middle] < wanted:
                    low = middle + 1
                else:
                    high = middle
            value = values[low] if low < n and ids[low] == wanted else values[n]
        out[i] = value
