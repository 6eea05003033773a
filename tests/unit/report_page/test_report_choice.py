"""Which objects and features a report shows."""

from __future__ import annotations

import numpy as np

from objclass.data.objects import Column
from objclass.report_page.choice import typical, uncertain
from objclass.report_page.spread import main_columns, spread

PROBABILITY = np.array([[0.9, 0.1], [0.6, 0.4], [1.0, 0.0], [0.2, 0.8], [0.75, 0.25]])
CODE = np.array([1, 1, 1, 2, 1])
UNCERTAINTY = np.array([0.2, 0.8, 0.0, 0.4, 0.5])


def column(name: str, family: str = "size", channel: str | None = None) -> Column:
    return Column(name, family, name, "shape", "", "", "", channel)


def test_the_most_probable_objects_of_a_class_are_typical() -> None:
    assert typical(PROBABILITY, CODE, 1, 2) == [2, 0]
    assert typical(PROBABILITY, CODE, 2, 2) == [3]


def test_of_equally_probable_objects_those_from_all_over_are_taken() -> None:
    sure = np.ones((9, 1))
    assert typical(sure, np.ones(9, int), 1, 3) == [0, 4, 8]


def test_the_least_certain_objects_are_uncertain_and_certain_ones_never() -> None:
    assert uncertain(UNCERTAINTY, CODE, 1, 5) == [1, 4, 0]


def test_few_features_that_say_the_same_are_shown() -> None:
    names = ["intensity_a", "intensity_b", "intensity_c", "size"]
    columns = [column(n, n.partition("_")[0], "dna") for n in names]
    facts = {"columns": [{"name": n} for n in names]}
    shown = [each.name for each in main_columns(facts, columns)]
    assert shown == ["intensity_a", "intensity_b", "size", "intensity_c"]


def test_a_spread_counts_every_known_object_of_a_class_once() -> None:
    values = np.array([1.0, 2.0, 3.0, np.nan, 100.0, 5.0])
    found = spread(column("size"), values, np.array([1, 1, 2, 2, 1, 0]), ("a", "b"))
    assert found is not None
    assert {name: sum(counts) for name, counts in found.bins.items()} == {"a": 3, "b": 1}
    assert found.quartiles["b"] == (3.0, 3.0, 3.0)


def test_a_feature_that_is_nowhere_known_is_not_shown() -> None:
    assert spread(column("size"), np.full(2, np.nan), np.ones(2, int), ("a",)) is None
