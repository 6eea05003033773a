from __future__ import annotations

import math

import numpy as np
import pytest

from objclass.measure.axes import FAMILY
from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.testing import index_of


def measured(labels: np.ndarray, **setting: object) -> dict[str, float]:
    frame = Frame(
        labels.shape, (0,) * labels.ndim, lambda r: labels[r.slices], {}, index_of(labels)
    )
    values = measure_frame([(FAMILY, Setting(labels.ndim, **setting))], frame)  # type: ignore[arg-type]
    return {name: float(column[0]) for name, column in values.items()}


def drawn(*rows: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in rows]).astype(np.uint8)


def test_a_row_of_three_voxels_has_the_spread_of_minus_one_zero_one() -> None:
    values = measured(drawn("###"))
    assert values["axes_radius_0"] == pytest.approx(math.sqrt(2 / 3))
    assert values["axes_radius_1"] == 0.0
    assert (values["axes_vector_0_y"], values["axes_vector_0_x"]) == (0.0, 1.0)
    assert (values["axes_vector_1_y"], values["axes_vector_1_x"]) == (1.0, 0.0)
    assert values["axes_orientation"] == 0.0


def test_radii_are_measured_in_the_unit() -> None:
    values = measured(drawn("###"), spacing=(1.0, 0.5), unit="um")
    assert values["axes_radius_0"] == pytest.approx(0.5 * math.sqrt(2 / 3))


def test_a_column_points_along_y_and_stands_upright() -> None:
    values = measured(drawn("#", "#"))
    assert (values["axes_vector_0_y"], values["axes_vector_0_x"]) == (1.0, 0.0)
    assert values["axes_orientation"] == pytest.approx(math.pi / 2)


@pytest.mark.parametrize(
    ("rows", "angle"),
    [(("#..", ".#.", "..#"), math.pi / 4), (("..#", ".#.", "#.."), -math.pi / 4)],
)
def test_orientation_is_positive_where_y_grows_with_x(rows: tuple[str, ...], angle: float) -> None:
    assert measured(drawn(*rows))["axes_orientation"] == pytest.approx(angle, abs=1e-15)


def test_a_square_has_radii_but_no_direction() -> None:
    values = measured(drawn("##", "##"))
    assert values["axes_radius_0"] == values["axes_radius_1"] == 0.5
    assert all(math.isnan(v) for k, v in values.items() if "radius" not in k)


def test_a_single_voxel_has_radius_zero() -> None:
    values = measured(np.ones((1, 1, 1), np.uint8))
    assert [values[f"axes_radius_{k}"] for k in range(3)] == [0.0, 0.0, 0.0]
    assert math.isnan(values["axes_vector_0_z"])


def test_a_rod_in_a_volume_has_one_direction() -> None:
    values = measured(np.ones((4, 1, 1), np.uint8))
    assert [values[f"axes_vector_0_{a}"] for a in "zyx"] == [1.0, 0.0, 0.0]
    assert math.isnan(values["axes_vector_1_y"])


def test_axes_agree_with_numpy_on_a_random_blob() -> None:
    rng = np.random.default_rng(3)
    mask = rng.random((9, 8, 7)) < 0.3
    points = np.argwhere(mask) * np.array([2.0, 1.0, 0.5])
    values, vectors = np.linalg.eigh(np.cov(points.T, bias=True))
    ours = measured(mask.astype(np.uint8), spacing=(2.0, 1.0, 0.5), unit="um")
    for k in range(3):
        assert ours[f"axes_radius_{k}"] == pytest.approx(math.sqrt(values[2 - k]))
        vector = np.array([ours[f"axes_vector_{k}_{a}"] for a in "zyx"])
        assert abs(vector @ vectors[:, 2 - k]) == pytest.approx(1.0)
        assert vector[np.abs(vector).argmax()] > 0
