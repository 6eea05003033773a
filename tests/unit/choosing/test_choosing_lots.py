"""Objects chosen at random: by lots that are the same on every machine."""

from __future__ import annotations

from collections import Counter

import numpy as np
from blake3 import blake3
from drawn_labels import index_of

from objclass.annotations import draw_lots
from objclass.choosing.candidates import Candidates
from objclass.choosing.strategies import strategy_named
from objclass.data.labels import Index

Objects = dict[str, Index]


def grid_of_objects(rows: int, columns: int, first: int = 1) -> np.ndarray:
    """Single-voxel objects, two voxels apart."""
    ids = np.zeros((2 * rows, 2 * columns), "uint32")
    ids[::2, ::2] = np.arange(first, first + rows * columns).reshape(rows, columns)
    return ids


SMALL = index_of(grid_of_objects(4, 5))
LARGE = index_of(grid_of_objects(9, 9))


def choose(images: Objects, count: int = 30, seed: int = 0) -> list[tuple[str, int]]:
    """Image and row of objects chosen at random, sorted."""
    places = [(image, row) for image, index in images.items() for row in range(len(index))]
    lots = [draw_lots(image, index, seed) for image, index in images.items()]
    strategy, word = strategy_named("random")
    rows = strategy.choose(Candidates(np.concatenate(lots), NOT_READ), count, word).rows
    return sorted(places[row] for row in rows)


def NOT_READ(rows: np.ndarray) -> np.ndarray:  # noqa: N802
    """Chance needs no features."""
    raise AssertionError(rows)


def test_as_many_as_asked_for_and_none_twice() -> None:
    assert len(set(choose({"a": LARGE}))) == 30


def test_all_of_them_where_there_are_fewer() -> None:
    assert [row for _, row in choose({"a": SMALL})] == list(range(20))


def test_the_order_of_images_makes_no_difference() -> None:
    assert choose({"a": SMALL, "b": LARGE}) == choose({"b": LARGE, "a": SMALL})


def test_the_choice_is_the_same_on_every_machine() -> None:
    chosen = choose({"a": SMALL, "b": LARGE}, count=6)
    assert [row for image, row in chosen if image == "a"] == [1, 11, 19]
    assert [row for image, row in chosen if image == "b"] == [34, 39, 68]


def test_the_choice_is_that_of_the_smallest_hashes() -> None:
    lots = sorted(
        (blake3(f"3\0{image}\0".encode() + stamp).hexdigest(), image, row)
        for image, index in {"a": SMALL, "b": LARGE}.items()
        for row, stamp in enumerate(index.stamp.tolist())
    )
    plain = sorted((image, row) for _, image, row in lots[:12])
    assert choose({"a": SMALL, "b": LARGE}, 12, seed=3) == plain


def test_another_seed_or_image_chooses_others() -> None:
    choices = [choose({name: LARGE}, seed=seed) for name in "ab" for seed in (0, 1)]
    assert len({tuple(row for _, row in choice) for choice in choices}) == 4


def test_a_larger_count_adds_to_a_smaller_one() -> None:
    images = {"a": SMALL, "b": LARGE}
    assert set(choose(images, 10)) < set(choose(images, 40))


def test_renumbered_objects_are_the_same_choice() -> None:
    ids = grid_of_objects(9, 9)
    again = index_of(np.where(ids > 0, 100 - ids, 0))
    mine = {LARGE.stamp[row] for _, row in choose({"a": LARGE})}
    assert mine == {again.stamp[row] for _, row in choose({"a": again})}


def test_every_object_is_about_as_likely() -> None:
    drawn = Counter(row for seed in range(400) for _, row in choose({"a": SMALL}, 5, seed))
    assert min(drawn.values()) > 60
    assert max(drawn.values()) < 140


def test_no_objects_have_no_lots() -> None:
    assert draw_lots("a", index_of(np.zeros((3, 3), "uint32"))).shape == (0,)
