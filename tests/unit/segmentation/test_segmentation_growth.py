"""Seeded growth."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import drawn, grown

from objclass.errors import RunError
from objclass.segmentation import growth
from objclass.segmentation.growth import grow


def test_a_core_fills_its_component() -> None:
    mask = drawn("111", "1.1", "..1") != 0
    made = grow(drawn("...", "7..", "..."), np.ones((3, 3), np.float32), mask)
    np.testing.assert_array_equal(made, drawn("777", "7.7", "..7"))


def test_two_cores_meet_in_the_dark_valley() -> None:
    """The valley at column 3 is asked for by both sides; the left one came first."""
    image = np.array([[9, 8, 7, 2, 6, 7, 8, 9]], np.float32)
    made = grow(drawn("1......2"), image, image > 0)
    np.testing.assert_array_equal(made, drawn("11112222"))


def test_on_a_plateau_the_core_that_asked_first_wins() -> None:
    made = grow(drawn("1....2"), np.ones((1, 6), np.float32), np.ones((1, 6), bool))
    np.testing.assert_array_equal(made, drawn("111222"))
    made = grow(drawn("1...2"), np.ones((1, 5), np.float32), np.ones((1, 5), bool))
    np.testing.assert_array_equal(made, drawn("11122"))


def test_nothing_grows_outside_the_mask_and_seeds_there_are_dropped() -> None:
    made = grow(drawn("12..."), np.ones((1, 5)), drawn("1.111") != 0)
    np.testing.assert_array_equal(made, drawn("1...."))


def test_a_component_without_a_core_stays_empty() -> None:
    made = grow(drawn("1.."), np.ones((1, 3)), drawn("1.1") != 0)
    np.testing.assert_array_equal(made, drawn("1.."))


def test_one_core_in_two_pieces_takes_both_of_its_components() -> None:
    made = grow(drawn("3..3."), np.ones((1, 5)), drawn("11.11") != 0)
    np.testing.assert_array_equal(made, drawn("33.33"))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64", "int16"])
def test_every_image_type_is_grown_like_the_plain_twin(dtype: str) -> None:
    rng = np.random.default_rng(7)
    image = rng.integers(0, 5, (12, 13)).astype(dtype)
    seeds = (rng.random((12, 13)) < 0.1) * np.arange(1, 157, dtype=np.uint32).reshape(12, 13)
    mask = rng.random((12, 13)) < 0.85
    np.testing.assert_array_equal(grow(seeds, image, mask), grown(seeds, image, mask))


def test_negative_and_positive_brightness_are_ordered_and_zeros_are_equal() -> None:
    image = np.array([[-1, -0.0, 0.0, -5, 0.0, -0.0, 1]], np.float32)
    seeds, mask = drawn("1.....2"), np.ones((1, 7), bool)
    np.testing.assert_array_equal(grow(seeds, image, mask), grown(seeds, image, mask))


def test_thin_components_that_share_one_buffer_do_not_mix() -> None:
    """Frames in frames fill little of their boxes, so all of them are flooded together."""
    shape = (41, 41)
    y, x = np.indices(shape)
    ring = np.maximum(abs(y - 20), abs(x - 20))
    mask = ring % 2 == 0
    rng = np.random.default_rng(8)
    seeds = ((rng.random(shape) < 0.05) & mask) * np.arange(1, 1682, dtype=np.uint32).reshape(shape)
    image = rng.integers(0, 9, shape).astype(np.uint8)
    np.testing.assert_array_equal(grow(seeds, image, mask), grown(seeds, image, mask))


def test_in_3d_objects_grow_through_all_six_faces() -> None:
    seeds = np.zeros((3, 3, 3), np.uint32)
    seeds[1, 1, 1] = 5
    assert (grow(seeds, np.ones((3, 3, 3)), np.ones((3, 3, 3), bool)) == 5).all()


@pytest.mark.parametrize("shape", [(0, 3), (2, 0, 2)])
def test_an_image_without_voxels_grows_nothing(shape: tuple[int, ...]) -> None:
    made = grow(np.zeros(shape, np.uint32), np.zeros(shape, np.float32), np.zeros(shape, bool))
    assert made.shape == shape


def test_a_component_beyond_the_queue_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "MOST_VOXELS", 20)
    with pytest.raises(RunError, match="a box of 63 voxels"):
        grow(drawn("1...2"), np.ones((1, 5)), np.ones((1, 5), bool))
