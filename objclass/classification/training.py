"""Growing a forest: scikit-learn finds the trees, we keep them as plain arrays.

The same examples, settings and seed give the same arrays, byte for byte: one thread, rows in
the order given, nothing recorded that depends on time or place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from objclass.classification.examples import (
    Examples,
    check,
    check_varied,
    constant,
    filled,
    medians,
)
from objclass.classification.settings import MAX_SEED, ForestSettings, problems
from objclass.classification.unseen import out_of_bag
from objclass.data.forest import ESTIMATOR, MEDIAN
from objclass.data.model import Model
from objclass.errors import Problem, listed, raise_all

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[np.generic]]


def fit(
    examples: Examples,
    classes: Sequence[str],
    settings: ForestSettings | None = None,
    seed: int = 0,
) -> Model:
    """Train a forest on annotated objects.

    Parameters
    ----------
    examples
        Feature rows with their classes.
    classes
        Class names; ``examples.y`` counts in them. A class without examples keeps a column of
        probability 0.
    settings
        By default a random forest of 100 trees.
    seed
        Start of the random numbers, 0 to 2³² − 1.

    Returns
    -------
    Model
        Estimator ``forest``; its facts name the settings, the examples per class, missing
        values per column, constant columns and the version of scikit-learn. Where trees see
        samples, and enough of them have not seen an example, ``unseen`` is what those say.

    Raises
    ------
    RunError
        Where nothing can be learned: no examples, one class, no column that varies, or missing
        values under the rule ``refuse``.
    InputError
        For settings out of range.
    """
    settings = settings or ForestSettings()
    raise_all([*problems(settings), *setting_problems(settings, classes, seed)])
    check(examples, classes)
    middle = medians(examples.X)
    X, counts = filled(examples.X, examples.missing, middle, examples.columns)
    check_varied(X, examples.columns)
    forest = ensemble(X, examples.y, settings, seed, classes)
    arrays = flattened(forest, len(classes))
    if examples.missing == "impute":
        arrays[MEDIAN] = middle
    model = Model(
        estimator=ESTIMATOR,
        arrays=arrays,
        classes=tuple(classes),
        columns=tuple(examples.columns),
        units=tuple(examples.units),
        facts={
            "settings": settings.as_json(),
            "seed": seed,
            "missing": examples.missing,
            "examples": examples_per_class(examples.y, classes),
            "missing_values": {examples.columns[k]: int(n) for k, n in enumerate(counts) if n},
            "constant": [examples.columns[k] for k in constant(X)],
            "scikit-learn": ".".join(version("scikit-learn").split(".")[:2]),
        },
    )
    if not settings.samples:
        return model
    return replace(model, unseen=out_of_bag(forest, model, X, examples.y))


def setting_problems(settings: ForestSettings, classes: Sequence[str], seed: int) -> list[Problem]:
    """Return what does not fit between settings, classes and seed."""
    found = []
    if not 0 <= seed <= MAX_SEED:
        found.append(Problem("seed", got=str(seed), expected=f"0 to {MAX_SEED}"))
    weights = settings.class_weight
    named = {} if isinstance(weights, str) else weights
    unknown = [name for name in named if name not in classes]
    if unknown:
        found.append(
            Problem(
                "option 'class_weight' names classes that do not exist",
                got=listed(unknown),
                expected=listed(classes),
            )
        )
    return found


def examples_per_class(y: NDArray[np.integer], classes: Sequence[str]) -> dict[str, int]:
    """Return the number of examples of every class, in the order of the classes."""
    import numpy as np

    counts = np.bincount(y.astype(np.int64), minlength=len(classes))
    return {name: int(n) for name, n in zip(classes, counts, strict=True)}


def grown(
    X: NDArray[np.floating],
    y: NDArray[np.integer],
    n_classes: int,
    settings: ForestSettings,
    seed: int,
    classes: Sequence[str] = (),
) -> Arrays:
    """Return the arrays of a forest grown on filled rows; see :mod:`objclass.data.forest`."""
    return flattened(ensemble(X, y, settings, seed, classes), n_classes)


def ensemble(
    X: NDArray[np.floating],
    y: NDArray[np.integer],
    settings: ForestSettings,
    seed: int,
    classes: Sequence[str] = (),
) -> Any:
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
        class_weight=_weights(settings, y, classes),
        random_state=seed,
        n_jobs=1,
    )
    return forest.fit(X.astype(np.float32), y.astype(np.int64))


def _weights(settings: ForestSettings, y: NDArray[np.integer], classes: Sequence[str]) -> Any:
    """Return the weights as scikit-learn takes them: a word, None or a number per class."""
    weights = settings.class_weight
    if isinstance(weights, str):
        return None if weights == "none" else weights
    return {k: float(weights.get(classes[k], 1.0)) for k in sorted({int(k) for k in y})}


def flattened(forest: Any, n_classes: int) -> Arrays:
    """Return scikit-learn's trees as one pool of nodes, with a column for every class."""
    import numpy as np

    trees = [estimator.tree_ for estimator in forest.estimators_]
    sizes = [tree.node_count for tree in trees]
    root = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    offset = np.repeat(root, sizes)
    leaf = np.concatenate([tree.children_left for tree in trees]) < 0
    sides = {
        side: np.where(
            leaf, -1, np.concatenate([getattr(tree, f"children_{side}") for tree in trees]) + offset
        )
        for side in ("left", "right")
    }
    value = np.zeros((len(leaf), n_classes))
    share = np.concatenate([tree.value[:, 0, :] for tree in trees])
    value[:, forest.classes_] = np.where(leaf[:, None], share, 0.0)
    return {
        "feature": np.where(leaf, -1, np.concatenate([tree.feature for tree in trees])).astype(
            np.int32
        ),
        "threshold": np.where(leaf, 0.0, np.concatenate([tree.threshold for tree in trees])),
        "left": sides["left"].astype(np.int32),
        "right": sides["right"].astype(np.int32),
        "value": value,
        "root": root,
    }
