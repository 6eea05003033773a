"""Symmetric eigensystems with the signs that vigra gives.

The sign of an eigenvector is free; vigra's comes from Householder tridiagonalisation followed
by implicit QL (EISPACK's tred2 and tql2, as in JAMA). Forests trained in ilastik see it, so
the same steps are taken here, for the small matrices that occur.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

EPSILON = 2.220446049250313e-16


@kernel
def reflect(
    a: NDArray[np.float64], d: NDArray[np.float64], e: NDArray[np.float64], i: int, scale: float
) -> float:
    """Eliminate row `i` left of the diagonal by a Householder reflection; return its norm h."""
    h = 0.0
    for k in range(i):
        d[k] /= scale
        h += d[k] * d[k]
    f = d[i - 1]
    g = -np.sqrt(h) if f > 0.0 else np.sqrt(h)
    e[i] = scale * g
    h -= f * g
    d[i - 1] = f - g
    for j in range(i):
        e[j] = 0.0
    for j in range(i):
        f = d[j]
        a[j, i] = f
        g = e[j] + a[j, j] * f
        for k in range(j + 1, i):
            g += a[k, j] * d[k]
            e[k] += a[k, j] * f
        e[j] = g
    f = 0.0
    for j in range(i):
        e[j] /= h
        f += e[j] * d[j]
    half = f / (h + h)
    for j in range(i):
        e[j] -= half * d[j]
    for j in range(i):
        f, g = d[j], e[j]
        for k in range(j, i):
            a[k, j] -= f * e[k] + g * d[k]
        d[j] = a[i - 1, j]
        a[i, j] = 0.0
    return float(h)


@kernel
def tridiagonal(a: NDArray[np.float64], d: NDArray[np.float64], e: NDArray[np.float64]) -> None:
    """Reduce `a` to tridiagonal form: diagonal `d`, off-diagonal `e[1:]`, rotations in `a`."""
    n = a.shape[0]
    for j in range(n):
        d[j] = a[n - 1, j]
    for i in range(n - 1, 0, -1):
        scale, h = 0.0, 0.0
        for k in range(i):
            scale += abs(d[k])
        if scale == 0.0:
            e[i] = d[i - 1]
            for j in range(i):
                d[j] = a[i - 1, j]
                a[i, j] = 0.0
                a[j, i] = 0.0
        else:
            h = reflect(a, d, e, i, scale)
        d[i] = h
    gather_reflections(a, d, e)


@kernel
def gather_reflections(
    a: NDArray[np.float64], d: NDArray[np.float64], e: NDArray[np.float64]
) -> None:
    """Multiply the reflections kept in `a` and `d` into one matrix in `a`."""
    n = a.shape[0]
    for i in range(n - 1):
        a[n - 1, i] = a[i, i]
        a[i, i] = 1.0
        h = d[i + 1]
        if h != 0.0:
            for k in range(i + 1):
                d[k] = a[k, i + 1] / h
            for j in range(i + 1):
                g = 0.0
                for k in range(i + 1):
                    g += a[k, i + 1] * a[k, j]
                for k in range(i + 1):
                    a[k, j] -= g * d[k]
        for k in range(i + 1):
            a[k, i + 1] = 0.0
    for j in range(n):
        d[j] = a[n - 1, j]
        a[n - 1, j] = 0.0
    a[n - 1, n - 1] = 1.0
    e[0] = 0.0


@kernel
def ql_sweep(
    v: NDArray[np.float64], d: NDArray[np.float64], e: NDArray[np.float64], begin: int, end: int
) -> float:
    """Do one implicit QL step on rows `begin` to `end`; return the shift."""
    n = v.shape[0]
    g = d[begin]
    p = (d[begin + 1] - g) / (2.0 * e[begin])
    r = math.hypot(p, 1.0)
    if p < 0.0:
        r = -r
    d[begin] = e[begin] / (p + r)
    d[begin + 1] = e[begin] * (p + r)
    upper = d[begin + 1]
    h = g - d[begin]
    for i in range(begin + 2, n):
        d[i] -= h
    p = d[end]
    c, c2, c3, s, s2 = 1.0, 1.0, 1.0, 0.0, 0.0
    beyond = e[begin + 1]
    for i in range(end - 1, begin - 1, -1):
        c3, c2, s2 = c2, c, s
        g = c * e[i]
        shift = c * p
        r = math.hypot(p, e[i])
        e[i + 1] = s * r
        s = e[i] / r
        c = p / r
        p = c * d[i] - s * g
        d[i + 1] = shift + s * (c * g + s * d[i])
        for k in range(n):
            upper_k = v[k, i + 1]
            v[k, i + 1] = s * v[k, i] + c * upper_k
            v[k, i] = c * v[k, i] - s * upper_k
    p = -s * s2 * c3 * beyond * e[begin] / upper
    e[begin] = s * p
    d[begin] = c * p
    return float(h)


@kernel
def diagonal(v: NDArray[np.float64], d: NDArray[np.float64], e: NDArray[np.float64]) -> None:
    """Diagonalise a tridiagonal matrix: eigenvalues in `d`, vectors multiplied into `v`."""
    n = v.shape[0]
    for i in range(1, n):
        e[i - 1] = e[i]
    e[n - 1] = 0.0
    shift, largest = 0.0, 0.0
    for begin in range(n):
        largest = max(largest, abs(d[begin]) + abs(e[begin]))
        end = begin
        while end < n - 1 and abs(e[end]) > EPSILON * largest:
            end += 1
        if end > begin:
            shift += ql_sweep(v, d, e, begin, end)
            while abs(e[begin]) > EPSILON * largest:
                shift += ql_sweep(v, d, e, begin, end)
        d[begin] += shift
        e[begin] = 0.0


@kernel
def sort_down(v: NDArray[np.float64], d: NDArray[np.float64]) -> None:
    """Put eigenvalues in descending order, vectors with them."""
    n = d.size
    for i in range(n - 1):
        largest = i
        for j in range(i + 1, n):
            if d[largest] < d[j]:
                largest = j
        if largest != i:
            d[i], d[largest] = d[largest], d[i]
            for k in range(n):
                v[k, i], v[k, largest] = v[k, largest], v[k, i]


@kernel
def eigensystem(a: NDArray[np.float64], d: NDArray[np.float64]) -> None:
    """Replace a symmetric matrix by its eigenvectors (columns), eigenvalues descending in `d`."""
    e = np.zeros(d.size, np.float64)
    tridiagonal(a, d, e)
    diagonal(a, d, e)
    sort_down(a, d)
