"""Agreement of two annotators beyond chance."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from objclass.evaluation.agreement import agreement_table, class_agreement, cohen_kappa
from objclass.evaluation.scores import Z

DIAGNOSES = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
"""The example of Fleiss, Cohen and Everitt: 200 patients, three diagnoses, kappa 0.429."""


def test_classes_of_two_annotators_are_counted_in_pairs() -> None:
    table = agreement_table("aabb", "abbb", "ab")
    assert table.tolist() == [[1, 1], [0, 2]]


def test_kappa_of_the_published_example() -> None:
    kappa = cohen_kappa(DIAGNOSES)
    assert (kappa.agreement, kappa.by_chance) == pytest.approx((0.70, 0.475))
    assert kappa.value == pytest.approx(0.429, abs=5e-4)


def test_kappa_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        first, second = random.integers(0, 4, 30), random.integers(0, 4, 30)
        table = agreement_table(first, second, range(4))
        assert cohen_kappa(table).value == pytest.approx(cohen_kappa_score(first, second))


def test_the_standard_error_is_the_spread_of_kappa_over_samples() -> None:
    random, n = np.random.default_rng(2), int(DIAGNOSES.sum())
    draws = random.multinomial(n, DIAGNOSES.ravel() / n, 3000).reshape(-1, 3, 3)
    spread = np.std([cohen_kappa(draw).value for draw in draws])
    kappa = cohen_kappa(DIAGNOSES)
    assert (kappa.high - kappa.low) / (2 * Z) == pytest.approx(spread, rel=0.05)


def test_a_few_objects_classed_alike_do_not_prove_full_agreement() -> None:
    few, many = cohen_kappa(np.diag([3, 3])), cohen_kappa(np.diag([300, 300]))
    assert (few.value, few.high) == (many.value, many.high) == (1.0, 1.0)
    assert few.low < 0.3
    assert many.low > 0.95


def test_kappa_is_not_defined_without_objects_or_with_one_class() -> None:
    nothing, one = cohen_kappa(np.zeros((0, 0), int)), cohen_kappa(np.array([[7]]))
    assert isnan(nothing.value)
    assert isnan(one.value)
    assert one.agreement == 1


def test_agreement_beyond_nothing_is_negative() -> None:
    kappa = cohen_kappa(np.array([[0, 5], [5, 0]]))
    assert (kappa.value, kappa.low) == (-1, -1)


def test_a_rare_class_has_an_agreement_of_its_own() -> None:
    table = np.array([[90, 2, 0], [3, 5, 0], [0, 0, 0]])
    common, rare, absent = class_agreement(table)
    assert common.value == pytest.approx(180 / 185)
    assert rare.value == pytest.approx(10 / 15)
    assert rare.low < 0.5 < rare.value < rare.high
    assert isnan(absent.value)


def test_a_few_objects_classed_otherwise_do_not_prove_full_disagreement() -> None:
    """Of ten objects none is agreed on; Wilson's limit of that is 0.278."""
    found = cohen_kappa(np.array([[0, 5], [5, 0]]))
    assert (found.value, found.low) == (-1, -1)
    assert found.high == pytest.approx((0.2775 - 0.5) / 0.5, abs=1e-3)
