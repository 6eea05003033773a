"""Intervals of classes: none without width where few objects were all called right."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.evaluation.assessment import detailed_scores
from objclass.evaluation.resampling import widest
from objclass.evaluation.scores import f1_interval, wilson

NAMES = ("a", "b")


def scored(truth: np.ndarray, called: np.ndarray, groups: np.ndarray) -> dict:
    """Scores of a classifier that is certain."""
    return detailed_scores(truth, np.eye(2)[called], groups, NAMES)["score"]


def test_f1_has_the_interval_of_the_share_that_it_rises_with() -> None:
    low, high = wilson(10, 16) or (0, 0)  # 10 right, 4 missed, 2 called so wrongly
    assert f1_interval(10, 14, 12) == [2 * low / (1 + low), 2 * high / (1 + high)]
    assert f1_interval(0, 0, 0) is None


def test_an_interval_of_f1_holds_it_about_as_often_as_it_says() -> None:
    random, held = np.random.default_rng(4), 0
    for _ in range(600):
        truth = random.random(60) < 0.4
        called = np.where(random.random(60) < 0.85, truth, ~truth)
        hits, true, guessed = (truth & called).sum(), truth.sum(), called.sum()
        low, high = f1_interval(int(hits), int(true), int(guessed)) or (0, 0)
        right = 2 * 0.4 * 0.85 / (0.4 + 0.4 * 0.85 + 0.6 * 0.15)
        held += low <= right <= high
    assert 0.92 <= held / 600 <= 0.99


@pytest.mark.parametrize("groups", [np.arange(40), np.arange(40) % 8])
def test_objects_that_are_all_called_right_do_not_prove_a_classifier(groups: np.ndarray) -> None:
    truth = np.arange(40) % 2
    found = scored(truth, truth, groups)
    for name in ("recall", "precision", "f1"):
        low, high = found["classes"]["a"][f"{name}_interval"]
        assert (low < 0.92, high) == (True, 1.0)
    assert found["balanced_interval"][0] < 0.92


def test_groups_that_differ_widen_an_interval() -> None:
    truth = np.zeros(80, int)
    groups = np.arange(80) // 10
    called = (groups < 3).astype(int)  # three groups of eight are all called wrong
    alone, apart = scored(truth, called, np.arange(80)), scored(truth, called, groups)
    one, other = (each["classes"]["a"]["recall_interval"] for each in (alone, apart))
    assert other[0] < one[0]
    assert other[1] > one[1]


def test_the_widest_of_two_intervals_holds_both() -> None:
    assert widest([0.2, 0.5], [0.3, 0.6]) == [0.2, 0.6]
    assert widest(None, [0.3, 0.6]) == [0.3, 0.6]
    assert widest([0.2, 0.5], None) == [0.2, 0.5]
