"""Whether probabilities mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 10


def brier(truth: NDArray[np.integer], probability: NDArray[np.float64]) -> float:
    """Return the mean squared distance of probabilities from the truth, 0 (best) to 2.

    Brier 1950, Monthly Weather Review 78:1; summed over classes, as there.

    Parameters
    ----------
    truth
        Int (n,), counted from 0.
    probability
        float64 (n, K).
    """
    import numpy as np

    wanted = np.eye(probability.shape[1])[truth]
    return float(((probability - wanted) ** 2).sum(axis=1).mean())


def reliability(truth: NDArray[np.integer], probability: NDArray[np.float64]) -> dict[str, Any]:
    """Return how often objects are of the class they are called, by its probability.

    Bins of equal width (Murphy and Winkler 1977, Applied Statistics 26:41) and their mean
    distance, weighted by objects: expected calibration error (Naeini et al. 2015, AAAI).

    Returns
    -------
    dict
        ``error``, and ``bins``: ``from``, ``to``, ``objects``, mean ``said`` and share
        ``right``, of bins with objects.
    """
    import numpy as np

    said, right = probability.max(axis=1), probability.argmax(axis=1) == truth
    bin_of = np.minimum((said * BINS).astype(np.int64), BINS - 1)
    rows = []
    for k in np.unique(bin_of):
        mine = bin_of == k
        row = {"from": k / BINS, "to": (k + 1) / BINS, "objects": int(mine.sum())}
        rows.append({**row, "said": float(said[mine].mean()), "right": float(right[mine].mean())})
    error = sum(row["objects"] * abs(row["said"] - row["right"]) for row in rows)
    return {"error": float(error / max(len(truth), 1)), "bins": rows}
