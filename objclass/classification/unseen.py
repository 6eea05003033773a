"""What trees say of examples that they have not seen: out of bag, and held out by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from objclass.classification.examples import Examples, filled, medians
from objclass.classification.settings import ForestSettings
from objclass.data.forest import ESTIMATOR
from objclass.data.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Probabilities = NDArray[np.float64]


LEAST = 0.1
"""Share of the trees that must not have seen an object, on average over a class."""


def out_of_bag(
    forest: Any, model: Model, X: NDArray[np.floating], y: NDArray[np.integer]
) -> Probabilities | None:
    """Return the class probabilities of training rows by the trees that have not seen them.

    Parameters
    ----------
    forest
        scikit-learn's fitted forest, grown on bootstrap samples; it knows which rows each
        tree has seen.
    model
        The same forest as plain arrays.
    X
        Floats (n, f), the rows it was grown on, without missing values.
    y
        Int (n,), their classes.

    Returns
    -------
    NDArray
        float64 (n, K): the mean over those trees (Breiman 1996, "Out-of-bag estimation");
        NaN where every tree has seen the row, and for a row that is alone in its class: trees
        that have not seen it do not know its class. None where a class has too few such trees:
        balanced samples hold the few objects of a rare class nearly always.
    """
    import numpy as np

    from objclass.classification import trees

    p = trees.packed(model)
    use = np.ones((len(p.root), len(X)), np.bool_)
    for tree, sample in enumerate(forest.estimators_samples_):
        use[tree, sample] = False
    alone = single(y)
    use[:, alone] = False
    several = np.unique(y[~alone])
    if min((use[:, y == k].mean() for k in several), default=1.0) < LEAST:
        return None
    votes = np.zeros((len(X), len(model.classes)))
    rows = np.ascontiguousarray(X, dtype=np.float32)
    trees.sum_where(p.feature, p.threshold, p.child, p.value, p.root, rows, use, votes)
    asked = use.sum(axis=0)[:, None]
    return np.where(asked > 0, votes / np.maximum(asked, 1), np.nan)


def single(y: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return bool (n,), which examples are alone in their class: nobody else could learn it."""
    import numpy as np

    return np.isin(y, [k for k in np.unique(y) if (y == k).sum() < 2])


def held_out(
    examples: Examples,
    fold: NDArray[np.int64],
    classes: Sequence[str],
    settings: ForestSettings,
    seed: int,
) -> Probabilities:
    """Return the class probabilities of every example by a forest grown without its part.

    Medians of missing values are learned from the other parts too.

    Parameters
    ----------
    examples, classes, settings, seed
        As for :func:`objclass.classification.fit`.
    fold
        int64 (n,), the part of each example; −1 for one that every forest learns from.

    Returns
    -------
    NDArray
        float64 (n, K); NaN for examples of no part.
    """
    import numpy as np

    from objclass.classification.prediction import evaluate
    from objclass.classification.training import grown

    found = np.full((len(examples), len(classes)), np.nan)
    for part in np.unique(fold[fold >= 0]):
        test = fold == part
        middle = medians(examples.X[~test])
        train, _ = filled(examples.X[~test], examples.missing, middle, examples.columns)
        arrays = grown(train, examples.y[~test], len(classes), settings, seed, classes)
        model = Model(ESTIMATOR, arrays, tuple(classes), tuple(examples.columns))
        rows, _ = filled(examples.X[test], examples.missing, middle, examples.columns)
        found[test] = evaluate(model, rows)
    return found
