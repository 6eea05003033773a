"""Neighbours are scikit-learn's, and those that one can count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from objclass.classification import Examples, evaluate, fit
from objclass.classification.estimators import nearest_neighbors
from objclass.classification.estimators.nearest_neighbors import NearestNeighborsSettings
from objclass.classification.soundness import problems
from objclass.errors import RunError


@pytest.mark.parametrize("k", [1, 5, 12])
def test_shares_are_those_of_scikit_learn_to_the_last_bit(k: int) -> None:
    y = np.arange(90) % 3
    random = np.random.RandomState(0)
    X = (random.randn(90, 5) + y[:, None]) * [1, 1e4, 1e-3, 5, 1]
    X = X.astype(np.float32).astype(np.float64)
    model = fit(Examples(X, y, tuple("uvwxy")), "abc", NearestNeighborsSettings(k=k))
    peer = make_pipeline(StandardScaler(), KNeighborsClassifier(k, algorithm="kd_tree")).fit(X, y)
    fresh = (random.randn(301, 5) * [1, 1e4, 1e-3, 5, 1]).astype(np.float32).astype(np.float64)
    assert np.array_equal(evaluate(model, fresh), peer.predict_proba(fresh))


def line(k: int = 3) -> Any:
    """Five examples on a line, at 0, 1, 2, 3 and 4, of the classes a, a, b, b and b."""
    examples = Examples(np.arange(5.0)[:, None], np.array([0, 0, 1, 1, 1]), ("size",))
    return fit(examples, "ab", NearestNeighborsSettings(k=k))


def test_a_probability_is_the_share_of_the_nearest() -> None:
    assert evaluate(line(), np.array([[0.9], [1.9]])).tolist() == [[2 / 3, 1 / 3], [1 / 3, 2 / 3]]


def test_of_equally_near_examples_the_first_counts() -> None:
    assert evaluate(line(1), np.array([[1.5]])).tolist() == [[1.0, 0.0]]


def test_with_fewer_examples_than_neighbours_all_are_asked_and_it_says_so() -> None:
    model = line(9)
    assert evaluate(model, np.array([[99.0]])).tolist() == [[2 / 5, 3 / 5]]
    assert model.facts["fitted"] == {"k": 5, "why": "5 neighbors: there are no more examples"}


def test_more_numbers_than_a_model_may_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_neighbors, "MOST_NUMBERS", 4)
    with pytest.raises(RunError, match="these are too many; got 5 examples of 1 columns"):
        line()


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("k", 0, 6, "'k' of the model has a value out of range; got 6 at position 0"),
        ("k", 0, 0, "'k' of the model has a value out of range; got 0 at position 0"),
        ("class", 3, 2, "'class' of the model has a value out of range; got 2 at position 3"),
        ("class", 0, -1, "'class' of the model has a value out of range; got -1 at position 0"),
        ("example", (1, 0), np.nan, "'example' of the model has a value out of range; got nan"),
        ("example", (1, 0), 1e200, "'example' of the model has a value out of range; got 1e+200"),
        ("scale", 0, 0.0, "'scale' of the model has a value out of range; got 0.0"),
    ],
)
def test_arrays_that_are_no_examples_are_refused(
    name: str, place: Any, value: float, message: str
) -> None:
    model = line()
    assert problems(model) == []
    model.arrays[name][place] = value
    assert message in "\n".join(map(str, problems(model)))
