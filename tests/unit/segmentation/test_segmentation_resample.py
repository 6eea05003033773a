"""Maps and label images of another resolution."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import drawn, reader

from objclass.data.blocks import Region, tiles
from objclass.segmentation.resample import average, enlarge, factors, sample


def test_factors_are_whole_and_may_end_inside_the_last_voxel() -> None:
    assert factors((8, 9), (4, 3)) == (2, 3)
    assert factors((7, 9), (4, 9)) == (2, 1)
    assert factors((10, 10), (7, 10)) is None
    assert factors((4, 4), (8, 8)) is None
    assert factors((4,), (0,)) is None


def test_a_coarse_voxel_stands_for_its_fine_voxels() -> None:
    read = enlarge(reader(drawn("12", "34")), (2, 3))
    whole = read(Region.whole((3, 6)))
    np.testing.assert_array_equal(whole, drawn("111222", "111222", "333444"))


def test_a_map_becomes_the_mean_of_the_voxels_that_exist() -> None:
    image = drawn("13579", "13579", "24688")
    read = average(reader(image), (2, 2), image.shape)
    np.testing.assert_array_equal(read(Region.whole((2, 3))), [[2, 6, 9], [3, 7, 8]])


def test_of_a_label_image_the_middle_voxel_is_taken() -> None:
    label_image = drawn("123", "456", "789", "321")
    read = sample(reader(label_image), (3, 2), label_image.shape)
    np.testing.assert_array_equal(read(Region.whole((2, 2))), [[5, 6], [2, 1]])


@pytest.mark.parametrize("by", [(1, 1), (2, 3), (3, 2), (5, 4)])
def test_any_region_has_the_voxels_of_the_whole(by: tuple[int, int]) -> None:
    fine = np.random.default_rng(15).random((13, 17)).astype(np.float32)
    coarse = tuple(-(-n // f) for n, f in zip(fine.shape, by, strict=True))
    for read in (average(reader(fine), by, fine.shape), sample(reader(fine), by, fine.shape)):
        whole = read(Region.whole(coarse))
        for region in tiles(coarse, (2, 3)):
            np.testing.assert_array_equal(read(region), whole[region.slices])
    back = enlarge(reader(whole), by)
    everything = back(Region.whole(fine.shape))
    for region in tiles(fine.shape, (4, 5)):
        np.testing.assert_array_equal(back(region), everything[region.slices])
