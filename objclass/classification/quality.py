"""How good is a classifier: on images it has not seen, and on neighbours in the same images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from objclass.classification.examples import Examples
from objclass.classification.folds import image_parts, lacking, parts
from objclass.classification.scores import scores
from objclass.classification.settings import ForestSettings
from objclass.classification.training import examples_per_class
from objclass.classification.unseen import held_out
from objclass.data.model import Model
from objclass.errors import listed

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
        ``skipped`` with the reason or what :func:`objclass.classification.scores.scores`
        returns. ``score`` names the one to go by, ``neighbours`` the one among examples of
        the same images; empty where there is none.
    unseen
        float64 (n, K), the class probabilities of every example by trees that have not seen
        it: out of bag, or of the forest held out where trees see all examples. NaN where
        there are none.
    """

    facts: Mapping[str, Any]
    unseen: NDArray[np.float64]


def evaluation(model: Model, examples: Examples, folds: int = FOLDS) -> Evaluation:
    """Return how well classes of annotated objects are predicted that a tree has not seen.

    No forest is grown for the out-of-bag score. With two images or more, at most `folds` are
    grown without some of the images; where trees see all examples, or all of a rare class, at
    most `folds` without some of the examples.

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
    settings = ForestSettings(**model.facts["settings"])  # type: ignore[arg-type]
    seed = int(str(model.facts["seed"]))
    tried = {
        "by_image": _by_image(examples, classes, settings, seed, folds),
        "out_of_bag": _out_of_bag(model, settings),
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
        **{how: _scored(examples, each, classes) for how, each in tried.items()},
    }
    nothing = np.full((len(examples), len(classes)), np.nan)
    return Evaluation(facts, found.get(near, found.get("by_image", nothing)))


def _scored(
    examples: Examples, probability: Probabilities | str, classes: Sequence[str]
) -> dict[str, Any]:
    """Return the scores of the examples that have probabilities, or why none has."""
    import numpy as np

    if isinstance(probability, str):
        return {"skipped": probability}
    known = ~np.isnan(probability[:, 0])
    return scores(examples.y[known], probability[known].argmax(axis=1), classes)


def _by_image(
    examples: Examples, classes: Sequence[str], settings: ForestSettings, seed: int, folds: int
) -> Probabilities | str:
    """Return probabilities by forests that have not seen the image, or why there are none."""
    if examples.image is None or examples.images < 2:
        return "all examples are in one"
    alone = lacking(examples.y, examples.image)
    if alone:
        verb = "is" if len(alone) == 1 else "are"
        return f"{listed(classes[k] for k in alone)} {verb} annotated in one image only"
    fold = image_parts(examples.y, examples.image, folds)
    if lacking(examples.y, fold):
        return f"the classes cannot be spread over {folds} parts of whole images"
    return held_out(examples, fold, classes, settings, seed)


def _out_of_bag(model: Model, settings: ForestSettings) -> Probabilities | str:
    """Return probabilities by the model's own trees, or why there are none."""
    import numpy as np

    if not settings.samples:
        return "the trees see all examples (bootstrap is off)"
    if model.unseen is None:
        return "nearly all trees have seen the objects of a rare class"
    if np.isnan(model.unseen).all():
        return "every tree has seen every example"
    return model.unseen


def _cross_validation(
    examples: Examples, classes: Sequence[str], settings: ForestSettings, seed: int, folds: int
) -> Probabilities | str:
    """Return probabilities by forests grown without a part of the examples, or why none."""
    counts = [(n, name) for name, n in examples_per_class(examples.y, classes).items() if n]
    least, rare = min(counts)
    if least < 2:
        return f"{rare} has one example"
    folds = min(folds, least)
    return held_out(examples, parts(examples.y, folds, seed), classes, settings, seed)
