"""Scores whose intervals allow for objects of a group that are alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from objclass.evaluation.resampling import (
    balanced,
    draw_groups,
    f1,
    group_confusions,
    percentile_interval,
    precisions,
    recalls,
    widest,
)
from objclass.evaluation.scores import scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def grouped_scores(
    truth: NDArray[np.integer],
    called: NDArray[np.integer],
    group: NDArray[np.integer],
    classes: Sequence[str],
) -> dict[str, Any]:
    """Return scores with intervals, never narrower than where whole groups are drawn again.

    Parameters
    ----------
    truth, called
        Int (n,), classes counted from 0.
    group
        Int (n,), objects that are drawn again together.
    classes
        Their names.

    Returns
    -------
    dict
        As :func:`objclass.evaluation.scores.scores` gives it.
    """
    found = scores(truth, called, classes)
    if len(set(group.tolist())) < len(group):
        _widen(found, group_confusions(truth, called, group, len(classes)))
    return found


def _widen(found: dict[str, Any], confusion: NDArray[np.int64]) -> None:
    """Widen intervals to what they are where whole groups are drawn again."""
    import numpy as np

    again = np.tensordot(draw_groups(len(confusion)), confusion, 1)
    drawn = percentile_interval(balanced(again))
    found["balanced_interval"] = widest(found["balanced_interval"], drawn)
    shares = {"recall": recalls(again), "precision": precisions(again), "f1": f1(again)}
    for k, each in enumerate(found["classes"].values()):
        for name, values in shares.items():
            ends = f"{name}_interval"
            each[ends] = widest(each[ends], percentile_interval(values[:, k]))
