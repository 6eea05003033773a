"""Which examples are nearest to a row, found exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel


@kernel
def count_nearest(
    X: NDArray[np.float32],
    mean: NDArray[np.float64],
    scale: NDArray[np.float64],
    example: NDArray[np.float64],
    number: NDArray[np.int32],
    k: int,
    found: NDArray[np.float64],
) -> None:  # pragma: no cover
    """Add to `found` (rows, classes) how many of the k nearest examples are of each class.

    The sum of squares of an example is given up once it is not below the k-th smallest: it
    can only grow, so nothing is lost.
    """
    rows, columns = X.shape
    z = np.empty(columns)
    distance = np.empty(k)
    owner = np.empty(k, np.int32)
    for i in range(rows):
        for j in range(columns):
            z[j] = (np.float64(X[i, j]) - mean[j]) / scale[j]
        filled = 0
        for n in range(len(example)):
            limit = distance[k - 1] if filled == k else np.inf
            far = 0.0
            for j in range(columns):
                step = z[j] - example[n, j]
                far += step * step
                if far >= limit:
                    break
            if far >= limit:
                continue
            filled = min(filled + 1, k)
            place = filled - 1
            while place > 0 and distance[place - 1] > far:
                distance[place] = distance[place - 1]
                owner[place] = owner[place - 1]
                place -= 1
            distance[place] = far
            owner[place] = number[n]
        for place in range(filled):
            found[i, owner[place]] += 1.0
