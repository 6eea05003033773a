"""Gradient-boosted trees: scikit-learn's histogram method finds them, we keep plain arrays.

The trees of a round correct those before it. A class has one tree a round (of two classes the
second has them all); their leaves are added to its baseline, and the softmax of these sums are
the probabilities. The sums are those of scikit-learn to the last bit, added in the same order;
the probabilities differ from its ``predict_proba`` by 1e-15 at most.

============ ========================= =====================================================
array        dtype, shape              meaning
============ ========================= =====================================================
feature      int32 (nodes,)            column to look at, -1 in a leaf
threshold    float64 (nodes,)          a row goes left where its value is at or below
left, right  int32 (nodes,)            children, always later in the pool; -1 in a leaf
value        float64 (nodes, classes)  what a leaf adds, to one class
root         int32 (trees,)            first node of each tree, in the order of addition
baseline     float64 (classes,)        where the sums begin
known        uint8 (classes,)          1 for a class with examples; others have probability 0
============ ========================= =====================================================

Missing values are filled before, so the side that scikit-learn keeps for them is not kept. The
same rows and settings give the same arrays, byte for byte, in one environment: one thread,
rows in the order given, no random numbers. Exponentials decide what is grown, so the bytes of
other machines are not promised, as those of forests are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

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
from objclass.classification.tree_checks import tree_problems
from objclass.errors import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYOUT: Final = {
    "feature": ("int32", 1),
    "threshold": ("float64", 1),
    "left": ("int32", 1),
    "right": ("int32", 1),
    "value": ("float64", 2),
    "root": ("int32", 1),
    "baseline": ("float64", 1),
    "known": ("uint8", 1),
}
MOST: Final = 1e300
"""Largest sum that leaves may reach, so that a softmax is always one."""

Whole = Annotated[int, Field(ge=1, lt=2**31)]


class GradientBoostingSettings(EstimatorSettings):
    """How trees are boosted; as in scikit-learn, but for weights and smaller leaves."""

    kind: Literal["gradient_boosting"] = "gradient_boosting"
    rounds: Annotated[Whole, Field(description="Trees of each class.")] = 100
    learning_rate: Annotated[
        float, Field(gt=0, le=1, description="Share of a tree's correction that is added.")
    ] = 0.1
    max_leaves: Annotated[int, Field(ge=2, lt=2**31, description="Most leaves of a tree.")] = 31
    min_leaf: Annotated[Whole, Field(description="Fewest examples in a leaf.")] = 5
    class_weight: ClassWeight = "balanced"

    def problems(self, classes: Sequence[str]) -> Iterator[Problem]:
        """Yield weights of classes that do not exist."""
        yield from weight_problems(self.class_weight, classes)


# --- fitting ------------------------------------------------------------------------------


def fit(rows: Rows, settings: GradientBoostingSettings, seed: int) -> Fitted:
    """Boost trees round by round; there is no chance in it, so the seed changes nothing."""
    from objclass.classification.single_thread import single_thread

    with single_thread():
        return Fitted(flatten(boost(rows, settings), len(rows.classes)))


def boost(rows: Rows, settings: GradientBoostingSettings) -> Any:
    """Return scikit-learn's fitted trees; its classes are the class numbers that occur."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    boosted = HistGradientBoostingClassifier(
        max_iter=settings.rounds,
        learning_rate=settings.learning_rate,
        max_leaf_nodes=settings.max_leaves,
        min_samples_leaf=settings.min_leaf,
        class_weight=as_scikit_learn(settings.class_weight, rows),
        early_stopping=False,
        random_state=0,
    )
    return boosted.fit(rows.X.astype(np.float32).astype(np.float64), rows.y.astype(np.int64))


def flatten(boosted: Any, n_classes: int) -> dict[str, NDArray[np.generic]]:
    """Return scikit-learn's trees as one pool of nodes, with a column for every class."""
    import numpy as np

    baseline = np.asarray(boosted._baseline_prediction, np.float64).ravel()
    own = boosted.classes_[-len(baseline) :]  # of two classes the second has all trees
    trees = [tree.nodes for each in boosted._predictors for tree in each]
    nodes = np.concatenate(trees)
    sizes = np.array([len(each) for each in trees])
    root = np.cumsum(sizes) - sizes
    leaf = nodes["is_leaf"].astype(np.bool_)
    value = np.zeros((len(nodes), n_classes))
    column = np.repeat(np.tile(own, len(boosted._predictors)), sizes)
    value[np.flatnonzero(leaf), column[leaf]] = nodes["value"][leaf]
    begin = np.zeros(n_classes)
    begin[own] = baseline
    return {
        "feature": np.where(leaf, -1, nodes["feature_idx"]).astype(np.int32),
        "threshold": np.where(leaf, 0.0, nodes["num_threshold"]),
        **{
            side: np.where(leaf, -1, nodes[side] + np.repeat(root, sizes)).astype(np.int32)
            for side in ("left", "right")
        },
        "value": value,
        "root": root.astype(np.int32),
        "baseline": begin,
        "known": np.isin(np.arange(n_classes), boosted.classes_).astype(np.uint8),
    }


# --- predicting ---------------------------------------------------------------------------


def predictor(arrays: Arrays) -> Predictor:
    """Return a function of rows: the softmax of baselines and leaves, added in their order."""
    import numpy as np

    from objclass.classification import trees
    from objclass.classification.softmax import to_probabilities

    p = trees.pack(arrays)
    baseline = np.asarray(arrays["baseline"], np.float64)
    known = np.asarray(arrays["known"], np.bool_)

    def softmax_of_sums(X: NDArray[np.float32]) -> Probabilities:
        total = np.tile(baseline, (len(X), 1))
        trees.sum_of_leaves(p.feature, p.threshold, p.child, p.value, p.root, X, total)
        to_probabilities(total, known)
        return total

    return softmax_of_sums


# --- the check of arrays ------------------------------------------------------------------


def problems(arrays: Arrays, columns: int, classes: int) -> Iterator[Problem]:
    """Yield what makes arrays unfit to walk, a sum that may be no number, and no class."""
    shapes = dict.fromkeys(("baseline", "known"), (classes,))
    found = [
        *tree_problems(arrays, columns, classes, "model"),
        *wrong_shapes(arrays, shapes),
    ]
    yield from found or _numbers(arrays)


def _numbers(arrays: Arrays) -> Iterator[Problem]:
    """Leaves so small that no sum of them is infinite; known classes."""
    import numpy as np

    value, baseline = (np.asarray(arrays[name], np.float64) for name in ("value", "baseline"))
    with np.errstate(over="ignore", invalid="ignore"):
        largest = np.abs(value).sum(axis=0) + np.abs(baseline)
    yield from out_of_range("value (what leaves add to a class)", largest, largest <= MOST)
    yield from known_problems(np.asarray(arrays["known"], np.uint8))


ESTIMATOR: Final = Estimator(
    settings=GradientBoostingSettings,
    layout=LAYOUT,
    fit=fit,
    predictor=predictor,
    problems=problems,
    library="scikit-learn",
)
