"""Gaussian smoothing."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import smoothed

from objclass.segmentation.smooth import gaussian, half_weights, halo, radius, scaled


@pytest.mark.parametrize(
    ("sigma", "expected"), [(0, 0), (0.1, 1), (0.74, 1), (0.75, 2), (1, 2), (1.5, 3), (3.5, 7)]
)
def test_the_radius_is_twice_sigma_rounded_but_at_least_one(sigma: float, expected: int) -> None:
    assert radius(sigma) == expected


def test_the_halo_has_one_radius_per_axis() -> None:
    assert halo((0, 1, 1.5)) == (0, 2, 3)


def test_weights_sum_to_one_and_fall_with_distance() -> None:
    half = half_weights(1.3)
    assert half[0] + 2 * half[1:].sum() == pytest.approx(1, abs=1e-15)
    assert (np.diff(half) < 0).all()


def test_a_single_bright_voxel_becomes_the_weights() -> None:
    image = np.zeros((1, 9), np.float32)
    image[0, 4] = 1
    half = half_weights(1.0).astype(np.float32)
    made = gaussian(image, (0, 1.0))
    np.testing.assert_array_equal(made[0], [0, 0, *half[:0:-1], *half, 0, 0])


def test_the_border_is_mirrored_without_repeating_the_edge_voxel() -> None:
    """With weights w0, w1 the first voxel becomes w0·a + w1·(b + b)."""
    half = half_weights(0.5).astype(np.float32)
    made = gaussian(np.array([[1, 10, 100]], np.float32), (0, 0.5))
    assert made[0, 0] == half[0] * np.float32(1) + half[1] * np.float32(20)


def test_a_radius_beyond_the_image_is_mirrored_again_and_again() -> None:
    image = np.array([[3.0, 5.0]], np.float32)
    made = gaussian(image, (0, 4.0))
    np.testing.assert_allclose(made, smoothed(image, [np.ones(1), half_weights(4.0)]), rtol=1e-6)


@pytest.mark.parametrize("sigma", [(0.5, 1.0), (0, 2.0), (3.0, 0), (1.0, 0.3)])
def test_two_dimensions_have_the_bits_of_the_plain_twin(sigma: tuple[float, float]) -> None:
    image = np.random.default_rng(1).random((13, 11), dtype=np.float32)
    weights = [half_weights(s).astype(np.float32) for s in sigma]
    np.testing.assert_array_equal(gaussian(image, sigma), smoothed(image, weights))


@pytest.mark.parametrize("sigma", [(1.0, 0.5, 2.0), (0, 1.0, 0), (1.7, 0, 0.4)])
def test_three_dimensions_have_the_bits_of_the_plain_twin(
    sigma: tuple[float, float, float],
) -> None:
    image = np.random.default_rng(2).random((5, 6, 7), dtype=np.float32)
    weights = [half_weights(s).astype(np.float32) for s in sigma]
    np.testing.assert_array_equal(gaussian(image, sigma), smoothed(image, weights))


def test_sigma_zero_on_every_axis_leaves_the_image_as_it_is() -> None:
    image = np.random.default_rng(3).random((4, 5), dtype=np.float32)
    assert gaussian(image, (0, 0)) is image


def test_an_axis_of_length_one_is_not_smoothed() -> None:
    flat = np.random.default_rng(4).random((6, 7), dtype=np.float32)
    made = gaussian(flat[None], (2.0, 1.0, 1.0))
    np.testing.assert_array_equal(made[0], gaussian(flat, (1.0, 1.0)))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "uint16", ">u2", "float64", "uint32"])
def test_every_number_type_is_computed_in_float32(dtype: str) -> None:
    image = np.random.default_rng(5).integers(0, 2, (6, 7)).astype(dtype)
    made = gaussian(image, (1.0, 1.0))
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, gaussian(image.astype(np.float32), (1.0, 1.0)))


def test_views_in_any_memory_order_give_the_same_values() -> None:
    image = np.random.default_rng(6).random((8, 9), dtype=np.float32)
    made = gaussian(image.T, (1.0, 2.0))
    np.testing.assert_array_equal(made, gaussian(image.T.copy(), (1.0, 2.0)))


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (0, 0, 0), (2, 0, 3)])
def test_an_image_without_voxels_stays_without_voxels(shape: tuple[int, ...]) -> None:
    assert gaussian(np.zeros(shape, np.uint8), (1.0,) * len(shape)).shape == shape


def test_a_missing_value_is_the_weighted_mean_of_what_is_around_it() -> None:
    image = np.full((9, 9), 3, np.float32)
    image[:, 5:] = 7
    image[4, 4] = np.nan
    half = half_weights(1.0)
    line = np.concatenate([half[:0:-1], half])
    weights = np.outer(line, line)
    near = image[2:7, 2:7]
    seen = ~np.isnan(near)
    expected = (weights[seen] * near[seen]).sum() / weights[seen].sum()
    assert gaussian(image, (1.0, 1.0))[4, 4] == pytest.approx(expected, rel=1e-6)


def test_a_missing_value_changes_no_voxel_out_of_its_reach() -> None:
    image = np.random.default_rng(0).random((11, 12), np.float32)
    holed = image.copy()
    holed[4, 4] = np.nan
    changed = gaussian(image, (1.0, 1.0)) != gaussian(holed, (1.0, 1.0))
    assert changed[2:7, 2:7].any()
    changed[2:7, 2:7] = False
    assert not changed.any()


def test_a_hole_wider_than_the_reach_stays_missing_in_its_middle() -> None:
    image = np.ones((15, 15), np.float32)
    image[3:12, 3:12] = np.nan
    made = gaussian(image, (1.0, 1.0))
    assert np.isnan(made[5:10, 5:10]).all()
    assert np.isnan(made).sum() == 25
    np.testing.assert_allclose(made[~np.isnan(made)], 1, rtol=1e-6)


def test_a_declared_range_is_scaled_to_zero_and_one() -> None:
    made = scaled(np.array([[10, 60, 110]], np.uint8), 10, 110)
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, [[0, 0.5, 1]])
