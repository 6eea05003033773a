"""Multinomial logistic regression on standardised columns, held back by an L2 penalty.

scikit-learn finds the weights, we keep and evaluate plain arrays. Every column is brought to
mean 0 and standard deviation 1; each class has one weight a column and an offset, and the
probabilities are the softmax of the weighted sums. They differ from scikit-learn's
``predict_proba`` by 1e-12 at most; ours are sums in the order of the columns, so they do not
depend on the rows beside them.

============ ==================== =========================================================
array        dtype, shape         meaning
============ ==================== =========================================================
mean, scale  float64 (f,)         what is taken off a column, and by what it is divided then
coefficient  float64 (classes, f) weights
intercept    float64 (classes,)   offsets
known        uint8 (classes,)     1 for a class with examples; the others have probability 0
============ ==================== =========================================================

The same rows, settings and seed give the same arrays, byte for byte, in one environment: one
thread, rows in the order given. Another build of the linear algebra may round differently, so
the bytes of other machines are not promised, as those of forests are.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from objclass.classification import standardizing
from objclass.classification.array_checks import known_problems, out_of_range, wrong_shapes
from objclass.classification.estimators.class_weight import (
    ClassWeight,
    as_scikit_learn,
    weight_problems,
)
from objclass.classification.estimators.contract import (
    Arrays,
    Estimator,
    EstimatorSettings,
    Fitted,
    Predictor,
    Probabilities,
    Rows,
)
from objclass.errors import Problem
from objclass.schema.fields import Positive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYOUT: Final = {
    **standardizing.LAYOUT,
    "coefficient": ("float64", 2),
    "intercept": ("float64", 1),
    "known": ("uint8", 1),
}
TRIED: Final = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
"""Values of C to choose from, the strongest penalty first."""
USUAL: Final = 1.0
"""C where too few examples are there to choose it by."""
TOLERANCE: Final = 1e-5
"""Largest slope of the mean loss at which the search for weights ends."""
ITERATIONS: Final = 10_000
MOST: Final = 1e300
"""Largest weighted sum that any row may reach, so that a softmax is always one."""


class LogisticRegressionSettings(EstimatorSettings):
    """How strongly weights are held back, and how much classes count."""

    kind: Literal["logistic_regression"] = "logistic_regression"
    C: Annotated[
        Positive | None,
        Field(description="Inverse of the penalty; null: chosen by cross-validation by image."),
    ] = None
    class_weight: ClassWeight = "balanced"

    def problems(self, classes: Sequence[str]) -> Iterator[Problem]:
        """Yield weights of classes that do not exist."""
        yield from weight_problems(self.class_weight, classes)


# --- fitting ------------------------------------------------------------------------------


def fit(rows: Rows, settings: LogisticRegressionSettings, seed: int) -> Fitted:
    """Find the weights; without a given C, find first what predicts rows held out best."""
    from objclass.classification.single_thread import single_thread

    with single_thread():
        if settings.C is not None:
            return Fitted(find_weights(rows, settings.C, settings))
        C, facts = choose(rows, settings, seed)
        return Fitted(find_weights(rows, C, settings), facts=facts)


def find_weights(
    rows: Rows, C: float, settings: LogisticRegressionSettings
) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of scikit-learn's solution for one C.

    Columns that hold one value have the weight 0: nothing was learned of them.
    """
    import numpy as np

    from objclass.classification.examples import constant

    learned = standardizing.learn(rows.X)
    found = _solve(standardizing.standardize(rows.X, learned), rows, C, settings)
    weights = np.zeros((len(rows.classes), rows.X.shape[1]))
    offsets = np.zeros(len(weights))
    present = found.classes_[-len(found.coef_) :]  # of two classes the second has all weights
    weights[present], offsets[present] = found.coef_, found.intercept_
    weights[:, constant(rows.X)] = 0.0
    known = np.isin(np.arange(len(weights)), found.classes_)
    return {
        **learned,
        "coefficient": weights,
        "intercept": offsets,
        "known": known.astype(np.uint8),
    }


def _solve(
    Z: NDArray[np.float64], rows: Rows, C: float, settings: LogisticRegressionSettings
) -> Any:
    """Return scikit-learn's fitted regression on standardised rows."""
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(
        C=C,
        class_weight=as_scikit_learn(settings.class_weight, rows),
        solver="lbfgs",
        tol=TOLERANCE,
        max_iter=ITERATIONS,
    )
    with warnings.catch_warnings():  # a search that ends early is as good as its score
        warnings.simplefilter("ignore", ConvergenceWarning)
        return regression.fit(Z, rows.y.astype(np.int64))


def choose(
    rows: Rows, settings: LogisticRegressionSettings, seed: int
) -> tuple[float, dict[str, object]]:
    """Return the C under which rows held out are least surprising, and what was tried.

    Whole images are held out where the classes allow, else parts of the rows. The surprise is
    the mean over the classes of −log of the probability of the true class; of equals, the
    strongest penalty.
    """
    from objclass.classification.folds import choosing_parts

    fold, by = choosing_parts(rows.y, rows.image, seed)
    if not by:
        return USUAL, {"C": USUAL, "why": f"C {USUAL:g}: too few examples to choose it by"}
    losses = {C: surprise(rows, fold, C, settings) for C in TRIED}
    best = min(losses, key=lambda C: (losses[C], C))
    tried = {f"{C:g}": round(loss, 6) for C, loss in losses.items()}
    why = f"C {best:g}: least log loss on {by} held out"
    return best, {"C": best, "why": why, "log_loss": tried}


def surprise(
    rows: Rows, fold: NDArray[np.int64], C: float, settings: LogisticRegressionSettings
) -> float:
    """Return the log loss of rows held out, every class counting alike."""
    import numpy as np

    probability = np.ones(len(rows.y))
    for part in np.unique(fold[fold >= 0]):
        test = fold == part
        arrays = find_weights(rows.of(~test), C, settings)
        said = predictor(arrays)(np.ascontiguousarray(rows.X[test], dtype=np.float32))
        probability[test] = said[np.arange(test.sum()), rows.y[test]]
    loss = -np.log(np.maximum(probability, np.finfo(np.float64).tiny))
    held = fold >= 0
    present = np.unique(rows.y[held])
    return float(np.mean([loss[held & (rows.y == k)].mean() for k in present]))


# --- predicting ---------------------------------------------------------------------------


def predictor(arrays: Arrays) -> Predictor:
    """Return a function of rows: the softmax of the weighted sums."""
    import numpy as np

    from objclass.classification.softmax import add_weighted, to_probabilities

    mean, scale, weights, offsets = (
        np.ascontiguousarray(arrays[name], np.float64)
        for name in ("mean", "scale", "coefficient", "intercept")
    )
    known = np.asarray(arrays["known"], np.bool_)

    def softmax_of_sums(X: NDArray[np.float32]) -> Probabilities:
        found = np.zeros((len(X), len(weights)))
        add_weighted(X, mean, scale, weights, offsets, found)
        to_probabilities(found, known)
        return found

    return softmax_of_sums


# --- the check of arrays ------------------------------------------------------------------


def problems(arrays: Arrays, columns: int, classes: int) -> Iterator[Problem]:
    """Yield what makes arrays unfit: other shapes, no class, or a sum that may be no number."""
    shapes = {"coefficient": (classes, columns), "intercept": (classes,), "known": (classes,)}
    found = [*standardizing.problems(arrays, columns), *wrong_shapes(arrays, shapes)]
    yield from found or _numbers(arrays)


def _numbers(arrays: Arrays) -> Iterator[Problem]:
    """Weights so small that no row of float32 numbers makes a sum infinite; known classes."""
    import numpy as np

    mean, scale, weights, offsets = (
        np.asarray(arrays[name], np.float64)
        for name in ("mean", "scale", "coefficient", "intercept")
    )
    with np.errstate(over="ignore", invalid="ignore"):
        farthest = (standardizing.LARGEST + np.abs(mean)) / scale
        sums = (np.abs(weights) * farthest).sum(axis=1) + np.abs(offsets)
    yield from out_of_range("coefficient", sums, sums <= MOST)
    yield from known_problems(np.asarray(arrays["known"], np.uint8))


ESTIMATOR: Final = Estimator(
    settings=LogisticRegressionSettings,
    layout=LAYOUT,
    fit=fit,
    predictor=predictor,
    problems=problems,
    library="scikit-learn",
)
