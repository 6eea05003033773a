"""Shares of classes from an audit: by hand, at the edges, and how often intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from objclass.audit.sample import draw
from objclass.audit.shares import (
    AuditedObjects,
    Share,
    add_known,
    estimate_pooled,
    estimate_shares,
    quantile,
)


def called(codes: np.ndarray, classes: int = 2) -> np.ndarray:
    """Probabilities of a classifier that is always certain."""
    return np.eye(classes)[codes]


def population(random: np.random.Generator, share: float = 0.1, size: int = 2000) -> tuple:
    """Classes, and the scores of a classifier that calls too many objects by the rare one."""
    truth = (random.random(size) < share).astype(int)
    rare = np.clip(0.3 + 0.5 * truth + 0.15 * random.standard_normal(size), 0, 1)
    return truth, np.stack([1 - rare, rare], 1)


def audit(truth: np.ndarray, scores: np.ndarray, size: int, seed: int, strata=None):
    """An audit of some objects."""
    strata = np.zeros(len(truth), int) if strata is None else strata
    rows = draw(strata, size, seed)
    return AuditedObjects(scores, strata, rows, truth[rows])


def test_an_audit_of_all_objects_is_a_count() -> None:
    truth = np.array([0, 0, 0, 1])
    (first, second) = estimate_shares(audit(truth, called(1 - truth), 4, 0))
    assert (first.share, first.low, first.high) == (0.75, 0.75, 0.75)
    assert second == Share(0.25, 0.25, 0.25, 4)


def test_scores_that_know_nothing_leave_the_share_of_the_sample() -> None:
    truth = np.repeat([0, 1], [75, 25])
    rows = np.arange(0, 100, 2)  # 38 and 12
    asked = AuditedObjects(np.full((100, 2), 0.5), np.zeros(100, int), rows, truth[rows])
    shares = estimate_shares(asked)
    assert shares[1].share == pytest.approx(12 / 50)
    assert shares[1].low < 0.24 < shares[1].high


def test_a_sample_without_a_mistake_does_not_prove_that_there_are_none() -> None:
    truth = np.repeat([0, 1], [900, 100])
    share = estimate_shares(audit(truth, called(truth), 100, 1))[1]
    assert share.share == pytest.approx(0.1)
    assert 0.005 < share.high - share.low < 0.06


def test_a_class_that_the_sample_does_not_hold_may_be_there() -> None:
    truth = np.zeros(1000, int)
    share = estimate_shares(audit(truth, np.full((1000, 2), 0.5), 60, 1))[1]
    assert (share.share, share.low) == (0.0, 0.0)
    assert 0.01 < share.high < 0.09


@pytest.mark.parametrize("stratified", [False, True])
def test_intervals_hold_as_often_as_they_say_where_counts_of_predictions_never_do(
    stratified: bool,
) -> None:
    truth, scores = population(np.random.default_rng(7))
    strata = scores.argmax(1) if stratified else None
    held, naive = 0, scores.argmax(1).mean()
    for seed in range(500):
        share = estimate_shares(audit(truth, scores, 150, seed, strata))[1]
        held += share.low <= truth.mean() <= share.high
    assert naive - truth.mean() > 0.05
    assert 0.93 <= held / 500 <= 0.98


def test_the_scores_make_an_audit_sharper_and_never_blunter() -> None:
    truth, scores = population(np.random.default_rng(3))
    width = dict.fromkeys(("alone", "tuned", "noise"), 0.0)
    noise = np.random.default_rng(1).dirichlet([1, 1], len(truth))
    for seed in range(60):
        given = {"alone": np.full_like(scores, 0.5), "tuned": scores, "noise": noise}
        for name, each in given.items():
            share = estimate_shares(audit(truth, each, 150, seed))[1]
            width[name] += share.high - share.low
    assert width["tuned"] < 0.8 * width["alone"]
    assert width["noise"] < 1.05 * width["alone"]


def test_strata_have_their_weights_whatever_was_drawn_of_them() -> None:
    truth = np.repeat([0, 1, 0, 1], [80, 20, 5, 45])
    strata = np.repeat([0, 1], [100, 50])
    rows = np.concatenate([np.arange(0, 100, 10), np.arange(100, 150)])  # 8 + 2, then all
    share = estimate_shares(AuditedObjects(np.full((150, 2), 0.5), strata, rows, truth[rows]))[1]
    assert share.share == pytest.approx((100 * 0.2 + 45) / 150)


def test_a_group_without_audited_objects_takes_the_mistakes_of_the_others() -> None:
    calls = np.repeat([0, 1], [500, 500])
    truth = np.where(np.arange(1000) % 5 == 0, 1 - calls, calls)  # one call in five is wrong
    rows = np.arange(0, 1000, 3)
    asked = AuditedObjects(called(calls), np.zeros(1000, int), rows, truth[rows])
    group = called(np.repeat([0, 1], [90, 10]))
    share = estimate_pooled(group, asked)[1]
    assert share.share == pytest.approx(0.9 * 0.2 + 0.1 * 0.8, abs=0.01)
    assert share.low < 0.26 < share.high


def test_of_a_call_that_nobody_audited_nothing_is_known() -> None:
    calls = np.zeros(100, int)
    truth = np.where(np.arange(100) % 4 == 0, 1, 0)
    rows = np.arange(40)
    asked = AuditedObjects(called(calls, 3), np.zeros(100, int), rows, truth[rows])
    assert estimate_pooled(called(np.full(10, 2), 3), asked)[2] == Share(1.0, 0.0, 1.0, 0)
    half = estimate_pooled(called(np.repeat([0, 2], 5), 3), asked)
    assert half[2].share == pytest.approx(0.5)
    assert half[2].low == 0
    assert half[2].high > 0.5
    assert sum(each.share for each in half) == pytest.approx(1)


def test_objects_within_a_group_keep_their_sample() -> None:
    truth, scores = population(np.random.default_rng(2), size=40)
    whole = audit(truth, scores, 20, 1)
    chosen = np.arange(40) % 2 == 0
    part = whole.within(chosen)
    assert len(part.strata) == 20
    assert part.truth.tolist() == truth[chosen][part.rows].tolist()


def test_a_group_is_estimated_by_itself_where_enough_of_it_was_audited() -> None:
    truth, scores = population(np.random.default_rng(2), size=100)
    assert not audit(truth, scores, 29, 1).enough
    assert audit(truth, scores, 30, 1).enough
    assert audit(truth[:10], scores[:10], 10, 1).enough  # all there are


def test_objects_whose_class_is_known_narrow_the_interval() -> None:
    shares = [Share(0.4, 0.2, 0.6, 50), Share(0.6, 0.4, 0.8, 50)]
    first, second = add_known(shares, np.array([100, 0]), 100)
    assert (first.share, first.low, first.high) == (0.7, 0.6, 0.8)
    assert second == Share(0.3, 0.2, 0.4, 50)


@pytest.mark.parametrize("freedom", [1, 2, 5, 29, 149, 10_000])
def test_the_quantile_is_students(freedom: int) -> None:
    assert quantile(0.95, freedom) == pytest.approx(t.ppf(0.975, freedom), rel=2e-3)
