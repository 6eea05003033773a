"""Weighted sums and their softmax, row by row in one order, so that no block changes a bit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel


@kernel
def add_weighted(
    X: NDArray[np.float32],
    mean: NDArray[np.float64],
    scale: NDArray[np.float64],
    weights: NDArray[np.float64],
    offsets: NDArray[np.float64],
    total: NDArray[np.float64],
) -> None:  # pragma: no cover
    """Add to `total` (rows, classes) the offsets and the weighted standardised columns."""
    rows, columns = X.shape
    z = np.empty(columns)
    for i in range(rows):
        for j in range(columns):
            z[j] = (np.float64(X[i, j]) - mean[j]) / scale[j]
        for k in range(len(offsets)):
            found = 0.0
            for j in range(columns):
                found += z[j] * weights[k, j]
            total[i, k] += found + offsets[k]


@kernel
def to_probabilities(
    total: NDArray[np.float64], known: NDArray[np.bool_]
) -> None:  # pragma: no cover
    """Turn sums (rows, classes) into their softmax over the known classes; others become 0."""
    rows, classes = total.shape
    for i in range(rows):
        most = -np.inf
        for k in range(classes):
            if known[k] and total[i, k] > most:
                most = total[i, k]
        whole = 0.0
        for k in range(classes):
            total[i, k] = math.exp(total[i, k] - most) if known[k] else 0.0
            whole += total[i, k]
        for k in range(classes):
            total[i, k] /= whole
