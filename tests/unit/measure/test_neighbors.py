from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.neighbors import FAMILY, nearest_squares
from objclass.testing import index_of


def measured(
    labels: np.ndarray, setting: Setting, block: tuple[int, ...] | None = None
) -> dict[str, np.ndarray]:
    frame = Frame(
        labels.shape, (0,) * labels.ndim, lambda r: labels[r.slices], {}, index_of(labels)
    )
    values = FAMILY.measure(frame, setting, block)
    assert list(values) == [c.name for c in FAMILY.columns(setting)]
    return {name.removeprefix("neighbors_"): v for name, v in values.items()}


LABELS = np.array(
    [
        [1, 1, 2, 0, 0, 0, 0, 0],
        [1, 1, 2, 0, 0, 0, 0, 3],
    ],
    np.uint8,
)


def test_neighbours_can_be_counted_by_eye() -> None:
    values = measured(LABELS, Setting(2, options={"within": 5}))
    assert values["count"].tolist() == [1, 2, 1]
    assert values["touching"].tolist() == [1, 1, 0]
    assert values["touching_share"].tolist() == [1.0, 0.5, 0.0]
    assert values["edge_distance"].tolist() == [1.0, 1.0, 5.0]
    assert values["center_distance"][:2].tolist() == [1.5, 1.5]
    assert values["center_distance"][2] == pytest.approx(np.hypot(5, 0.5))


def test_distances_are_measured_in_the_unit() -> None:
    values = measured(LABELS, Setting(2, spacing=(1.0, 0.5), unit="um", options={"within": 2}))
    assert values["edge_distance"].tolist() == [0.5, 0.5, 2.5]
    assert values["count"].tolist() == [1, 1, 0]


def test_an_object_alone_has_no_distance() -> None:
    values = measured(np.ones((1, 2, 2), np.uint8), Setting(3))
    assert values["count"].tolist() == [0.0]
    assert np.isnan(values["edge_distance"][0])
    assert np.isnan(values["center_distance"][0])
    assert np.isnan(values["touching_share"][0])


def test_no_objects_give_empty_columns() -> None:
    values = measured(np.zeros((3, 3), np.uint8), Setting(2))
    assert {v.shape for v in values.values()} == {(0,)}


def plain(labels: np.ndarray, voxel: np.ndarray, within: float) -> tuple[list[int], list[float]]:
    points = {k: np.argwhere(labels == k) * voxel for k in np.unique(labels[labels > 0])}
    counts, nearest = [], []
    for k, own in points.items():
        gaps = [
            np.sqrt(((own[:, None] - other[None]) ** 2).sum(axis=2).min())
            for m, other in points.items()
            if m != k
        ]
        counts.append(sum(gap <= within + 1e-9 for gap in gaps))
        nearest.append(min(gaps))
    return counts, nearest


@pytest.mark.parametrize("dimensions", [2, 3])
def test_neighbours_equal_plain_distances_and_blocks_change_nothing(dimensions: int) -> None:
    rng = np.random.default_rng(6)
    shape = (40, 50) if dimensions == 2 else (12, 14, 13)
    labels = np.zeros(shape, np.uint32)
    for k in range(1, 15):
        corner = [rng.integers(0, n - 2) for n in shape]
        box = tuple(slice(c, c + rng.integers(1, 5)) for c in corner)
        labels[box] = k * 1000
    voxel = (2.0, 1.0, 0.7)[-dimensions:]
    setting = Setting(dimensions, spacing=voxel, unit="um", options={"within": 6.0})
    whole = measured(labels, setting)
    counts, nearest = plain(labels, np.array(voxel), 6.0)
    assert whole["count"].tolist() == counts
    assert whole["edge_distance"] == pytest.approx(nearest)
    for block in ((5,) * dimensions, (11,) * dimensions):
        for name, values in measured(labels, setting, block).items():
            assert np.array_equal(values, whole[name], equal_nan=True), name


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_nearest_point_equals_the_plain_search(dimensions: int) -> None:
    rng = np.random.default_rng(8)
    for n in (2, 3, 50, 300):
        points = rng.uniform(0, 100, (n, dimensions)) ** rng.uniform(0.5, 2)
        squares = ((points[:, None] - points[None]) ** 2).sum(axis=2)
        np.fill_diagonal(squares, np.inf)
        assert nearest_squares(points) == pytest.approx(squares.min(axis=1))


def test_faces_at_the_border_of_the_image_are_left_out_of_the_touching_share() -> None:
    """Object 1 has 4 faces inside the image here and 8 there, of which 2 touch object 2."""
    corner = np.array([[1, 1, 0], [2, 2, 0], [0, 0, 0]], np.uint8)
    assert measured(corner, Setting(2))["touching_share"].tolist() == [2 / 3, 2 / 5]
    inside = np.pad(corner, 1)
    assert measured(inside, Setting(2))["touching_share"].tolist() == [2 / 6, 2 / 6]
