"""Logistic regression is scikit-learn's, and chooses its penalty by what it has not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from objclass.classification import Examples, evaluate, fit
from objclass.classification.estimators import read_settings
from objclass.classification.estimators.logistic_regression import (
    TRIED,
    USUAL,
    LogisticRegressionSettings,
    weakest_as_good,
)
from objclass.classification.folds import example_parts, image_parts
from objclass.classification.soundness import problems
from objclass.data.model import Model
from objclass.errors import InputError

FRESH = np.random.RandomState(1).randn(301, 5) * 3


def blobs(classes: int, n: int = 90, images: int = 1) -> Examples:
    y = np.arange(n) % classes
    X = (np.random.RandomState(0).randn(n, 5) + y[:, None]) * [1, 1e4, 1e-3, 5, 1] + 700
    X = X.astype(np.float32).astype(np.float64)
    return Examples(X, y, tuple("uvwxy"), image=np.arange(n) * images // n)


def peer(C: float, **options: Any) -> Any:
    options = {"class_weight": "balanced", "tol": 1e-5, "max_iter": 10_000, **options}
    return make_pipeline(StandardScaler(), LogisticRegression(C=C, **options))


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("C", [0.01, 1.0, 50.0])
def test_probabilities_are_those_of_scikit_learn(classes: int, C: float) -> None:
    examples = blobs(classes)
    model = fit(examples, "abcde"[:classes], LogisticRegressionSettings(C=C))
    expected = peer(C).fit(examples.X, examples.y)
    X = (FRESH * [1, 1e4, 1e-3, 5, 1] + 700).astype(np.float32).astype(np.float64)
    assert np.abs(evaluate(model, X) - expected.predict_proba(X)).max() < 1e-12


def test_weights_of_classes_reach_scikit_learn() -> None:
    examples = blobs(3)
    for ours, theirs in (("none", None), ({"b": 7.0}, {0: 1.0, 1: 7.0, 2: 1.0})):
        settings = LogisticRegressionSettings(C=1.0, class_weight=ours)
        expected = peer(1.0, class_weight=theirs).fit(examples.X, examples.y)
        found = evaluate(fit(examples, "abc", settings), examples.X)
        assert np.abs(found - expected.predict_proba(examples.X)).max() < 1e-12


@pytest.mark.parametrize("images", [1, 4])
def test_the_penalty_is_as_good_as_the_one_of_the_best_brier_score(images: int) -> None:
    examples = blobs(3, n=60, images=images)
    noise = np.random.RandomState(3).randn(60, 5).astype(np.float32).astype(np.float64)
    examples = replace(examples, X=noise + examples.y[:, None] / 4)
    model = fit(examples, "abc", LogisticRegressionSettings())
    fold = example_parts(examples.y, 5, 0)
    if images > 1:
        fold = image_parts(examples.y, examples.image, 5)  # type: ignore[arg-type]
    expected = {}
    for C in TRIED:
        said = np.zeros((60, 3))
        for train, test in PredefinedSplit(fold).split():
            fitted = peer(C).fit(examples.X[train], examples.y[train])
            said[test] = fitted.predict_proba(examples.X[test])
        expected[C] = ((said - np.eye(3)[examples.y]) ** 2).sum(axis=1)
    fitted_facts: Any = model.facts["fitted"]
    means = {f"{C:g}": loss.mean() for C, loss in expected.items()}
    assert fitted_facts["brier"] == pytest.approx(means, abs=1e-6)
    assert fitted_facts["C"] == weakest_as_good(expected, examples.image if images > 1 else None)
    held_out = "whole images" if images > 1 else "parts of the examples"
    assert fitted_facts["why"].endswith(f" on {held_out} held out")
    given = fit(examples, "abc", LogisticRegressionSettings(C=fitted_facts["C"]))
    assert all(np.array_equal(given.arrays[k], model.arrays[k]) for k in given.arrays)


def test_a_penalty_that_only_one_image_asks_for_is_not_taken() -> None:
    """Ten of 40 rows are better by 0.4: many rows, but of one image; then of all four images."""
    usual = np.full(40, 0.5)
    image = np.repeat(np.arange(4), 10)
    strong = np.where(image == 0, 0.1, 0.5)
    assert weakest_as_good({0.1: strong, 1.0: usual}, image) == 1.0
    assert weakest_as_good({0.1: strong, 1.0: usual}, None) == 0.1
    everywhere = np.where(np.arange(40) % 4 == 0, 0.1, 0.5)
    assert weakest_as_good({0.1: everywhere, 1.0: usual}, image) == 0.1


def test_of_penalties_that_are_all_as_good_the_usual_one_is_taken() -> None:
    assert weakest_as_good(dict.fromkeys(TRIED, np.full(5, 0.2)), None) == USUAL == max(TRIED)


def test_only_an_estimator_that_chooses_learns_otherwise_than_before() -> None:
    settings = ({"kind": "logistic_regression"}, {"kind": "logistic_regression", "C": 1.0})
    assert [read_settings(each).version for each in settings] == [2, 1]
    assert read_settings({"kind": "random_forest"}).version == 1


def test_with_too_few_examples_the_penalty_is_the_usual_one_and_says_so() -> None:
    examples = Examples(np.array([[0.0], [1], [9]]), np.array([0, 0, 1]), ("u",))
    facts: Any = fit(examples, "ab", LogisticRegressionSettings()).facts["fitted"]
    assert facts == {"C": 1.0, "why": "C 1: too few examples to choose it by"}


def tiny() -> Model:
    """Two columns, three classes of which the second has no examples; countable by eye."""
    arrays = {
        "mean": np.array([10.0, 0.0]),
        "scale": np.array([2.0, 1.0]),
        "coefficient": np.array([[0.0, 0.0], [5.0, 5.0], [1.0, 0.0]]),
        "intercept": np.array([0.0, 9.0, np.log(3.0)]),
        "known": np.array([1, 0, 1], np.uint8),
    }
    return Model("logistic_regression", arrays, ("a", "b", "c"), ("size", "mean"))


def test_probabilities_are_the_softmax_of_weighted_standardised_columns() -> None:
    # at the mean the odds are 1 : 3; one standard deviation above they are 1 : 3e
    found = evaluate(tiny(), np.array([[10.0, 4.0], [12.0, 4.0]]))
    odds = 3 * np.e
    expected = [[0.25, 0, 0.75], [1 / (1 + odds), 0, odds / (1 + odds)]]
    assert found.tolist() == [pytest.approx(row, abs=1e-15) for row in expected]


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("scale", 0, 0.0, "'scale' of the model has a value out of range; got 0.0 at position 0"),
        ("scale", 1, -1.0, "'scale' of the model has a value out of range; got -1.0"),
        ("mean", 1, np.nan, "'mean' of the model has a value out of range; got nan"),
        ("coefficient", (2, 1), 1e300, "'coefficient' of the model has a value out of range"),
        ("intercept", 0, np.inf, "'coefficient' of the model has a value out of range; got inf"),
        ("known", 1, 2, "'known' of the model has a value out of range; got 2 at position 1"),
        ("known", [0, 2], 0, "the model knows no class"),
    ],
)
def test_what_could_make_a_sum_infinite_is_refused(
    name: str, place: Any, value: float, message: str
) -> None:
    model = tiny()
    assert problems(model) == []
    model.arrays[name][place] = value  # type: ignore[index]
    assert message in "\n".join(map(str, problems(model)))


def test_a_weight_of_a_class_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="'class_weight' names classes that do not exist; got z"):
        fit(blobs(2), "ab", LogisticRegressionSettings(class_weight={"z": 2.0}))
