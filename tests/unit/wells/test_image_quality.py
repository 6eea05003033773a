"""Quality of images: pixels counted by eye, planes before and after a blur, what stands out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from objclass.wells import image_quality
from objclass.wells.image_quality import (
    find_outlying,
    judge_planes,
    measure_focus,
    measure_saturation,
)

STRIPES = np.tile(np.array([10, 10, 30, 30], np.uint8), (16, 4))


@pytest.mark.parametrize(
    ("highest", "dtype"), [(255, "u1"), (1023, "u2"), (4095, "u2"), (65535, "u2")]
)
def test_pixels_at_the_highest_value_of_a_camera_are_saturated(highest: int, dtype: str) -> None:
    plane = np.full((10, 10), 7, dtype)
    plane[0, :3] = highest
    assert measure_saturation(plane) == 3
    plane[0, :3] = highest - 1
    assert measure_saturation(plane) == 0
    assert measure_saturation(plane.astype(np.float32)) is None


def test_the_focus_is_the_same_in_twice_the_light_and_less_after_a_blur() -> None:
    """Two pixels apart, stripes of 10 and 30 differ by 20: 400 across, 0 down, 20 on average."""
    assert measure_focus(STRIPES) == pytest.approx(400 / 2 / 20**2)
    assert measure_focus(STRIPES.astype(np.uint16) * 2) == measure_focus(STRIPES)
    blurred = [measure_focus(gaussian_filter(STRIPES.astype(float), s)) for s in (0, 1, 2, 4)]
    assert blurred == sorted(blurred, reverse=True)


@pytest.mark.parametrize("band", [1, 29, 30, 64, 31 * 29, 10_000])
def test_the_focus_is_that_of_the_whole_plane_however_much_is_compared_at_a_time(
    monkeypatch: pytest.MonkeyPatch, band: int
) -> None:
    plane = np.random.default_rng(3).integers(0, 99, (31, 29)).astype(np.uint8)
    values = plane.astype(float)
    across, down = values[:, 2:] - values[:, :-2], values[2:] - values[:-2]
    monkeypatch.setattr(image_quality, "BAND", band)
    expected = ((across**2).mean() + (down**2).mean()) / 2 / values.mean() ** 2
    assert measure_focus(plane) == pytest.approx(expected, rel=1e-12)


def test_what_has_no_focus_has_none() -> None:
    assert measure_focus(np.zeros((9, 9))) is None
    assert measure_focus(np.full((9, 9), np.nan)) is None
    assert measure_focus(np.full((9, 9), np.inf)) is None
    assert measure_focus(np.ones((2, 9))) is None


def test_a_channel_is_as_sharp_as_its_sharpest_plane_and_saturated_as_all_on_average() -> None:
    bright = STRIPES.copy()
    bright[:, :4] = 255
    judged = judge_planes("dna", [STRIPES, np.full_like(STRIPES, 20), bright])
    assert judged.focus == pytest.approx(measure_focus(bright), rel=1e-5)
    assert judged.saturated == pytest.approx(100 / 4 / 3, abs=1e-4)


def test_values_stand_out_by_median_and_deviation() -> None:
    """Median 12, deviations 2, 1, 0, 1, 2, 28: their median 1.5."""
    assert find_outlying([10, 11, 12, 13, 14, 40]) == [None] * 5 + [round(0.6745 * 27.5 / 1.5, 1)]
    assert find_outlying([10, 11, 12, 13, 14, None, -20])[5:] == [None, pytest.approx(-14, abs=1)]
    assert find_outlying([1, 1, 1, 99]) == [None] * 4, "of so few nothing can be said"
    assert find_outlying([5, 5, 5, 5, 5, 99]) == [None] * 6, "more than half are the same"
