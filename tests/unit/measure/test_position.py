from __future__ import annotations

import numpy as np

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.position import FAMILY
from objclass.testing import index_of

LABELS = np.array(
    [
        [0, 0, 0, 0],
        [0, 5, 5, 0],
        [0, 5, 0, 0],
    ],
    np.uint16,
)


def measured(labels: np.ndarray, origin: tuple[int, ...]) -> dict[str, list[float]]:
    frame = Frame(labels.shape, origin, lambda r: labels[r.slices], {}, index_of(labels))
    values = measure_frame([(FAMILY, Setting(labels.ndim))], frame)
    return {name: column.tolist() for name, column in values.items()}


def test_box_corners_are_inside_the_object_and_the_centre_is_the_mean() -> None:
    assert measured(LABELS, (0, 0)) == {
        "position_min_y": [1.0],
        "position_min_x": [1.0],
        "position_max_y": [2.0],
        "position_max_x": [2.0],
        "position_center_y": [4 / 3],
        "position_center_x": [4 / 3],
    }


def test_positions_count_from_the_uncropped_image() -> None:
    values = measured(LABELS[None], (10, 20, 30))
    assert values["position_min_z"] == values["position_max_z"] == [10.0]
    assert values["position_center_y"] == [21 + 1 / 3]
    assert values["position_center_x"] == [31 + 1 / 3]
