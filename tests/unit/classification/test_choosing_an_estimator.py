"""`auto` takes what predicts images best that it has not seen, and says why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from objclass.classification import Examples, evaluate, fit
from objclass.classification.estimators import read_settings
from objclass.classification.estimators.auto import AutoSettings, compared
from objclass.classification.folds import image_parts
from objclass.classification.soundness import problems
from objclass.data.model import Model
from objclass.errors import InputError
from objclass.evaluation.held_out import predict_held_out
from objclass.evaluation.quality import evaluation
from objclass.evaluation.scores import scores

FEW = 48
QUICK = AutoSettings(among=("logistic_regression", "nearest_neighbors"))


def tilted() -> Examples:
    """Classes on two sides of a slanted line through eight columns: straight, not square."""
    random = np.random.RandomState(2)
    X = random.randn(FEW, 8)
    y = (X.sum(axis=1) > 0).astype(np.int64)
    return Examples(X, y, tuple("stuvwxyz"), image=np.arange(FEW) // 12)


def test_every_estimator_but_auto_is_compared_and_the_forest_comes_first() -> None:
    assert compared() == [
        "random_forest", "extra_trees", "logistic_regression", "gradient_boosting",
        "nearest_neighbors",
    ]  # fmt: skip


def test_the_best_on_whole_images_held_out_is_taken_and_its_model_is_the_usual_one() -> None:
    examples = tilted()
    model = fit(examples, "ab", AutoSettings())
    facts: Any = model.facts["fitted"]
    fold = image_parts(examples.y, examples.image, 5)  # type: ignore[arg-type]
    expected = {}
    for kind in compared():
        said = predict_held_out(examples, fold, "ab", read_settings({"kind": kind}), 0)
        expected[kind] = scores(examples.y, said.argmax(axis=1), "ab")["balanced_accuracy"]
    assert facts["balanced_accuracy"] == expected
    assert max(expected, key=expected.__getitem__) == "logistic_regression"
    assert (model.estimator, facts["estimator"]) == ("logistic_regression",) * 2
    by_hand = fit(examples, "ab", read_settings({"kind": "logistic_regression"}))
    assert facts["options"] == by_hand.facts["fitted"]
    assert np.array_equal(evaluate(model, examples.X), evaluate(by_hand, examples.X))
    best = expected["logistic_regression"]
    assert facts["why"].startswith(
        f"logistic_regression: {best:.2f}, the best balanced accuracy on whole images held out "
        f"(random_forest {expected['random_forest']:.2f}, extra_trees "
    )


def test_of_equally_good_ones_the_forest_is_taken() -> None:
    y = np.repeat([0, 1], 12)
    examples = Examples(np.stack([y * 9.0, np.arange(24.0)], 1), y, ("u", "v"))
    assert fit(examples, "ab", AutoSettings()).estimator == "forest"


def test_with_too_few_examples_to_compare_it_is_the_forest_and_it_says_so() -> None:
    examples = Examples(np.array([[0.0], [1], [9]]), np.array([0, 0, 1]), ("u",))
    model = fit(examples, "ab", AutoSettings())
    facts: Any = model.facts["fitted"]
    assert model.estimator == "forest"
    assert facts["why"] == "random_forest: too few examples to compare estimators by"


def test_its_score_holds_out_the_choice_too() -> None:
    examples = tilted()
    scored = evaluation(fit(examples, "ab", QUICK), examples)
    fold = image_parts(examples.y, examples.image, 5)  # type: ignore[arg-type]
    first = fold != 0
    part = Examples(examples.X[first], examples.y[first], examples.columns,
                    image=examples.image[first])  # fmt: skip
    chosen = fit(part, "ab", QUICK)
    alone = predict_held_out(examples, fold, "ab", QUICK, 0)
    assert np.array_equal(alone[~first], evaluate(chosen, examples.X[~first]))
    assert scored.facts["by_image"] == scores(examples.y, alone.argmax(axis=1), "ab")
    assert scored.facts["out_of_bag"] == {"skipped": "the estimator was chosen by all examples"}
    assert scored.facts["chosen"].startswith("logistic_regression: ")


def test_only_those_named_are_compared_and_a_word_that_names_none_is_refused() -> None:
    facts: Any = fit(tilted(), "ab", QUICK).facts["fitted"]
    assert set(facts["balanced_accuracy"]) == {"logistic_regression", "nearest_neighbors"}
    with pytest.raises(InputError, match="'among' names estimators that do not exist; got auto"):
        fit(tilted(), "ab", AutoSettings(among=("auto",)))


def test_no_model_is_of_auto() -> None:
    (found,) = problems(Model("auto", {}, ("a", "b"), ("size",)))
    assert str(found).startswith("'auto' chooses an estimator; no model is of it")
