"""Sets of classes that hold the true one with a stated probability, class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ClassThreshold:
    """From which probability on a class belongs to the set of an object.

    Parameters
    ----------
    threshold
        The least probability of the class.
    examples
        On how many objects it rests.
    reached
        The coverage that so many can promise, at most the one asked for.
    """

    threshold: float
    examples: int
    reached: float


def calibration_scores(
    y: NDArray[np.integer], unseen: NDArray[np.float64], classes: Sequence[str]
) -> dict[str, list[float]]:
    """Return the unseen probability of the own class of every example, ascending, by class."""
    import numpy as np

    found = {}
    for k, name in enumerate(classes):
        own = unseen[y == k, k]
        found[name] = np.sort(own[~np.isnan(own)]).tolist()
    return found


def thresholds(
    calibration: Mapping[str, Sequence[float]], coverage: float
) -> dict[str, ClassThreshold]:
    """Return the thresholds of class-conditional (Mondrian) conformal sets.

    Of n examples of a class, a new one has a score at or above the k-th smallest with
    probability (n + 1 − k) / (n + 1), where it is exchangeable with them (Vovk, Gammerman and
    Shafer 2005, Algorithmic Learning in a Random World, section 4.5; per class: Vovk 2012,
    ACML). Examples are scored by models that have not seen them (cross-conformal: Vovk 2015,
    Annals of Mathematics and Artificial Intelligence 74:9), which promises a little less in
    theory and holds in practice.

    Parameters
    ----------
    calibration
        As :func:`calibration_scores` returns it.
    coverage
        Wanted share of each class whose sets hold it.

    Returns
    -------
    dict
        Where n examples cannot promise the coverage, which needs n ≥ coverage / (1 − coverage),
        the lowest score is taken and ``reached`` is n / (n + 1); a class without examples
        belongs to every set.
    """
    found = {}
    for name, scores in calibration.items():
        n = len(scores)
        wanted = ceil((n + 1) * coverage - 1e-9)  # of n + 1, so many at or above
        if wanted <= n:
            found[name] = ClassThreshold(float(scores[n - wanted]), n, coverage)
        else:
            found[name] = ClassThreshold(float(scores[0]) if n else 0.0, n, n / (n + 1))
    return found


def prediction_sets(
    probability: NDArray[np.float64], classes: Sequence[str], found: Mapping[str, ClassThreshold]
) -> NDArray[np.bool_]:
    """Return bool (n, K), which classes belong to the set of each object; none without numbers."""
    import numpy as np

    least = np.array([found[name].threshold if name in found else 0.0 for name in classes])
    return np.asarray(probability >= least - 1e-12, dtype=np.bool_)
