"""How good is a classifier: out-of-bag and cross-validated scores, as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from objclass.classification.examples import Examples, check, filled, medians
from objclass.classification.prediction import evaluate
from objclass.classification.settings import ForestSettings
from objclass.classification.training import ensemble, examples_per_class, flattened
from objclass.data.forest import ESTIMATOR
from objclass.data.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

SMALL = 10
"""A class with fewer examples is named as small."""
Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution, for Wilson's interval."""


def evaluation(
    examples: Examples,
    classes: Sequence[str],
    settings: ForestSettings | None = None,
    seed: int = 0,
    folds: int = 5,
) -> dict[str, Any]:
    """Return how well classes of annotated objects are predicted that a tree has not seen.

    Parameters
    ----------
    examples, classes, settings, seed
        As for :func:`objclass.classification.fit`.
    folds
        Number of parts of the stratified cross-validation.

    Returns
    -------
    dict
        JSON numbers only: ``examples`` per class, ``small`` ("mitotic: 6 examples"), and for
        ``out_of_bag`` and ``cross_validation`` either ``skipped`` with the reason or
        ``scored`` objects, ``accuracy``, ``balanced_accuracy``, ``confusion`` (rows true,
        columns predicted) and per class precision, recall, its 95 % interval and F1. A score
        without a denominator is None.

    Raises
    ------
    RunError
        Where nothing can be learned.
    """
    settings = settings or ForestSettings()
    check(examples, classes)
    counts = examples_per_class(examples.y, classes)
    return {
        "examples": counts,
        "small": [f"{name}: {n} examples" for name, n in counts.items() if n < SMALL],
        "out_of_bag": _out_of_bag(examples, classes, settings, seed),
        "cross_validation": _cross_validation(examples, classes, settings, seed, folds),
    }


def _out_of_bag(
    examples: Examples, classes: Sequence[str], settings: ForestSettings, seed: int
) -> dict[str, Any]:
    """Score each example by the trees whose bootstrap sample left it out."""
    import numpy as np

    from objclass.classification import trees

    if not settings.samples:
        return {"skipped": "the trees see all examples (bootstrap is off)"}
    X, _ = filled(examples.X, examples.missing, medians(examples.X), examples.columns)
    grown = ensemble(X, examples.y, settings, seed, classes)
    use = np.ones((settings.trees, len(X)), np.bool_)
    for tree, sample in enumerate(grown.estimators_samples_):
        use[tree, sample] = False
    p = trees.packed(_model(flattened(grown, len(classes)), classes, examples.columns))
    votes = np.zeros((len(X), len(classes)))
    trees.sum_where(
        p.feature, p.threshold, p.child, p.value, p.root, X.astype(np.float32), use, votes
    )
    seen = use.any(axis=0)
    if not seen.any():
        return {"skipped": "every tree has seen every example"}
    return scores(examples.y[seen], votes[seen].argmax(axis=1), classes)


def _cross_validation(
    examples: Examples,
    classes: Sequence[str],
    settings: ForestSettings,
    seed: int,
    folds: int,
) -> dict[str, Any]:
    """Score each example by a forest grown without its part of the examples."""
    import numpy as np

    counts = examples_per_class(examples.y, classes)
    few = [f"{name} has {n}" for name, n in counts.items() if 0 < n < folds]
    if few:
        return {"skipped": f"{folds} parts need {folds} examples per class; {', '.join(few)}"}
    fold = parts(examples.y, folds, seed)
    predicted = np.zeros(len(examples), np.int64)
    for part in range(folds):
        test = fold == part
        train = examples.X[~test]
        middle = medians(train)
        rows, _ = filled(train, examples.missing, middle, examples.columns)
        grown = ensemble(rows, examples.y[~test], settings, seed, classes)
        model = _model(flattened(grown, len(classes)), classes, examples.columns)
        X, _ = filled(examples.X[test], examples.missing, middle, examples.columns)
        predicted[test] = evaluate(model, X).argmax(axis=1)
    return {"folds": folds, **scores(examples.y, predicted, classes)}


def _model(arrays: Any, classes: Sequence[str], columns: Sequence[str]) -> Model:
    return Model(ESTIMATOR, arrays, tuple(classes), tuple(columns))


def parts(y: NDArray[np.integer], folds: int, seed: int) -> Codes:
    """Deal the examples of each class evenly over `folds` parts; int64 (n,).

    Each class is shuffled and dealt on where the class before stopped, so parts differ by at
    most one example per class and by one in total.
    """
    import numpy as np

    shuffle = np.random.RandomState(seed)
    order = np.concatenate([shuffle.permutation(np.flatnonzero(y == k)) for k in np.unique(y)])
    fold = np.zeros(len(y), np.int64)
    fold[order] = np.arange(len(y)) % folds
    return fold


def scores(
    truth: NDArray[np.integer], predicted: NDArray[np.integer], classes: Sequence[str]
) -> dict[str, Any]:
    """Return confusion matrix and scores of class numbers counted from 0."""
    import numpy as np

    matrix = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(matrix, (truth, predicted), 1)
    per_class = {name: _class_scores(matrix, k) for k, name in enumerate(classes)}
    recalls = [s["recall"] for s in per_class.values() if s["recall"] is not None]
    return {
        "scored": len(truth),
        "accuracy": _ratio(int(np.trace(matrix)), len(truth)),
        "balanced_accuracy": sum(recalls) / len(recalls) if recalls else None,
        "confusion": matrix.tolist(),
        "classes": per_class,
    }


def _class_scores(matrix: Codes, k: int) -> dict[str, Any]:
    """Return precision, recall with interval, and F1 of one class."""
    hits, true, guessed = (int(n) for n in (matrix[k, k], matrix[k].sum(), matrix[:, k].sum()))
    return {
        "examples": true,
        "predicted": guessed,
        "precision": _ratio(hits, guessed),
        "recall": _ratio(hits, true),
        "recall_interval": wilson(hits, true),
        "f1": _ratio(2 * hits, true + guessed),
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
