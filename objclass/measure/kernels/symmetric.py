"""Eigenvalues and eigenvectors of symmetric 2×2 and 3×3 matrices with + − × ÷ √ only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

SWEEPS = 12
SAME = 1.0 - 1e-9


@kernel
def rotate(a: NDArray[np.float64], v: NDArray[np.float64], p: int, q: int) -> None:
    """Apply the Jacobi rotation that makes ``a[p, q]`` zero; gather rotations in `v`."""
    if a[p, q] == 0.0:
        return
    theta = (a[q, q] - a[p, p]) / (2.0 * a[p, q])
    root = abs(theta) + np.sqrt(theta * theta + 1.0)
    t = 1.0 / root if theta >= 0.0 else -1.0 / root
    c = 1.0 / np.sqrt(t * t + 1.0)
    s = t * c
    shift = t * a[p, q]
    a[p, p] -= shift
    a[q, q] += shift
    a[p, q] = 0.0
    a[q, p] = 0.0
    for k in range(a.shape[0]):
        if k != p and k != q:
            at_p, at_q = a[k, p], a[k, q]
            a[k, p] = a[p, k] = c * at_p - s * at_q
            a[k, q] = a[q, k] = s * at_p + c * at_q
    for k in range(a.shape[0]):
        at_p, at_q = v[k, p], v[k, q]
        v[k, p] = c * at_p - s * at_q
        v[k, q] = s * at_p + c * at_q


@kernel
def swap(a: NDArray[np.float64], v: NDArray[np.float64], i: int, j: int) -> None:
    """Exchange two eigenpairs."""
    a[i, i], a[j, j] = a[j, j], a[i, i]
    for k in range(a.shape[0]):
        v[k, i], v[k, j] = v[k, j], v[k, i]


@kernel
def point(v: NDArray[np.float64], column: int) -> None:
    """Make the largest component positive (of equally large ones the first)."""
    largest = 0.0
    for k in range(v.shape[0]):
        largest = max(largest, abs(v[k, column]))
    for k in range(v.shape[0]):
        if abs(v[k, column]) >= SAME * largest:
            if v[k, column] < 0.0:
                for m in range(v.shape[0]):
                    v[m, column] = -v[m, column]
            return


@kernel
def decompose(a: NDArray[np.float64], v: NDArray[np.float64]) -> None:
    """Diagonalise `a` in place: eigenvalues descending on its diagonal, vectors as columns of `v`.

    Cyclic Jacobi rotations, a fixed number of sweeps (a 3×3 matrix needs about five). Each
    vector's largest component is positive.
    """
    n = a.shape[0]
    v[:] = 0.0
    for k in range(n):
        v[k, k] = 1.0
    for _ in range(SWEEPS):
        for p in range(n - 1):
            for q in range(p + 1, n):
                rotate(a, v, p, q)
    for i in range(n - 1):
        largest = i
        for j in range(i + 1, n):
            if a[j, j] > a[largest, largest]:
                largest = j
        if largest != i:
            swap(a, v, i, largest)
    for k in range(n):
        point(v, k)
