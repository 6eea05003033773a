"""Objects block by block."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from plain_segmentation import Canvas, drawn, reader, scratch

from objclass.data.blocks import Region
from objclass.data.ordered import ThreadedMap
from objclass.errors import RunError
from objclass.segmentation import ilastik
from objclass.segmentation.cutting import Blocks
from objclass.segmentation.found_objects import label_components
from objclass.segmentation.segment import (
    segment,
    segment_in_memory,
    smoothed_reader,
)
from objclass.segmentation.settings import DroppedObjects, SegmentationSettings
from objclass.segmentation.smooth import gaussian


def test_blocks_are_rounded_up_to_whole_chunks() -> None:
    blocks = Blocks((10, 10), (3, 5), (2, 4))
    assert blocks.edges == (4, 8)
    assert blocks.grid == (3, 2)
    assert blocks.regions[1] == Region((0, 8), (4, 10))


def test_without_a_chunk_that_of_the_store_is_taken() -> None:
    assert Blocks((2000, 2000), (600, 1)).edges == (1024, 512)
    assert Blocks((100, 100, 100), (1, 65, 64)).edges == (64, 128, 64)


def test_an_object_across_four_blocks_is_one_object() -> None:
    segmentation = drawn("..11..", "..11..", "22..33", "22.333")
    canvas = Canvas((4, 6))
    report = canvas.of(
        label_components(reader(segmentation), Blocks((4, 6), (2, 3), (1, 1)), scratch)
    )
    np.testing.assert_array_equal(canvas.voxels, segmentation)
    assert report.count == 3
    assert (canvas.times == 1).all()


def test_an_object_that_begins_later_in_its_block_is_numbered_by_the_image() -> None:
    """Block 1 sees objects 1 and 2, block 2 holds a voxel that comes before both."""
    segmentation = drawn("...1", "1.11", "1...")
    canvas = Canvas((3, 4))
    blocks = Blocks((3, 4), (3, 2), (1, 1))
    canvas.of(label_components(reader(segmentation), blocks, scratch))
    np.testing.assert_array_equal(canvas.voxels, drawn("...1", "2.11", "2..."))


def test_corners_meet_across_blocks() -> None:
    segmentation = drawn("1..1", ".11.", ".11.", "1..1")
    canvas = Canvas((4, 4))
    for block in [(1, 1), (2, 2), (3, 1)]:
        report = canvas.of(
            label_components(reader(segmentation), Blocks((4, 4), block, (1, 1)), scratch, 2)
        )
        assert report.count == 1


def test_sizes_count_over_all_blocks() -> None:
    segmentation = drawn("1111.22", ".......", "3......")
    canvas = Canvas((3, 7))
    report = canvas.of(
        label_components(reader(segmentation), Blocks((3, 7), (2, 2), (1, 1)), scratch, 1, 2, 3)
    )
    np.testing.assert_array_equal(canvas.voxels, drawn(".....11", ".......", "......."))
    assert report.dropped == DroppedObjects(too_small=1, too_large=1)


def test_threads_change_nothing() -> None:
    rng = np.random.default_rng(11)
    image = gaussian(rng.random((60, 70)), (1.5, 1.5))
    wanted = SegmentationSettings((1.0, 1.0), 0.5, "hysteresis", 0.52, 3, 200)
    whole, whole_report = segment_in_memory(image, wanted)
    canvas = Canvas(image.shape)
    with ThreadPoolExecutor(3) as pool:
        blocks = Blocks(image.shape, (16, 16), (8, 8), pool.map)
        report = canvas.of(segment(reader(image), blocks, wanted, scratch))
    np.testing.assert_array_equal(canvas.voxels, whole)
    assert report == whole_report


def test_a_region_is_smoothed_as_in_the_whole_image() -> None:
    image = np.random.default_rng(12).random((20, 30), dtype=np.float32)
    read = smoothed_reader(reader(image), image.shape, (1.0, 2.0))
    whole = gaussian(image, (1.0, 2.0))
    for region in (Region((0, 0), (3, 4)), Region((7, 11), (12, 13)), Region((15, 0), (20, 30))):
        np.testing.assert_array_equal(read(region), whole[region.slices])


def test_the_rules_of_ilastik_work_by_block() -> None:
    rng = np.random.default_rng(13)
    image, core = (gaussian(rng.random((90, 80)), (2.0, 2.0)) for _ in range(2))
    wanted = SegmentationSettings((1.0, 1.3), 1.01, "hysteresis", 0.51, 3, 500)
    whole, whole_report = segment_in_memory(image, wanted, core, rules=ilastik.RULES)
    canvas = Canvas(image.shape)
    blocks = Blocks(image.shape, (16, 7), (1, 1))
    report = canvas.of(
        segment(reader(image), blocks, wanted, scratch, reader(core), rules=ilastik.RULES)
    )
    np.testing.assert_array_equal(canvas.voxels, whole)
    assert report == whole_report
    assert report.count > 3


APART = SegmentationSettings((0, 0), 0.5, "hysteresis", 0.8, merge_objects=False)


def test_two_cores_meet_in_their_valley_although_a_block_ends_elsewhere() -> None:
    """The valley is at column 3, blocks end at columns 2, 4 and 6; the left core asks first."""
    image = np.array([[0.9, 0.9, 0.7, 0.5, 0.6, 0.7, 0.9, 0.9]], np.float32)
    canvas = Canvas(image.shape)
    blocks = Blocks(image.shape, (1, 2), (1, 1))
    report = canvas.of(segment(reader(image), blocks, APART, scratch))
    np.testing.assert_array_equal(canvas.voxels, [[1, 1, 1, 1, 2, 2, 2, 2]])
    assert report.count == 2


def test_growth_by_block_reads_only_what_several_cores_contest_a_second_time() -> None:
    image = np.zeros((1, 12), np.float32)
    image[0, 1:5] = 0.9  # one core, across two blocks
    image[0, 7:12] = 0.9, 0.6, 0.5, 0.6, 0.9
    read_regions: list[Region] = []

    def noted(region: Region) -> np.ndarray:
        read_regions.append(region)
        return image[region.slices]

    blocks = Blocks(image.shape, (1, 3), (1, 1))
    Canvas(image.shape).of(segment(noted, blocks, APART, scratch))
    assert read_regions == [*blocks.regions, Region((0, 7), (1, 12))]


def test_a_contested_component_that_is_too_large_is_refused_with_its_box() -> None:
    image = np.full((4, 9), 0.6, np.float32)
    image[1, 1] = image[1, 7] = 0.9
    blocks = Blocks(image.shape, (4, 3), (1, 1), most_bytes=64 * 35)
    with pytest.raises(RunError, match=r"at y, x = 0:4 × 0:9 does not fit .* got 2304 bytes"):
        segment(reader(image), blocks, APART, scratch)
    enough = replace(blocks, most_bytes=64 * 36)
    assert segment(reader(image), enough, APART, scratch).report.count == 2


@pytest.mark.parametrize(("room", "beside"), [(64 * 12, False), (64 * 24, True)])
def test_contested_components_are_grown_side_by_side_only_where_memory_holds_both(
    room: int, beside: bool
) -> None:
    """Two of 12 voxels each, by two threads: room for 12 voxels, and for 24."""
    image = np.zeros((3, 12), np.float32)
    image[0] = image[2] = 0.6
    image[0, 1] = image[0, 9] = image[2, 1] = image[2, 9] = 0.9
    grown_here: list[bool] = []

    def noted(region: Region) -> np.ndarray:
        if region not in blocks.regions:
            grown_here.append(threading.current_thread() is threading.main_thread())
        return image[region.slices]

    blocks = Blocks(image.shape, (1, 3), (1, 1), ThreadedMap(2), most_bytes=room)
    assert segment(noted, blocks, APART, scratch).report.count == 4
    assert grown_here == [not beside] * 2


def test_rules_that_grow_beyond_a_component_are_refused_by_block() -> None:
    blocks = Blocks((4, 4), (2, 2), (2, 2))
    with pytest.raises(ValueError, match="whole images only"):
        segment(reader(np.zeros((4, 4))), blocks, APART, scratch, rules=ilastik.RULES)


def test_the_blocks_that_a_region_meets_are_told_by_number() -> None:
    blocks = Blocks((6, 9), (3, 3), (1, 1))
    assert list(blocks.meeting(Region((2, 3), (4, 7)))) == [1, 2, 4, 5]
    assert list(blocks.meeting(Region((0, 0), (3, 3)))) == [0]


def test_an_image_without_voxels_has_no_blocks() -> None:
    wanted = SegmentationSettings((1.0, 1.0), 0.5, "hysteresis", 0.8)
    blocks = Blocks((0, 4), (2, 2))
    report = Canvas((0, 4)).of(segment(reader(np.zeros((0, 4))), blocks, wanted, scratch))
    assert report.count == 0
