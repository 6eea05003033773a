"""Which columns a classifier needs: sets of them side by side, on the same held-out examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from objclass.classification.estimators.contract import EstimatorSettings
from objclass.classification.examples import Examples
from objclass.evaluation.grouped_scores import grouped_scores
from objclass.evaluation.held_out import predict_held_out
from objclass.evaluation.paired import compare_paired

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HAND, EMBEDDING, ALL = "hand-made", "embedding", "both"
"""What sets are called: columns that were measured, those of a network, and all together."""


def compare_feature_sets(
    examples: Examples,
    fold: NDArray[np.int64],
    told: NDArray[np.bool_],
    unseen: NDArray[np.float64],
    drawn: NDArray[np.integer],
    classes: Sequence[str],
    settings: EstimatorSettings,
    seed: int,
    sets: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """Return how good each set of columns is alone, and how much better another is, in pairs.

    Every set is learned from with the same estimator and seed, from the same examples, without
    the same parts.

    Parameters
    ----------
    examples, fold, classes, settings, seed
        As for :func:`objclass.evaluation.held_out.hold_out`.
    told
        Bool (n,), the examples that are scored.
    unseen
        float64 (n, K), what all columns together say of them, held out in the same parts.
    drawn
        Int (n,), objects that are drawn again together for intervals.
    sets
        Name of a set to its columns.

    Returns
    -------
    dict
        ``sets``: name to ``columns`` (how many), ``balanced_accuracy`` and its 95 %
        ``balanced_interval``, with ``both`` for all columns; ``pairs``: for every two of them
        ``first``, ``second`` and what :func:`objclass.evaluation.paired.compare_paired` tells.
    """
    truth, group = examples.y[told], drawn[told]
    called = {
        name: predict_held_out(examples.only(columns), fold, classes, settings, seed)
        for name, columns in sets.items()
    } | {ALL: unseen}
    said = {name: each[told].argmax(axis=1) for name, each in called.items()}
    counts = {name: len(columns) for name, columns in sets.items()} | {ALL: len(examples.columns)}
    pairs = [
        {"first": one, "second": other, **compare_paired(truth, said[one], said[other], group,
                                                         len(classes), seed)}
        for one, other in combinations(said, 2)
    ]  # fmt: skip
    return {
        "sets": {
            name: {"columns": counts[name], **_score(truth, each, group, classes)}
            for name, each in said.items()
        },
        "pairs": pairs,
    }


def _score(
    truth: NDArray[np.integer],
    called: NDArray[np.integer],
    group: NDArray[np.integer],
    classes: Sequence[str],
) -> dict[str, Any]:
    """Return balanced accuracy with its interval, as wide as where groups are drawn again."""
    found = grouped_scores(truth, called, group, classes)
    return {name: found[name] for name in ("balanced_accuracy", "balanced_interval")}
