"""Whether a model from anywhere is safe to predict with: its contract, then its arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from objclass.classification.estimators import ESTIMATORS, estimator_named
from objclass.data.model import MAX_CLASSES, MEDIAN, RULES, Model
from objclass.errors import Problem, list_some

MEDIAN_LAYOUT: Final = {MEDIAN: ("float64", 1)}


def layout(name: str) -> dict[str, tuple[str, int]]:
    """Return dtype and number of axes of all arrays that a model of an estimator may have."""
    own = estimator_named(name).layout if name in ESTIMATORS else {}
    return {**own, **MEDIAN_LAYOUT}


def problems(model: Model) -> list[Problem]:
    """Return what makes `model` unfit for prediction; an empty list means it is safe."""
    for check in (_contract, _layout, _median, _arrays):
        found = list(check(model))
        if found:
            return found
    return []


def _contract(model: Model) -> Iterator[Problem]:
    """Estimator, classes, columns and the rule for missing values."""
    if model.estimator not in ESTIMATORS:
        expected = list_some(ESTIMATORS)
        yield Problem("unknown estimator", got=repr(model.estimator), expected=expected)
    if not 1 <= len(model.classes) <= MAX_CLASSES:
        yield Problem(
            "number of classes", got=str(len(model.classes)), expected=f"1 to {MAX_CLASSES}"
        )
    for what, names in (("class", model.classes), ("column", model.columns)):
        twice = sorted({name for name in names if names.count(name) > 1}) if _repeats(names) else []
        if twice:
            yield Problem(f"a {what} name stands twice in the model", got=list_some(twice))
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
    expected = dict(estimator_named(model.estimator).layout)
    if model.facts.get("missing") == "impute":
        expected |= MEDIAN_LAYOUT
    if set(expected) != set(model.arrays):
        got = list_some(sorted(model.arrays))
        yield Problem(f"arrays of the {model.estimator}", got=got, expected=list_some(expected))
        return
    for name, (dtype, axes) in expected.items():
        array = model.arrays[name]
        if array.dtype.name != dtype or array.ndim != axes:
            yield Problem(
                f"array '{name}' of the {model.estimator}",
                got=f"{array.dtype.name} with {array.ndim} axes",
                expected=f"{dtype} with {axes}",
            )


def _median(model: Model) -> Iterator[Problem]:
    """A median that replaces missing values, finite as float32, for every column."""
    import numpy as np

    if MEDIAN not in model.arrays:
        return
    median = np.asarray(model.arrays[MEDIAN], np.float64)
    if median.shape != (len(model.columns),):
        expected = str((len(model.columns),))
        yield Problem(
            f"shape of array '{MEDIAN}' of the model", got=str(median.shape), expected=expected
        )
        return
    with np.errstate(over="ignore"):
        fine = np.isfinite(median.astype(np.float32))
    if not fine.all():
        place = int(fine.argmin())
        what = f"array '{MEDIAN}' of the model has a value out of range"
        yield Problem(what, got=f"{median[place]} at position {place}")


def _arrays(model: Model) -> Iterator[Problem]:
    """What the estimator itself asks of its arrays."""
    check = estimator_named(model.estimator).problems
    yield from check(model.arrays, len(model.columns), len(model.classes))
