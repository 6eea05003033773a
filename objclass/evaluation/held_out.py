"""What a classifier says of examples that it has not seen, because their part was held out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from objclass.classification.choosing import choose_columns
from objclass.classification.estimators import estimator_named, name_of
from objclass.classification.estimators.contract import EstimatorSettings, Rows
from objclass.classification.examples import Examples, fill, medians
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class HeldOutPart:
    """One part of the examples, and a model that has not learned from it.

    Parameters
    ----------
    test
        Bool (n,), which examples are of the part.
    X
        Floats (m, f), their rows without missing values.
    predict
        Class probabilities (k, K) of rows (k, f) by the model.
    """

    test: NDArray[np.bool_]
    X: NDArray[np.floating]
    predict: Callable[[NDArray[np.floating]], Probabilities]


def hold_out(
    examples: Examples,
    fold: NDArray[np.int64],
    classes: Sequence[str],
    settings: EstimatorSettings,
    seed: int,
) -> Iterator[HeldOutPart]:
    """Yield every part with a model fitted without it (Stone 1974, JRSS B 36:111).

    Medians of missing values are learned from the other parts too.

    Parameters
    ----------
    examples, classes, settings, seed
        As for :func:`objclass.classification.fit`.
    fold
        int64 (n,), the part of each example; −1 for one that every model learns from.
    """
    import numpy as np

    for part in np.unique(fold[fold >= 0]):
        test = fold == part
        yield fit_without(examples, ~test, test, classes, settings, seed)


def fit_without(
    examples: Examples,
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
    classes: Sequence[str],
    settings: EstimatorSettings,
    seed: int,
) -> HeldOutPart:
    """Return the examples to test, and a model that has learned from the others to train.

    Where columns are chosen, it has chosen its own; where they follow from other objects, the
    examples to test are none of those.
    """
    name, every = name_of(settings.kind), examples.rows_without(test)
    middle = medians(every[train])
    X, _ = fill(every[train], examples.missing, middle, examples.columns)
    image = None if examples.image is None else examples.image[train]
    rows = Rows(X, examples.y[train], tuple(classes), image)
    asked, _ = fill(every[test], examples.missing, middle, examples.columns)
    if examples.choose:
        chosen = choose_columns(rows, settings, seed, examples.columns)
        few = list(chosen.columns)
        fitted = estimator_named(name).fit(chosen.of(rows), settings, seed)
        method = estimator_named(fitted.estimator or name)
        return HeldOutPart(test, asked, lambda X: method.predict(fitted.arrays, X[:, few]))
    fitted = estimator_named(name).fit(rows, settings, seed)
    predict = partial(estimator_named(fitted.estimator or name).predict, fitted.arrays)
    return HeldOutPart(test, asked, predict)


def predict_held_out(
    examples: Examples,
    fold: NDArray[np.int64],
    classes: Sequence[str],
    settings: EstimatorSettings,
    seed: int,
) -> Probabilities:
    """Return the class probabilities of every example by a model fitted without its part.

    Parameters
    ----------
    examples, fold, classes, settings, seed
        As for :func:`hold_out`.

    Returns
    -------
    NDArray
        float64 (n, K); NaN for examples of no part.
    """
    return gather_unseen(
        hold_out(examples, fold, classes, settings, seed), len(examples), len(classes)
    )


def gather_unseen(parts: Iterable[HeldOutPart], n: int, K: int) -> Probabilities:
    """Return what the model of every part says of its examples; NaN (n, K) for those of none."""
    import numpy as np

    found = np.full((n, K), np.nan)
    for part in parts:
        found[part.test] = part.predict(part.X)
    return found
