"""What a classifier says of examples that it has not seen, because their part was held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from objclass.classification.estimators import estimator_named, name_of
from objclass.classification.estimators.contract import EstimatorSettings, Rows
from objclass.classification.examples import Examples, fill, medians

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Probabilities = NDArray[np.float64]


def predict_held_out(
    examples: Examples,
    fold: NDArray[np.int64],
    classes: Sequence[str],
    settings: EstimatorSettings,
    seed: int,
) -> Probabilities:
    """Return the class probabilities of every example by a model fitted without its part.

    Medians of missing values are learned from the other parts too.

    Parameters
    ----------
    examples, classes, settings, seed
        As for :func:`objclass.classification.fit`.
    fold
        int64 (n,), the part of each example; −1 for one that every model learns from.

    Returns
    -------
    NDArray
        float64 (n, K); NaN for examples of no part.
    """
    import numpy as np

    name = name_of(settings.kind)
    method = estimator_named(name)
    found = np.full((len(examples), len(classes)), np.nan)
    for part in np.unique(fold[fold >= 0]):
        test = fold == part
        middle = medians(examples.X[~test])
        train, _ = fill(examples.X[~test], examples.missing, middle, examples.columns)
        image = None if examples.image is None else examples.image[~test]
        fitted = method.fit(Rows(train, examples.y[~test], tuple(classes), image), settings, seed)
        rows, _ = fill(examples.X[test], examples.missing, middle, examples.columns)
        found[test] = estimator_named(fitted.estimator or name).predict(fitted.arrays, rows)
    return found
