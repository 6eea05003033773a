"""How many objects were called right, as plain numbers with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution, for Wilson's interval."""


def scores(
    truth: NDArray[np.integer], predicted: NDArray[np.integer], classes: Sequence[str]
) -> dict[str, Any]:
    """Return confusion matrix and scores of class numbers counted from 0.

    Returns
    -------
    dict
        JSON numbers: ``scored``, ``accuracy``, ``balanced_accuracy`` (the mean recall of the
        classes that have examples) with ``balanced_interval`` (95 %), ``chance`` (what
        guessing or always saying one class gets: 1 over the number of those classes),
        ``at_chance`` (the interval reaches down to it), ``confusion`` (rows true, columns
        predicted) and per class precision, recall and F1, each with its 95 % interval. A score
        without a denominator is None.
    """
    import numpy as np

    matrix = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(matrix, (truth, predicted), 1)
    per_class = {name: _class_scores(matrix, k) for k, name in enumerate(classes)}
    known = [s for s in per_class.values() if s["recall"] is not None]
    interval = mean_interval([(s["recall"], s["recall_interval"]) for s in known])
    chance = 1 / len(known) if known else None
    return {
        "scored": len(truth),
        "accuracy": _ratio(int(np.trace(matrix)), len(truth)),
        "balanced_accuracy": sum(s["recall"] for s in known) / len(known) if known else None,
        "balanced_interval": interval,
        "chance": chance,
        "at_chance": interval is not None and chance is not None and interval[0] <= chance,
        "confusion": matrix.tolist(),
        "classes": per_class,
    }


def _class_scores(matrix: NDArray[np.int64], k: int) -> dict[str, Any]:
    """Return precision, recall with interval, and F1 of one class."""
    hits, true, guessed = (int(n) for n in (matrix[k, k], matrix[k].sum(), matrix[:, k].sum()))
    return {
        "examples": true,
        "predicted": guessed,
        "precision": _ratio(hits, guessed),
        "precision_interval": wilson(hits, guessed),
        "recall": _ratio(hits, true),
        "recall_interval": wilson(hits, true),
        "f1": _ratio(2 * hits, true + guessed),
        "f1_interval": f1_interval(hits, true, guessed),
    }


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def wilson(hits: int, n: int) -> list[float] | None:
    """Return Wilson's 95 % interval of a share (Wilson 1927, JASA 22:209)."""
    if n == 0:
        return None
    share = hits / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * (share * (1 - share) / n + Z * Z / (4 * n * n)) ** 0.5
    return [max(0.0, middle - half), min(1.0, middle + half)]


def f1_interval(hits: int, true: int, guessed: int) -> list[float] | None:
    """Return the 95 % interval of F1 from that of the share it rises with.

    Of the objects that are of a class or are called so, a share J is both; F1 is 2 J / (1 + J).
    J is a share of objects, so its interval is Wilson's.
    """
    ends = wilson(hits, true + guessed - hits)
    return [2 * end / (1 + end) for end in ends] if ends else None


def mean_interval(shares: Sequence[tuple[float, Sequence[float]]]) -> list[float] | None:
    """Return the 95 % interval of the mean of independent shares from the interval of each.

    The squared distances from share to limit add up as variances do (method MOVER: Zou and
    Donner 2008, Statistics in Medicine 27:1693; for two shares Newcombe 1998, 17:873).

    Parameters
    ----------
    shares
        Every share with its low and high limit.
    """
    if not shares:
        return None
    n = len(shares)
    mean = sum(share for share, _ in shares) / n
    below = sum((share - low) ** 2 for share, (low, _) in shares) ** 0.5 / n
    above = sum((high - share) ** 2 for share, (_, high) in shares) ** 0.5 / n
    return [max(0.0, mean - below), min(1.0, mean + above)]
