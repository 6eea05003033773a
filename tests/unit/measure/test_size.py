from __future__ import annotations

import numpy as np

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.size import FAMILY
from objclass.testing import index_of

LABELS = np.array(
    [
        [1, 1, 0, 0],
        [1, 0, 0, 7],
        [0, 0, 7, 7],
    ],
    np.uint32,
)


def frame(labels: np.ndarray) -> Frame:
    origin = (0,) * labels.ndim
    return Frame(labels.shape, origin, lambda r: labels[r.slices], {}, index_of(labels))


def test_voxels_are_counted() -> None:
    values = measure_frame([(FAMILY, Setting(2))], frame(LABELS))
    assert list(values) == ["size_voxels"]
    assert values["size_voxels"].tolist() == [3.0, 3.0]


def test_a_unit_adds_the_area_in_2d() -> None:
    values = measure_frame([(FAMILY, Setting(2, spacing=(0.5, 0.25), unit="um"))], frame(LABELS))
    assert values["size_area"].tolist() == [0.375, 0.375]


def test_a_unit_adds_the_volume_in_3d() -> None:
    setting = Setting(3, spacing=(2.0, 0.5, 0.5), unit="nm")
    values = measure_frame([(FAMILY, setting)], frame(LABELS[None]))
    assert values["size_volume"].tolist() == [1.5, 1.5]
    assert [c.unit for c in FAMILY.columns(setting)] == ["voxel", "nm^3"]
