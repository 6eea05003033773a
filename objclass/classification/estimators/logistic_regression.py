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
from collections.abc import Iterator, Mapping, Sequence
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
USUAL: Final = 1.0
"""C where nothing speaks for a stronger penalty; that of scikit-learn."""
TRIED: Final = (0.001, 0.01, 0.1, USUAL)
"""Values of C to choose from, the strongest penalty first.

None is weaker than the usual one: those look better on objects beside the learned ones, and are
worse on other images."""
ERRORS: Final = 1.0
"""How many standard errors worse than the best is still as good (Breiman's rule)."""
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

    @property
    def version(self) -> int:
        """2 where C is chosen: by the Brier score and one standard error, no longer by log loss."""
        return 2 if self.C is None else 1

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
    """Return C, by how well rows held out are predicted, and what was tried.

    Whole images are held out where the classes allow, else parts of the rows. Of the values of C
    whose Brier score is within one standard error of the best, the usual one or the nearest to
    it is taken (one-standard-error rule: Breiman et al. 1984, Classification and Regression
    Trees, section 3.4.3), so that a few objects do not decide.
    """
    from objclass.classification.folds import choosing_parts

    fold, by = choosing_parts(rows.y, rows.image, seed)
    if not by:
        return USUAL, {"C": USUAL, "why": f"C {USUAL:g}: too few examples to choose it by"}
    held = fold >= 0
    unit = rows.image[held] if by == "whole images" and rows.image is not None else None
    losses = {C: squared_errors(rows, fold, C, settings)[held] for C in TRIED}
    found = weakest_as_good(losses, unit)
    means = {C: float(loss.mean()) for C, loss in losses.items()}
    why = f"C {found:g}: {_compared(found, means)} on {by} held out"
    tried = {f"{C:g}": round(mean, 6) for C, mean in means.items()}
    return found, {"C": found, "why": why, "brier": tried}


def _compared(found: float, means: Mapping[float, float]) -> str:
    """Say why a C was taken: it has the best score, or one that chance may explain."""
    if means[found] <= min(means.values()):
        return f"Brier score {means[found]:.2f}, the best"
    return f"Brier score {means[found]:.2f}, as good as the best but for chance"


def weakest_as_good(
    losses: Mapping[float, NDArray[np.float64]], unit: NDArray[np.integer] | None
) -> float:
    """Return the largest key whose mean loss is within a standard error of the least.

    The error is that of the paired difference. Rows of one unit are not independent, so it is
    computed from the sums of units (Liang and Zeger 1986, Biometrika 73:13).

    Parameters
    ----------
    losses
        float64 (n,) by what was tried, of the same rows.
    unit
        Int (n,), rows that belong together; None where each is one of its own.
    """
    import numpy as np

    best = min(losses, key=lambda key: (losses[key].mean(), key))

    def as_good(key: float) -> bool:
        more = losses[key] - losses[best]
        codes = np.arange(len(more)) if unit is None else np.unique(unit, return_inverse=True)[1]
        sums = np.bincount(codes, more - more.mean())
        count = len(sums)
        error = np.sqrt((sums**2).sum() * count / max(count - 1, 1)) / len(more)
        return bool(more.mean() <= ERRORS * error)

    return max(key for key in losses if key == best or as_good(key))


def squared_errors(
    rows: Rows, fold: NDArray[np.int64], C: float, settings: LogisticRegressionSettings
) -> NDArray[np.float64]:
    """Return the Brier score of every row by what has not learned its part; NaN of no part."""
    import numpy as np

    found = np.full(len(rows.y), np.nan)
    for part in np.unique(fold[fold >= 0]):
        test = fold == part
        arrays = find_weights(rows.of(~test), C, settings)
        said = predictor(arrays)(np.ascontiguousarray(rows.X[test], dtype=np.float32))
        found[test] = ((said - np.eye(len(rows.classes))[rows.y[test]]) ** 2).sum(axis=1)
    return found


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
