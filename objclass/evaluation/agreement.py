"""How far two annotators agree on the same objects, beyond what chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan, sqrt
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.evaluation.scores import Z, f1_interval, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Kappa:
    """Agreement of two annotators, corrected for chance.

    Parameters
    ----------
    value
        Cohen's kappa: 1 for full agreement, 0 for what chance gives; NaN where it is not
        defined, because there are no objects or both gave them all one class.
    low, high
        Its 95 % interval; NaN likewise.
    agreement, by_chance
        Share of the objects with one class, and the share that chance would give.
    """

    value: float
    low: float
    high: float
    agreement: float
    by_chance: float


def agreement_table(
    first: Sequence[str], second: Sequence[str], classes: Sequence[str]
) -> NDArray[np.int64]:
    """Return how often each pair of classes was given, int64 (K, K); rows are the first's.

    Parameters
    ----------
    first, second
        The class that each annotator gave to each of n objects.
    classes
        The K names of classes.
    """
    import numpy as np

    number = {name: k for k, name in enumerate(classes)}
    table = np.zeros((len(classes), len(classes)), np.int64)
    for a, b in zip(first, second, strict=True):
        table[number[a], number[b]] += 1
    return table


def cohen_kappa(table: NDArray[np.integer]) -> Kappa:
    """Return Cohen's kappa, without weights, and its interval.

    Kappa is that of Cohen (1960, Educational and Psychological Measurement 20:37); its interval
    is ± 1.96 times the large-sample standard error of Fleiss, Cohen and Everitt (1969,
    Psychological Bulletin 72:323), cut at −1 and 1. That error is 0 where all objects agree:
    there the low end is the kappa of the low end of the agreement (Wilson 1927, JASA 22:209),
    and likewise the high end where none does.
    Objects are taken as independent.

    Parameters
    ----------
    table
        Int (K, K): objects by the class of the first (rows) and the second annotator (columns).
    """
    n = int(table.sum())
    if n == 0:
        return Kappa(nan, nan, nan, nan, nan)
    p = table / n
    first, second = p.sum(axis=1), p.sum(axis=0)
    agreement, chance = float(p.diagonal().sum()), float(first @ second)
    if chance >= 1:
        return Kappa(nan, nan, nan, agreement, chance)
    value = (agreement - chance) / (1 - chance)
    half = Z * sqrt(_variance(p, value, chance) / n)
    low, high = max(-1.0, value - half), min(1.0, value + half)
    if int(table.trace()) == n:
        ends = wilson(n, n)
        assert ends is not None
        value, low, high = 1.0, (ends[0] - chance) / (1 - chance), 1.0
    elif int(table.trace()) == 0:
        ends = wilson(0, n)
        assert ends is not None
        high = min(1.0, max(high, (ends[1] - chance) / (1 - chance)))
    return Kappa(value, low, high, agreement, chance)


def _variance(p: NDArray[np.float64], kappa: float, chance: float) -> float:
    """Return n times the variance of kappa: equation 13 of Fleiss, Cohen and Everitt."""
    import numpy as np

    first, second = p.sum(axis=1), p.sum(axis=0)
    sums = second[:, None] + first[None, :]  # (i, j): share of i by the second + of j by the first
    alike = p.diagonal() @ (1 - sums.diagonal() * (1 - kappa)) ** 2
    apart = (p * sums**2).sum() - p.diagonal() @ sums.diagonal() ** 2
    all_of_it = alike + (1 - kappa) ** 2 * apart - (kappa - chance * (1 - kappa)) ** 2
    return max(0.0, float(np.float64(all_of_it))) / (1 - chance) ** 2


@dataclass(frozen=True)
class ClassAgreement:
    """Agreement on one class.

    Parameters
    ----------
    value
        Of the objects that one annotator gave the class, the share that the other did too;
        NaN where neither gave it to any.
    low, high
        Its 95 % interval.
    """

    value: float
    low: float
    high: float


def class_agreement(table: NDArray[np.integer]) -> tuple[ClassAgreement, ...]:
    """Return the specific agreement of every class.

    It is 2 n_kk / (n_k. + n_.k) (Cicchetti and Feinstein 1990, Journal of Clinical Epidemiology
    43:551): of the objects that either annotator gave the class, counted for each, the share on
    which both did. It is an F1 score, and so is its interval.

    Parameters
    ----------
    table
        As for :func:`cohen_kappa`.
    """
    found = []
    for both, a, b in zip(table.diagonal(), table.sum(axis=1), table.sum(axis=0), strict=True):
        ends = f1_interval(int(both), int(a), int(b))
        value = 2 * int(both) / int(a + b) if ends else nan
        found.append(ClassAgreement(value, *(ends or (nan, nan))))
    return tuple(found)
