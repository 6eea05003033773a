"""Standardised columns and clusters: equal to peers, and exact."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from objclass.choosing.clusters import cluster, nearest_centres, spread
from objclass.choosing.scaling import STEP, learn_scaling


def drawn(rows: int, columns: int = 3) -> np.ndarray:
    """Standardised rows in four heaps."""
    random = np.random.default_rng(5)
    X = random.normal(size=(rows, columns)) + 4 * random.integers(0, 2, (rows, columns))
    return learn_scaling([X], columns).standardize(X)


def test_scaling_of_many_tables_is_that_of_all_rows() -> None:
    X = np.random.default_rng(0).normal((3, 1e4, 3, 3), 7, (1000, 4))
    X[::9, 2] = np.nan
    X[::7, 3] = np.inf
    pieces = [X[:10], X[10:10], X[10:400], X[400:]]
    found = learn_scaling(pieces, 4)
    usable = np.where(np.isfinite(X), X, np.nan)
    np.testing.assert_allclose(found.mean, np.nanmean(usable, axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.scale, np.nanstd(usable, axis=0), rtol=1e-10)


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_the_scaling_of_a_table_that_is_read_piece_by_piece_is_the_same_to_the_byte(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    X = np.random.default_rng(3).lognormal(0, 4, (1000, columns))
    X[::7] = np.nan
    there = np.where(np.isnan(X), 0.0, X)
    mean = there.sum(axis=0) / (~np.isnan(X)).sum(axis=0)
    whole = learn_scaling([X], columns)
    monkeypatch.setattr("objclass.choosing.scaling.PIECE", 7)
    found = learn_scaling([X], columns)
    assert found.mean.tobytes() == whole.mean.tobytes() == mean.tobytes()
    assert found.scale.tobytes() == whole.scale.tobytes()


def test_missing_values_are_the_mean_and_columns_of_one_value_say_nothing() -> None:
    X = np.array([[1.0, 5, np.nan], [3.0, 5, np.nan], [np.nan, 5, np.nan]])
    scaling = learn_scaling([X], 3)
    np.testing.assert_array_equal(scaling.standardize(X), [[-1, 0, 0], [1, 0, 0], [0, 0, 0]])
    assert scaling.varied
    assert not learn_scaling([X[:, 1:]], 2).varied
    assert not learn_scaling([], 2).varied


@pytest.mark.parametrize("value", [0.1, 1e9 / 3, -1e-9 / 7])
def test_rounding_does_not_tell_equal_values_apart(value: float) -> None:
    assert not learn_scaling([np.full((999, 1), value), np.full((7, 1), value)], 1).varied


def test_standardised_values_are_multiples_of_a_step() -> None:
    X = drawn(200)
    np.testing.assert_array_equal(X / STEP, np.round(X / STEP))


def test_clusters_are_about_as_tight_as_those_of_scikit_learn() -> None:
    X = drawn(600)
    ours = min(cluster(X, 8, seed)[2].sum() for seed in range(5))
    theirs = KMeans(8, n_init=5, random_state=0).fit(X).inertia_
    assert ours < 1.05 * theirs


def test_distances_are_those_of_a_plain_loop() -> None:
    X = drawn(70)
    centres, owner, distance = cluster(X, 5)
    plain = ((X[:, None] - centres[None]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(owner, plain.argmin(axis=1))
    np.testing.assert_array_equal(distance, plain.min(axis=1))


def test_pieces_of_rows_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    X = drawn(300)
    whole = nearest_centres(X, X[:9])
    monkeypatch.setattr("objclass.choosing.clusters.DISTANCES_AT_ONCE", 40)
    for one, other in zip(nearest_centres(X, X[:9]), whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_centres_begin_far_apart_and_no_row_twice() -> None:
    X = np.array([[0.0], [0], [0], [1], [8]])
    assert sorted(spread(X, 3, seed=1)[:, 0]) == [0, 1, 8]
    assert sorted(spread(X, 5, seed=1)[:, 0]) == [0, 1, 8]


def test_a_seed_gives_the_same_clusters_again_and_another_seed_others() -> None:
    X = drawn(600)
    one, again, other = (cluster(X, 12, seed)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
