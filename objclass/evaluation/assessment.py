"""Everything there is to say of how good a classifier is; costly, so only when asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from objclass.classification.estimators import read_settings
from objclass.classification.estimators.contract import EstimatorSettings
from objclass.classification.examples import Examples
from objclass.classification.folds import example_parts, lacking
from objclass.data.model import Model
from objclass.evaluation.baselines import baselines
from objclass.evaluation.feature_sets import compare_feature_sets
from objclass.evaluation.grouped_scores import grouped_scores
from objclass.evaluation.grouping import Grouping
from objclass.evaluation.held_out import (
    HeldOutPart,
    gather_unseen,
    hold_out,
    predict_held_out,
)
from objclass.evaluation.importance import permutation_importance
from objclass.evaluation.learning_curve import learning_curve
from objclass.evaluation.mistakes import suspected_mistakes
from objclass.evaluation.prediction_sets import (
    Calibration,
    calibrate,
    coverage_words,
    thresholds,
)
from objclass.evaluation.quality import (
    FOLDS,
    evaluation,
    explain_single,
    group_parts,
    predict_by_group,
)
from objclass.evaluation.rejection import rejections
from objclass.evaluation.reliability import brier, reliability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Probabilities = NDArray[np.float64]

FEWEST_GROUPS = 6
"""Groups below which to draw them again says little; objects are drawn then."""
SINGLE = 2
"""How often every single column is shuffled."""
COVERAGE = 0.9
"""Coverage of prediction sets that is told of where nobody asks for another."""


def assess(
    model: Model,
    examples: Examples,
    groups: Grouping,
    columns: Mapping[str, Sequence[int]],
    held_out: Examples | None = None,
    sets: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Return all that can be told of a model from the examples it learned from.

    Parameters
    ----------
    model
        As :func:`objclass.classification.fit` returned it.
    examples
        What it was trained on.
    groups
        Which examples belong together.
    columns
        What is shuffled together for the importance, by name: indices of columns.
    held_out
        Examples that nothing was learned from.
    sets
        Name to columns: sets of columns to compare with each other and with all.

    Returns
    -------
    dict
        What :func:`objclass.evaluation.quality.evaluation` tells in ``evaluation``; ``by`` and
        ``intervals_by``, what was held out and what is drawn again for intervals; and
        :func:`detailed_scores`, ``learning_curve``, ``importance``, ``mistakes`` and ``sets``;
        where sets of columns are compared, ``feature_sets``. Where nothing can be held out,
        ``skipped`` says why.
    """
    found: dict[str, Any] = {
        "evaluation": evaluation(model, examples, groups=groups, held_out=held_out).facts
    }
    fold = group_parts(examples, groups, model.classes)
    by, together = groups.name, ""
    if isinstance(fold, str):
        found["not_by_group"] = together = fold
        by = "object"
        dealt = example_parts(examples.y, FOLDS, _seed(model))
        if dealt is None:
            return {**found, "skipped": explain_single(examples, model.classes)}
        fold = dealt
    elif groups.codes is not None:
        alone = lacking(examples.y, groups.codes)
        found["not_scored"] = [model.classes[k] for k in alone]
    told = _assess_parts(model, examples, groups, columns, fold, together, sets or {})
    return {**found, "by": by, **told}


def _seed(model: Model) -> int:
    return int(str(model.facts["seed"]))


def _assess_parts(
    model: Model,
    examples: Examples,
    groups: Grouping,
    columns: Mapping[str, Sequence[int]],
    fold: NDArray[np.int64],
    together: str,
    sets: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """Return what follows from parts that were held out; `together` says why not whole groups."""
    import numpy as np

    settings = read_settings(model.facts["settings"])  # type: ignore[arg-type]
    classes, seed = model.classes, _seed(model)
    parts = list(hold_out(examples, fold, classes, settings, seed))
    unseen = gather_unseen(parts, len(examples), len(classes))
    told = _told(examples, groups, fold)
    unit, drawn = _drawn(examples, groups)
    detailed = detailed_scores(examples.y[told], unseen[told], drawn[told], classes)
    called = np.where(told, unseen.argmax(axis=1), 0)
    unseen[~told] = np.nan
    near = unseen_by_neighbours(model, examples, settings)
    scored = np.where(told, fold, -1)
    curve = learning_curve(examples, scored, called, drawn, classes, settings, seed)
    tested = [_only(part, told) for part in parts]
    return {
        "intervals_by": unit,
        "drawn": len(np.unique(drawn[told])),
        **detailed,
        **_compared(model, examples, fold, told, unseen, drawn, sets),
        "learning_curve": curve,
        "importance": permutation_importance(tested, examples.y, columns, len(classes), seed),
        "columns": permutation_importance(
            tested, examples.y, _one_by_one(examples), len(classes), seed, SINGLE
        ),
        "mistakes": [asdict(each) for each in suspected_mistakes(examples.y, near)],
        "sets": told_sets(_calibration(examples, unseen, classes, groups, together)),
    }


def _compared(
    model: Model,
    examples: Examples,
    fold: NDArray[np.int64],
    told: NDArray[np.bool_],
    unseen: Probabilities,
    drawn: NDArray[np.integer],
    sets: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """Return the comparison of sets of columns; nothing where none is asked for."""
    if not sets:
        return {}
    settings = read_settings(model.facts["settings"])  # type: ignore[arg-type]
    told_of = examples, fold, told, unseen, drawn, model.classes, settings, _seed(model), sets
    return {"feature_sets": compare_feature_sets(*told_of)}


def column_importance(model: Model, examples: Examples, groups: Grouping) -> list[dict[str, Any]]:
    """Return how much is lost without each column, the most first, as :func:`assess` tells it.

    Parameters
    ----------
    model, examples, groups
        As :func:`assess` takes them.

    Returns
    -------
    list of dict
        As :func:`objclass.evaluation.importance.permutation_importance`; empty where nothing
        can be held out.
    """
    classes, seed = model.classes, _seed(model)
    dealt = group_parts(examples, groups, classes)
    fold = example_parts(examples.y, FOLDS, seed) if isinstance(dealt, str) else dealt
    if fold is None:
        return []
    settings = read_settings(model.facts["settings"])  # type: ignore[arg-type]
    told = _told(examples, groups, fold)
    tested = [_only(part, told) for part in hold_out(examples, fold, classes, settings, seed)]
    return permutation_importance(
        tested, examples.y, _one_by_one(examples), len(classes), seed, SINGLE
    )


def _one_by_one(examples: Examples) -> dict[str, list[int]]:
    return {name: [k] for k, name in enumerate(examples.columns)}


def unseen_by_neighbours(
    model: Model, examples: Examples, settings: EstimatorSettings
) -> Probabilities:
    """Return float64 (n, K), what is said of examples by what has seen others of their groups.

    For mistakes in annotations that knows more than what has seen other groups only.
    """
    import numpy as np

    if model.unseen is not None and not np.isnan(model.unseen).any():
        return model.unseen
    fold = example_parts(examples.y, FOLDS, _seed(model))
    if fold is None:
        return np.full((len(examples), len(model.classes)), np.nan)
    return predict_held_out(examples, fold, model.classes, settings, _seed(model))


def calibrate_sets(model: Model, examples: Examples, groups: Grouping) -> Calibration:
    """Return what is said of examples by what has not seen their groups, for prediction sets.

    Where groups cannot be held out, by what has not seen the examples, and why.
    """
    settings = read_settings(model.facts["settings"])  # type: ignore[arg-type]
    found = predict_by_group(examples, groups, model.classes, settings, _seed(model))
    if isinstance(found, str):
        unseen = unseen_by_neighbours(model, examples, settings)
        return _calibration(examples, unseen, model.classes, groups, found)
    return _calibration(examples, found, model.classes, groups)


def _calibration(
    examples: Examples,
    unseen: Probabilities,
    classes: Sequence[str],
    groups: Grouping,
    together: str = "",
) -> Calibration:
    import numpy as np

    codes = groups.codes if groups.codes is not None else np.zeros(len(examples), np.int64)
    together = f"{together} {groups.name}" if together and groups.count < 2 else together
    return Calibration(*calibrate(examples.y, unseen, codes, classes), groups.name, together)


def _told(examples: Examples, groups: Grouping, fold: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which examples say something: of a part, and of a class that others know."""
    import numpy as np

    told = fold >= 0
    if groups.codes is None or groups.count < 2 or len(lacking(examples.y, fold)) == 0:
        return told
    return told & ~np.isin(examples.y, lacking(examples.y, fold))


def _only(part: HeldOutPart, told: NDArray[np.bool_]) -> HeldOutPart:
    return HeldOutPart(part.test & told, part.X[told[part.test]], part.predict)


def _drawn(examples: Examples, groups: Grouping) -> tuple[str, NDArray[np.int64]]:
    """Return what is drawn again for intervals: groups, or objects where there are too few."""
    import numpy as np

    if groups.codes is None or groups.count < FEWEST_GROUPS:
        return "object", np.arange(len(examples))
    return groups.name, groups.codes


def detailed_scores(
    truth: NDArray[np.integer],
    probability: Probabilities,
    drawn: NDArray[np.integer],
    classes: Sequence[str],
) -> dict[str, Any]:
    """Return scores with intervals, what probabilities are worth, and what one gets blindly.

    Parameters
    ----------
    truth
        Int (n,), counted from 0.
    probability
        float64 (n, K), by what has not seen the objects.
    drawn
        Int (n,), objects that are drawn again together for intervals.
    classes
        Their names.

    Returns
    -------
    dict
        ``score`` (with intervals as of independent objects, and never narrower than where
        groups are drawn again), ``baselines``, ``brier``, ``reliability`` and ``rejection``.
    """
    called = probability.argmax(axis=1)
    return {
        "score": grouped_scores(truth, called, drawn, classes),
        "baselines": baselines(truth, classes),
        "brier": brier(truth, probability),
        "reliability": reliability(truth, probability),
        "rejection": rejections(truth, probability, classes),
    }


def told_sets(calibration: Calibration, coverage: float = COVERAGE) -> dict[str, Any]:
    """Return what coverage prediction sets can promise for every class, also in words."""
    found = thresholds(calibration, coverage)
    return {
        "coverage": coverage,
        "classes": {name: asdict(each) for name, each in found.items()},
        "not_promised": coverage_words(calibration, found, coverage),
    }
