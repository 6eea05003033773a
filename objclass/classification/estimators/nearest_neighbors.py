"""The classes of the k nearest examples, on standardised columns.

A class's probability is its share of the k examples nearest to a row (Euclidean distance
between standardised columns). Of examples equally far the one that stands first is nearer;
without such ties this is scikit-learn's ``KNeighborsClassifier`` to the last bit. With fewer
than k examples all of them are neighbours. Classes do not count alike: neighbours do.

============ ==================== =========================================================
array        dtype, shape         meaning
============ ==================== =========================================================
mean, scale  float64 (f,)         what is taken off a column, and by what it is divided then
example      float64 (n, f)       the standardised examples
class        int32 (n,)           class number of each
k            int32 (1,)           how many neighbours count, at most n
known        uint8 (classes,)     1 for a class with examples
============ ==================== =========================================================

The model holds the examples, so their number is limited: examples times columns may be
5,000,000 at most (40 MB).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from objclass.classification import standardizing
from objclass.classification.array_checks import known_problems, out_of_range, wrong_shapes
from objclass.classification.estimators.contract import (
    Arrays,
    Estimator,
    EstimatorSettings,
    Fitted,
    Predictor,
    Probabilities,
    Rows,
)
from objclass.errors import Problem, RunError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYOUT: Final = {
    **standardizing.LAYOUT,
    "example": ("float64", 2),
    "class": ("int32", 1),
    "k": ("int32", 1),
    "known": ("uint8", 1),
}
MOST_NUMBERS: Final = 5_000_000
"""Examples times columns that a model may hold."""
FARTHEST: Final = 1e100
"""Largest standardised value, whose square is still a number."""


class NearestNeighborsSettings(EstimatorSettings):
    """How many neighbours decide."""

    kind: Literal["nearest_neighbors"] = "nearest_neighbors"
    k: Annotated[int, Field(ge=1, lt=2**31, description="Examples that are asked.")] = 5


# --- fitting ------------------------------------------------------------------------------


def fit(rows: Rows, settings: NearestNeighborsSettings, seed: int) -> Fitted:
    """Keep the standardised examples; there is no chance in it, so the seed changes nothing."""
    import numpy as np

    if rows.X.size > MOST_NUMBERS:
        raise RunError(
            Problem(
                "nearest neighbours keep every example, and these are too many",
                got=f"{len(rows.X)} examples of {rows.X.shape[1]} columns",
                expected=f"{MOST_NUMBERS} numbers at most",
                fix="name fewer columns with 'use', or choose 'estimator: random_forest'",
            )
        )
    learned = standardizing.learn(rows.X)
    k = min(settings.k, len(rows.X))
    known = np.isin(np.arange(len(rows.classes)), rows.y)
    arrays: dict[str, NDArray[np.generic]] = {
        **learned,
        "example": standardizing.standardize(rows.X, learned),
        "class": rows.y.astype(np.int32),
        "k": np.array([k], np.int32),
        "known": known.astype(np.uint8),
    }
    why = {"k": k, "why": f"{k} neighbors: there are no more examples"}
    return Fitted(arrays, facts=why if k < settings.k else {})


# --- predicting ---------------------------------------------------------------------------


def predictor(arrays: Arrays) -> Predictor:
    """Return a function of rows: the shares of the classes among the nearest examples."""
    import numpy as np

    from objclass.classification.neighbors import count_nearest

    mean, scale, example = (
        np.ascontiguousarray(arrays[name], np.float64) for name in ("mean", "scale", "example")
    )
    number = np.asarray(arrays["class"], np.int32)
    k, classes = int(arrays["k"][0]), len(arrays["known"])

    def shares(X: NDArray[np.float32]) -> Probabilities:
        found = np.zeros((len(X), classes))
        count_nearest(X, mean, scale, example, number, k, found)
        return found / k

    return shares


# --- the check of arrays ------------------------------------------------------------------


def problems(arrays: Arrays, columns: int, classes: int) -> Iterator[Problem]:
    """Yield other shapes, too many examples, numbers out of range and too many neighbours."""
    n = len(arrays["class"])
    shapes = {"example": (n, columns), "k": (1,), "known": (classes,)}
    found = [*standardizing.problems(arrays, columns), *wrong_shapes(arrays, shapes)]
    yield from found or _numbers(arrays, classes)


def _numbers(arrays: Arrays, classes: int) -> Iterator[Problem]:
    import numpy as np

    example, number, k = arrays["example"], arrays["class"], arrays["k"]
    if example.size > MOST_NUMBERS:
        yield Problem("too many examples", got=str(example.shape), expected=f"{MOST_NUMBERS}")
        return
    far = np.abs(np.asarray(example, np.float64)).ravel()
    yield from out_of_range("example", far, far <= FARTHEST)
    told = np.asarray(number, np.int32)
    yield from out_of_range("class", told, (told >= 0) & (told < classes))
    asked = np.asarray(k, np.int32)
    yield from out_of_range("k", asked, (asked >= 1) & (asked <= len(told)))
    yield from known_problems(np.asarray(arrays["known"], np.uint8))


ESTIMATOR: Final = Estimator(
    settings=NearestNeighborsSettings,
    layout=LAYOUT,
    fit=fit,
    predictor=predictor,
    problems=problems,
    library="scikit-learn",
)
