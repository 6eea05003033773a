"""Which columns a classifier goes by: what is lost when their values are shuffled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from objclass.evaluation.held_out import HeldOutPart
from objclass.evaluation.resampling import balanced, group_confusions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REPEATS = 5


def permutation_importance(
    parts: Sequence[HeldOutPart],
    y: NDArray[np.integer],
    columns: Mapping[str, Sequence[int]],
    K: int,
    seed: int = 0,
    repeats: int = REPEATS,
) -> list[dict[str, Any]]:
    """Return what is lost of balanced accuracy when columns are shuffled, the most first.

    Breiman 2001, Machine Learning 45:5; asked of models about held-out examples, and for
    columns that say the same together (Gregorutti, Michel and Saint-Pierre 2015, Computational
    Statistics and Data Analysis 90:15), since one of two that are alike hides the other.

    Parameters
    ----------
    parts
        Held-out examples with models that have not seen them.
    y
        Int (n,), class of every example.
    columns
        What is shuffled together, by name: indices of columns.
    K
        Number of classes.
    seed, repeats
        Start of the random numbers, and how often each is shuffled.

    Returns
    -------
    list of dict
        ``name``, ``columns`` (how many), mean ``loss``, and ``sd`` over the repeats.
    """
    import numpy as np

    known = np.zeros(len(y), np.bool_)
    for part in parts:
        known |= part.test
    rows = [part.X for part in parts]
    best = _score(parts, rows, y, known, K)
    found = []
    for name, indices in columns.items():
        random = np.random.default_rng(seed)  # the same shuffles for all, so that they compare
        losses = [
            best - _score(parts, [_shuffled(X, indices, random) for X in rows], y, known, K)
            for _ in range(repeats)
        ]
        loss, sd = float(np.mean(losses)), float(np.std(losses))
        found.append({"name": name, "columns": len(indices), "loss": loss, "sd": sd})
    return sorted(found, key=lambda each: (-float(str(each["loss"])), str(each["name"])))


def _shuffled(
    X: NDArray[np.floating], indices: Sequence[int], random: np.random.Generator
) -> NDArray[np.floating]:
    order = random.permutation(len(X))
    found = X.copy()
    found[:, indices] = X[order][:, indices]
    return found


def _score(
    parts: Sequence[HeldOutPart],
    rows: Sequence[NDArray[np.floating]],
    y: NDArray[np.integer],
    known: NDArray[np.bool_],
    K: int,
) -> float:
    import numpy as np

    called = np.zeros(len(y), np.int64)
    for part, X in zip(parts, rows, strict=True):
        called[part.test] = part.predict(X).argmax(axis=1)
    one = np.zeros(int(known.sum()), np.int64)
    return float(balanced(group_confusions(y[known], called[known], one, K)[0]))
