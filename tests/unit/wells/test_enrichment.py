"""Enrichment: by integrals that can be counted, by a sum that is exact, and by what it is for."""

from __future__ import annotations

from math import exp, log10

import numpy as np
import pytest
from scipy.special import betaln, gammaln, ndtr

from objclass.wells.concentration import fit_concentrations
from objclass.wells.enrichment import score_enrichment, score_well


@pytest.mark.parametrize("objects", [0, 1, 3, 8, 99])
def test_where_all_shares_are_as_likely_n_of_n_objects_score_n_plus_one_to_one(
    objects: int,
) -> None:
    """P(X > U) is the mean of X, n + 1 of n + 2."""
    assert score_well(1, 1, objects, 0) == pytest.approx(log10(objects + 1), abs=1e-9)
    assert score_well(1, 1, 0, objects) == pytest.approx(-log10(objects + 1), abs=1e-9)


def by_recurrence(alpha: float, beta: float, positive: int, negative: int) -> float:
    """P(X > Y), begun at one half and one object after the other: a sum without integrals."""

    def step(a: float, b: float) -> float:
        return exp(betaln(alpha + a, beta + b) - betaln(alpha, beta) - betaln(a, b))

    share = 0.5
    share += sum(step(alpha + i, beta) / (alpha + i) for i in range(positive))
    return share - sum(step(alpha + positive, beta + j) / (beta + j) for j in range(negative))


@pytest.mark.parametrize(
    "well",
    [(2.3, 7.1, 10, 3), (0.05, 3, 0, 40), (0.5, 0.7, 300, 900), (20, 80, 50, 50),
     (0.002, 0.3, 3, 10), (0.01, 2, 0, 10), (200, 800, 310, 1000)],
)  # fmt: skip
def test_the_score_is_that_of_the_exact_sum(well: tuple[float, float, int, int]) -> None:
    share = by_recurrence(*well)
    assert score_well(*well) == pytest.approx(log10(share) - log10(1 - share), abs=1e-6)


def test_wells_that_no_float_tells_from_certain_are_still_ranked() -> None:
    some, more = (score_well(20, 180, n, 1000 - n) for n in (800, 900))
    assert 50 < some < more < 100
    assert score_well(180, 20, 100, 900) == pytest.approx(-more)


def test_two_classes_score_against_each_other_and_an_empty_well_tells_nothing() -> None:
    counts = np.array([[10, 90], [20, 80], [15, 85], [70, 30], [0, 0]])
    scores = score_enrichment(counts)
    assert np.allclose(scores[:, 0], -scores[:, 1])
    assert scores[3, 0] == scores[:, 0].max() > 0.5
    assert scores[4].tolist() == [0, 0]


@pytest.mark.parametrize("counts", [[[50, 50], [51, 49]], [[5, 95], [6, 94]]])
def test_a_plate_of_nearly_equal_shares_scores_nearly_nothing_in_both_classes(
    counts: list[list[int]],
) -> None:
    scores = score_enrichment(np.array(counts))
    assert np.allclose(scores[:, 0], -scores[:, 1], rtol=0, atol=1e-6)
    assert 0 < scores[1, 0] < 0.002


@pytest.mark.parametrize(("share", "sigmas"), [(0.5, 1.0), (0.2, 0.5)])
def test_on_a_plate_that_does_not_vary_the_score_is_that_of_normal_distributions(
    share: float, sigmas: float
) -> None:
    """2000 objects more than 10^6 raise the logit by 0.002, which both shares spread by."""
    alpha, beta = 2e6 * share, 2e6 * (1 - share)
    spread = (2 / alpha + 2 / beta) ** 0.5
    objects = round(sigmas * spread * alpha)
    higher = ndtr(sigmas)
    expected = pytest.approx(log10(higher / (1 - higher)), abs=2e-3)
    assert score_well(alpha, beta, objects, 0) == expected
    assert -score_well(beta, alpha, 0, objects) == expected


def test_wells_that_are_alike_score_nothing() -> None:
    assert np.abs(score_enrichment(np.full((96, 2), 50))).max() < 0.01


@pytest.mark.parametrize("counts", [[[3, 4]], [[3, 4], [0, 0]], [[3, 0], [9, 0]], [[0, 0], [0, 0]]])
def test_one_well_or_one_class_tells_nothing_of_the_plate(counts: list[list[int]]) -> None:
    assert np.isnan(score_enrichment(np.array(counts))).all()


def test_a_class_that_no_well_has_has_no_score_and_changes_no_other() -> None:
    counts = np.array([[10, 90], [20, 80], [70, 30]])
    scores = score_enrichment(np.insert(counts, 1, 0, axis=1))
    assert np.isnan(scores[:, 1]).all()
    assert np.allclose(scores[:, [0, 2]], score_enrichment(counts))


def test_concentrations_are_those_that_made_the_counts() -> None:
    rng = np.random.default_rng(1)
    shares = rng.dirichlet([8, 30, 2], 2000)
    counts = np.array([rng.multinomial(200, p) for p in shares])
    assert np.allclose(fit_concentrations(counts), [8, 30, 2], rtol=0.08)


def test_no_other_concentrations_make_the_counts_more_likely() -> None:
    counts = np.array([[10, 90], [20, 80], [15, 85], [70, 30]])

    def likelihood(alpha: np.ndarray) -> float:
        whole, total = counts.sum(1), alpha.sum()
        each = gammaln(total) - gammaln(whole + total)
        return float((each + (gammaln(counts + alpha) - gammaln(alpha)).sum(1)).sum())

    best = fit_concentrations(counts)
    assert best is not None
    grid = [best * np.array(f) for f in [(1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99), (1.02, 1.02)]]
    assert all(likelihood(best) > likelihood(each) for each in grid)
