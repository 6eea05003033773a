"""Counts corrected by an audit: numbers known from the plain estimators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from objclass.audit.correction import POOLED, UNKNOWN, CountedObjects, correct
from objclass.audit.sample import draw
from objclass.audit.shares import AuditedObjects, Share, add_known, estimate_shares
from objclass.audit.table import Audit, AuditedRow, AuditKey, population_digest

CLASSES = ("a", "b")
N = 400


def population(known: int = 0) -> tuple[CountedObjects, np.ndarray, np.ndarray]:
    """Two groups of objects of two classes, what they are and what they are called."""
    random = np.random.default_rng(1)
    truth = (random.random(N) < 0.3).astype(int)
    called = np.where(random.random(N) < 0.85, truth, 1 - truth)
    p = np.where(called == 1, 0.8, 0.3)
    keys = tuple(AuditKey(f"i{k % 2}", 0, f"o{k:010x}") for k in range(N))
    said = np.where(np.arange(N) < known, truth, UNKNOWN)
    group = np.arange(N) % 2
    return CountedObjects(keys, group, np.stack([1 - p, p], 1), said), truth, called


def audit_of(
    counted: CountedObjects, truth: np.ndarray, strata: np.ndarray, size: int = 150
) -> tuple[Audit, np.ndarray]:
    """An audit of the objects whose class is not known, and the objects that it drew."""
    free = np.flatnonzero(counted.known == UNKNOWN)
    chosen = free[draw(strata[free], size, 3)]
    rows = tuple(
        AuditedRow(line, counted.keys[k], CLASSES[truth[k]], int(strata[k]) + 1)
        for line, k in enumerate(chosen, 2)
    )
    sizes = {int(s) + 1: int((strata[free] == s).sum()) for s in np.unique(strata[free])}
    design = "stratified" if len(sizes) > 1 else "simple"
    return Audit("my.audit.csv", design, population_digest(counted.keys), sizes, rows), chosen


def spans(shares: Sequence[Share]) -> list[float]:
    return [value for each in shares for value in (each.share, each.low, each.high)]


@pytest.mark.parametrize("known", [0, 40])
@pytest.mark.parametrize("by", ["simple", "call", "call and group"])
def test_shares_are_those_of_the_plain_estimator_though_strata_of_others_are_not_kept(
    by: str, known: int
) -> None:
    counted, truth, called = population(known)
    strata = {"simple": 0 * called, "call": called, "call and group": 2 * counted.group + called}[
        by
    ]
    audit, chosen = audit_of(counted, truth, strata)
    found = correct(counted, audit, CLASSES, 2)
    free = counted.known == UNKNOWN
    place = np.cumsum(free) - 1
    plain = AuditedObjects(counted.probability[free], strata[free], place[chosen], truth[chosen])
    taught = np.bincount(truth[~free], minlength=2)
    expected = add_known(estimate_shares(plain), taught, int(free.sum()))
    assert spans(found.whole.shares) == pytest.approx(spans(expected))
    alone = [each.method != POOLED for each in found.groups]
    assert alone == [by != "call"] * 2
    assert found.notes == ()


def test_a_group_is_as_if_it_were_audited_alone() -> None:
    counted, truth, called = population()
    strata = 2 * counted.group + called
    audit, chosen = audit_of(counted, truth, strata)
    found = correct(counted, audit, CLASSES, 2)
    for number in (0, 1):
        mine = counted.group == number
        place = np.cumsum(mine) - 1
        rows = chosen[mine[chosen]]
        alone = AuditedObjects(counted.probability[mine], called[mine], place[rows], truth[rows])
        assert spans(found.groups[number].shares) == pytest.approx(spans(estimate_shares(alone)))


def test_the_order_of_rows_and_objects_changes_no_share() -> None:
    counted, truth, called = population()
    audit, _ = audit_of(counted, truth, called)
    turned = CountedObjects(
        counted.keys[::-1], counted.group[::-1], counted.probability[::-1], counted.known[::-1]
    )
    one = correct(counted, audit, CLASSES, 2).whole.shares
    two = correct(turned, replace(audit, rows=audit.rows[::-1]), CLASSES, 2).whole.shares
    assert spans(one) == pytest.approx(spans(two))


def test_a_group_that_was_annotated_whole_is_known() -> None:
    counted, truth, _ = population()
    known = np.where(counted.group == 0, truth, UNKNOWN)
    counted = replace(counted, known=known)
    audit, _ = audit_of(counted, truth, np.zeros(N, int), 60)
    first = correct(counted, audit, CLASSES, 2).groups[0]
    really = truth[counted.group == 0].mean()
    assert first.method == "annotated, all of them"
    assert spans(first.shares)[3:] == pytest.approx([really] * 3)


def test_a_group_without_objects_has_no_shares_to_speak_of() -> None:
    counted, truth, _ = population()
    audit, _ = audit_of(counted, truth, np.zeros(N, int))
    found = correct(counted, audit, CLASSES, 3)
    assert (found.groups[2].method, found.groups[2].shares) == ("no objects", ())


def test_new_annotations_leave_a_simple_audit_valid_and_a_stratified_one_not() -> None:
    counted, truth, called = population()
    simple, _ = audit_of(counted, truth, np.zeros(N, int))
    stratified, _ = audit_of(counted, truth, called)
    later = replace(counted, known=np.where(np.arange(N) < 30, truth, UNKNOWN))
    assert correct(later, simple, CLASSES, 2).whole.shares
    refused = correct(later, stratified, CLASSES, 2)
    assert refused.whole.shares == ()
    assert "objects were annotated" in refused.whole.method
