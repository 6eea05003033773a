"""How good is a classifier: on images it has not seen, and on neighbours in the same images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from objclass.classification.estimators import read_settings
from objclass.classification.estimators.contract import EstimatorSettings
from objclass.classification.examples import Examples
from objclass.classification.folds import example_parts, image_parts, lacking, single
from objclass.classification.training import examples_per_class
from objclass.data.model import Model
from objclass.errors import list_some
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
        returns, with ``not_scored`` (class to reason) where a class cannot be. ``score`` names
        the one to go by, ``neighbours`` the one among examples of the same images; empty where
        there is none. ``chosen``: what the estimator chose and why, where it did.
    unseen
        float64 (n, K), the class probabilities of every example by what has not seen it: the
        trees out of bag, or a model fitted without a part of the examples where all of it
        sees all of them. NaN where there is none, as for the only example of a class.
    """

    facts: Mapping[str, Any]
    unseen: NDArray[np.float64]


def evaluation(model: Model, examples: Examples, folds: int = FOLDS) -> Evaluation:
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
    """
    import numpy as np

    classes = model.classes
    settings = read_settings(model.facts["settings"])  # type: ignore[arg-type]
    seed = int(str(model.facts["seed"]))
    tried = {
        "by_image": _by_image(examples, classes, settings, seed, folds),
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
        **{how: _score(examples, each, classes) for how, each in tried.items()},
    }
    nothing = np.full((len(examples), len(classes)), np.nan)
    return Evaluation({**facts, **_chosen(model)}, found.get(near, found.get("by_image", nothing)))


def _chosen(model: Model) -> dict[str, str]:
    """Return what the estimator chose by itself and why; nothing where it did not."""
    fitted = model.facts.get("fitted")
    why = fitted.get("why") if isinstance(fitted, Mapping) else None
    return {"chosen": str(why)} if why else {}


def _score(
    examples: Examples, probability: Probabilities | str, classes: Sequence[str]
) -> dict[str, Any]:
    """Return the scores of the examples that have probabilities, or why none has."""
    import numpy as np

    if isinstance(probability, str):
        return {"skipped": probability}
    known = ~np.isnan(probability[:, 0])
    found = scores(examples.y[known], probability[known].argmax(axis=1), classes)
    without = [k for k in np.unique(examples.y) if not known[examples.y == k].any()]
    why = {classes[k]: _why(int((examples.y == k).sum()), examples, int(k)) for k in without}
    return {**found, "not_scored": why} if why else found


def _why(count: int, examples: Examples, k: int) -> str:
    """Return why a class is not scored, though others are."""
    if count == 1:
        return "1 example"
    if examples.image is not None and k in lacking(examples.y, examples.image):
        return "annotated in one image only"
    return "all trees have seen its examples"


def _by_image(
    examples: Examples, classes: Sequence[str], settings: EstimatorSettings, seed: int, folds: int
) -> Probabilities | str:
    """Return probabilities by models that have not seen the image, or why there are none.

    Objects of a class that is annotated in one image only have none: the model without that
    image does not know the class.
    """
    import numpy as np

    if examples.image is None or examples.images < 2:
        return "all examples are in one"
    alone = lacking(examples.y, examples.image)
    if len(np.unique(examples.y)) - len(alone) < 2:
        verb = "is" if len(alone) == 1 else "are"
        return f"{list_some(classes[k] for k in alone)} {verb} annotated in one image only"
    fold = image_parts(examples.y, examples.image, folds)
    if set(lacking(examples.y, fold)) - set(alone):
        return f"the classes cannot be spread over {folds} parts of whole images"
    found = predict_held_out(examples, fold, classes, settings, seed)
    found[np.isin(examples.y, alone)] = np.nan
    return found


def _out_of_bag(
    model: Model, examples: Examples, settings: EstimatorSettings
) -> Probabilities | str:
    """Return probabilities by the model's own trees, or why there are none."""
    import numpy as np

    if settings.all_seen:
        return settings.all_seen
    if reason := _single(examples, model.classes):
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
        return _single(examples, classes)
    return predict_held_out(examples, fold, classes, settings, seed)


def _single(examples: Examples, classes: Sequence[str]) -> str:
    """Return which classes have one example, where no two others are left to tell apart."""
    import numpy as np

    alone = single(examples.y)
    if len(np.unique(examples.y[~alone])) >= 2:
        return ""
    names = [classes[k] for k in np.unique(examples.y[alone])]
    has = "has one example" if len(names) == 1 else "have one example each"
    return f"{list_some(names)} {has}"
