"""Objects chosen at random."""

from __future__ import annotations

from collections import Counter

import numpy as np
from blake3 import blake3
from drawn_labels import index_of

from objclass.annotations import choose


def grid_of_objects(rows: int, columns: int, first: int = 1) -> np.ndarray:
    """Single-voxel objects, two voxels apart."""
    ids = np.zeros((2 * rows, 2 * columns), "uint32")
    ids[::2, ::2] = np.arange(first, first + rows * columns).reshape(rows, columns)
    return ids


SMALL = index_of(grid_of_objects(4, 5))
LARGE = index_of(grid_of_objects(9, 9))


def test_as_many_as_asked_for_and_none_twice() -> None:
    chosen = choose({"a": {None: LARGE}}, count=30)
    assert len(set(chosen)) == 30
    assert chosen == sorted(chosen, key=lambda c: c[2])


def test_all_of_them_where_there_are_fewer() -> None:
    assert [row for _, _, row in choose({"a": {None: SMALL}})] == list(range(20))
    assert choose({}) == []


def test_the_order_of_images_makes_no_difference() -> None:
    one = {"a": {None: SMALL}, "b": {None: LARGE}}
    other = {"b": {None: LARGE}, "a": {None: SMALL}}
    assert choose(one) == choose(other)


def test_the_choice_is_the_same_on_every_machine() -> None:
    chosen = choose({"a": {None: SMALL}, "b": {None: LARGE}}, count=6, seed=0)
    assert [row for image, _, row in chosen if image == "a"] == [1, 11, 19]
    assert [row for image, _, row in chosen if image == "b"] == [34, 39, 68]


def test_the_choice_is_that_of_the_smallest_hashes() -> None:
    lots = sorted(
        (blake3(f"3\0{image}\0".encode() + stamp).hexdigest(), image, row)
        for image, index in {"a": SMALL, "b": LARGE}.items()
        for row, stamp in enumerate(index.stamp.tolist())
    )
    plain = sorted((image, None, row) for _, image, row in lots[:12])
    assert choose({"a": {None: SMALL}, "b": {None: LARGE}}, 12, seed=3) == plain


def test_another_seed_or_image_chooses_others() -> None:
    choices = [choose({name: {None: LARGE}}, seed=seed) for name in "ab" for seed in (0, 1)]
    rows = {tuple(row for *_, row in choice) for choice in choices}
    assert len(rows) == 4


def test_a_larger_count_adds_to_a_smaller_one() -> None:
    images = {"a": {None: SMALL}, "b": {None: LARGE}}
    assert set(choose(images, 10)) < set(choose(images, 40))


def test_renumbered_objects_are_the_same_choice() -> None:
    ids = grid_of_objects(9, 9)
    renumbered = np.where(ids > 0, 100 - ids, 0)
    again = index_of(renumbered)
    mine = {LARGE.stamp[row] for *_, row in choose({"a": {None: LARGE}})}
    assert mine == {again.stamp[row] for *_, row in choose({"a": {None: again}})}


def test_every_object_is_about_as_likely() -> None:
    images = {"a": {None: SMALL}}
    drawn = Counter(row for seed in range(400) for *_, row in choose(images, 5, seed))
    assert min(drawn.values()) > 60
    assert max(drawn.values()) < 140
