"""How the shares of classes vary from well to well: a Dirichlet-multinomial of all wells.

Of two classes it is the beta-binomial. The likelihood and its gradient are those of T. P. Minka,
*Estimating a Dirichlet distribution* (2000), section 3, equations 50 and 53.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST: Final = 1e6
"""Concentrations go no further: wells do not differ more than by chance long before."""
LEAST: Final = 1e-3


def fit_concentrations(counts: NDArray[np.integer]) -> NDArray[np.float64] | None:
    """Return the concentrations with the highest likelihood; None where nothing tells them.

    Parameters
    ----------
    counts
        Int (W, K): objects of every class in every well. Wells without objects tell nothing.

    Returns
    -------
    concentrations
        Float64 (K,): divided by their sum they are the shares in a typical well; the larger
        their sum, the less wells vary. 0 of classes that no well has. None of fewer than two
        wells with objects, or fewer than two classes.
    """
    from scipy.optimize import minimize

    told = np.asarray(counts, np.int64)
    told = told[told.sum(1) > 0]
    there = told.sum(0) > 0
    if len(told) < 2 or there.sum() < 2:
        return None
    found = told[:, there]
    start = np.log(_matched_moments(found))
    limits = [(np.log(LEAST) - 8, np.log(MOST))] * len(start)
    best = minimize(
        _misfit, start, args=(found,), jac=True, method="L-BFGS-B", bounds=limits,
        options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-9},
    )  # fmt: skip
    concentrations = np.zeros(told.shape[1])
    concentrations[there] = np.exp(best.x)
    return concentrations


def _matched_moments(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return concentrations with the mean and about the variance of shares, to begin with."""
    whole = counts.sum(1)
    shares = counts / whole[:, None]
    mean = np.average(shares, axis=0, weights=whole)
    variance = np.average((shares - mean) ** 2, axis=0, weights=whole)
    spread = mean * (1 - mean) / np.maximum(variance, 1e-12) - 1
    total = np.clip(np.median(spread), 0.1, 1e4)
    return np.asarray(np.clip(mean * total, LEAST, MOST), np.float64)


def _misfit(
    logarithms: NDArray[np.float64], counts: NDArray[np.int64]
) -> tuple[float, NDArray[np.float64]]:
    """Return minus the log-likelihood of all wells, and its slope along each logarithm."""
    from scipy.special import digamma, gammaln

    concentrations = np.exp(logarithms)
    total, whole = concentrations.sum(), counts.sum(1)
    with_them = counts + concentrations
    likelihood = (gammaln(total) - gammaln(whole + total)).sum()
    likelihood += (gammaln(with_them) - gammaln(concentrations)).sum()
    slope = (digamma(total) - digamma(whole + total)).sum()
    slopes = slope + (digamma(with_them) - digamma(concentrations)).sum(0)
    return -float(likelihood), np.asarray(-slopes * concentrations)
