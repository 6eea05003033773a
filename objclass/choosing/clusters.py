"""Clusters of objects: k-means, begun far apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from objclass.choosing.scaling import STEP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_ROUNDS: Final = 50
DISTANCES_AT_ONCE: Final = 2**21
"""Distances of objects from centres that are held at a time: 16 MB."""


def cluster(
    X: Floats, count: int, seed: int = 0
) -> tuple[Floats, NDArray[np.intp], NDArray[np.float64]]:
    """Return centres, and for each row its centre and its squared distance from it.

    Parameters
    ----------
    X
        float64 (n, f), standardised: multiples of :data:`objclass.choosing.scaling.STEP`.
    count
        Number of centres, at most n.
    seed
        Start of the random numbers.

    Returns
    -------
    centres
        float64 (k, f); fewer than `count` where fewer rows differ.
    owner
        intp (n,), the centre of each row.
    distance
        float64 (n,), squared.

    Notes
    -----
    Lloyd (1982), Least squares quantization in PCM, IEEE Transactions on Information Theory 28,
    129-137; begun by k-means++ (Arthur and Vassilvitskii 2007, SODA, 1027-1035). Centres are
    rounded to multiples of the step, so that all distances are exact.
    """
    centres = spread(X, count, seed)
    owner, distance = nearest_centres(X, centres)
    for _ in range(MOST_ROUNDS):
        centres = _means(X, owner, centres)
        moved, distance = nearest_centres(X, centres)
        if np.array_equal(moved, owner):
            break
        owner = moved
    return centres, owner, distance


def spread(X: Floats, count: int, seed: int) -> Floats:
    """Return `count` rows far apart: each drawn in proportion to its squared distance from
    those drawn before; fewer where no row differs from all of these.
    """
    random = np.random.default_rng(seed)
    drawn = [int(random.integers(len(X)))]
    nearest = _squared(X, X[drawn[0]])
    while len(drawn) < count and (total := nearest.sum()) > 0:
        at = np.searchsorted(np.cumsum(nearest), random.random() * total, side="right")
        drawn.append(int(min(at, np.flatnonzero(nearest)[-1])))
        nearest = np.minimum(nearest, _squared(X, X[drawn[-1]]))
    return X[drawn]


def _squared(X: Floats, row: Floats) -> Floats:
    """Squared distances of rows from one."""
    off = X - row
    found: Floats = np.einsum("nf,nf->n", off, off)
    return found


def nearest_centres(X: Floats, centres: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return for each row the nearest centre, of equal ones the first, and its squared distance."""
    owner, distance = np.zeros(len(X), np.intp), np.zeros(len(X))
    lengths = (centres * centres).sum(axis=1)
    for piece in _pieces(len(X), len(centres)):
        there = X[piece]
        far = lengths - 2 * (there @ centres.T) + (there * there).sum(axis=1)[:, None]
        owner[piece] = far.argmin(axis=1)
        distance[piece] = far[np.arange(len(there)), owner[piece]]
    return owner, distance


def _pieces(rows: int, centres: int) -> Iterator[slice]:
    step = max(1, DISTANCES_AT_ONCE // max(1, centres))
    yield from (slice(begin, begin + step) for begin in range(0, rows, step))


def _means(X: Floats, owner: NDArray[np.intp], centres: Floats) -> Floats:
    """Return the mean of each cluster, rounded to the step; an empty one keeps its centre."""
    sizes = np.bincount(owner, minlength=len(centres))
    sums = np.zeros_like(centres)
    order = np.argsort(owner, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])[sizes > 0]
    sums[sizes > 0] = np.add.reduceat(X[order], starts, axis=0)
    means = np.round(sums / np.maximum(sizes, 1)[:, None] / STEP) * STEP
    found: Floats = np.where(sizes[:, None] > 0, means, centres)
    return found
