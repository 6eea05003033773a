"""Shares among counted objects: ratios of two estimates, with intervals that hold."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.audit.ratios import CountedClasses, estimate_pooled_ratios, estimate_ratios
from objclass.audit.sample import draw
from objclass.audit.shares import AuditedObjects, Share, add_known, estimate_shares

NOBODY = np.zeros(3, np.int64)


def counted(objects: int, *left_out: int, known: np.ndarray = NOBODY) -> CountedClasses:
    """All classes but some are counted."""
    return CountedClasses(~np.isin(np.arange(3), left_out), known, objects)


def known_by_nobody(truth: list[int], objects: int = 10**6) -> AuditedObjects:
    """An audit whose predictions say nothing, of next to infinitely many objects."""
    return AuditedObjects(
        np.full((objects, 3), 1 / 3),
        np.zeros(objects, np.int64),
        np.arange(len(truth)),
        np.array(truth),
    )


def wilson(right: int, of: int, z: float) -> tuple[float, float]:
    """The interval of a share of independent objects, as in books."""
    p, half = right / of, z * np.sqrt(right / of * (1 - right / of) / of + z**2 / (4 * of**2))
    middle, scale = p + z**2 / (2 * of), 1 + z**2 / of
    return (middle - half) / scale, (middle + half) / scale


def test_without_predictions_it_is_the_share_of_the_sample_with_wilsons_interval() -> None:
    truth = [0] * 160 + [1] * 40 + [2] * 200
    found, other, none = estimate_ratios(known_by_nobody(truth), counted(10**6, 2))
    assert none is None
    assert found is not None
    assert other is not None
    assert found.share == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx(wilson(160, 200, 1.97), abs=2e-3)
    assert found.share + other.share == pytest.approx(1)
    assert found.audited == 200


def test_where_all_classes_are_counted_it_is_the_share_of_all() -> None:
    audited = known_by_nobody([0] * 30 + [1] * 50 + [2] * 20)
    every = estimate_ratios(audited, counted(10**6))
    for ratio, share in zip(every, estimate_shares(audited), strict=True):
        assert ratio is not None
        assert (ratio.share, ratio.low, ratio.high) == pytest.approx(
            (share.share, share.low, share.high), abs=2e-3
        )


def test_objects_that_were_annotated_enter_as_known() -> None:
    truth = [0] * 20 + [1] * 20 + [2] * 20
    audited = known_by_nobody(truth, 60)
    known = np.array([30, 0, 1000])
    found = estimate_ratios(audited, counted(60, 2, known=known))[0]
    assert found is not None
    assert found.share == pytest.approx((20 + 30) / (40 + 30))
    assert found.high - found.low < 1e-6  # every object was audited or annotated
    whole = add_known(estimate_shares(audited), known, 60)
    assert found.share == pytest.approx(whole[0].share / (whole[0].share + whole[1].share))


def test_nothing_counted_has_no_share() -> None:
    assert estimate_ratios(known_by_nobody([2] * 40, 40), counted(40, 2)) == [None] * 3


def test_of_calls_that_the_audit_has_not_seen_the_interval_holds_everything() -> None:
    group = np.eye(3)[[0] * 50 + [1] * 50]
    audited = AuditedObjects(
        np.eye(3)[[0] * 40 + [2] * 10], np.zeros(50, np.int64), np.arange(50),
        np.array([0] * 40 + [2] * 10),
    )  # fmt: skip
    found = estimate_pooled_ratios(group, audited, counted(100, 2))[0]
    assert found is not None
    assert found.low <= 0.5
    assert found.high == 1


def drawn(random: np.random.Generator) -> tuple[AuditedObjects, float]:
    """A hundred and fifty of 3,000 objects of which a third is left out, and the true ratio."""
    truth = random.choice(3, 3000, p=[0.2, 0.5, 0.3])
    said = random.dirichlet([0.6, 0.6, 0.6], 3000) + 1.2 * np.eye(3)[truth]
    said[:, 0] += 0.3  # too many are called by the first class
    said /= said.sum(1, keepdims=True)
    strata = np.zeros(3000, np.int64)
    rows = draw(strata, 150, int(random.integers(10**6)))
    of = truth != 2
    return AuditedObjects(said, strata, rows, truth[rows]), float((truth[of] == 0).mean())


def test_nominal_intervals_hold_the_ratio_and_predictions_make_them_narrower() -> None:
    random = np.random.default_rng(0)
    held, width, alone = [], [], []
    for _ in range(300):
        audited, ratio = drawn(random)
        found = estimate_ratios(audited, counted(3000, 2))[0]
        assert found is not None
        held.append(found.low <= ratio <= found.high)
        width.append(found.high - found.low)
        blind = AuditedObjects(
            np.full((3000, 3), 1 / 3), audited.strata, audited.rows, audited.truth
        )
        plain = estimate_ratios(blind, counted(3000, 2))[0]
        assert isinstance(plain, Share)
        alone.append(plain.high - plain.low)
    assert 0.93 <= np.mean(held) <= 0.98
    assert np.mean(width) < 0.9 * np.mean(alone)
