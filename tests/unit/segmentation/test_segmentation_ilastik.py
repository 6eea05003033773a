"""ilastik's own rules, where they differ from objclass's; the peers hold them to the voxel."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import drawn

from objclass.segmentation import ilastik
from objclass.segmentation.segment import segment_in_memory
from objclass.segmentation.settings import SegmentationSettings
from objclass.segmentation.smooth import half_weights


def test_one_sigma_below_a_tenth_turns_smoothing_off() -> None:
    assert ilastik.sigma((1, 0.09), (5, 5)) == (0, 0)
    assert ilastik.sigma((0.1, 2), (5, 5)) == (0.1, 2)


def test_the_sigma_of_an_axis_of_length_one_does_not_count() -> None:
    assert ilastik.sigma((0, 1, 2), (1, 5, 5)) == (0, 1, 2)
    assert ilastik.sigma((1, 1), (1, 1)) == (0, 0)


def test_smoothing_rounds_to_float32_after_every_axis() -> None:
    image = np.random.default_rng(16).random((5, 6)).astype(np.float32)
    half = half_weights(1.0)
    weights = np.concatenate([half[:0:-1], half])
    padded = np.pad(image, ((0, 0), (2, 2)), mode="reflect").astype(np.float64)
    along_x = sum(w * padded[:, k : k + 6] for k, w in enumerate(weights)).astype(np.float32)
    padded = np.pad(along_x, ((2, 2), (0, 0)), mode="reflect").astype(np.float64)
    expected = sum(w * padded[k : k + 5] for k, w in enumerate(weights)).astype(np.float32)
    np.testing.assert_array_equal(ilastik.smooth(image, (1.0, 1.0)), expected)


def test_a_threshold_is_compared_in_float64() -> None:
    image = np.array([[0.7, 0.4]], np.float32)
    np.testing.assert_array_equal(ilastik.level(image, 0.7), [[False, False]])
    np.testing.assert_array_equal(ilastik.level(image, 0.4), [[True, True]])


def test_objects_grow_one_voxel_beyond_the_low_level() -> None:
    image = drawn("......", "..59..", "......").astype(np.float32) / 10
    made = ilastik.grow((image > 0.8).astype(np.uint32), image, 0.5)
    np.testing.assert_array_equal(made, drawn("..11..", ".1111.", "..11.."))


def test_without_a_core_every_local_maximum_is_one() -> None:
    image = drawn("....", ".3.5", "....").astype(np.float32)
    made = ilastik.grow(np.zeros((3, 4), np.uint32), image, 3)
    assert (made[1, 1], made[1, 3], made.max()) == (1, 2, 2)


def test_a_constant_frame_without_a_core_has_no_objects() -> None:
    flat = np.full((4, 5), 0.3, np.float32)
    assert not ilastik.grow(np.zeros(flat.shape, np.uint32), flat, 0.5).any()


def test_a_low_level_above_the_brightest_voxel_keeps_only_what_is_brightest() -> None:
    image = np.array([[1, 2, 2, 1, 0]], np.float32)
    made = ilastik.grow(drawn(".1..."), image, 9)
    np.testing.assert_array_equal(made, drawn("1111."))


def test_local_minima_are_lower_than_all_neighbours() -> None:
    made = ilastik.local_minima(drawn("2112", "2332", "1330").astype(np.float32))
    np.testing.assert_array_equal(made, drawn("....", "....", "1..2"))


def test_with_a_core_map_of_its_own_the_low_level_is_tested_on_the_sum() -> None:
    image, core = np.array([[0.3, 0.3, 0]]), np.array([[0.3, 0.9, 0.9]])
    wanted = SegmentationSettings((0, 0), 0.5, "hysteresis", 0.8)
    made, _ = segment_in_memory(image, wanted, core, rules=ilastik.RULES)
    np.testing.assert_array_equal(made, drawn("111"))


@pytest.mark.parametrize("shape", [(0, 4), (3, 0)])
def test_an_image_without_voxels_is_fine(shape: tuple[int, int]) -> None:
    wanted = SegmentationSettings((1.0, 1.0), 0.5, "hysteresis", 0.8, merge_objects=False)
    made, _ = segment_in_memory(np.zeros(shape, np.float32), wanted, rules=ilastik.RULES)
    assert made.shape == shape
