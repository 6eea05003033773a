"""Which objects and features a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from objclass.data.objects import Column
from objclass.engine.look import ImageKey
from objclass.report_page.choice import typical, uncertain
from objclass.report_page.content import ObjectCounts
from objclass.report_page.heat_maps import plates_of
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


def test_wells_are_the_sums_of_their_images_and_failed_images_are_none() -> None:
    images = [ImageKey(n, {"plate": "P1", "well": w}) for n, w in
              (("a", "B3"), ("b", "B03"), ("c", "C05"), ("d", "D06"))]  # fmt: skip
    rows = [("a", 3, {"x": 1}), ("b", 5, {"x": 1}), ("c", 0, {"x": 0}), ("d", None, {"x": None})]
    maps = {each.title: dict(each.wells) for each in plates_of(images, [counts(rows)])}
    assert maps == {"P1 objects": {"B03": 8, "C05": 0}, "P1 % x": {"B03": 25.0}}


def counts(rows: Sequence[tuple[str, int | None, Mapping[str, int | None]]]) -> ObjectCounts:
    return ObjectCounts("predicted", {"x": "#000000"}, rows)
