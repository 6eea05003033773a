from __future__ import annotations

import math

import numpy as np
import pytest

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.hull import FAMILY
from objclass.testing import index_of


def measured(mask: np.ndarray, **setting: object) -> dict[str, float]:
    labels = mask.astype(np.uint8)
    origin = (0,) * labels.ndim
    frame = Frame(labels.shape, origin, lambda r: labels[r.slices], {}, index_of(labels))
    values = measure_frame([(FAMILY, Setting(labels.ndim, **setting))], frame)  # type: ignore[arg-type]
    return {name: float(column[0]) for name, column in values.items()}


def drawn(*rows: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in rows])


CUP = drawn(
    "#...#",
    "#...#",
    "#####",
)


def test_a_cup_lacks_what_it_could_hold() -> None:
    values = measured(CUP)
    assert values["hull_voxels"] == 15
    assert values["hull_convexity"] == pytest.approx(9 / 15)
    assert values["hull_defects"] == 1
    assert values["hull_defect_mean"] == 6
    assert values["hull_defect_variance"] == 0
    assert math.isnan(values["hull_defect_skewness"])
    assert (values["hull_center_y"], values["hull_center_x"]) == (1.0, 2.0)
    assert (values["hull_defect_center_y"], values["hull_defect_center_x"]) == (0.5, 2.0)
    assert values["hull_defect_displacement"] == pytest.approx(4 / 3 - 0.5)


def test_defects_touch_through_faces_only() -> None:
    values = measured(
        drawn(
            "#.###",
            "##.##",
            "#####",
            "#...#",
        )
    )
    assert values["hull_defects"] == 3
    assert values["hull_defect_mean"] == pytest.approx(5 / 3)
    assert values["hull_defect_variance"] == pytest.approx(8 / 9)


def test_a_convex_object_has_no_defect() -> None:
    values = measured(np.ones((3, 4), bool))
    assert values["hull_convexity"] == 1.0
    assert values["hull_defects"] == 0
    assert math.isnan(values["hull_defect_mean"])
    assert math.isnan(values["hull_defect_center_x"])


def test_sizes_are_measured_in_the_unit() -> None:
    values = measured(CUP, spacing=(0.5, 0.5), unit="um")
    assert values["hull_area"] == 15 / 4
    assert values["hull_defect_mean"] == 6 / 4
    assert values["hull_defect_displacement"] == pytest.approx((4 / 3 - 0.5) / 2)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (4, 1), (1, 1, 1), (1, 1, 4), (3, 1, 2)])
def test_flat_objects_have_a_hull(shape: tuple[int, ...]) -> None:
    assert measured(np.ones(shape, bool))["hull_convexity"] == 1.0


def test_a_hollow_box_in_a_volume_has_its_hollow_as_defect() -> None:
    mask = np.ones((5, 5, 6), bool)
    mask[1:4, 1:4, 1:5] = False
    values = measured(mask)
    assert values["hull_voxels"] == 150
    assert (values["hull_defects"], values["hull_defect_mean"]) == (1, 36)
    assert [values[f"hull_defect_center_{a}"] for a in "zyx"] == [2.0, 2.0, 2.5]
