"""Robust z-scores: medians and spreads of a group, and what they make of its objects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import median_abs_deviation

from objclass.classification.normalizing import (
    GroupScale,
    KnownScale,
    learn_scale,
    scale_warnings,
)


def column(*values: float) -> np.ndarray:
    return np.array(values, np.float64)[:, None]


def test_the_median_is_taken_off_and_the_rest_divided_by_the_spread() -> None:
    scale = learn_scale([column(1, 2, 3, 4, 100)], ["size"])
    assert scale.center.tolist() == [3]
    assert scale.spread.tolist() == [1.4826]
    assert scale.normalize(column(3, 3 + 1.4826)).ravel().tolist() == pytest.approx([0, 1])


def test_the_spread_of_normal_numbers_is_their_standard_deviation() -> None:
    X = np.random.default_rng(0).normal(5, 3, (20_000, 1))
    assert learn_scale([X], ["x"]).spread[0] == pytest.approx(3, rel=0.03)


def test_medians_and_spreads_are_those_of_scipy() -> None:
    X = np.random.default_rng(1).normal(0, 2, (101, 3))
    scale = learn_scale([X[:40], X[40:]], ["a", "b", "c"])
    assert scale.center.tolist() == np.median(X, axis=0).tolist()
    deviation = median_abs_deviation(X, axis=0)
    assert scale.spread.tolist() == (1.4826 * deviation).tolist()


def test_missing_values_count_in_no_median_and_stay_missing() -> None:
    scale = learn_scale([column(np.nan, 1, 2, 3, np.inf, -np.inf)], ["x"])
    assert scale.center.tolist() == [2]
    found = scale.normalize(column(np.nan, 2, np.inf)).ravel()
    assert np.isnan(found[0])
    assert found[1] == 0
    assert np.isinf(found[2])


@pytest.mark.parametrize(
    "values", [(7.0,), (7.0, 7.0, 7.0), (7.0, 7.0, 7.0, 8.0), (0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2)]
)
def test_a_column_without_spread_is_zero_and_its_missing_values_stay(values: list[float]) -> None:
    scale = learn_scale([column(*values)], ["x"])
    assert scale.spread.tolist() == [0]
    found = scale.normalize(column(6, 7, np.nan)).ravel()
    assert found[:2].tolist() == [0, 0]
    assert np.isnan(found[2])


@pytest.mark.parametrize("rows", [[], [np.empty((0, 1))], [column(np.nan)]])
def test_a_group_without_values_makes_nothing_of_nothing(rows: list[np.ndarray]) -> None:
    scale = learn_scale(rows, ["x"])
    assert (scale.center.tolist(), scale.spread.tolist()) == ([0], [0])
    assert scale.normalize(np.empty((0, 1))).shape == (0, 1)


@given(
    X=arrays(np.float64, (12, 2), elements=st.integers(-1000, 1000).map(float)),
    cut=st.integers(0, 12),
    order=st.permutations(range(12)),
)
def test_neither_order_nor_images_change_a_bit(X: np.ndarray, cut: int, order: list[int]) -> None:
    whole = learn_scale([X], ["a", "b"])
    mixed = X[order]
    parts = learn_scale([mixed[cut:], mixed[:cut]], ["a", "b"])
    assert whole.center.tobytes() == parts.center.tobytes()
    assert whole.spread.tobytes() == parts.spread.tobytes()


@given(
    X=arrays(np.float64, (15, 1), elements=st.integers(0, 1000).map(float)),
    factor=st.sampled_from([0.25, 2.0, 64.0]),
    offset=st.integers(-512, 512),
)
def test_a_factor_and_an_offset_of_a_plate_change_no_z_score(
    X: np.ndarray, factor: float, offset: int
) -> None:
    stained = factor * X + offset
    plain, other = learn_scale([X], ["x"]), learn_scale([stained], ["x"])
    assert plain.normalize(X).tobytes() == other.normalize(stained).tobytes()


def test_columns_are_found_by_name_and_others_are_left() -> None:
    scale = GroupScale(("a", "b"), np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    found = scale.normalize_columns({"b": np.array([6]), "other": np.array([9])})
    assert {name: values.tolist() for name, values in found.items()} == {"b": [2.0], "other": [9]}


def test_small_groups_and_columns_that_tell_nothing_are_said() -> None:
    flat = GroupScale(("a", "holes"), np.zeros(2), np.array([1.0, 0.0]))
    said = scale_warnings("plate", {"P1": (flat, 20), "P2": (flat, 19), "P3": (flat, 0)})
    assert said == (
        "normalize: fewer than 20 objects in plate P2 (19): medians of so few say little of a "
        "group",
        "normalize: most objects of plate P1 share one value of holes, which counts as 0 there",
    )
    assert KnownScale(flat).warnings == ()
