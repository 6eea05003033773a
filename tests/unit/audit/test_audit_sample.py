"""Samples for an audit: random, seeded, and with rare strata in them."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.audit.sample import allocate, draw


def test_a_simple_sample_holds_every_object_as_often_as_the_others() -> None:
    counts = np.zeros(10, int)
    for seed in range(2000):
        counts[draw(np.zeros(10, int), 3, seed)] += 1
    assert abs(counts - 600).max() < 90  # four standard deviations of a binomial


def test_equal_seeds_draw_equal_samples_and_others_draw_others() -> None:
    strata = np.zeros(1000, int)
    assert draw(strata, 20, 5).tolist() == draw(strata, 20, 5).tolist()
    assert set(draw(strata, 20, 5)) != set(draw(strata, 20, 6))


def test_no_object_is_drawn_twice_and_too_few_are_all_drawn() -> None:
    strata = np.repeat([0, 1], [5, 2])
    assert sorted(draw(strata, 100)) == list(range(7))
    assert len(set(draw(strata, 6))) == 6


@pytest.mark.parametrize(
    ("sizes", "size", "drawn"),
    [
        ([100], 30, [30]),
        ([900, 100], 100, [70, 30]),  # half in proportion (45, 5), half alike (25, 25)
        ([1000, 1], 50, [49, 1]),
        ([50, 0, 50], 10, [5, 0, 5]),
        ([3, 3], 100, [3, 3]),
        ([10, 10, 10], 4, [2, 1, 1]),
    ],
)
def test_strata_share_a_sample_half_by_size_and_half_alike(
    sizes: list[int], size: int, drawn: list[int]
) -> None:
    got = allocate(np.array(sizes), size)
    assert sum(got) == min(size, sum(sizes))
    assert sorted(got) == sorted(drawn)


def test_no_objects_give_no_sample() -> None:
    assert draw(np.zeros(0, int), 5).tolist() == []
