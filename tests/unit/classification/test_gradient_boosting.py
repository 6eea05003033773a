"""Gradient-boosted trees are scikit-learn's, added in the same order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from objclass.classification import Examples, evaluate, fit
from objclass.classification.estimators.gradient_boosting import GradientBoostingSettings
from objclass.classification.soundness import problems
from objclass.data.model import Model

USUAL: dict[str, Any] = {
    "class_weight": "balanced", "min_samples_leaf": 5, "early_stopping": False,
}  # fmt: skip


def blobs(classes: int, n: int = 120) -> Examples:
    y = np.arange(n) % classes
    X = np.random.RandomState(0).randn(n, 4).astype(np.float32).astype(np.float64)
    return Examples(X + y[:, None], y, tuple("uvwx"))


@pytest.mark.parametrize("classes", [2, 5])
def test_probabilities_are_those_of_scikit_learn(classes: int) -> None:
    examples = blobs(classes)
    X = np.random.RandomState(1).randn(301, 4).astype(np.float32) * 3
    model = fit(examples, "abcde"[:classes], GradientBoostingSettings())
    peer = HistGradientBoostingClassifier(**USUAL).fit(examples.X, examples.y)
    assert np.abs(evaluate(model, X) - peer.predict_proba(X)).max() < 1e-15


def test_every_option_reaches_scikit_learn() -> None:
    examples = blobs(3)
    settings = GradientBoostingSettings(
        rounds=20, learning_rate=0.3, max_leaves=4, min_leaf=9, class_weight={"b": 7.0}
    )
    weights = {0: 1.0, 1: 7.0, 2: 1.0}
    peer = HistGradientBoostingClassifier(
        max_iter=20, learning_rate=0.3, max_leaf_nodes=4, min_samples_leaf=9,
        class_weight=weights, early_stopping=False,
    ).fit(examples.X, examples.y)  # fmt: skip
    found = evaluate(fit(examples, "abc", settings), examples.X)
    assert np.abs(found - peer.predict_proba(examples.X)).max() < 1e-15


def test_a_value_equal_to_a_threshold_goes_where_scikit_learn_sends_it() -> None:
    examples = Examples(np.repeat([1.0, 2.0, 3.0], 20)[:, None], np.repeat([0, 1, 0], 20), ("u",))
    model = fit(examples, "ab", GradientBoostingSettings())
    peer = HistGradientBoostingClassifier(**USUAL).fit(examples.X, examples.y)
    inner = np.asarray(model.arrays["feature"]) >= 0
    limits = np.unique(np.asarray(model.arrays["threshold"])[inner])
    X = np.concatenate([limits, np.nextafter(limits.astype(np.float32), np.float32(9))])[:, None]
    assert np.abs(evaluate(model, X) - peer.predict_proba(X.astype(np.float32))).max() < 1e-15


def stump() -> Model:
    """Class b begins at ln 3; its one tree takes that back where the size is above 2."""
    arrays = {
        "feature": np.array([0, -1, -1], np.int32),
        "threshold": np.array([2.0, 0, 0]),
        "left": np.array([1, -1, -1], np.int32),
        "right": np.array([2, -1, -1], np.int32),
        "value": np.array([[0.0, 0], [0, 0], [0, -np.log(3)]]),
        "root": np.array([0], np.int32),
        "baseline": np.array([0.0, np.log(3)]),
        "known": np.ones(2, np.uint8),
    }
    return Model("gradient_boosting", arrays, ("a", "b"), ("size",))


def test_leaves_are_added_to_the_baseline() -> None:
    found = evaluate(stump(), np.array([[2.0], [2.5]]))
    assert found.tolist() == [pytest.approx([0.25, 0.75]), [0.5, 0.5]]


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("left", 0, 0, "'left' of the model has a value out of range; got 0 at position 0"),
        ("feature", 0, 1, "'feature' of the model has a value out of range; got 1"),
        ("threshold", 0, np.nan, "'threshold' of the model has a value out of range; got nan"),
        ("value", (1, 0), np.inf, "(what leaves add to a class)' of the model has a value out"),
        ("baseline", 1, np.nan, "(what leaves add to a class)' of the model has a value out"),
        ("known", [0, 1], 0, "the model knows no class"),
    ],
)
def test_trees_that_lead_nowhere_are_refused(
    name: str, place: Any, value: float, message: str
) -> None:
    model = stump()
    assert problems(model) == []
    model.arrays[name][place] = value  # type: ignore[index]
    assert message in "\n".join(map(str, problems(model)))
