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


# --- tiny objects and voxels that are not cubes ----------------------------------------------


def test_tiny_objects_are_rounder_than_a_disc() -> None:
    """Crossings: 2 along y, 2 along x, 2 along each diagonal, weighted by angle and distance."""
    one = measured(np.ones((1, 1)))
    perimeter = 0.5 * (2 + 2 + (2 + 2) / math.sqrt(2)) * math.pi / 4
    assert one["perimeter_crofton"] == pytest.approx(perimeter)
    assert one["circularity"] == pytest.approx(4 * math.pi / perimeter**2)
    assert one["circularity"] == pytest.approx(1.75, abs=0.005)
    assert measured(ball(20, 2))["circularity"] == pytest.approx(1.0, abs=0.04)
    assert measured(np.ones((1, 1, 1)))["sphericity"] == pytest.approx(1.61, abs=0.005)


def test_calipers_reach_from_face_middle_to_face_middle() -> None:
    assert measured(np.ones((1, 1)))["feret_max"] == 1.0
    assert measured(np.ones((1, 1)))["feret_min"] == pytest.approx(math.sqrt(0.5))
    assert measured(np.ones((1, 7)))["feret_max"] == 7.0
    assert measured(np.eye(2))["feret_max"] == pytest.approx(math.hypot(2, 1))
    assert measured(np.ones((1, 3)), spacing=(2.0, 0.5), unit="um")["feret_max"] == math.hypot(2, 1)


def test_moments_are_sums_in_the_unit() -> None:
    """Two voxels of 2 × 0.5 are 2 large: y² is 1 for each above another, x² 1/16 side by side."""
    size = {"spacing": (2.0, 0.5), "unit": "um"}
    assert measured(np.ones((2, 1)), **size)["moment_20"] == pytest.approx(2 * 1.0 / 2.0**2)
    assert measured(np.ones((1, 2)), **size)["moment_02"] == pytest.approx(2 / 16 / 2.0**2)
    size["spacing"] = (2.0, 0.5, 0.5)
    assert measured(np.ones((2, 1, 1)), **size)["moment_200"] == pytest.approx(2 * 0.5)
    size["spacing"] = (0.5, 0.5, 2.0)
    assert measured(np.ones((1, 1, 2)), **size)["moment_002"] == pytest.approx(2 * 0.5)


@pytest.mark.parametrize("spacing", [(2.0, 0.5), (0.5, 2.0), (0.7, 0.7)])
def test_a_disc_of_oblong_voxels_is_a_disc(spacing: tuple[float, float]) -> None:
    values = measured(ball(30.0, 2, spacing), spacing=spacing, unit="um")
    assert values["perimeter_crofton"] == pytest.approx(2 * math.pi * 30, rel=0.03)
    assert values["circularity"] == pytest.approx(1.0, abs=0.06)
    assert values["eccentricity"] < 0.15
    assert values["aspect_ratio"] == pytest.approx(1.0, abs=0.01)
    assert values["equivalent_diameter"] == pytest.approx(60.0, rel=0.01)
    assert values["feret_max"] == pytest.approx(60.0, abs=2.0)
    assert values["feret_min"] == pytest.approx(60.0, abs=2.0)
    assert values["moment_20"] == pytest.approx(1 / (4 * math.pi), rel=0.02)
    assert values["moment_02"] == pytest.approx(1 / (4 * math.pi), rel=0.02)
    assert values["moment_11"] == pytest.approx(0.0, abs=1e-12)
    assert values["hu_0"] == pytest.approx(1 / (2 * math.pi), rel=0.02)


@pytest.mark.parametrize("spacing", [(2.0, 0.7, 0.7), (0.7, 2.0, 0.7), (0.5, 0.7, 1.5)])
def test_a_ball_of_oblong_voxels_is_a_ball(spacing: tuple[float, float, float]) -> None:
    values = measured(ball(12.0, 3, spacing), spacing=spacing, unit="um")
    volume = 4 / 3 * math.pi * 12**3
    assert values["surface_area"] == pytest.approx(4 * math.pi * 12**2, rel=0.06)
    assert values["sphericity"] == pytest.approx(1.0, abs=0.06)
    assert values["flatness"] == pytest.approx(1.0, abs=0.02)
    assert values["equivalent_diameter"] == pytest.approx(24.0, rel=0.02)
    assert values["feret_max"] == pytest.approx(24.0, abs=2.0)
    second = 4 * math.pi * 12**5 / 15 / volume ** (5 / 3)
    for order in ("200", "020", "002"):
        assert values[f"moment_{order}"] == pytest.approx(second, rel=0.04), order
