"""Which objects to audit: a random sample, simple or stratified."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 2
"""Objects of a stratum that are audited at least: one alone has no variance."""


def draw(strata: NDArray[np.integer], size: int, seed: int = 0) -> NDArray[np.intp]:
    """Return which objects are audited, drawn at random without replacement.

    With one stratum the sample is simple. With several, half of it is shared in proportion to
    their sizes and half alike, so that rare strata are seen; in each every object is as
    likely as the others (Cochran 1977, Sampling Techniques, chapter 5).

    Parameters
    ----------
    strata
        (N,) the stratum of every object, counted from 0.
    size
        How many to draw; all where there are fewer.
    seed
        Equal seeds draw equal samples.

    Returns
    -------
    intp array
        Rows of `strata` in random order: any first part of a simple sample is one as well.
    """
    random = np.random.default_rng(seed)
    chosen = [
        random.choice(np.flatnonzero(strata == number), count, replace=False)
        for number, count in enumerate(allocate(np.bincount(strata), size))
    ]
    drawn = np.concatenate([np.zeros(0, np.intp), *chosen])
    return random.permutation(drawn)


def allocate(sizes: NDArray[np.integer], size: int) -> list[int]:
    """Return how many objects of every stratum are drawn: `size` in all, or all there are.

    Parameters
    ----------
    sizes
        (S,) objects of every stratum.
    size
        How many to draw of all.
    """
    there = sizes > 0
    if size >= sizes.sum():
        return [int(n) for n in sizes]
    wish = np.where(there, 0.5 * size * (sizes / sizes.sum() + 1 / there.sum()), 0)
    least = np.minimum(LEAST if size >= LEAST * there.sum() else 0, sizes)
    counts = np.minimum(np.maximum(wish.astype(int), least), sizes)
    while (left := int(size - counts.sum())) > 0:
        counts[np.where(counts < sizes, wish - counts, -np.inf).argmax()] += 1
    for _ in range(-left):
        counts[np.where(counts > least, counts - wish, -np.inf).argmax()] -= 1
    return [int(n) for n in counts]
