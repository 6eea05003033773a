"""Sets of classes that hold the true one with a stated probability, class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.errors import list_some

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Calibration:
    """What examples say of their own class where nothing has learned from them.

    Parameters
    ----------
    scores
        Unseen probabilities of the own class, ascending, by class.
    groups
        By class, the group of each, as a number.
    group
        What a group is called, such as ``image``; empty where nobody knows groups.
    together
        Why whole groups were not held out, so that nothing is known of new ones; empty where
        they were.
    """

    scores: Mapping[str, Sequence[float]]
    groups: Mapping[str, Sequence[int]]
    group: str = ""
    together: str = ""


@dataclass(frozen=True)
class ClassThreshold:
    """From which probability on a class belongs to the set of an object.

    Parameters
    ----------
    threshold
        The least probability of the class.
    examples
        On how many objects it rests.
    groups
        In how many groups they lie.
    reached
        The coverage that so many objects can promise, at most the one asked for.
    for_new_groups
        Whether the coverage asked for is promised for objects of a new group.
    """

    threshold: float
    examples: int
    groups: int
    reached: float
    for_new_groups: bool


def calibrate(
    y: NDArray[np.integer],
    unseen: NDArray[np.float64],
    groups: NDArray[np.integer],
    classes: Sequence[str],
) -> tuple[dict[str, list[float]], dict[str, list[int]]]:
    """Return unseen probability of the own class, ascending, and group of examples, by class.

    Parameters
    ----------
    y, groups
        Int (n,), class and group of every example, counted from 0.
    unseen
        float64 (n, K), by what has not learned from them; NaN where nobody knows.
    classes
        Their names.
    """
    import numpy as np

    scores, of = {}, {}
    for k, name in enumerate(classes):
        mine = (y == k) & ~np.isnan(unseen[:, k])
        own, where = unseen[mine, k], groups[mine]
        order = np.lexsort((where, own))
        scores[name], of[name] = own[order].tolist(), where[order].tolist()
    return scores, of


def thresholds(calibration: Calibration, coverage: float) -> dict[str, ClassThreshold]:
    """Return the thresholds of class-conditional (Mondrian) conformal sets.

    Per class (Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World, section
    4.5), by :func:`group_threshold` where its groups are many enough to promise the coverage for
    a new one; else by the lower of :func:`object_threshold` and the same with every group
    counting alike, which no theorem covers and which was nearest to the coverage on real
    images. Examples are scored by models that have not seen them (cross-conformal: Vovk 2015,
    Annals of Mathematics and Artificial Intelligence 74:9), which promises a little less in
    theory and holds in practice.

    Parameters
    ----------
    calibration
        What examples say of their own class.
    coverage
        Wanted share of each class whose sets hold it.

    Returns
    -------
    dict
        Where n examples cannot promise the coverage, which needs n ≥ coverage / (1 − coverage),
        the lowest score is taken and ``reached`` is n / (n + 1); a class without examples
        belongs to every set.
    """
    import numpy as np

    found = {}
    for name, own in calibration.scores.items():
        scores = np.array(own, np.float64)
        groups = np.array(calibration.groups.get(name, ()), np.int64)
        apart = not calibration.together and len(groups) == len(scores)
        n, count = len(scores), len(np.unique(groups))
        promised = apart and count >= least_for(coverage)
        least = object_threshold(scores, coverage)
        if promised:
            least = group_threshold(scores, groups, coverage)
        elif apart and n:
            least = min(least, group_threshold(scores, groups, coverage, unknown=0))
        reached = coverage if n >= least_for(coverage) else n / (n + 1)
        found[name] = ClassThreshold(least, n, count, reached, promised)
    return found


def least_for(coverage: float) -> int:
    """Return how many objects, or groups, can promise a coverage: coverage / (1 − coverage)."""
    return ceil(coverage / (1 - coverage) - 1e-9)


def object_threshold(scores: NDArray[np.float64], coverage: float) -> float:
    """Return the conformal threshold of objects that are exchangeable.

    Of n examples of a class, a new one has a score at or above the k-th smallest with
    probability (n + 1 − k) / (n + 1) (Vovk, Gammerman and Shafer 2005; per class: Vovk 2012,
    ACML).

    Parameters
    ----------
    scores
        float64 (n,), ascending.
    coverage
        Wanted share at or above the threshold.
    """
    n = len(scores)
    wanted = ceil((n + 1) * coverage - 1e-9)  # of n + 1, so many at or above
    return float(scores[max(n - wanted, 0)]) if n else 0.0


def group_threshold(
    scores: NDArray[np.float64], groups: NDArray[np.integer], coverage: float, unknown: int = 1
) -> float:
    """Return the conformal threshold of objects of a new group.

    Groups are exchangeable, and objects within a group; objects of different groups are not.
    Each of the G groups has the weight 1 / (G + 1), shared by its objects, and the new one the
    same weight below all scores: hierarchical conformal prediction (Lee, Barber and Willett
    2023, arXiv 2306.06342), the pooled distributions of Dunn, Wasserman and Ramdas (2022, JASA
    118:2491). With one object a group it is :func:`object_threshold`. What it promises is the
    mean over new groups, not over objects: one that holds half of all may still be missed.

    Parameters
    ----------
    scores
        float64 (n,), ascending, n > 0.
    groups
        Int (n,), the group of each.
    coverage
        Wanted share at or above the threshold.
    unknown
        Groups of which nothing is known: 1 for the promise, 0 for the groups seen alone.

    Returns
    -------
    float
        The largest score with at most 1 − coverage of the weight below it; the lowest where
        the groups are too few for the promise.
    """
    import numpy as np

    _, code, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    total = len(sizes) + unknown
    weight = 1 / (sizes[code] * total)
    below = np.cumsum(weight) - weight + unknown / total
    below = below[np.searchsorted(scores, scores)]  # of equal scores, none is below another
    fits = np.flatnonzero(below <= 1 - coverage + 1e-9)
    return float(scores[fits[-1] if len(fits) else 0])


def coverage_words(
    calibration: Calibration, found: Mapping[str, ClassThreshold], coverage: float
) -> list[str]:
    """Return what cannot be promised, in sentences; none where everything is."""
    said = [
        f"{each.examples} scored examples of {name} promise {each.reached:.2f} at most, not "
        f"{coverage:g}; annotate more of them"
        for name, each in found.items()
        if each.reached < coverage
    ]
    one = calibration.group or "image"
    never = f"{coverage:g} cannot be promised on a new {one}"
    if calibration.together:
        return [*said, f"{never}: {calibration.together}"]
    few = [
        f"{name} ({each.groups})"
        for name, each in found.items()
        if each.examples and not each.for_new_groups
    ]
    needed = f"that takes {least_for(coverage)} {one}s with the class"
    return [*said, f"{never} for {list_some(few)}: {needed}"] if few else said


def prediction_sets(
    probability: NDArray[np.float64], classes: Sequence[str], found: Mapping[str, ClassThreshold]
) -> NDArray[np.bool_]:
    """Return bool (n, K), which classes belong to the set of each object; none without numbers."""
    import numpy as np

    least = np.array([found[name].threshold if name in found else 0.0 for name in classes])
    return np.asarray(probability >= least - 1e-12, dtype=np.bool_)
