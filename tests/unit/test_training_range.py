"""Images that are not like those of training, told from those that are, on numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from objclass.classification.shift import find_moves, join, of_rows, quantiles

VALUES = np.arange(0.0, 101.0)[:, None]
"""101 objects whose values are 0 to 100: 1 % lie at or below 1, 1 % at or above 99."""


def found(*values: float, training: object = None) -> list[str]:
    known = of_rows(VALUES, ("mean",)) if training is None else training
    return [str(each) for each in find_moves(known, {"mean": np.array(values)})]


def test_a_range_is_smallest_one_percent_ninety_nine_percent_and_largest() -> None:
    assert of_rows(VALUES, ("mean",)) == {"objects": 101, "columns": {"mean": [0, 1, 99, 100]}}


def test_images_join_to_the_widest_range_and_missing_values_do_not_count() -> None:
    holes = np.array([[np.nan, 5.0], [200.0, np.inf], [300.0, 5.0]])
    both = join([(101, quantiles(np.hstack([VALUES, VALUES * np.nan]))), (3, quantiles(holes))],
                  ("mean", "flat"))  # fmt: skip
    assert both["objects"] == 104
    assert both["columns"]["mean"] == [0, 1, pytest.approx(299), 300]
    assert both["columns"]["flat"] == [5, 5, 5, 5]
    assert json.loads(json.dumps(both)) == both


def test_a_median_outside_is_named_with_the_range_of_training() -> None:
    assert found(*[41 - 100] * 60) == ["mean: median -59, training 1 to 99"]
    assert found(*[160] * 60) == ["mean: median 160, training 1 to 99"]


@pytest.mark.parametrize("inside", [[50] * 40, [1] * 40, [99] * 12, [100] * 40, [95], [100, 0]])
def test_a_median_inside_is_not_named(inside: list[float]) -> None:
    assert found(*inside) == []


def test_a_single_object_must_lie_far_outside_of_all_of_training() -> None:
    # 98 wide, 1 object and 101 of training: 100 + 98 (1 + 1 / 10.05) = 207.75
    assert found(207.7) == []
    assert found(207.8) == ["mean: median 207.8, training 0 to 100"]


def test_many_objects_need_less() -> None:
    # 99 + 98 (0.5 / 10 + 1 / 10.05) = 113.65
    assert found(*[113.6] * 100) == []
    assert found(*[113.7] * 100) == ["mean: median 113.7, training 1 to 99"]


def test_draws_from_training_are_hardly_ever_named() -> None:
    random = np.random.RandomState(0)
    columns = [f"c{k}" for k in range(30)]
    known = of_rows(np.exp(random.randn(200, 30)), columns)
    alarms = 0
    for n in (1, 2, 3, 10, 100):
        for _ in range(40):
            X = np.exp(random.randn(n, 30))
            alarms += bool(find_moves(known, dict(zip(columns, X.T, strict=True))))
    assert alarms <= 0.05 * 200


def test_the_farthest_stands_first() -> None:
    known = of_rows(np.hstack([VALUES, VALUES]), ("near", "far"))
    columns = {"near": np.full(50, 150.0), "far": np.full(50, 400.0)}
    assert [each.column for each in find_moves(known, columns)] == ["far", "near"]


def test_few_objects_of_training_and_constant_columns_say_nothing() -> None:
    assert found(*[900] * 50, training=of_rows(VALUES[:19], ("mean",))) == []
    assert found(*[900] * 50, training=of_rows(np.ones((50, 1)), ("mean",))) == []
    assert found(np.nan, np.inf) == []
    assert found() == []


@pytest.mark.parametrize(
    "strange",
    [
        3,
        {},
        {"objects": "many", "columns": {}},
        {"objects": 50, "columns": [1]},
        {"objects": 50, "columns": {"mean": [1, 2]}},
        {"objects": 50, "columns": {"mean": [1, 2, float("nan"), 4]}},
        {"objects": 50, "columns": {"other": [1, 2, 3, 4]}},
    ],
)
def test_what_a_strange_project_says_of_training_is_left_out(strange: object) -> None:
    assert found(*[900] * 50, training=strange) == []
