"""Two classifiers on the same objects: is one better, or is it chance?"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Any

from objclass.evaluation.resampling import (
    balanced,
    difference_interval,
    draw_groups,
    group_confusions,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p of McNemar's test (1947, Psychometrika 12:153).

    Parameters
    ----------
    only_first, only_second
        Objects that only the first, or only the second, called right.
    """
    n, k = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return 1.0
    tail = sum(comb(n, i) for i in range(k + 1))
    return min(1.0, float(2 * tail / 2**n))


def compare_paired(
    truth: NDArray[np.integer],
    first: NDArray[np.integer],
    second: NDArray[np.integer],
    group: NDArray[np.integer],
    K: int,
    seed: int = 0,
) -> dict[str, Any]:
    """Return how two classifiers differ on the same objects, in pairs.

    Parameters
    ----------
    truth, first, second
        Int (n,), the true class and what both called it, counted from 0; K for no class.
    group
        Int (n,), objects that are not independent; whole groups are drawn again, for both at
        once (paired bootstrap, Efron and Tibshirani 1993, An Introduction to the Bootstrap).
    K
        Number of classes.
    seed
        Start of the random numbers.

    Returns
    -------
    dict
        ``difference`` of balanced accuracies, second less first, with its 95 % ``interval``:
        never narrower than for so many independent objects on which no difference was seen, and
        None for a single group, which cannot be drawn again;
        ``only_first`` and ``only_second`` right, and ``p`` of McNemar's test.
    """
    import numpy as np

    confusions = [group_confusions(truth, called, group, K + 1) for called in (first, second)]
    groups = len(np.unique(group))
    draws = draw_groups(groups, seed)
    now = [float(balanced(each.sum(axis=0))) for each in confusions]
    drawn = [balanced(np.tensordot(draws, each, 1)) for each in confusions]
    more = now[1] - now[0]
    right = first == truth, second == truth
    only = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    return {
        "objects": len(truth),
        "groups": groups,
        "balanced_accuracy": now,
        "difference": more,
        "interval": difference_interval(more, drawn[1] - drawn[0], truth) if groups > 1 else None,
        "only_first": only[0],
        "only_second": only[1],
        "p": mcnemar(*only),
    }
