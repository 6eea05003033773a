from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.batches import measure_frame
from objclass.measure.family import Family, Setting
from objclass.measure.frame import Frame
from objclass.measure.own_range_texture import FAMILY as OWN_RANGE
from objclass.measure.texture import FAMILY
from objclass.testing import index_of


def measured(
    image: np.ndarray,
    levels: int,
    span: tuple[float, float] | None,
    mask: np.ndarray | None = None,
    family: Family = FAMILY,
) -> dict[str, float]:
    labels = np.ones(image.shape, np.uint8) if mask is None else mask.astype(np.uint8)
    reads = {"a": lambda r: image[r.slices]}
    origin = (0,) * image.ndim
    frame = Frame(image.shape, origin, lambda r: labels[r.slices], reads, index_of(labels))
    setting = Setting(image.ndim, ("a",), (str(image.dtype),), (span,), options={"levels": levels})
    values = measure_frame([(family, setting)], frame)
    start = f"{family.name}_"
    return {n.removeprefix(start).removesuffix("-a"): float(v[0]) for n, v in values.items()}


def test_a_checkerboard_of_two_levels() -> None:
    image = np.indices((4, 4)).sum(axis=0).astype(np.uint8) % 2 * 255
    values = measured(image, 2, (0.0, 255.0))
    # along x and y every pair differs, along both diagonals none does
    assert values["contrast"] == values["dissimilarity"] == 0.5
    assert values["correlation"] == 0.0
    assert values["homogeneity"] == 0.75
    assert values["entropy"] == pytest.approx(1.0, abs=0.01)  # 5 and 4 pairs on a diagonal
    assert values["difference_entropy"] == 0.0


def test_a_constant_object_has_no_correlation() -> None:
    values = measured(np.full((3, 3), 7, np.uint8), 8, (0.0, 255.0))
    assert values["energy"] == 1.0
    assert values["entropy"] == 0.0
    assert np.isnan(values["correlation"])


def test_a_single_voxel_has_no_texture() -> None:
    assert np.isnan(measured(np.ones((1, 1, 1), np.uint8), 8, (0.0, 255.0))["contrast"])


def test_only_pairs_inside_the_object_count() -> None:
    image = np.array([[0, 0, 255], [0, 0, 255]], np.uint8)
    mask = np.array([[1, 1, 0], [1, 1, 0]])
    assert measured(image, 4, (0.0, 255.0), mask)["contrast"] == 0.0


def test_a_volume_has_thirteen_directions() -> None:
    image = np.zeros((2, 2, 2), np.uint8)
    image[0] = 255
    # 9 of 13 directions leave the plane
    assert measured(image, 2, (0.0, 255.0))["contrast"] == pytest.approx(9 / 13)


def test_without_a_range_there_is_no_texture_under_that_name() -> None:
    assert measured(np.eye(4).astype(np.uint16), 8, None) == {}


def test_over_a_range_faint_noise_differs_from_strong_noise_and_over_its_own_it_does_not() -> None:
    noise = np.random.default_rng(0).integers(0, 40, (20, 20)).astype(np.uint16)
    loud = (noise * 30).astype(np.uint16)
    span = (0.0, 4095.0)
    assert measured(noise, 16, span)["contrast"] == 0.0
    assert measured(loud, 16, span)["contrast"] > 1.0
    own = [measured(image, 16, span, family=OWN_RANGE)["contrast"] for image in (noise, loud)]
    assert own[0] == own[1] > 10.0


def test_the_same_numbers_in_another_voxel_type_have_the_same_texture() -> None:
    image = np.random.default_rng(1).integers(0, 255, (9, 9)).astype(np.uint8)
    for dtype in (np.uint16, np.int32, np.float32):
        assert measured(image.astype(dtype), 16, (0.0, 255.0)) == measured(image, 16, (0.0, 255.0))


def test_the_second_information_measure_counts_in_nats() -> None:
    """Two rows of one grey each: HXY is ln 2 and HXY2 is 2 ln 2, so that 1 − 1/4 is left."""
    image = np.array([[0, 0, 0], [9, 9, 9], [255, 255, 255]], np.uint8)
    mask = np.array([[1, 1, 1], [0, 0, 0], [1, 1, 1]])
    values = measured(image, 2, (0.0, 255.0), mask)
    assert values["information_2"] == pytest.approx(np.sqrt(0.75))
    assert values["information_1"] == pytest.approx(-1.0)
    assert values["entropy"] == pytest.approx(1.0)


def test_the_levels_that_a_range_is_divided_into_are_those_of_the_setting() -> None:
    def levels(family: Family, **options: object) -> int:
        return family.levels(Setting(2, ("a",), ("uint8",), ((0.0, 255.0),), options=options))

    assert levels(FAMILY) == 16
    assert levels(FAMILY, levels=32) == 32
    assert levels(OWN_RANGE) == 0  # it goes over no range that is told
