"""Strategies choose what they say, whatever the order of the objects, and none twice."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.choosing.candidates import Candidates
from objclass.choosing.strategies import STRATEGIES, strategy_named
from objclass.choosing.strategies.diverse import MOST_CLUSTERED
from objclass.choosing.strategies.uncertain import margin
from objclass.errors import InputError

NAMES = ("large", "small")


def candidates(
    X: np.ndarray, certainty: np.ndarray | None = None, order: np.ndarray | None = None
) -> Candidates:
    """Objects with these features, of which the classifier says "small" so surely."""
    order = np.arange(len(X)) if order is None else order
    lots = np.random.default_rng(7).permutation(len(X)).astype(np.uint64)[order]
    said = None if certainty is None else np.stack([1 - certainty, certainty], axis=1)[order]
    X = X[order]
    return Candidates(lots, lambda rows: X[rows], said, NAMES, target=np.zeros(X.shape[1]))


def chosen(text: str, objects: Candidates, count: int) -> list[int]:
    """Sorted rows that a strategy chooses."""
    strategy, word = strategy_named(text)
    rows = strategy.choose(objects, count, word).rows
    assert len(set(rows.tolist())) == len(rows)
    return sorted(rows.tolist())


HEAPS = np.concatenate([np.full((50, 2), 0.0), np.full((4, 2), 5.0), np.full((1, 2), -9.0)])
"""Fifty objects alike, four others, and one."""
SURELY = np.linspace(0, 1, 55)


def test_diverse_objects_are_one_of_each_heap_however_rare_it_is() -> None:
    one, four, rare = chosen("diverse", candidates(HEAPS), 3)
    assert one < 50 <= four < 54
    assert rare == 54


def test_chance_chooses_among_objects_that_are_all_alike() -> None:
    objects = candidates(np.zeros((20, 3)))
    first = int(objects.by_lot[0])
    assert len(chosen("diverse", objects, 6)) == 6
    assert first in chosen("diverse", objects, 6)


def test_uncertain_objects_are_those_nearest_to_even() -> None:
    assert chosen("uncertain", candidates(HEAPS, SURELY), 3) == [26, 27, 28]


def test_equally_uncertain_objects_are_chosen_by_lot() -> None:
    objects = candidates(HEAPS, np.full(55, 0.5))
    assert chosen("uncertain", objects, 4) == sorted(objects.by_lot[:4].tolist())


def test_diverse_uncertain_objects_are_one_of_each_heap_of_the_least_certain() -> None:
    unsure = np.where(np.arange(55) % 5 == 4, 0.5, 0.9)
    found = chosen("diverse-uncertain", candidates(HEAPS, unsure), 2)
    assert found[1] == 54
    assert chosen("diverse-uncertain", candidates(HEAPS, np.full(55, 0.5)), 55) == [*range(55)]


def test_objects_of_a_class_are_those_predicted_so_and_then_the_likeliest() -> None:
    objects = candidates(HEAPS, SURELY)
    assert min(chosen("class:small", objects, 3)) > 27
    assert chosen("class:small", objects, 40) == list(range(15, 55))
    says = strategy_named("class:small")[0].choose(objects, 40, "small").says
    assert says == "27 predicted as small, and 13 that may be"


def test_objects_like_one_are_the_nearest() -> None:
    X = np.arange(10.0)[:, None] - 4
    assert chosen("like:5", candidates(X), 3) == [3, 4, 5]


def test_many_objects_are_compared_piece_by_piece() -> None:
    X = np.arange(20_000.0)[:, None] - 9_000
    asked: list[int] = []

    def features(rows: np.ndarray) -> np.ndarray:
        asked.append(len(rows))
        return X[rows]

    objects = Candidates(np.arange(20_000, dtype=np.uint64), features, target=np.zeros(1))
    assert chosen("like:5", objects, 3) == [8_999, 9_000, 9_001]
    assert max(asked) < 10_000


def test_of_very_many_objects_a_random_part_is_clustered() -> None:
    asked: list[int] = []

    def features(rows: np.ndarray) -> np.ndarray:
        asked.append(len(rows))
        return (rows[:, None] % 7).astype(float)

    objects = Candidates(np.arange(50_000, dtype=np.uint64)[::-1], features)
    found = chosen("diverse", objects, 7)
    assert sorted(row % 7 for row in found) == [*range(7)]
    assert asked == [MOST_CLUSTERED]


@pytest.mark.parametrize("text", [each for each in STRATEGIES if each not in ("class", "like")])
def test_the_order_of_objects_makes_no_difference(text: str) -> None:
    X = np.round(np.random.default_rng(0).normal(size=(300, 4)) * 1024) / 1024
    said = np.random.default_rng(1).random(300)
    order = np.random.default_rng(2).permutation(300)
    one = chosen(text, candidates(X, said), 20)
    assert sorted(order[chosen(text, candidates(X, said, order), 20)].tolist()) == one


def test_the_margin_is_between_the_two_likeliest_classes() -> None:
    said = np.array([[0.5, 0.2, 0.3], [0.1, 0.1, 0.8], [1, 0, 0]])
    np.testing.assert_allclose(margin(said), [0.2, 0.7, 1.0])
    np.testing.assert_array_equal(margin(np.ones((2, 1))), [1, 1])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("divers", "did you mean diverse?"),
        ("clas:small", "did you mean class:CLASS?"),
        ("class", "expected class:CLASS"),
        ("class:", "expected class:CLASS"),
        ("random:3", "expected random"),
        ("random:", "expected random"),
        ("", "expected diverse-uncertain, diverse, random, uncertain, class:CLASS, like:OBJECT"),
    ],
)
def test_a_word_that_is_no_strategy_says_which_there_are(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told.replace("?", r"\?")):
        strategy_named(text)


def test_a_class_may_have_a_colon_in_its_name() -> None:
    assert strategy_named("class:a:b")[1] == "a:b"
