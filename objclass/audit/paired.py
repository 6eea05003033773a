"""Two classifiers on one audit: which is right more often, and which counts better."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.audit.shares import AuditDesign, estimate_mean, quantile, wilson_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 2000
"""How often the audit is drawn again for the interval of a difference of absolute errors."""


def compare_on_audit(
    truth: NDArray[np.integer],
    first: NDArray[np.integer],
    second: NDArray[np.integer],
    strata: NDArray[np.integer],
    sizes: NDArray[np.integer],
    K: int,
    seed: int = 0,
) -> dict[str, Any]:
    """Return how two classifiers differ on the same audited objects, weighted for the design.

    Parameters
    ----------
    truth, first, second
        Int (n,), the class that a person gave and what both called it, from 0; K for none.
    strata
        Int (n,), the stratum that each was drawn from, from 0.
    sizes
        Int (S,), how many objects each stratum has.
    K
        Number of classes.
    seed
        Start of the random numbers.

    Returns
    -------
    dict
        ``accuracy``: difference of the shares that are called right, second less first, with its
        95 % ``interval`` (paired differences of a stratified sample, Cochran 1977, chapter 5);
        ``share_errors``: per class, how much more the second's share of calls is off than the
        first's, both as absolute errors, with a paired bootstrap ``interval`` within strata
        (Efron and Tibshirani 1993). No interval is narrower than an audit of this size allows
        where it has seen no difference at all: that does not show that there is none.
    """
    weights = _weights(strata, sizes)
    right = [(called == truth).astype(np.float64) for called in (first, second)]
    difference = right[1] - right[0]
    mean = float((weights * difference).sum())
    half = quantile(0.95, max(len(truth) - len(np.unique(strata)), 1)) * sqrt(
        _variance(difference, strata, sizes)
    )
    unseen = _unseen(strata, sizes)
    draws = _draws(strata, weights, seed)
    errors = []
    for k in range(K):
        off = [(called == k).astype(float) - (truth == k) for called in (first, second)]
        now = [abs(float((weights * each).sum())) for each in off]
        drawn = np.abs(draws @ off[1]) - np.abs(draws @ off[0])
        more = now[1] - now[0]
        ends = _widened(np.quantile(drawn, (0.025, 0.975)).tolist(), more, unseen)
        errors.append({"errors": now, "difference": more, "interval": ends})
    return {
        "objects": len(truth),
        "accuracy": {
            "values": [float((weights * each).sum()) for each in right],
            "difference": mean,
            "interval": _widened((mean - half, mean + half), mean, unseen),
        },
        "share_errors": errors,
    }


def _weights(strata: NDArray[np.integer], sizes: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the weight of every audited object; their sum is 1."""
    drawn = np.bincount(strata, minlength=len(sizes))
    seen = drawn > 0
    share = np.where(seen, sizes, 0) / sizes[seen].sum()
    found: NDArray[np.float64] = share[strata] / drawn[strata]
    return found


def _unseen(strata: NDArray[np.integer], sizes: NDArray[np.integer]) -> float:
    """Return how large a share may be of which this audit has seen nothing (95 %)."""
    drawn = np.bincount(strata, minlength=len(sizes))
    there = np.where(drawn > 0, sizes, 0)
    design = AuditDesign(strata, there / there.sum(), 1 - drawn / np.maximum(sizes, 1))
    nothing = np.zeros(len(strata))
    _, variance = estimate_mean(design, nothing, nothing, np.zeros(len(sizes)))
    freedom = max(len(strata) - int((drawn > 0).sum()), 1)
    return wilson_interval(0.0, variance, len(strata), freedom, 0.95)[2]


def _widened(ends: Sequence[float], value: float, half: float) -> list[float]:
    """Return an interval of differences that reaches at least so far about a value."""
    return [max(-1.0, min(ends[0], value - half)), min(1.0, max(ends[1], value + half))]


def _variance(
    values: NDArray[np.float64], strata: NDArray[np.integer], sizes: NDArray[np.integer]
) -> float:
    """Return the variance of the weighted mean of a stratified sample without replacement."""
    total, found = sizes[np.unique(strata)].sum(), 0.0
    for number in np.unique(strata).tolist():
        mine = values[strata == number]
        if len(mine) > 1:
            left = 1 - len(mine) / sizes[number]
            found += (sizes[number] / total) ** 2 * left * float(mine.var(ddof=1)) / len(mine)
    return found


def _draws(
    strata: NDArray[np.integer], weights: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Return the weights of audits drawn again within strata (DRAWS, n)."""
    random = np.random.default_rng(seed)
    found = np.zeros((DRAWS, len(strata)))
    for number in np.unique(strata).tolist():
        mine = np.flatnonzero(strata == number)
        times = random.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), DRAWS)
        found[:, mine] = times * weights[mine]
    return found
