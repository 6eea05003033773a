"""A forest of decision trees as plain arrays, and the check that makes any arrays safe to walk.

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
median       float64 (columns,)        only where missing values are imputed
============ ========================= =====================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from objclass.data.model import Model
from objclass.errors import Problem, listed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ESTIMATOR = "forest"
LAYOUT = {
    "feature": ("int32", 1),
    "threshold": ("float64", 1),
    "left": ("int32", 1),
    "right": ("int32", 1),
    "value": ("float64", 2),
    "root": ("int32", 1),
}
MEDIAN = "median"
MAX_CLASSES = 254
RULES = ("zero", "impute", "refuse")
TOLERANCE = 1e-6

Arrays = Mapping[str, "NDArray[np.generic]"]


def problems(model: Model) -> list[Problem]:
    """Return what makes `model` unfit for evaluation; an empty list means it is safe to walk.

    A walk over arrays that pass ends, reads only inside them and yields probabilities:
    children come after their parent, every node has at most one parent, and all indices,
    thresholds and leaf values are in range.
    """
    for check in (_contract, _layout, _lengths, _links, _numbers):
        found = list(check(model))
        if found:
            return found
    return []


def _contract(model: Model) -> Iterator[Problem]:
    """Estimator, classes, columns and the rule for missing values."""
    if model.estimator != ESTIMATOR:
        yield Problem("unknown estimator", got=repr(model.estimator), expected=ESTIMATOR)
    if not 1 <= len(model.classes) <= MAX_CLASSES:
        yield Problem(
            "number of classes", got=str(len(model.classes)), expected=f"1 to {MAX_CLASSES}"
        )
    for what, names in (("class", model.classes), ("column", model.columns)):
        twice = sorted({name for name in names if names.count(name) > 1}) if _repeats(names) else []
        if twice:
            yield Problem(f"a {what} name stands twice in the model", got=listed(twice))
    if model.units and len(model.units) != len(model.columns):
        yield Problem(
            "units and columns of the model", got=f"{len(model.units)} and {len(model.columns)}"
        )
    if model.facts.get("missing", "zero") not in RULES:
        yield Problem(
            "rule for missing values",
            got=repr(model.facts.get("missing")),
            expected=" or ".join(RULES),
        )


def _repeats(names: tuple[str, ...]) -> bool:
    return len(set(names)) < len(names)


def _layout(model: Model) -> Iterator[Problem]:
    """Names, dtypes and numbers of axes of the arrays."""
    expected = dict(LAYOUT)
    if model.facts.get("missing") == "impute":
        expected[MEDIAN] = ("float64", 1)
    if set(expected) != set(model.arrays):
        yield Problem(
            "arrays of the forest", got=listed(sorted(model.arrays)), expected=listed(expected)
        )
        return
    for name, (dtype, axes) in expected.items():
        array = model.arrays[name]
        if array.dtype.name != dtype or array.ndim != axes:
            yield Problem(
                f"array '{name}' of the forest",
                got=f"{array.dtype.name} with {array.ndim} axes",
                expected=f"{dtype} with {axes}",
            )


def _lengths(model: Model) -> Iterator[Problem]:
    """Shapes that must agree."""
    arrays = model.arrays
    nodes = len(arrays["feature"])
    shapes = dict.fromkeys(("threshold", "left", "right"), (nodes,))
    wanted: dict[str, tuple[int, ...]] = {**shapes, "value": (nodes, len(model.classes))}
    if MEDIAN in arrays:
        wanted[MEDIAN] = (len(model.columns),)
    for name, shape in wanted.items():
        if arrays[name].shape != shape:
            yield Problem(
                f"shape of array '{name}' of the forest",
                got=str(arrays[name].shape),
                expected=str(shape),
            )
    if len(arrays["root"]) == 0:
        yield Problem("the forest has no tree")


def _links(model: Model) -> Iterator[Problem]:
    """Every index is inside its array, and every walk goes forward."""
    import numpy as np

    feature, root, left, right = (_integers(model, n) for n in ("feature", "root", "left", "right"))
    nodes = len(feature)
    index = np.arange(nodes)
    inner = feature >= 0
    yield from _outside("feature", feature, (feature >= -1) & (feature < len(model.columns)))
    yield from _outside("root", root, (root >= 0) & (root < nodes))
    for side, child in (("left", left), ("right", right)):
        right_place = np.where(inner, (child > index) & (child < nodes), child == -1)
        yield from _outside(side, child, right_place)


def _integers(model: Model, name: str) -> NDArray[np.int32]:
    import numpy as np

    return np.asarray(model.arrays[name], np.int32)


def _sums(model: Model, inner: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Sum of every node's values, and whether it is a probability (or no leaf)."""
    import numpy as np

    value = np.asarray(model.arrays["value"], np.float64)
    total = np.zeros(len(value))
    sound = np.ones(len(value), np.bool_)
    with np.errstate(invalid="ignore", over="ignore"):
        for k in range(value.shape[1]):
            total += value[:, k]
            sound &= value[:, k] >= 0
        sound &= np.abs(total - 1) <= TOLERANCE
    return total, sound | inner


def _outside(name: str, values: NDArray[np.generic], fine: NDArray[np.bool_]) -> Iterator[Problem]:
    """Name the first value that is out of range."""
    if not fine.all():
        place = int(fine.argmin())
        yield Problem(
            f"array '{name}' of the forest has a value out of range",
            got=f"{values[place]} at position {place}",
        )


def _numbers(model: Model) -> Iterator[Problem]:
    """One parent per node, finite thresholds, leaves that are probabilities."""
    import numpy as np

    arrays = model.arrays
    inner = _integers(model, "feature") >= 0
    left, right, root = (_integers(model, name) for name in ("left", "right", "root"))
    parents = np.bincount(np.concatenate([left[inner], right[inner], root]), minlength=len(inner))
    yield from _outside("left, right and root", parents, parents <= 1)
    threshold = np.asarray(arrays["threshold"], np.float64)
    yield from _outside("threshold", threshold, np.isfinite(threshold))
    yield from _outside("value (a leaf's probabilities)", *_sums(model, inner))
    if MEDIAN in arrays:
        median = np.asarray(arrays[MEDIAN], np.float64)
        with np.errstate(over="ignore"):
            yield from _outside(MEDIAN, median, np.isfinite(median.astype(np.float32)))
