"""Two classifiers on one audit, counted by eye."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.audit.paired import compare_on_audit


def test_a_simple_audit_weighs_all_objects_alike() -> None:
    truth = np.array([0] * 40 + [1] * 40)
    first = np.array([0] * 40 + [0] * 16 + [1] * 24)  # 64 right, class 0 called 56 times of 40
    second = truth.copy()
    found = compare_on_audit(truth, first, second, np.zeros(80, int), np.array([1000]), 2)
    assert found["accuracy"]["values"] == pytest.approx([0.8, 1.0])
    assert found["accuracy"]["difference"] == pytest.approx(0.2)
    low, high = found["accuracy"]["interval"]
    # 16 differences of 1 among eighty: variance 0.16 * 80 / 79, t of 79 degrees 1.990
    half = 1.990 * (0.16 * 80 / 79 / 80 * (1 - 80 / 1000)) ** 0.5
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
    low, high = found["share_errors"][1]["interval"]
    assert low < 0 < 0.2 < high  # eight objects say little, also where each stratum is of one mind


def test_an_audit_that_saw_no_difference_leaves_room_for_one() -> None:
    truth = np.array([0, 1] * 20)
    called = np.array([0, 1, 1, 0] * 10)
    found = compare_on_audit(truth, called, called, np.zeros(40, int), np.array([400]), 2)
    for each in (found["accuracy"], *found["share_errors"]):
        assert each["difference"] == 0
        low, high = each["interval"]
        assert low == -high
        assert 3 / 40 < high < 6 / 40  # of 3 / n, none among n is seen once in twenty times


def test_an_audit_of_all_objects_leaves_no_room() -> None:
    truth = np.array([0, 1] * 20)
    found = compare_on_audit(truth, truth, truth, np.zeros(40, int), np.array([40]), 2)
    assert found["accuracy"]["interval"] == [0, 0]
    assert found["share_errors"][0]["interval"] == [0, 0]


@pytest.mark.parametrize("share", [0.005, 0.01, 0.02])
def test_the_interval_holds_a_difference_that_is_mostly_not_seen(share: float) -> None:
    random = np.random.default_rng(1)
    truth = np.zeros(2000, int)
    second = (np.arange(2000) < share * 2000).astype(int)
    held = 0
    for _ in range(200):
        rows = random.choice(2000, 100, replace=False)
        found = compare_on_audit(
            truth[rows], truth[rows], second[rows], np.zeros(100, int), np.array([2000]), 0
        )
        low, high = found["accuracy"]["interval"]
        held += low <= -share <= high
    assert held >= 186


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
