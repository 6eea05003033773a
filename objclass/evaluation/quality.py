"""How good is a classifier: on images it has not seen, and on neighbours in the same images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from objclass.classification.estimators import read_settings
from objclass.classification.estimators.contract import EstimatorSettings
from objclass.classification.examples import Examples, fill
from objclass.classification.folds import example_parts, image_parts, lacking, single
from objclass.classification.prediction import evaluate
from objclass.classification.training import examples_per_class
from objclass.data.dataclass import dataclass
from objclass.data.model import COLUMNS_CHOSEN, MEDIAN, Model
from objclass.errors import list_some
from objclass.evaluation.grouping import IMAGE, Grouping, by_image
from objclass.evaluation.held_out import predict_held_out
from objclass.evaluation.scores import scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Probabilities = NDArray[np.float64]

SMALL = 10
"""A class with fewer examples is named as small."""
FOLDS = 5


@dataclass(frozen=True)
class Evaluation:
    """How good a model is.

    Parameters
    ----------
    facts
        JSON: ``examples`` per class, ``images``, ``small`` ("mitotic: 6 examples"), and for
        ``by_image``, ``out_of_bag`` and, where that is skipped, ``cross_validation`` either
        ``skipped`` with the reason or what :func:`objclass.evaluation.scores.scores`
        returns, with ``not_scored`` (class to reason) where a class cannot be. ``group`` says
        by what ``by_image`` groups where that is not the image; ``hold_out`` is the score of
        examples that nothing was learned from, where there are such. ``score`` names
        the one to go by, ``neighbours`` the one among examples of the same images; empty where
        there is none. ``chosen``: what the estimator chose and why, where it did.
    unseen
        float64 (n, K), the class probabilities of every example by what has not seen it: the
        trees out of bag, or a model fitted without a part of the examples where all of it
        sees all of them. NaN where there is none, as for the only example of a class.
    """

    facts: Mapping[str, Any]
    unseen: NDArray[np.float64]


def evaluation(
    model: Model,
    examples: Examples,
    folds: int = FOLDS,
    *,
    groups: Grouping | None = None,
    held_out: Examples | None = None,
) -> Evaluation:
    """Return how well classes of annotated objects are predicted that were not learned from.

    Nothing is fitted for the out-of-bag score. With two images or more, at most `folds` models
    are fitted without some of the images; where all of the model sees all
    examples, or all of a rare class, at most `folds` without some of the examples.

    Parameters
    ----------
    model
        As :func:`objclass.classification.fit` returned it.
    examples
        What it was trained on.
    folds
        Most parts of a cross-validation.
    groups
        Which examples belong together; by default those of an image.
    held_out
        Examples that nothing was learned from, to score too.
    """
    import numpy as np

    groups = groups or by_image(examples)
    classes = model.classes
    settings = read_settings(model.facts["settings"])  # type: ignore[arg-type]
    seed = int(str(model.facts["seed"]))
    tried = {
        "by_image": predict_by_group(examples, groups, classes, settings, seed, folds),
        "out_of_bag": _out_of_bag(model, examples, settings),
    }
    if isinstance(tried["out_of_bag"], str):
        held = _cross_validation(examples, classes, settings, seed, folds)
        tried["cross_validation"] = held
    found = {how: each for how, each in tried.items() if not isinstance(each, str)}
    near = next((how for how in ("out_of_bag", "cross_validation") if how in found), "")
    counts = examples_per_class(examples.y, classes)
    facts = {
        "examples": counts,
        "images": examples.images,
        "small": [f"{name}: {n} examples" for name, n in counts.items() if n < SMALL],
        "score": "by_image" if "by_image" in found else near,
        "neighbours": near,
        **{how: _score(examples, each, classes, groups) for how, each in tried.items()},
        **({"group": groups.name} if groups.name != IMAGE else {}),
        **({} if held_out is None else {"hold_out": score_held_out(model, held_out)}),
    }
    nothing = np.full((len(examples), len(classes)), np.nan)
    return Evaluation({**facts, **_chosen(model)}, found.get(near, found.get("by_image", nothing)))


def _chosen(model: Model) -> dict[str, str]:
    """Return what was chosen by itself, options and columns, and why; nothing where nothing was."""
    fitted = model.facts.get("fitted")
    why = fitted.get("why") if isinstance(fitted, Mapping) else None
    columns = model.facts.get(COLUMNS_CHOSEN)
    found = {"chosen": why, COLUMNS_CHOSEN: columns}
    return {name: str(each) for name, each in found.items() if each}


def score_held_out(model: Model, examples: Examples) -> dict[str, Any]:
    """Return the scores of examples that nothing was learned from, or why there are none."""
    if not len(examples):
        return {"skipped": "no annotated objects were held out"}
    examples = examples.only(model.columns)
    X, _ = fill(examples.X, examples.missing, model.arrays.get(MEDIAN), examples.columns)  # type: ignore[arg-type]
    return scores(examples.y, evaluate(model, X).argmax(axis=1), model.classes)


def _score(
    examples: Examples, probability: Probabilities | str, classes: Sequence[str], groups: Grouping
) -> dict[str, Any]:
    """Return the scores of the examples that have probabilities, or why none has."""
    import numpy as np

    if isinstance(probability, str):
        return {"skipped": probability}
    known = ~np.isnan(probability[:, 0])
    found = scores(examples.y[known], probability[known].argmax(axis=1), classes)
    without = [k for k in np.unique(examples.y) if not known[examples.y == k].any()]
    why = {classes[k]: _why(examples, groups, int(k)) for k in without}
    return {**found, "not_scored": why} if why else found


def _why(examples: Examples, groups: Grouping, k: int) -> str:
    """Return why a class is not scored, though others are."""
    if (examples.y == k).sum() == 1:
        return "1 example"
    if groups.codes is not None and k in lacking(examples.y, groups.codes):
        return f"annotated in one {groups.name} only"
    return "all trees have seen its examples"


def predict_by_group(
    examples: Examples,
    groups: Grouping,
    classes: Sequence[str],
    settings: EstimatorSettings,
    seed: int,
    folds: int = FOLDS,
) -> Probabilities | str:
    """Return probabilities by models that have not seen the group, or why there are none.

    Objects of a class that is annotated in one group only have none: the model without that
    group does not know the class.
    """
    import numpy as np

    fold = group_parts(examples, groups, classes, folds)
    if isinstance(fold, str):
        return fold
    found = predict_held_out(examples, fold, classes, settings, seed)
    assert groups.codes is not None
    found[np.isin(examples.y, lacking(examples.y, groups.codes))] = np.nan
    return found


def group_parts(
    examples: Examples, groups: Grouping, classes: Sequence[str], folds: int = FOLDS
) -> NDArray[np.int64] | str:
    """Deal whole groups into parts; int64 (n,), or why the classes cannot be spread so."""
    import numpy as np

    codes = groups.codes
    if codes is None or groups.count < 2:
        return "all examples are in one"
    alone = lacking(examples.y, codes)
    if len(np.unique(examples.y)) - len(alone) < 2:
        verb = "is" if len(alone) == 1 else "are"
        return f"{list_some(classes[k] for k in alone)} {verb} annotated in one {groups.name} only"
    fold = image_parts(examples.y, codes, folds)
    if set(lacking(examples.y, fold)) - set(alone):
        return f"the classes cannot be spread over {folds} parts of whole {groups.name}s"
    return fold


def _out_of_bag(
    model: Model, examples: Examples, settings: EstimatorSettings
) -> Probabilities | str:
    """Return probabilities by the model's own trees, or why there are none."""
    import numpy as np

    if examples.choose:
        return "the columns were chosen by all examples"
    if settings.all_seen:
        return settings.all_seen
    if reason := explain_single(examples, model.classes):
        return reason
    if model.unseen is None:
        return "nearly all trees have seen the objects of a rare class"
    if np.isnan(model.unseen).all():
        return "every tree has seen every example"
    return model.unseen


def _cross_validation(
    examples: Examples, classes: Sequence[str], settings: EstimatorSettings, seed: int, folds: int
) -> Probabilities | str:
    """Return probabilities by models fitted without a part of the examples, or why none.

    The only example of a class is learned from by all of them, as by the model.
    """
    fold = example_parts(examples.y, folds, seed)
    if fold is None:
        return explain_single(examples, classes)
    return predict_held_out(examples, fold, classes, settings, seed)


def explain_single(examples: Examples, classes: Sequence[str]) -> str:
    """Return which classes have one example, where no two others are left to tell apart."""
    import numpy as np

    alone = single(examples.y)
    if len(np.unique(examples.y[~alone])) >= 2:
        return ""
    names = [classes[k] for k in np.unique(examples.y[alone])]
    has = "has one example" if len(names) == 1 else "have one example each"
    return f"{list_some(names)} {has}"
