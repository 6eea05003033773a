"""A forest of decision trees, kept and walked as plain arrays.

All trees lie in one pool of nodes. Node ``i`` is a leaf where ``feature[i]`` is -1; otherwise
a row goes to ``left[i]`` where ``float32(x[feature[i]]) <= threshold[i]`` and to ``right[i]``
elsewhere. Forests of any origin fit: scikit-learn's as they are; one that compares ``x < t``
(vigra's, in ilastik's projects) with ``t`` replaced by the next smaller float64.

============ ========================= =====================================================
array        dtype, shape              meaning
============ ========================= =====================================================
feature      int32 (nodes,)            column to look at, -1 in a leaf
threshold    float64 (nodes,)          0 in a leaf
left, right  int32 (nodes,)            children, always later in the pool; -1 in a leaf
value        float64 (nodes, classes)  class probabilities of a leaf, 0 elsewhere
root         int32 (trees,)            first node of each tree
============ ========================= =====================================================

The same rows, settings and seed give the same arrays, byte for byte: one thread, rows in the
order given, nothing recorded that depends on time or place. A random forest whose trees see
samples is grown here, equal to scikit-learn's; scikit-learn, whose import takes longer than that,
grows the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from objclass.classification.array_checks import out_of_range
from objclass.classification.estimators.class_weight import (
    ClassWeight,
    as_scikit_learn,
    row_weights,
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
from objclass.schema.fields import mistake
from objclass.schema.rule import ValueRule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.classification.bagging import BaggedTree

NAME: Final = "forest"
LAYOUT: Final = {
    "feature": ("int32", 1),
    "threshold": ("float64", 1),
    "left": ("int32", 1),
    "right": ("int32", 1),
    "value": ("float64", 2),
    "root": ("int32", 1),
}
TOLERANCE: Final = 1e-6
LEAST: Final = 0.1
"""Share of the trees that must not have seen an object, on average over a class."""

Whole = Annotated[int, Field(ge=1, lt=2**31)]


# --- settings -----------------------------------------------------------------------------


def _max_features(value: object) -> object:
    """Read ``sqrt``, ``log2``, a share in (0, 1], a number of columns, or None for all."""
    if value is None or value in ("sqrt", "log2"):
        return value
    whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**31
    if whole or (isinstance(value, float) and 0.0 < value <= 1.0):
        return value
    expected = "sqrt, log2, a share such as 0.3, a number of columns, or null for all"
    raise mistake("cannot be read", got=value, expected=expected)


MaxFeatures = Annotated[
    str | int | float | None,
    ValueRule(
        _max_features,
        {
            "anyOf": [
                {"enum": ["sqrt", "log2"], "type": "string"},
                {"type": "integer", "minimum": 1},
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                {"type": "null"},
            ]
        },
        lambda value: value,
    ),
]


class ForestSettings(EstimatorSettings):
    """How a forest is grown; the defaults are those of scikit-learn, but for the weights.

    People annotate few objects of a rare class, and a forest without weights finds fewer
    still.
    """

    kind: Literal["random_forest", "extra_trees"] = "random_forest"
    trees: Annotated[Whole, Field(description="Number of trees.")] = 100
    max_features: Annotated[
        MaxFeatures,
        Field(description="Columns tried at a split: sqrt, log2, a number, or a share."),
    ] = "sqrt"
    max_depth: Annotated[Whole | None, Field(description="Deepest level of a tree.")] = None
    min_leaf: Annotated[Whole, Field(description="Fewest examples in a leaf.")] = 1
    bootstrap: Annotated[bool | None, Field(description="Trees see samples.")] = None
    class_weight: ClassWeight = "balanced"

    @property
    def samples(self) -> bool:
        """Whether trees see bootstrap samples: by default those of ``random_forest`` do."""
        return self.kind == "random_forest" if self.bootstrap is None else self.bootstrap

    @property
    def all_seen(self) -> str:
        """Why no tree has unseen examples; empty where some have."""
        return "" if self.samples else "the trees see all examples (bootstrap is off)"

    def problems(self, classes: Sequence[str]) -> Iterator[Problem]:
        """Yield weights of classes that do not exist."""
        yield from weight_problems(self.class_weight, classes)


# --- fitting ------------------------------------------------------------------------------


def fit(rows: Rows, settings: ForestSettings, seed: int) -> Fitted:
    """Grow a forest; where trees see samples, its own trees say what they have not seen."""
    if settings.kind == "random_forest" and settings.samples:
        return _fit_bagged(rows, settings, seed)
    forest = grow(rows, settings, seed)
    arrays = flatten(forest, len(rows.classes))
    if not settings.samples:
        return Fitted(arrays)
    return Fitted(arrays, lambda: out_of_bag(forest.estimators_samples_, arrays, rows))


def _fit_bagged(rows: Rows, settings: ForestSettings, seed: int) -> Fitted:
    """Grow a random forest whose trees see samples, without scikit-learn."""
    import numpy as np

    from objclass.classification.bagging import grow_bagged

    present, y = np.unique(rows.y, return_inverse=True)
    trees = list(
        grow_bagged(
            rows.X.astype(np.float32),
            y.astype(np.int64),
            row_weights(settings.class_weight, rows),
            trees=settings.trees,
            tried=columns_tried(settings.max_features, rows.X.shape[1]),
            min_leaf=settings.min_leaf,
            max_depth=settings.max_depth,
            seed=seed,
        )
    )
    arrays = pool(trees, present, len(rows.classes))
    samples = [tree.seen for tree in trees]
    return Fitted(arrays, lambda: out_of_bag(samples, arrays, rows))


def columns_tried(max_features: str | int | float | None, columns: int) -> int:
    """Return how many columns are tried at a split."""
    import math

    if max_features is None:
        return columns
    if isinstance(max_features, int):
        return max_features
    roots = {"sqrt": math.sqrt, "log2": math.log2}
    if isinstance(max_features, str):
        return max(1, int(roots[max_features](columns)))
    return max(1, int(max_features * columns))


def grow(rows: Rows, settings: ForestSettings, seed: int) -> Any:
    """Return scikit-learn's fitted forest; its classes are the class numbers that occur."""
    import numpy as np
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

    kinds = {"random_forest": RandomForestClassifier, "extra_trees": ExtraTreesClassifier}
    forest = kinds[settings.kind](
        n_estimators=settings.trees,
        max_features=settings.max_features,
        max_depth=settings.max_depth,
        min_samples_leaf=settings.min_leaf,
        bootstrap=settings.samples,
        class_weight=as_scikit_learn(settings.class_weight, rows),
        random_state=seed,
        n_jobs=1,
    )
    return forest.fit(rows.X.astype(np.float32), rows.y.astype(np.int64))


def flatten(forest: Any, n_classes: int) -> dict[str, NDArray[np.generic]]:
    """Return scikit-learn's trees as one pool of nodes, with a column for every class."""
    import numpy as np

    from objclass.classification.bagging import BaggedTree

    nothing = np.empty(0, np.int64)
    trees = [
        BaggedTree(
            np.array([tree.feature, tree.children_left, tree.children_right], np.int32),
            tree.threshold,
            tree.value[:, 0, :],
            nothing,
        )
        for tree in (estimator.tree_ for estimator in forest.estimators_)
    ]
    return pool(trees, forest.classes_, n_classes)


def pool(
    trees: Sequence[BaggedTree], present: NDArray[np.integer], n_classes: int
) -> dict[str, NDArray[np.generic]]:
    """Return trees that know the classes `present` as one pool, with a column for every class."""
    import numpy as np

    sizes = [len(tree.threshold) for tree in trees]
    root = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    offset = np.repeat(root, sizes)
    feature, left, right = np.concatenate([tree.link for tree in trees], axis=1)
    leaf = left < 0
    value = np.zeros((len(leaf), n_classes))
    share = np.concatenate([tree.value for tree in trees])
    value[:, present] = np.where(leaf[:, None], share, 0.0)
    threshold = np.concatenate([tree.threshold for tree in trees])
    return {
        "feature": np.where(leaf, -1, feature).astype(np.int32),
        "threshold": np.where(leaf, 0.0, threshold),
        "left": np.where(leaf, -1, left + offset).astype(np.int32),
        "right": np.where(leaf, -1, right + offset).astype(np.int32),
        "value": value,
        "root": root,
    }


def out_of_bag(
    samples: Iterable[NDArray[np.integer]], arrays: Arrays, rows: Rows
) -> Probabilities | None:
    """Return the class probabilities of training rows by the trees that have not seen them.

    Parameters
    ----------
    samples
        The rows that each tree has seen.
    arrays
        The forest.
    rows
        The rows it was grown on.

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
    from objclass.classification.folds import single

    p, y = trees.pack(arrays), rows.y
    use = np.ones((len(p.root), len(y)), np.bool_)
    for tree, sample in enumerate(samples):
        use[tree, sample] = False
    alone = single(y)
    use[:, alone] = False
    several = np.unique(y[~alone])
    if min((use[:, y == k].mean() for k in several), default=1.0) < LEAST:
        return None
    votes = np.zeros((len(y), len(rows.classes)))
    X = np.ascontiguousarray(rows.X, dtype=np.float32)
    trees.sum_where(p.feature, p.threshold, p.child, p.value, p.root, X, use, votes)
    asked = use.sum(axis=0)[:, None]
    return np.where(asked > 0, votes / np.maximum(asked, 1), np.nan)


# --- predicting ---------------------------------------------------------------------------


def predictor(arrays: Arrays) -> Predictor:
    """Return a function of rows: the mean over the trees, added in their order."""
    import numpy as np

    from objclass.classification import trees

    p = trees.pack(arrays)

    def mean_of_leaves(X: NDArray[np.float32]) -> Probabilities:
        total = np.zeros((len(X), p.value.shape[1]))
        trees.sum_of_leaves(p.feature, p.threshold, p.child, p.value, p.root, X, total)
        return total / len(p.root)

    return mean_of_leaves


# --- the check of arrays ------------------------------------------------------------------


def problems(arrays: Arrays, columns: int, classes: int) -> Iterator[Problem]:
    """Yield what makes arrays unfit to walk, or leaves other than probabilities."""
    found = list(tree_problems(arrays, columns, classes, "forest"))
    yield from found
    if not found:
        total, sound = _sums(arrays)
        yield from out_of_range("value (a leaf's probabilities)", total, sound, "forest")


def _sums(arrays: Arrays) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Sum of every node's values, and whether it is a probability (or no leaf)."""
    import numpy as np

    value = np.asarray(arrays["value"], np.float64)
    total = np.zeros(len(value))
    sound = np.ones(len(value), np.bool_)
    with np.errstate(invalid="ignore", over="ignore"):
        for k in range(value.shape[1]):
            total += value[:, k]
            sound &= value[:, k] >= 0
        sound &= np.abs(total - 1) <= TOLERANCE
    return total, sound | (np.asarray(arrays["feature"], np.int32) >= 0)


ESTIMATOR: Final = Estimator(
    settings=ForestSettings,
    layout=LAYOUT,
    fit=fit,
    predictor=predictor,
    problems=problems,
    library="scikit-learn",
)
