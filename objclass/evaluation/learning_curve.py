"""Whether more annotations would help, and of which class most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from objclass.classification.estimators.contract import EstimatorSettings
from objclass.classification.examples import Examples
from objclass.evaluation.held_out import fit_without
from objclass.evaluation.resampling import (
    balanced,
    difference_interval,
    draw_groups,
    group_confusions,
    recalls,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Called = NDArray[np.integer]

FRACTIONS = (0.25, 0.5)
FEWEST = 4
"""Examples of a class below which it is not halved."""


def learning_curve(
    examples: Examples,
    fold: NDArray[np.int64],
    called: Called,
    group: NDArray[np.integer],
    classes: Sequence[str],
    settings: EstimatorSettings,
    seed: int,
) -> dict[str, Any]:
    """Return scores with a part of the examples, and with half of those of one class.

    Classifiers are trained on a quarter and half of the examples of every class and asked
    about the same held-out ones (learning curves: Cortes et al. 1993, NIPS 6; for how many
    to annotate: Figueroa et al. 2012, BMC Medical Informatics and Decision Making 12:8). For
    each class, its examples alone are halved: where that costs most, more would help most.

    Parameters
    ----------
    examples, classes, settings, seed
        As for :func:`objclass.classification.fit`.
    fold
        int64 (n,), the part of each example; −1 for one that is always learned from.
    called
        Int (n,), what models trained on all others called each example.
    group
        Int (n,), examples that are drawn again together for intervals.

    Returns
    -------
    dict
        ``fractions``, ``balanced_accuracy`` and ``recall`` (class to values) for each;
        ``halved``: class to ``loss`` of balanced accuracy and its 95 % ``interval``, never
        narrower than for so many independent objects on which no difference was seen, and None
        for a single group, which cannot be drawn again; ``most``: the class of which more would
        help most, None where none stands out from chance.
    """
    import numpy as np

    K, known = len(classes), fold >= 0
    rank = _ranks(examples.y, len(classes), seed)

    def confusion(share: NDArray[np.float64]) -> NDArray[np.int64]:
        said = _called(examples, fold, rank, share, classes, settings, seed)
        return group_confusions(examples.y[known], said[known], group[known], K)

    full = group_confusions(examples.y[known], called[known], group[known], K)
    curve = [confusion(np.full(K, part)) for part in FRACTIONS] + [full]
    draws = draw_groups(len(full), seed)
    halved = {}
    for k in _halvable(examples.y[known], K):
        found = confusion(np.where(np.arange(K) == k, 0.5, 1.0))
        halved[classes[k]] = _loss(full, found, draws, examples.y[known])
    sums = [each.sum(axis=0) for each in curve]
    values = np.stack([recalls(each) for each in sums])
    return {
        "fractions": [*FRACTIONS, 1.0],
        "balanced_accuracy": [float(balanced(each)) for each in sums],
        "recall": {c: _plain(values[:, k]) for k, c in enumerate(classes)},
        "halved": halved,
        "most": _most(halved),
    }


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [None if value != value else float(value) for value in values]


def _halvable(y: NDArray[np.integer], K: int) -> Iterator[int]:
    yield from (k for k in range(K) if (y == k).sum() >= FEWEST)


def _loss(
    full: NDArray[np.int64],
    less: NDArray[np.int64],
    draws: NDArray[np.int64],
    truth: NDArray[np.integer],
) -> dict[str, Any]:
    """Return what is lost with fewer examples, with its interval over groups, in pairs."""
    import numpy as np

    before, after = (balanced(np.tensordot(draws, each, 1)) for each in (full, less))
    loss = float(balanced(full.sum(axis=0)) - balanced(less.sum(axis=0)))
    ends = difference_interval(loss, before - after, truth) if len(full) > 1 else None
    return {"loss": loss, "interval": ends}


def _most(halved: dict[str, dict[str, Any]]) -> str | None:
    clear = [c for c, each in halved.items() if each["interval"] and each["interval"][0] > 0]
    return max(clear, key=lambda c: float(halved[c]["loss"]), default=None)


def _ranks(y: NDArray[np.integer], K: int, seed: int) -> NDArray[np.float64]:
    """Return a random number per example by which its class is thinned, the same for all."""
    import numpy as np

    return np.random.default_rng(seed).random(len(y))


def _called(
    examples: Examples,
    fold: NDArray[np.int64],
    rank: NDArray[np.float64],
    share: NDArray[np.float64],
    classes: Sequence[str],
    settings: EstimatorSettings,
    seed: int,
) -> Called:
    """Return what examples are called by models that learned from a share of each class."""
    import numpy as np

    found = np.zeros(len(examples), np.int64)
    for part in np.unique(fold[fold >= 0]):
        test = fold == part
        train = _thinned(examples.y, ~test, rank, share)
        held = fit_without(examples, train, test, classes, settings, seed)
        found[test] = held.predict(held.X).argmax(axis=1)
    return found


def _thinned(
    y: NDArray[np.integer],
    train: NDArray[np.bool_],
    rank: NDArray[np.float64],
    share: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return which examples to learn from: of every class its share, and at least one."""
    import numpy as np

    kept = np.zeros(len(y), np.bool_)
    for k in np.unique(y[train]):
        mine = np.flatnonzero(train & (y == k))
        count = max(1, round(float(share[k]) * len(mine)))
        kept[mine[np.argsort(rank[mine], kind="stable")[:count]]] = True
    return kept
