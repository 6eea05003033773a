"""Two classifiers on one audit, counted by eye."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.audit.paired import compare_on_audit


def test_a_simple_audit_weighs_all_objects_alike() -> None:
    truth = np.array([0] * 10 + [1] * 10)
    first = np.array([0] * 10 + [0] * 4 + [1] * 6)  # 16 right, class 0 called 14 times of 10
    second = truth.copy()
    found = compare_on_audit(truth, first, second, np.zeros(20, int), np.array([1000]), 2)
    assert found["accuracy"]["values"] == pytest.approx([0.8, 1.0])
    assert found["accuracy"]["difference"] == pytest.approx(0.2)
    low, high = found["accuracy"]["interval"]
    # four differences of 1 among twenty: variance 0.16 * 20 / 19, t of 19 degrees 2.093
    half = 2.093 * (0.16 * 20 / 19 / 20 * (1 - 20 / 1000)) ** 0.5
    assert (low, high) == pytest.approx((0.2 - half, 0.2 + half), abs=1e-3)
    assert found["share_errors"][0]["errors"] == pytest.approx([0.2, 0.0])
    assert found["share_errors"][0]["difference"] == pytest.approx(-0.2)


def test_a_stratum_counts_as_much_as_it_has_objects() -> None:
    strata = np.array([0] * 4 + [1] * 4)
    truth = np.zeros(8, int)
    second = np.array([0] * 4 + [1] * 4)  # wrong in all of the small stratum
    found = compare_on_audit(truth, truth, second, strata, np.array([900, 100]), 2)
    assert found["accuracy"]["values"] == pytest.approx([1.0, 0.9])
    assert found["share_errors"][1]["errors"] == pytest.approx([0.0, 0.1])
    assert found["share_errors"][1]["interval"] == pytest.approx([0.1, 0.1])


def test_the_same_classifier_differs_by_nothing() -> None:
    truth = np.array([0, 1] * 20)
    called = np.array([0, 1, 1, 0] * 10)
    found = compare_on_audit(truth, called, called, np.zeros(40, int), np.array([400]), 2)
    assert found["accuracy"]["difference"] == 0
    assert found["accuracy"]["interval"] == [0, 0]


def test_the_interval_of_a_difference_holds_the_difference_of_all_objects() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 2000)
    first = np.where(random.random(2000) < 0.7, truth, 1 - truth)
    second = np.where(random.random(2000) < 0.8, truth, 1 - truth)
    really = (second == truth).mean() - (first == truth).mean()
    held = 0
    for _ in range(200):
        rows = random.choice(2000, 150, replace=False)
        found = compare_on_audit(
            truth[rows], first[rows], second[rows], np.zeros(150, int), np.array([2000]), 0
        )
        low, high = found["accuracy"]["interval"]
        held += low <= really <= high
    assert 184 <= held <= 198
