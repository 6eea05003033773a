"""Shares among the objects that are counted, where classes are left out of counts.

Both what is counted and how much of it is of a class are estimated, so their ratio is too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from objclass.audit.shares import (
    AuditDesign,
    AuditedObjects,
    Share,
    estimate_mean,
    own_design,
    pooled_design,
    stratum_means,
    wilson_interval,
)
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class CountedClasses:
    """What is counted among the objects of one group.

    Parameters
    ----------
    counted
        Bool (K,), the classes that are counted.
    known
        (K,) how many objects of each class a person annotated for training; they enter as known.
    objects
        How many others there are.
    """

    counted: NDArray[np.bool_]
    known: NDArray[np.integer]
    objects: float


def estimate_ratios(
    audited: AuditedObjects, of: CountedClasses, level: float = 0.95
) -> list[Share | None]:
    """Return the share of every counted class among the counted objects, with its interval.

    A ratio of two prediction-powered means (:func:`objclass.audit.shares.estimate_shares`).
    Its variance is that of the mean of ``y − R d`` over the objects, over the square of the
    mean of ``d`` (linearisation, the delta method: Cochran 1977, Sampling Techniques, chapter
    6; Särndal, Swensson and Wretman 1992, section 5.6), where ``d`` is 1 for a counted object,
    ``y`` for one of the class and ``R`` the ratio. The predictions enter as in the means, with
    the weight that suits the residual.

    Parameters
    ----------
    audited
        Objects and sample.
    of
        What is counted.
    level
        How often the interval holds the truth.

    Returns
    -------
    list of Share or None
        One per class; None for a class that is not counted, and for all where no object is.
    """
    means = stratum_means(audited.probabilities, audited.strata)
    return _ratios(own_design(audited), audited, means, of, level)[0]


def estimate_pooled_ratios(
    group: NDArray[np.float64], audited: AuditedObjects, of: CountedClasses, level: float = 0.95
) -> list[Share | None]:
    """Return the ratios of a group that has too few audited objects of its own.

    The assumption is that of :func:`objclass.audit.shares.estimate_pooled`. Objects with calls
    that the audit has not seen twice may be of the class, or counted and of another; the
    interval holds both.
    """
    design, _, unseen = pooled_design(group, audited)
    if unseen == 1:
        return [Share(0.5, 0.0, 1.0, 0) if each else None for each in of.counted]
    means = stratum_means(group, group.argmax(1), group.shape[1])
    seen = replace(of, objects=of.objects * (1 - unseen))
    found, whole = _ratios(design, audited, means, seen, level)
    more = of.objects * unseen
    return [each and _doubtful(each, whole, more) for each in found]


def _doubtful(share: Share, whole: float, more: float) -> Share:
    """Return a ratio of so many objects with more that may or may not be counted, and of it."""
    total = whole + more
    low, high = share.low * whole / total, (share.high * whole + more) / total
    return Share(share.share, low, high, share.audited)


def _ratios(
    design: AuditDesign,
    audited: AuditedObjects,
    means: NDArray[np.float64],
    of: CountedClasses,
    level: float,
) -> tuple[list[Share | None], float]:
    """Return the ratios, and how many objects are counted."""
    K = len(of.counted)
    truth = audited.truth[:, None] == np.arange(means.shape[1])
    guess = audited.probabilities[audited.rows]
    d, d_guess = truth[:, :K][:, of.counted].any(1), guess[:, :K][:, of.counted].sum(1)
    d_means = means[:, :K][:, of.counted].sum(1)
    whole = of.objects * estimate_mean(design, d.astype(float), d_guess, d_means)[0]
    whole += of.known[:K][of.counted].sum()
    if whole <= 0:
        return [None] * K, 0.0

    def ratio(k: int) -> Share:
        """One class: its part of the counted objects, and the spread of the residual."""
        y, y_guess, y_means = truth[:, k].astype(float), guess[:, k], means[:, k]
        part = of.objects * estimate_mean(design, y, y_guess, y_means)[0] + of.known[k]
        R = float(min(part / whole, 1.0))
        rest = estimate_mean(design, y - R * d, y_guess - R * d_guess, y_means - R * d_means)
        variance = rest[1] * (of.objects / whole) ** 2
        freedom = max(int(d.sum()) - len(design.members()), 1)
        counted = max(int(d.sum()), 1)
        return Share(*wilson_interval(R, variance, counted, freedom, level), int(d.sum()))

    return [ratio(k) if of.counted[k] else None for k in range(K)], float(whole)
