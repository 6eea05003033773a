"""Predicting: columns matched by name, missing values by the model's rule, a class per object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from objclass.classification.estimators import estimator_named
from objclass.classification.estimators.contract import Predictor
from objclass.classification.examples import Rule, absent, fill, missing_in
from objclass.classification.soundness import problems
from objclass.data.model import MEDIAN, Model
from objclass.data.objects import NOT_SELECTED, Prediction, needed_field
from objclass.errors import Problem, RunError, list_some, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

PIECE = 8192
"""Rows turned into one float32 block at a time; results do not depend on it."""


def evaluate(model: Model, X: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the class probabilities of rows without missing values.

    Parameters
    ----------
    model
        Of any estimator; its arrays are checked before they are used.
    X
        Floats (n, f) in the order of ``model.columns``; rounded to float32 as scikit-learn
        and vigra do.

    Returns
    -------
    NDArray
        float64 (n, K).

    Raises
    ------
    RunError
        For a model whose arrays are damaged, and for a wrong number of columns.
    """
    import numpy as np

    if X.ndim != 2 or X.shape[1] != len(model.columns):
        expected = f"(objects, {len(model.columns)})"
        raise RunError(Problem("shape of the feature rows", str(X.shape), expected))
    return _predictor(model)(np.ascontiguousarray(X, dtype=np.float32))


def _predictor(model: Model) -> Predictor:
    """Return the model ready for pieces of rows, after a check of its arrays."""
    found = problems(model)
    if found:
        raise RunError(*found)
    return estimator_named(model.estimator).predictor(model.arrays)


def predict(
    model: Model,
    ids: ArrayLike,
    columns: Mapping[str, NDArray[Any]],
    min_probability: float = 0.0,
) -> Prediction:
    """Classify the objects of a feature table.

    Parameters
    ----------
    model
        Of any estimator.
    ids
        Object ids (n,), ascending.
    columns
        Arrays (n,) by column name. Columns are found by name, never by position; others are
        ignored. Missing values are treated by the rule the model was trained with.
    min_probability
        Objects whose largest probability is below get the code K + 1, "unclassified".

    Returns
    -------
    Prediction
        The first of several equal maxima wins; the uncertainty is 1 − (p1 − p2), and 0 where
        the model has one class.

    Raises
    ------
    RunError
        Naming columns that are missing, not numeric or of another length, and under the rule
        ``refuse`` those with missing values.
    """
    import numpy as np

    from objclass.classification.trees import decide_classes

    ids = np.asarray(ids, dtype=np.uint64)
    found = list(_column_problems(model, len(ids), columns))
    if found:
        raise RunError(*found)
    probabilities = _predictor(model)
    probability = np.zeros((len(ids), len(model.classes)))
    if model.facts.get("missing") == "refuse":
        _refuse_missing(model, columns, ids)
    for begin, X in _pieces(model, len(ids), columns):
        probability[begin : begin + len(X)] = probabilities(X)
    code, uncertainty = decide_classes(probability, float(min_probability))
    return Prediction(ids, code, probability, uncertainty)


def predict_selected(
    model: Model,
    ids: ArrayLike,
    columns: Mapping[str, NDArray[Any]],
    selected: NDArray[np.bool_] | None,
    min_probability: float = 0.0,
) -> Prediction:
    """Classify some objects of a feature table; the others get code 0 and no probabilities.

    Parameters
    ----------
    model, ids, columns, min_probability
        As :func:`predict` takes them. Missing values of objects that are not selected matter
        to nobody.
    selected
        bool (n,), the objects to classify; None for all.
    """
    import numpy as np

    if selected is None:
        return predict(model, ids, columns, min_probability)
    ids = np.asarray(ids, dtype=np.uint64)
    some = {name: np.asarray(columns[name])[selected] for name in model.columns}
    found = predict(model, ids[selected], some, min_probability)
    code = np.full(len(ids), NOT_SELECTED, np.uint8)
    probability = np.full((len(ids), len(model.classes)), np.nan)
    uncertainty = np.full(len(ids), np.nan)
    code[selected] = found.code
    probability[selected] = found.probability
    uncertainty[selected] = found.uncertainty
    return Prediction(ids, code, probability, uncertainty)


def count_imputed(
    model: Model, columns: Mapping[str, NDArray[Any]], selected: NDArray[np.bool_] | None = None
) -> int | None:
    """Return how many objects, of those selected, have medians of training for missing values.

    None stands for none.
    """
    import numpy as np

    if model.facts.get("missing") != "impute" or not model.columns:
        return None
    missing = [absent(np.asarray(columns[n]).astype(np.float64)) for n in model.columns]
    imputed = np.logical_or.reduce(missing)
    return int((imputed if selected is None else imputed & selected).sum()) or None


def _column_problems(
    model: Model, rows: int, columns: Mapping[str, NDArray[Any]]
) -> Iterator[Problem]:
    """Everything that keeps the table from fitting the model."""
    missing = [name for name in model.columns if name not in columns]
    if missing:
        close = nearest(missing[0], columns)
        also = f"; '{close}' is there, is it the same?" if close else ""
        unit = dict(zip(model.columns, model.units, strict=False)).get(missing[0], "")
        needed = needed_field(missing[0], unit)
        also = f"; {missing[0]} needs the {needed} that the image had there" if needed else also
        yield Problem(
            "the table lacks columns that the classifier was trained on",
            got=list_some(missing),
            fix=f"measure the same features as in training{also}",
        )
    for name in model.columns:
        array = columns.get(name)
        if array is None:
            continue
        if array.shape != (rows,):
            yield Problem(f"shape of column '{name}'", str(array.shape), str((rows,)))
        elif array.dtype.kind not in "buif":
            yield Problem(f"column '{name}' is not numeric", got=array.dtype.name)


def _pieces(
    model: Model, rows: int, columns: Mapping[str, NDArray[Any]]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield blocks of rows as float32 (m, f) without missing values."""
    import numpy as np

    rule: Rule = model.facts.get("missing", "zero")  # type: ignore[assignment]
    medians = model.arrays.get(MEDIAN)
    for begin in range(0, rows, PIECE):
        X = np.empty((min(PIECE, rows - begin), len(model.columns)), np.float32)
        with np.errstate(over="ignore"):
            for k, name in enumerate(model.columns):
                X[:, k] = columns[name][begin : begin + PIECE].astype(np.float64, copy=False)
        yield begin, fill(X, rule, medians)[0]  # type: ignore[arg-type]


def _refuse_missing(
    model: Model, columns: Mapping[str, NDArray[Any]], ids: NDArray[np.uint64]
) -> None:
    """Raise for missing values of the whole table at once, not of its first piece."""
    import numpy as np

    values = {name: np.asarray(columns[name]).astype(np.float64) for name in model.columns}
    rows = [str(number) for number in ids.tolist()]
    found = [missing_in(name, absent(each), rows) for name, each in values.items()]
    if any(found):
        raise RunError(
            Problem(
                "features have missing or infinite values",
                got=list_some(filter(None, found)),
                expected="finite numbers: the classifier was trained with 'missing: refuse'",
                fix="leave these columns out with 'use', or train with 'missing: zero'",
            )
        )
