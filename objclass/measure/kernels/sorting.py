"""Sorting numbers in place: numba's own sort takes twice as long to compile, once per type."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

SHORT = 16
"""So many values are sorted by insertion."""


@kernel
def sort_part(values: NDArray[np.generic], low: int, high: int) -> None:
    """Sort ``values[low:high]``, none of them NaN (quicksort, Hoare 1962)."""
    while high - low > SHORT:
        a, pivot, c = values[low], values[(low + high) // 2], values[high - 1]
        if a > c:
            a, c = c, a
        pivot = a if pivot < a else c if pivot > c else pivot
        left, right = low, high - 1
        while left <= right:  # both stop at equal values, so that many of them are cut in half
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if right - low < high - left:  # the shorter side first, so that calls do not pile up
            sort_part(values, low, right + 1)
            low = left
        else:
            sort_part(values, left, high)
            high = right + 1
    for at in range(low + 1, high):
        value = values[at]
        while at > low and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value
