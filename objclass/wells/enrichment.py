"""Whether a well has more objects of a class than its plate: the score of CellProfiler Analyst.

T. R. Jones et al., *CellProfiler Analyst: data exploration and analysis software for complex
image-based screens*, BMC Bioinformatics 9:482 (2008), and *Scoring diverse cellular
morphologies in image-based screens with iterative feedback and machine learning*, PNAS
106:1826 (2009): the shares of the plate's wells make a prior, a well's own counts a posterior;
the score is the logit, to the base of ten as in its tables, of the probability that the share of
the well is higher than one drawn from the prior.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from objclass.wells.concentration import fit_concentrations

if TYPE_CHECKING:
    from numpy.typing import NDArray

HIGHEST: Final = 300.0
"""Scores go no further than probabilities can be told from 0 or 1."""
_FAR: Final = 20.0
"""Area hyperbolic sine of the logit of the shares that are nearest to 0 and 1."""
_STEPS: Final = 241
_ROUNDS: Final = 3
_DEPTH: Final = 45.0
"""Natural logarithms below its highest value at which an integrand is nothing."""


def score_enrichment(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return how much every well of a plate is enriched in every class.

    Parameters
    ----------
    counts
        Int (W, K): objects of every class in every well of one plate.

    Returns
    -------
    scores
        Float64 (W, K): 0 as the plate, 2 for odds of 100 : 1 that the share is higher than in
        a well of the plate, -2 that it is lower. Not a number where nothing tells: of a plate
        with fewer than two wells or classes that have objects, and of classes that no well has.
        About 0 where wells differ no more than by chance.
    """
    told = np.asarray(counts, np.int64)
    scores = np.full(told.shape, np.nan)
    prior = fit_concentrations(told)
    if prior is None:
        return scores
    total, whole = prior.sum(), told.sum(1)
    for k in np.flatnonzero(prior):
        for well, mine in enumerate(told[:, k].tolist()):
            others = int(whole[well]) - mine
            scores[well, k] = score_well(prior[k], total - prior[k], mine, others)
    return scores


def score_well(alpha: float, beta: float, positive: int, negative: int) -> float:
    """Return the enrichment of one well in one class.

    Parameters
    ----------
    alpha, beta
        Of the beta distribution that shares in wells of the plate have.
    positive, negative
        Objects of the class, and others, in the well.

    Examples
    --------
    A well with one object, of the class, on a plate where every share is as likely: the odds
    that its share is higher than that of another are 2 : 1.

    >>> round(10 ** score_well(1, 1, 1, 0), 6)
    2.0
    """
    if positive + negative == 0:
        return 0.0
    higher = _log_exceeding(alpha + positive, beta + negative, alpha, beta)
    if higher < -0.1:
        lower = float(np.log1p(-np.exp(higher)))
    else:  # what is left of nearly everything is told by its own integral
        lower = _log_exceeding(beta + negative, alpha + positive, beta, alpha)
    return float(np.clip((higher - lower) / np.log(10), -HIGHEST, HIGHEST))


def _log_exceeding(a: float, b: float, c: float, d: float) -> float:
    """Return ln P(X > Y) of X ~ Beta(a, b) and Y ~ Beta(c, d): the mean of Y's distribution.

    Logarithms are integrated, so that what is far less likely than any float still compares,
    over the area hyperbolic sine of the logit of the share, in which the long tails of small
    concentrations are short; first coarsely, then where the integrand is.
    """
    grid = np.linspace(-_FAR, _FAR, _STEPS)
    height = _log_integrand(grid, a, b, c, d)
    for _ in range(_ROUNDS):
        seen = np.flatnonzero(height > height.max() - _DEPTH)
        low, high = grid[max(seen[0] - 1, 0)], grid[min(seen[-1] + 1, _STEPS - 1)]
        grid = np.linspace(low, high, _STEPS)
        height = _log_integrand(grid, a, b, c, d)
    return _log_sum(height) + float(np.log(grid[1] - grid[0]))


def _log_integrand(
    places: NDArray[np.float64], a: float, b: float, c: float, d: float
) -> NDArray[np.float64]:
    from scipy.special import betaln

    logits = np.sinh(places)
    share, other = -np.logaddexp(0, -logits), -np.logaddexp(0, logits)
    density = a * share + b * other - betaln(a, b) + np.log(np.cosh(places))
    small = logits < 0
    below = np.empty_like(places)
    below[small] = _log_below(share[small], c, d)
    with np.errstate(divide="ignore"):
        below[~small] = np.log(-np.expm1(_log_below(other[~small], d, c)))
    return np.asarray(density + below)


def _log_below(share: NDArray[np.float64], c: float, d: float) -> NDArray[np.float64]:
    """Return ln P(Y < x) of Y ~ Beta(c, d), from logarithms of shares x of less than a half."""
    from scipy.special import betainc

    with np.errstate(divide="ignore"):
        found = np.asarray(np.log(betainc(c, d, np.exp(share))))
    none = ~np.isfinite(found)
    found[none] = _log_tail(share[none], c, d)
    return found


def _log_tail(share: NDArray[np.float64], c: float, d: float) -> NDArray[np.float64]:
    """Return about ln P(Y < x) where it is less than any float: its series as a geometric one.

    The series is x^c (1 - x)^d / (c B(c, d)) * (1 + r + ...), r = x (c + d) / (c + 1) (NIST
    Digital Library of Mathematical Functions, 8.17.8).
    """
    from scipy.special import betaln

    x = np.exp(share)
    ratio = np.minimum(x * ((c + d) / (c + 1)), 0.999)
    first = c * share + d * np.log1p(-x) - np.log(c) - betaln(c, d)
    return np.asarray(np.minimum(first - np.log1p(-ratio), 0))


def _log_sum(values: NDArray[np.float64]) -> float:
    highest = float(values.max())
    return highest + float(np.log(np.exp(values - highest).sum()))
