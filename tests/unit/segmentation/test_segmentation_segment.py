"""From a prediction map to objects, in a frame in memory."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import Canvas, drawn, reader, scratch

from objclass.segmentation.cutting import Blocks
from objclass.segmentation.found_objects import label_components
from objclass.segmentation.segment import (
    segment,
    segment_in_memory,
    write_smoothed,
)
from objclass.segmentation.settings import DroppedObjects, Layer, SegmentationSettings

MAP = drawn(
    "5555..99",
    "5995..99",
    "5555....",
    ".....8..",
    "67...88.",
)
ALL: tuple[Layer, ...] = ("cores", "cores_filtered", "unfiltered", "objects")


def settings(**changes) -> SegmentationSettings:
    return SegmentationSettings(**({"sigma": (0, 0), "threshold": 5} | changes))


def test_simple_keeps_components_of_allowed_size() -> None:
    made, report = segment_in_memory(MAP, settings(min_size=3, max_size=11))
    expected = drawn(
        "......11",
        "......11",
        "........",
        ".....2..",
        ".....22.",
    )
    np.testing.assert_array_equal(made, expected)
    assert (report.count, report.dropped) == (2, DroppedObjects(too_small=1, too_large=1))


def test_hysteresis_keeps_components_with_a_core() -> None:
    made, report = segment_in_memory(MAP, settings(method="hysteresis", core_threshold=8))
    expected = drawn(
        "1111..22",
        "1111..22",
        "1111....",
        ".....3..",
        ".....33.",
    )
    np.testing.assert_array_equal(made, expected)
    assert report.dropped == DroppedObjects(without_core=1)


def test_size_limits_hold_for_cores_and_for_objects() -> None:
    wanted = settings(method="hysteresis", core_threshold=8, min_size=3, max_size=11)
    made, report = segment_in_memory(MAP, wanted)
    layers = {layer: segment_in_memory(MAP, wanted, layer=layer)[0] for layer in ALL}
    np.testing.assert_array_equal(
        layers["cores"],
        drawn("......11", ".22...11", "........", ".....3..", ".....33."),
    )
    np.testing.assert_array_equal(layers["cores_filtered"][1], drawn("......11")[0])
    np.testing.assert_array_equal(layers["unfiltered"], made)
    assert report.dropped == DroppedObjects(cores_too_small=1, without_core=2)


def test_unfiltered_objects_are_those_before_the_size_filter() -> None:
    wanted = settings(method="hysteresis", core_threshold=9, max_size=11)
    made, report = segment_in_memory(MAP, wanted)
    assert segment_in_memory(MAP, wanted, layer="unfiltered")[0].max() == 2
    assert report.count == made.max() == 1
    assert report.dropped == DroppedObjects(without_core=2, too_large=1)


def test_cores_may_come_from_another_map() -> None:
    core = np.zeros_like(MAP)
    core[4, 0] = 1
    made, report = segment_in_memory(MAP, settings(method="hysteresis", core_threshold=1), core)
    np.testing.assert_array_equal(made[4], drawn("11......")[0])
    assert report.count == 1


def test_each_core_becomes_an_object_when_objects_are_not_merged() -> None:
    image = drawn("985.589", "555.555", "5555555")
    wanted = settings(method="hysteresis", core_threshold=9, merge_objects=False)
    made, report = segment_in_memory(image, wanted)
    np.testing.assert_array_equal(made, drawn("111.222", "111.222", "1111222"))
    assert report.count == 2


def test_grown_objects_are_filtered_by_size_and_numbered_by_first_voxel() -> None:
    """Core 1 begins first, but the object of core 2 reaches the first row."""
    image = drawn(".5.....", ".5..559", "95..5..", "....5..", "95.....")
    wanted = settings(method="hysteresis", core_threshold=9, merge_objects=False, min_size=1)
    made, _ = segment_in_memory(image, wanted)
    expected = drawn(".1.....", ".1..222", "11..2..", "....2..", "33.....")
    np.testing.assert_array_equal(made, expected)
    few, few_report = segment_in_memory(image, settings(**(vars(wanted) | {"max_size": 4})))
    np.testing.assert_array_equal(few, np.where(expected == 2, 0, expected // 2 + expected % 2))
    assert few_report.dropped == DroppedObjects(too_large=1)


def test_of_several_maps_the_brightest_smoothed_value_is_written() -> None:
    canvas = Canvas((1, 3), "float32")
    maps = [reader(drawn("951")), reader(drawn("157"))]
    write_smoothed(maps, Blocks((1, 3), (1, 3)), (0.0, 0.0), canvas.write)
    np.testing.assert_array_equal(canvas.voxels, drawn("957"))


def test_every_layer_says_of_its_own_ids_in_which_map_they_were_found() -> None:
    """The first core is too small and so is the first object, yet both are in their layers."""
    first, second = drawn("9......", "......."), drawn("....999", "....999")
    wanted = settings(method="hysteresis", core_threshold=9, min_size=2)
    told = {
        layer: segment_in_memory([first, second], wanted, layer=layer)[1].values.tolist()
        for layer in ALL
    }
    assert told["cores"] == [0, 1, 2]
    assert told["cores_filtered"] == told["unfiltered"] == told["objects"] == [0, 2]
    loose = settings(min_size=2)
    unfiltered = segment_in_memory([first, second], loose, layer="unfiltered")[1]
    assert unfiltered.values.tolist() == [0, 1, 2]


def test_what_was_found_knows_the_sizes_before_it_is_painted() -> None:
    for merge in (True, False):
        wanted = settings(method="hysteresis", core_threshold=8, merge_objects=merge)
        found = segment(reader(MAP), Blocks(MAP.shape, MAP.shape), wanted, scratch)
        canvas = Canvas(MAP.shape)
        found.paint(canvas.write)
        np.testing.assert_array_equal(found.sizes[1:], np.bincount(canvas.voxels.ravel())[1:])


def test_touching_objects_of_two_classes_stay_apart() -> None:
    tumor, immune = drawn("9988..", "9977.."), drawn("1199.9", "1199.9")
    made, report = segment_in_memory([tumor, immune], settings())
    np.testing.assert_array_equal(made, drawn("1122.3", "1122.3"))
    np.testing.assert_array_equal(report.values, [0, 1, 2, 2])


def test_a_core_keeps_only_components_of_its_class() -> None:
    tumor, immune = drawn("9655.5", "6655.5"), drawn("..6689", "..6666")
    made, report = segment_in_memory(
        [tumor, immune], settings(method="hysteresis", core_threshold=9)
    )
    np.testing.assert_array_equal(made, drawn("112222", "112222"))
    np.testing.assert_array_equal(report.values, [0, 1, 2])
    _, few_report = segment_in_memory(
        [tumor, immune], settings(method="hysteresis", core_threshold=8.5, min_size=5)
    )
    assert few_report.count == 0


def test_objects_of_two_classes_grow_inside_their_class() -> None:
    tumor, immune = drawn("95559...", "5555...."), drawn("....6669", "6.6666.6")
    wanted = settings(method="hysteresis", core_threshold=9, merge_objects=False)
    made, report = segment_in_memory([tumor, immune], wanted)
    np.testing.assert_array_equal(made, drawn("11122333", ".13333.3"))
    np.testing.assert_array_equal(report.values, [0, 1, 1, 2])


@pytest.mark.parametrize("method", ["simple", "hysteresis"])
@pytest.mark.parametrize("merge", [True, False])
def test_an_empty_map_has_no_objects(method: str, merge: bool) -> None:
    wanted = settings(method=method, core_threshold=9, merge_objects=merge)
    for shape in ((0, 3), (4, 4)):
        made, report = segment_in_memory(np.zeros(shape, np.uint8), wanted)
        assert report.count == 0
        assert made.shape == shape


def test_hysteresis_without_a_core_threshold_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="core_threshold"):
        segment_in_memory(MAP, settings(method="hysteresis"))


def test_a_segmentation_is_filtered_by_size() -> None:
    canvas, read = Canvas((2, 6)), reader(drawn("1122.3", "11.2.."))
    report = canvas.of(
        label_components(read, Blocks((2, 6), (2, 6)), scratch, min_size=3, max_size=3)
    )
    np.testing.assert_array_equal(canvas.voxels, drawn("..11..", "...1.."))
    assert (report.count, report.dropped) == (1, DroppedObjects(too_small=1, too_large=1))
    np.testing.assert_array_equal(report.values, [0, 2])
