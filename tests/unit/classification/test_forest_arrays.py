"""No array that passes the check can make an evaluator read outside or walk for ever."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.classification.soundness import problems
from objclass.data.model import Model


def sound() -> dict[str, np.ndarray]:
    """Two trees: one of three nodes, one that is a leaf."""
    return {
        "feature": np.array([1, -1, -1, -1], np.int32),
        "threshold": np.array([0.5, 0, 0, 0]),
        "left": np.array([1, -1, -1, -1], np.int32),
        "right": np.array([2, -1, -1, -1], np.int32),
        "value": np.array([[0, 0], [1, 0], [0.25, 0.75], [0, 1]], np.float64),
        "root": np.array([0, 3], np.int32),
    }


def model(arrays: dict[str, np.ndarray], **facts: object) -> Model:
    return Model("forest", arrays, ("a", "b"), ("size", "mean"), (), facts)


def said(found: Model) -> str:
    return "\n".join(map(str, problems(found)))


def test_a_sound_forest_has_no_problems() -> None:
    assert problems(model(sound())) == []


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("feature", 0, 2, "'feature' .* got 2 at position 0"),
        ("feature", 1, -2, "'feature' .* got -2 at position 1"),
        ("left", 0, 0, "'left' .* got 0 at position 0"),
        ("left", 0, 4, "'left' .* got 4 at position 0"),
        ("left", 0, -1, "'left' .* got -1 at position 0"),
        ("left", 1, 3, "'left' .* got 3 at position 1"),
        ("right", 0, -(2**31), "'right' .* got -2147483648 at position 0"),
        ("right", 0, 1, "'left, right and root' .* got 2 at position 1"),
        ("root", 1, 2, "'left, right and root' .* got 2 at position 2"),
        ("root", 0, 4, "'root' .* got 4 at position 0"),
        ("root", 0, -1, "'root' .* got -1 at position 0"),
        ("threshold", 0, np.nan, "'threshold' .* got nan at position 0"),
        ("threshold", 0, np.inf, "'threshold' .* got inf at position 0"),
        ("value", (3, 0), np.nan, "leaf's probabilities.* got nan at position 3"),
        ("value", (2, 0), -0.25, "leaf's probabilities.* got 0.5 at position 2"),
        ("value", (1, 0), 9.0, "leaf's probabilities.* got 9.0 at position 1"),
        ("value", (1, 0), np.inf, "leaf's probabilities.* got inf at position 1"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_position(
    name: str, place: int, value: float, message: str
) -> None:
    import re

    arrays = sound()
    arrays[name][place] = value
    assert re.search(message, said(model(arrays)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"left": np.array([1, -1, -1, -1], np.int64)}, "'left' .*got int64 .*expected int32"),
        ({"left": np.array([1, -1], np.int32)}, r"shape of array 'left' .*got \(2,\)"),
        ({"value": np.zeros((4, 3))}, r"shape of array 'value' .*got \(4, 3\); expected \(4, 2\)"),
        ({"value": np.zeros(4)}, "'value' .*got float64 with 1 axes; expected float64 with 2"),
        ({"root": np.zeros(0, np.int32)}, "the forest has no tree"),
        ({"extra": np.zeros(1)}, "arrays of the forest; got extra, feature"),
        ({"median": np.zeros(2)}, "arrays of the forest"),
    ],
)
def test_arrays_of_another_layout_are_refused(changes: dict[str, np.ndarray], message: str) -> None:
    import re

    assert re.search(message, said(model({**sound(), **changes})))


def test_a_missing_array_is_refused() -> None:
    arrays = sound()
    del arrays["root"]
    assert "expected feature, threshold, left, right, value, root" in said(model(arrays))


def test_no_nodes_at_all_are_refused() -> None:
    arrays = {name: array[:0] for name, array in sound().items()} | {"root": np.zeros(1, np.int32)}
    assert "'root'" in said(model(arrays))


def test_imputing_needs_finite_medians() -> None:
    arrays = sound() | {"median": np.array([1.0, 2.0])}
    assert problems(model(arrays, missing="impute")) == []
    arrays["median"][1] = 1e300
    assert "'median'" in said(model(arrays, missing="impute"))
    assert "expected feature" in said(model(sound(), missing="impute"))


def test_names_and_rules_are_checked() -> None:
    arrays = sound()
    assert "unknown estimator; got 'svm'" in said(Model("svm", arrays, ("a", "b"), ("s", "m")))
    assert "number of classes; got 0" in said(Model("forest", arrays, (), ("s", "m")))
    assert "class name stands twice" in said(Model("forest", arrays, ("a", "a"), ("s", "m")))
    assert "column name stands twice" in said(Model("forest", arrays, ("a", "b"), ("s", "s")))
    assert "units and columns" in said(Model("forest", arrays, ("a", "b"), ("s", "m"), ("um",)))
    assert "missing values; got 'guess'" in said(model(arrays, missing="guess"))
