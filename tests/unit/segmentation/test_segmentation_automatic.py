"""Automatic levels."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import reader

from objclass.data.blocks import Region
from objclass.segmentation.automatic import (
    automatic_level,
    counted,
    limits,
    otsu,
    triangle,
)
from objclass.segmentation.cutting import Blocks

METHODS = ("otsu", "li", "triangle")


def image() -> np.ndarray:
    rng = np.random.default_rng(14)
    dark, bright = rng.normal(0.2, 0.05, (40, 50)), rng.normal(0.7, 0.1, (20, 50))
    return np.concatenate([dark, bright]).astype(np.float32)


def level_of(values: np.ndarray, method: str) -> float:
    """The level of a map in memory."""
    return automatic_level(reader(values), Blocks(values.shape, values.shape), method)


def test_the_ends_leave_out_what_is_not_finite() -> None:
    assert limits(np.array([[np.nan, 2, -np.inf, 1]])) == (1, 2)
    assert limits(np.full((2, 2), np.nan)) == (np.inf, -np.inf)


def test_values_are_counted_in_256_bins_and_the_largest_is_in_the_last() -> None:
    counts = counted(np.array([[0, 1, 255, 256, np.nan]], np.float32), 0, 256)
    assert (counts[0], counts[1], counts[255], counts.sum()) == (1, 1, 2, 4)


def test_otsu_parts_two_heaps_between_them() -> None:
    counts = [0] * 256
    counts[10], counts[11], counts[200] = 50, 50, 30
    assert otsu(counts) == 12


def test_triangle_cuts_at_the_foot_of_a_slope() -> None:
    counts = [0] * 256
    counts[:4] = [100, 20, 10, 9]
    counts[250] = 1
    assert triangle(counts) in (3, 4, 5)
    assert 256 - triangle(counts[::-1]) in (2, 3, 4)


@pytest.mark.parametrize("method", METHODS)
def test_the_level_parts_dark_from_bright(method: str) -> None:
    assert 0.25 < level_of(image(), method) < 0.6


@pytest.mark.parametrize("method", METHODS)
def test_blocks_find_the_level_of_the_whole_map(method: str) -> None:
    whole = level_of(image(), method)
    for block in ((7, 11), (60, 50), (1, 50)):
        blocks = Blocks((60, 50), block, (1, 1))
        assert automatic_level(reader(image()), blocks, method) == whole


def test_a_map_in_memory_is_read_and_so_smoothed_once() -> None:
    read: list[Region] = []

    def reading(region: Region) -> np.ndarray:
        read.append(region)
        return image()[region.slices]

    automatic_level(reading, Blocks((60, 50), (60, 50)), "otsu")
    assert read == [Region((0, 0), (60, 50))]
    automatic_level(reading, Blocks((60, 50), (30, 50), (1, 1)), "otsu")
    assert len(read) == 5


@pytest.mark.parametrize("method", METHODS)
def test_a_map_of_one_value_has_no_foreground(method: str) -> None:
    flat = np.full((4, 4), 0.25, np.float32)
    assert level_of(flat, method) > 0.25
    assert level_of(np.full((2, 2), np.nan), method) is not None


@pytest.mark.parametrize("method", METHODS)
def test_two_values_are_parted(method: str) -> None:
    level = level_of(np.array([[0, 0, 0, 8]], np.float32), method)
    assert 0 < level <= 8


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["coins", "camera", "moon", "page"])
def test_the_level_is_that_of_scikit_image_within_a_bin(name: str, method: str) -> None:
    from skimage import data, filters

    picture = getattr(data, name)().astype(np.float32) / 255
    peer = getattr(filters, f"threshold_{method}")(picture)
    assert abs(level_of(picture, method) - peer) <= np.ptp(picture) / 256
