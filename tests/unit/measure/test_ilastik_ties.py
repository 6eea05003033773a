"""What ilastik gives where the last digit or the raster order decides.

The objects have equal axes, no extent, or skeletons with several longest paths. The figures
are those of vigra 1.11.1, which ilastik measures with.
"""

from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.ilastik import FAMILY
from objclass.testing import index_of

NAN = float("nan")
BAR = np.pad(np.zeros((1, 1), int), ((3, 3), (5, 7)), constant_values=1)
CORNER = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
PLUS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
SHAPES = (
    *(np.ones((4, 4), int), np.ones((1, 1), int), PLUS, np.ones((1, 5), int)),
    *(BAR, CORNER, np.eye(3, dtype=int)),
)
"""Square, pixel, plus, line, bar with a hole, corner, diagonal."""


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    """Draw the shapes side by side, the first at x 3, y 2."""
    canvas, x = np.zeros((12, 60), np.uint8), 3
    for k, shape in enumerate(SHAPES):
        height, width = shape.shape
        canvas[2 : 2 + height, x : x + width] = shape * (k + 1)
        x += width + 2
    return canvas


def measured(labels: np.ndarray, *features: str) -> np.ndarray:
    """Return the columns of features, in alphabetical order, one row per object."""
    origin = (0,) * labels.ndim
    frame = Frame(labels.shape, origin, lambda r: labels[r.slices], {}, index_of(labels))
    options = {"features": list(features), "margin": 0}
    values = measure_frame([(FAMILY, Setting(labels.ndim, (), (), (), options=options))], frame)
    return np.stack(list(values.values()), axis=1)


def test_equal_axes_point_along_x_and_y_and_a_pixel_has_axes_too(labels: np.ndarray) -> None:
    half = np.float32(np.sqrt(0.5))
    expected = [
        *([-1, 0, 0, 1], [1, 0, 0, 1], [-1, 0, 0, 1], [1, 0, 0, 1], [-1, 0, 0, 1]),
        *([half, -half, -half, -half], [half, half, half, -half]),
    ]
    assert measured(labels, "RegionAxes").tolist() == np.array(expected, np.float32).tolist()


def test_radii_without_extent_are_zero_or_what_rounding_leaves(labels: np.ndarray) -> None:
    radii = measured(labels, "RegionRadii")
    assert radii[0].tolist() == pytest.approx([1.25**0.5] * 2)
    assert radii[1].tolist() == [0.0, 0.0]
    assert radii[3].tolist() == [np.float32(2**0.5), 0.0]
    assert radii[6].tolist() == [np.float32(1.1547005), np.float32(1.2166748e-08)]


def test_skewness_of_symmetric_objects_is_zero_and_without_extent_missing(
    labels: np.ndarray,
) -> None:
    skewness = measured(labels, "Coord<Principal<Skewness>>")
    expected = [
        *([0, 0], [NAN, NAN], [0, 0], [0, NAN], [8.6542936e-03, 0]),
        *([5.0242958e-15, 1.9201161e-01], [0, 0]),
    ]
    np.testing.assert_array_equal(skewness, np.array(expected, np.float32))


def test_kurtosis_along_equal_axes_is_equal(labels: np.ndarray) -> None:
    kurtosis = measured(labels, "Coord<Principal<Kurtosis>>")
    expected = [
        *([-1.36, -1.36], [NAN, NAN], [-0.5, -0.5], [-1.3, NAN], [-1.231108, -1.2692307]),
        *([-1.25, -1.1434911], [-1.5, -3.0]),
    ]
    np.testing.assert_allclose(kurtosis, np.array(expected, np.float32), rtol=1e-6)


def test_of_equally_long_paths_vigras_is_taken(labels: np.ndarray) -> None:
    found = measured(labels, "Skeleton Center", "Terminal 1", "Terminal 2")
    assert found.tolist() == [
        [4, 3, 6, 5, 3, 2],
        [9, 2, 9, 2, 9, 2],
        [13, 3, 14, 3, 12, 3],
        [19, 2, 21, 2, 17, 2],
        [30, 7, 36, 8, 24, 8],
        [40, 2, 39, 5, 42, 2],
        [46, 3, 47, 4, 45, 2],
    ]


def test_lines_that_end_before_the_boundary_are_carried_on_in_vigras_order(
    labels: np.ndarray,
) -> None:
    names = ("Branch Count", "Diameter", "Euclidean Diameter", "Hole Count", "Total Length")
    root = 2**0.5
    expected = [
        *([4, 3 * root, 3 * root, 0, 9.071068], [0, 0, 0, 0, 0], [2, 2, 2, 0, 2]),
        *([2, 4, 4, 0, 4], [6, 15.313708, 12, 1, 34.870056]),
        *([2, 4 + root, 3 * root, 0, 4 + root], [2, 2 * root, 2 * root, 0, 2 * root]),
    ]
    np.testing.assert_allclose(measured(labels, *names), expected, rtol=1e-6)


def test_a_cube_s_axes_are_x_y_and_z_and_a_flat_one_has_no_third_extent() -> None:
    labels = np.zeros((5, 9, 9), np.uint8)
    labels[1:4, 1:4, 1:4], labels[2, 5:7, 5:7] = 1, 2
    radii = measured(labels, "RegionRadii")
    assert radii[0] == pytest.approx([(2 / 3) ** 0.5] * 3)
    assert radii[1].tolist() == [0.5, 0.5, 0.0]
    axes = np.abs(measured(labels, "RegionAxes").reshape(2, 3, 3))
    assert sorted(axes[0].tolist()) == np.eye(3).tolist()[::-1]
