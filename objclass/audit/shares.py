"""Shares of classes with intervals, from an audit and the predictions of all objects.

Counting predictions is biased: a classifier that learned from as many objects of each class
calls too many objects by the name of a rare one, and no number of predictions cures that. A
random sample of objects whose class a person gave is unbiased, and what the predictions know
makes it sharper.
"""

from __future__ import annotations

from math import pi, sqrt, tan
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from objclass.audit.sample import LEAST
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOUBT = 0.5
"""Squared mistakes that every estimate carries beyond those that were seen.

A sample without a mistake does not show that there are none: without it the interval of a
classifier that was right on all audited objects would have no width."""
ENOUGH = 30
"""Audited objects from which a group is estimated by itself."""


@dataclass(frozen=True)
class Share:
    """The share of a class among all objects.

    Parameters
    ----------
    share, low, high
        Estimate and interval, from 0 to 1.
    audited
        Audited objects that it rests on.
    """

    share: float
    low: float
    high: float
    audited: int


@dataclass(frozen=True)
class AuditedObjects:
    """All objects that an audit speaks for, and the classes of those that were drawn.

    Parameters
    ----------
    probabilities
        (N, K) float64, of every class for all objects.
    strata
        (N,) the stratum that each was drawn from, counted from 0; one for a simple sample.
    rows
        (n,) the objects that were drawn; each once.
    truth
        (n,) their classes, counted from 0.
    """

    probabilities: NDArray[np.float64]
    strata: NDArray[np.integer]
    rows: NDArray[np.integer]
    truth: NDArray[np.integer]

    def within(self, chosen: NDArray[np.bool_]) -> AuditedObjects:
        """Return some of the objects, with those of the sample that are among them."""
        place = np.cumsum(chosen) - 1
        mine = chosen[self.rows]
        return AuditedObjects(
            self.probabilities[chosen],
            self.strata[chosen],
            place[self.rows[mine]],
            self.truth[mine],
        )

    @property
    def enough(self) -> bool:
        """True where these objects can be estimated by themselves."""
        if len(self.rows) == len(self.strata):
            return True
        sizes, drawn = _counts(self.strata, self.rows)
        return len(self.rows) >= ENOUGH and bool((drawn >= np.minimum(LEAST, sizes)).all())


def estimate_shares(audited: AuditedObjects, level: float = 0.95) -> list[Share]:
    """Return the share of every class among all objects, with its interval.

    Per class, the mean of its probability over all objects is corrected by what the audited
    objects show it to be wrong by: a difference estimator, with the weight of the
    probabilities chosen to give the least variance (prediction-powered inference: Angelopoulos,
    Duchi and Zrnic 2023, PPI++; for strata: Fisch et al. 2024). The sample is drawn without
    replacement from finitely many objects (Cochran 1977). The interval is Wilson's for as many
    independent objects as would have this variance (Korn and Graubard 1998), with Student's
    quantile.

    Parameters
    ----------
    audited
        Objects and sample; see :attr:`AuditedObjects.enough`.
    level
        How often the interval holds the truth.

    Returns
    -------
    list of Share
        One per class.
    """
    means = stratum_means(audited.probabilities, audited.strata)
    return _shares(own_design(audited), audited, means, level)


def own_design(audited: AuditedObjects) -> AuditDesign:
    """Return how a sample was drawn from its own objects."""
    sizes, drawn = _counts(audited.strata, audited.rows)
    return AuditDesign(
        audited.strata[audited.rows],
        weights=sizes / max(sizes.sum(), 1),
        left=1 - drawn / np.maximum(sizes, 1),
    )


def pooled_design(
    group: NDArray[np.float64], audited: AuditedObjects
) -> tuple[AuditDesign, NDArray[np.bool_], float]:
    """Return an audit as that of a group, by what its objects are called.

    Returns
    -------
    AuditDesign
        Calls are its strata.
    (K,) bool
        Which calls the audit has seen often enough.
    float
        The share of the group's objects with other calls.
    """
    calls, all_calls = group.argmax(1), audited.probabilities.argmax(1)
    weights = np.bincount(calls, minlength=group.shape[1]) / max(len(group), 1)
    seen = np.bincount(all_calls[audited.rows], minlength=group.shape[1]) >= LEAST
    unseen = float(weights[~seen].sum())
    known = np.where(seen, weights, 0) / (1 - unseen) if unseen < 1 else np.zeros(len(weights))
    return AuditDesign(all_calls[audited.rows], known, np.ones(len(weights))), seen, unseen


def estimate_pooled(
    group: NDArray[np.float64], audited: AuditedObjects, level: float = 0.95
) -> list[Share]:
    """Return the shares of a group that has too few audited objects of its own.

    The mistakes of all audited objects are taken for the group's, separately for what is called
    by each class. **Assumption**: a call is wrong as often in the group as elsewhere. Of calls
    that the audit has not seen twice nothing is known, and the interval says so.

    Parameters
    ----------
    group
        (M, K) float64, the probabilities of the group's objects.
    audited
        The whole audit.
    level
        How often the interval holds the truth, where the assumption does.
    """
    calls = group.argmax(1)
    design, seen, unseen = pooled_design(group, audited)
    if unseen == 1:
        return [Share(float(mean), 0.0, 1.0, 0) for mean in group.mean(0)]
    shares = _shares(design, audited, stratum_means(group, calls, group.shape[1]), level)
    doubtful = group[~seen[calls]].sum(0) / max(len(group), 1)
    return [_among(each, unseen, float(mean)) for each, mean in zip(shares, doubtful, strict=True)]


def _among(share: Share, unseen: float, mean: float) -> Share:
    """Return a share with a part of the objects of which the audit knows nothing."""
    known = 1 - unseen
    return Share(
        share.share * known + mean, share.low * known, share.high * known + unseen, share.audited
    )


def add_known(shares: list[Share], known: NDArray[np.integer], objects: int) -> list[Share]:
    """Return the shares among more objects, of which the class is known.

    Parameters
    ----------
    shares
        Among `objects` objects.
    known
        (K,) how many more there are of each class: those that were annotated for training.
    objects
        How many objects the shares are of.
    """
    total = max(objects + int(known.sum()), 1)
    return [
        Share(
            (each.share * objects + more) / total,
            (each.low * objects + more) / total,
            (each.high * objects + more) / total,
            each.audited,
        )
        for each, more in zip(shares, known.tolist(), strict=True)
    ]


@dataclass(frozen=True)
class AuditDesign:
    """How a sample was drawn.

    Parameters
    ----------
    drawn
        (n,) the stratum of every audited object.
    weights
        (S,) the share of each stratum among the objects that are estimated.
    left
        (S,) what of its variance is left by how much of a stratum was drawn: 1 of next to
        nothing, 0 of all.
    """

    drawn: NDArray[np.integer]
    weights: NDArray[np.float64]
    left: NDArray[np.float64]

    def members(self) -> list[tuple[int, NDArray[np.bool_]]]:
        """Return number and audited objects of the strata that count."""
        return [(number, self.drawn == number) for number in np.flatnonzero(self.weights).tolist()]


def _counts(
    strata: NDArray[np.integer], rows: NDArray[np.integer]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return how many objects each stratum has, and how many of them were drawn."""
    sizes = np.bincount(strata)
    return sizes, np.bincount(strata[rows], minlength=len(sizes))


def stratum_means(
    values: NDArray[np.float64], strata: NDArray[np.integer], count: int = 0
) -> NDArray[np.float64]:
    """Return the mean of every column in every stratum (S, K); 0 of nothing."""
    sizes = np.bincount(strata, minlength=count)
    sums = [np.bincount(strata, column, len(sizes)) for column in values.T]
    return np.stack(sums, 1) / np.maximum(sizes, 1)[:, None]


def _shares(
    design: AuditDesign, audited: AuditedObjects, means: NDArray[np.float64], level: float
) -> list[Share]:
    found = []
    for k in range(means.shape[1]):
        truth = (audited.truth == k).astype(np.float64)
        guess = audited.probabilities[audited.rows, k]
        share, variance = estimate_mean(design, truth, guess, means[:, k])
        freedom = max(len(truth) - len(design.members()), 1)
        found.append(
            Share(*wilson_interval(share, variance, len(truth), freedom, level), len(truth))
        )
    return found


def estimate_mean(
    design: AuditDesign,
    truth: NDArray[np.float64],
    guess: NDArray[np.float64],
    means: NDArray[np.float64],
) -> tuple[float, float]:
    """Return the estimate of one class and its variance."""
    members = design.members()
    tuned = _tuned_weight(design, truth, guess)
    wrong = truth - tuned * guess
    share = variance = 0.0
    for number, mine in members:
        weight = design.weights[number]
        share += weight * (tuned * means[number] + wrong[mine].mean())
        spread = _variance(wrong[mine], DOUBT / len(members))
        variance += weight**2 * design.left[number] * spread / mine.sum()
    return min(max(float(share), 0.0), 1.0), float(variance)


def _tuned_weight(
    design: AuditDesign, truth: NDArray[np.float64], guess: NDArray[np.float64]
) -> float:
    """Return the weight of the probabilities, 0 to 1, that gives the least variance."""
    together = alone = 0.0
    for number, mine in design.members():
        if mine.sum() > 1:
            factor = design.weights[number] ** 2 * design.left[number] / mine.sum()
            covariance = np.cov(truth[mine], guess[mine])
            together += factor * covariance[0, 1]
            alone += factor * covariance[1, 1]
    return min(max(together / alone, 0.0), 1.0) if alone > 0 else 0.0


def _variance(values: NDArray[np.float64], doubt: float) -> float:
    """Return the variance of a stratum's values, with a doubt beyond what was seen."""
    squares = ((values - values.mean()) ** 2).sum() + doubt
    return float(squares / (len(values) + doubt) * len(values) / max(len(values) - 1, 1))


def wilson_interval(
    share: float, variance: float, audited: int, freedom: int, level: float
) -> tuple[float, float, float]:
    """Return estimate, low and high."""
    if variance == 0:
        return share, share, share
    z = quantile(level, freedom)
    seen = min(max(share, 0.5 / audited), 1 - 0.5 / audited)
    size = seen * (1 - seen) / variance  # of independent objects with this variance
    center = (seen + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * sqrt(seen * (1 - seen) / size + (z / (2 * size)) ** 2)
    return (
        share,
        max(0.0, min(share, float(center - half))),
        min(1.0, max(share, float(center + half))),
    )


def quantile(level: float, freedom: int) -> float:
    """Return Student's two-sided quantile (Abramowitz and Stegun 1964, 26.7.5).

    Its series falls short where there is next to no freedom: by a quarter for 1, so that 1 and 2
    have their closed forms (Hill 1970, Communications of the ACM 13:619).
    """
    if freedom == 1:
        return tan(pi * level / 2)
    if freedom == 2:
        return level * sqrt(2 / (1 - level * level))
    z = NormalDist().inv_cdf(0.5 + level / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return float(z + sum(term / freedom ** (k + 1) for k, term in enumerate(terms)))
