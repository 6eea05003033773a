"""What a least probability does to every class: who is left unclassified, and who gains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)


def rejections(
    truth: NDArray[np.integer],
    probability: NDArray[np.float64],
    classes: Sequence[str],
    levels: Sequence[float] = LEVELS,
) -> list[dict[str, Any]]:
    """Return per least probability how much of every class is still classified, and how well.

    A reject rule (Chow 1970, IEEE Transactions on Information Theory 16:41) leaves out the
    uncertain objects, and a rare class may consist of those.

    Returns
    -------
    list of dict
        ``min_probability``, ``kept`` (share of all), ``accuracy`` of those kept, and
        ``classes``: name to ``kept`` (share of the class) and ``recall`` (of those kept).
    """
    import numpy as np

    said, called = probability.max(axis=1), probability.argmax(axis=1)
    found = []
    for level in levels:
        kept = said >= level
        per_class = {}
        for k, name in enumerate(classes):
            mine = truth == k
            if mine.any():
                right = called[mine & kept] == k
                recall = float(right.mean()) if len(right) else None
                per_class[name] = {"kept": float(kept[mine].mean()), "recall": recall}
        right = called[kept] == truth[kept]
        accuracy = float(np.mean(right)) if kept.any() else None
        row = {"min_probability": level, "kept": float(kept.mean()), "accuracy": accuracy}
        found.append({**row, "classes": per_class})
    return found
