"""Which voxels are foreground."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.segmentation.threshold import brightest, level


def test_a_voxel_at_the_threshold_is_foreground() -> None:
    image = np.array([[0.49, 0.5, 0.51]], np.float32)
    np.testing.assert_array_equal(level(image, 0.5), [[False, True, True]])


def test_the_threshold_is_rounded_to_float32_like_the_image() -> None:
    """0.7 in float32 is below 0.7 in float64, yet a voxel that says 0.7 is at 0.7."""
    assert level(np.array([[0.7]], np.float32), 0.7).all()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "uint64", "float64"])
def test_integer_images_are_compared_by_value(dtype: str) -> None:
    image = np.array([[0, 127, 128, 200]], dtype)
    np.testing.assert_array_equal(level(image, 127.5), [[False, False, True, True]])


def test_a_missing_value_is_background() -> None:
    assert not level(np.array([[np.nan]], np.float32), -np.inf).any()


def test_the_brightest_map_wins_and_the_first_of_equals() -> None:
    a = np.array([[3, 1, 2, np.nan, np.nan]], np.float32)
    b = np.array([[1, 3, 2, 1, np.nan]], np.float32)
    which, value = brightest([a, b])
    np.testing.assert_array_equal(which, [[1, 2, 1, 2, 1]])
    np.testing.assert_array_equal(value, [[3, 3, 2, 1, np.nan]])
