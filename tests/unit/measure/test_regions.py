from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.batches import measure_frame
from objclass.measure.families import family
from objclass.measure.family import Setting
from objclass.measure.frame import Frame, OtherLabels
from objclass.measure.regions import Compartment, Ring, in_region
from objclass.testing import check_family, index_of

INTENSITY = family("intensity")


def frame_of(labels: np.ndarray, image: np.ndarray, **layers: np.ndarray) -> Frame:
    return Frame(
        labels.shape,
        (0,) * labels.ndim,
        lambda r: labels[r.slices],
        {"gfp": lambda r: image[r.slices]},
        index_of(labels),
        {
            name: OtherLabels(lambda r, array=array: array[r.slices], index_of(array))
            for name, array in layers.items()
        },
    )


def plain_ring(labels: np.ndarray, k: int, ring: Ring, voxel: np.ndarray) -> np.ndarray:
    """Every voxel against every voxel of the object."""
    here = np.argwhere(labels >= 0) * voxel
    there = np.argwhere(labels == k) * voxel
    nearest = np.sqrt(((here[:, None] - there[None]) ** 2).sum(axis=2).min(axis=1))
    inside = (nearest > ring.gap + 1e-9) & (nearest <= ring.gap + ring.around + 1e-9)
    inside = inside.reshape(labels.shape)
    return inside & (labels != k) & ((labels == 0) | ring.others)


def test_a_ring_of_one_around_a_voxel_is_its_four_neighbours() -> None:
    labels = np.zeros((5, 5), np.uint8)
    labels[2, 2] = 1
    image = np.arange(25, dtype=np.uint8).reshape(5, 5)
    setting = Setting(2, ("gfp",), ("uint8",), (None,))
    values = measure_frame(
        [(in_region(INTENSITY, Ring("ring", 1.0)), setting)], frame_of(labels, image)
    )
    assert values["ring_intensity_total-gfp"] == [7 + 11 + 13 + 17]
    assert values["ring_intensity_argmax_y-gfp"] == [3.0]


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("others", [False, True])
@pytest.mark.parametrize("gap", [0.0, 1.5])
def test_rings_equal_plain_distances(dimensions: int, others: bool, gap: float) -> None:
    rng = np.random.default_rng(4)
    shape = (19, 23) if dimensions == 2 else (7, 9, 8)
    labels = (rng.random(shape) < 0.03) * rng.integers(1, 4, shape)
    labels = labels.astype(np.uint32)
    image = rng.integers(0, 99, shape).astype(np.uint8)
    voxel = (1.0, 0.65, 0.65)[-dimensions:]
    ring = Ring("ring", 1.95, gap, others)
    setting = Setting(dimensions, ("gfp",), ("uint8",), (None,), voxel, "um")
    values = measure_frame([(in_region(INTENSITY, ring), setting)], frame_of(labels, image))
    totals = [
        float(image[plain_ring(labels, k, ring, np.array(voxel))].sum()) or np.nan
        for k in np.unique(labels[labels > 0])
    ]
    assert values["ring_intensity_total-gfp"] == pytest.approx(totals, nan_ok=True)


def test_a_family_on_a_ring_keeps_the_contract() -> None:
    check_family(in_region(INTENSITY, Ring("ring", 2.0, 0.5)))


NUCLEI = np.array([[0, 1, 0, 0, 2, 0, 3]], np.uint8)
CELLS = np.array([[7, 7, 7, 0, 9, 9, 9]], np.uint16)
RAW = np.array([[1, 2, 4, 8, 16, 32, 64]], np.uint8)


def test_a_cytoplasm_is_the_parent_without_the_nuclei() -> None:
    region = Compartment("cytoplasm", "cells", "nuclei")
    setting = Setting(2, ("gfp",), ("uint8",), (None,))
    frame = frame_of(NUCLEI, RAW, cells=CELLS, nuclei=NUCLEI)
    for block in (None, (1, 2)):
        values = measure_frame([(in_region(INTENSITY, region), setting)], frame, block)
        assert values["cytoplasm_intensity_total-gfp"].tolist() == [5.0, 32.0, 32.0]


def test_an_object_without_a_parent_has_no_compartment() -> None:
    nuclei = np.array([[0, 0, 1, 1, 1, 0, 2]], np.uint8)
    region = Compartment("cell", "cells")
    setting = Setting(2, ("gfp",), ("uint8",), ((0.0, 255.0),))
    values = measure_frame(
        [(in_region(INTENSITY, region), setting)], frame_of(nuclei, RAW, cells=CELLS)
    )
    assert np.isnan(values["cell_intensity_mean-gfp"][0])
    assert np.isnan(values["cell_intensity_histogram_0-gfp"][0])
    assert values["cell_intensity_total-gfp"][1] == 112.0


def test_columns_of_a_region_say_so() -> None:
    setting = Setting(2, ("gfp",), ("uint8",), (None,))
    column = in_region(INTENSITY, Ring("ring", 1.0)).columns(setting)[0]
    assert column.name == "ring_intensity_mean-gfp"
    assert column.feature == "ring_intensity_mean"
    assert column.definition.startswith("In the ring:")
