"""Intervals of scores by drawing whole groups again, since objects of a group are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from objclass.evaluation.scores import mean_interval, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REPEATS = 2000
ENDS = (2.5, 97.5)


def group_confusions(
    truth: NDArray[np.integer], called: NDArray[np.integer], group: NDArray[np.integer], K: int
) -> NDArray[np.int64]:
    """Return the confusion matrix of every group, int64 (G, K, K); rows are true classes."""
    import numpy as np

    codes = np.unique(group, return_inverse=True)[1]
    found = np.zeros((int(codes.max(initial=-1)) + 1, K, K), np.int64)
    np.add.at(found, (codes, truth, called), 1)
    return found


def draw_groups(count: int, seed: int = 0, repeats: int = REPEATS) -> NDArray[np.int64]:
    """Return how often each of `count` groups is drawn, with replacement; (repeats, count)."""
    import numpy as np

    chance = np.full(count, 1 / count)
    return np.random.default_rng(seed).multinomial(count, chance, size=repeats)


def recalls(confusion: NDArray[np.integer]) -> Floats:
    """Return recall per class (…, K) of confusion matrices (…, K, K); NaN without objects."""
    import numpy as np

    hits = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    return _share(hits, confusion.sum(axis=-1))


def precisions(confusion: NDArray[np.integer]) -> Floats:
    """Return precision per class (…, K); NaN for a class that nothing was called."""
    import numpy as np

    hits = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    return _share(hits, confusion.sum(axis=-2))


def f1(confusion: NDArray[np.integer]) -> Floats:
    """Return F1 per class (…, K), the harmonic mean of precision and recall."""
    import numpy as np

    hits = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    return _share(2 * hits, confusion.sum(axis=-1) + confusion.sum(axis=-2))


def balanced(confusion: NDArray[np.integer]) -> Floats:
    """Return the mean recall (…,) of the classes that have objects."""
    import numpy as np

    found = recalls(confusion)
    known = ~np.isnan(found)
    return np.asarray(
        _share(np.where(known, found, 0).sum(axis=-1), known.sum(axis=-1)), dtype=np.float64
    )


def _share(part: Floats, whole: NDArray[np.integer]) -> Floats:
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(whole > 0, part / whole, np.nan), dtype=np.float64)


def percentile_interval(draws: Floats) -> list[float] | None:
    """Return the 95 % percentile interval of a statistic that was drawn again.

    Efron 1979, Annals of Statistics 7:1; groups are drawn, not objects: Field and Welsh 2007,
    JRSS B 69:369.

    Parameters
    ----------
    draws
        float64 (repeats,); NaN where it could not be computed.
    """
    import numpy as np

    known = draws[~np.isnan(draws)]
    if not len(known):
        return None
    low, high = np.percentile(known, ENDS)
    return [float(low), float(high)]


def widest(one: list[float] | None, other: list[float] | None) -> list[float] | None:
    """Return the interval that holds both: groups that are all alike do not prove a score."""
    if one is None or other is None:
        return one or other
    return [min(one[0], other[0]), max(one[1], other[1])]


def difference_interval(
    difference: float, draws: Floats, truth: NDArray[np.integer]
) -> list[float] | None:
    """Return the 95 % interval of a difference of balanced accuracies on the same objects.

    Never narrower than for so many independent objects on which no difference was seen: that
    does not show that there is none.

    Parameters
    ----------
    difference
        What was found.
    draws
        float64 (repeats,), the same on groups that were drawn again, in pairs.
    truth
        Int (n,), the true class of every object, counted from 0.
    """
    half = _unseen(truth)
    least = [max(-1.0, difference - half), min(1.0, difference + half)]
    return widest(percentile_interval(draws), least)


def _unseen(truth: NDArray[np.integer]) -> float:
    """Return how large a mean share of the classes may be of which nothing was seen (95 %)."""
    import numpy as np

    ends = [wilson(0, int(n)) for n in np.bincount(truth) if n]
    found = mean_interval([(0.0, each) for each in ends if each])
    return found[1] if found else 0.0
