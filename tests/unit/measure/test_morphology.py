from __future__ import annotations

import math

import numpy as np
import pytest

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.morphology import FAMILY
from objclass.testing import index_of


def measured(mask: np.ndarray, **setting: object) -> dict[str, float]:
    labels = mask.astype(np.uint8)
    origin = (0,) * labels.ndim
    frame = Frame(labels.shape, origin, lambda r: labels[r.slices], {}, index_of(labels))
    values = measure_frame([(FAMILY, Setting(labels.ndim, **setting))], frame)  # type: ignore[arg-type]
    return {name.removeprefix("morphology_"): float(v[0]) for name, v in values.items()}


def ball(radius: float, dimensions: int, voxel: tuple[float, ...] | None = None) -> np.ndarray:
    voxel = voxel or (1.0,) * dimensions
    reach = [math.ceil(radius / v) for v in voxel]
    grid = np.meshgrid(*[np.arange(-r, r + 1) * v for r, v in zip(reach, voxel, strict=True)])
    order = (1, 0, *range(2, dimensions))
    return (sum(g**2 for g in grid) <= radius**2).transpose(order)


def test_a_rectangle_can_be_measured_by_eye() -> None:
    values = measured(np.ones((3, 5), bool))
    assert values["perimeter"] == 12.0
    assert values["extent"] == values["solidity"] == 1.0
    assert values["euler_number"] == 1.0
    assert values["feret_min"] == 3.0
    assert values["feret_max"] == pytest.approx(math.hypot(5, 2))
    assert values["equivalent_diameter"] == pytest.approx(2 * math.sqrt(15 / math.pi))
    assert values["aspect_ratio"] == pytest.approx(math.sqrt(24 / 8))
    assert values["eccentricity"] == pytest.approx(math.sqrt(2 / 3))


def test_a_ring_has_a_hole() -> None:
    mask = np.ones((3, 3), bool)
    mask[1, 1] = False
    assert measured(mask)["euler_number"] == 0.0


def test_diagonal_voxels_are_one_piece() -> None:
    assert measured(np.eye(3, dtype=bool))["euler_number"] == 1.0


def test_a_hollow_box_has_a_cavity_and_a_frame_a_tunnel() -> None:
    hollow = np.ones((3, 3, 3), bool)
    hollow[1, 1, 1] = False
    assert measured(hollow)["euler_number"] == 2.0
    hollow[0, 1, 1] = hollow[2, 1, 1] = False
    assert measured(hollow)["euler_number"] == 0.0


def test_a_disc_is_round_at_any_spacing() -> None:
    for voxel in ((1.0, 1.0), (0.5, 0.25)):
        values = measured(ball(20, 2, voxel), spacing=voxel, unit="um")
        assert values["circularity"] == pytest.approx(1.0, abs=0.04)
        assert values["perimeter_crofton"] == pytest.approx(40 * math.pi, rel=0.02)
        assert values["feret_max"] == pytest.approx(40, rel=0.03)
        assert values["feret_min"] == pytest.approx(40, rel=0.03)


def test_a_ball_is_round_at_any_spacing() -> None:
    for voxel in ((1.0, 1.0, 1.0), (2.0, 0.5, 0.5)):
        values = measured(ball(12, 3, voxel), spacing=voxel, unit="um")
        assert values["sphericity"] == pytest.approx(1.0, abs=0.03)
        assert values["surface_area"] == pytest.approx(4 * math.pi * 144, rel=0.03)
        assert values["equivalent_diameter"] == pytest.approx(24, rel=0.02)


def test_oblong_voxels_have_no_perimeter_through_their_centres() -> None:
    assert math.isnan(measured(np.ones((3, 3), bool), spacing=(1.0, 2.0), unit="um")["perimeter"])


def test_a_single_voxel_has_what_can_be_said() -> None:
    values = measured(np.ones((1, 1), bool))
    assert values["perimeter"] == 0.0
    assert math.isnan(values["eccentricity"])
    assert math.isnan(values["aspect_ratio"])
    assert values["feret_max"] == 1.0
    assert values["feret_min"] == pytest.approx(math.sqrt(0.5))  # of its diamond
    assert values["moment_20"] == 0.0


def test_hu_moments_do_not_change_under_rotation() -> None:
    mask = np.random.default_rng(2).random((7, 9)) < 0.5
    mask[0, :] = mask[:, 0] = mask[-1, :] = mask[:, -1] = True
    one, other = measured(mask), measured(np.rot90(mask))
    for k in range(6):
        assert one[f"hu_{k}"] == pytest.approx(other[f"hu_{k}"], rel=1e-9, abs=1e-15)
