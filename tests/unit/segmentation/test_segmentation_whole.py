"""From a prediction map to objects in one frame."""

from __future__ import annotations

import numpy as np
import pytest
from plain_segmentation import drawn

from objclass.segmentation.settings import DroppedObjects, SegmentationSettings
from objclass.segmentation.whole import component_objects, threshold_objects

MAP = drawn(
    "5555..99",
    "5995..99",
    "5555....",
    ".....8..",
    "67...88.",
)
ALL = ("smoothed", "cores", "cores_filtered", "unfiltered", "objects")


def settings(**changes) -> SegmentationSettings:
    return SegmentationSettings(**({"sigma": (0, 0), "threshold": 5} | changes))


def test_simple_keeps_components_of_allowed_size() -> None:
    made = threshold_objects(MAP, settings(min_size=3, max_size=11))
    expected = drawn(
        "......11",
        "......11",
        "........",
        ".....2..",
        ".....22.",
    )
    np.testing.assert_array_equal(made.objects, expected)
    assert (made.report.count, made.report.dropped) == (2, DroppedObjects(too_small=1, too_large=1))


def test_hysteresis_keeps_components_with_a_core() -> None:
    made = threshold_objects(MAP, settings(method="hysteresis", core_threshold=8))
    expected = drawn(
        "1111..22",
        "1111..22",
        "1111....",
        ".....3..",
        ".....33.",
    )
    np.testing.assert_array_equal(made.objects, expected)
    assert made.report.dropped == DroppedObjects(without_core=1)


def test_size_limits_hold_for_cores_and_for_objects() -> None:
    wanted = settings(method="hysteresis", core_threshold=8, min_size=3, max_size=11)
    made = threshold_objects(MAP, wanted, layers=ALL)
    np.testing.assert_array_equal(
        made.images["cores"],
        drawn("......11", ".22...11", "........", ".....3..", ".....33."),
    )
    np.testing.assert_array_equal(made.images["cores_filtered"][1], drawn("......11")[0])
    np.testing.assert_array_equal(made.images["unfiltered"], made.objects)
    assert made.report.dropped == DroppedObjects(cores_too_small=1, without_core=2)


def test_unfiltered_objects_are_those_before_the_size_filter() -> None:
    wanted = settings(method="hysteresis", core_threshold=9, max_size=11)
    made = threshold_objects(MAP, wanted, layers=ALL)
    assert made.images["unfiltered"].max() == 2
    assert made.report.count == made.objects.max() == 1
    assert made.report.dropped == DroppedObjects(without_core=2, too_large=1)


def test_cores_may_come_from_another_map() -> None:
    core = np.zeros_like(MAP)
    core[4, 0] = 1
    made = threshold_objects(MAP, settings(method="hysteresis", core_threshold=1), core)
    np.testing.assert_array_equal(made.objects[4], drawn("11......")[0])
    assert made.report.count == 1


def test_each_core_becomes_an_object_when_objects_are_not_merged() -> None:
    image = drawn("985.589", "555.555", "5555555")
    wanted = settings(method="hysteresis", core_threshold=9, merge_objects=False)
    made = threshold_objects(image, wanted, layers=ALL)
    np.testing.assert_array_equal(made.objects, drawn("111.222", "111.222", "1111222"))
    assert made.report.count == 2


def test_grown_objects_are_filtered_by_size_and_numbered_by_first_voxel() -> None:
    """Core 1 begins first, but the object of core 2 reaches the first row."""
    image = drawn(".5.....", ".5..559", "95..5..", "....5..", "95.....")
    wanted = settings(method="hysteresis", core_threshold=9, merge_objects=False, min_size=1)
    made = threshold_objects(image, wanted)
    expected = drawn(".1.....", ".1..222", "11..2..", "....2..", "33.....")
    np.testing.assert_array_equal(made.objects, expected)
    few = threshold_objects(image, settings(**(vars(wanted) | {"max_size": 4})))
    np.testing.assert_array_equal(
        few.objects, np.where(expected == 2, 0, expected // 2 + expected % 2)
    )
    assert few.report.dropped == DroppedObjects(too_large=1)


def test_only_the_layers_asked_for_are_made() -> None:
    made = threshold_objects(MAP, settings(), layers=("smoothed",))
    assert list(made.images) == ["smoothed"]
    assert made.images["smoothed"].dtype == np.float32


def test_touching_objects_of_two_classes_stay_apart() -> None:
    tumor, immune = drawn("9988..", "9977.."), drawn("1199.9", "1199.9")
    made = threshold_objects([tumor, immune], settings())
    np.testing.assert_array_equal(made.objects, drawn("1122.3", "1122.3"))
    np.testing.assert_array_equal(made.report.values, [0, 1, 2, 2])


def test_a_core_keeps_only_components_of_its_class() -> None:
    tumor, immune = drawn("9655.5", "6655.5"), drawn("..6689", "..6666")
    made = threshold_objects([tumor, immune], settings(method="hysteresis", core_threshold=9))
    np.testing.assert_array_equal(made.objects, drawn("112222", "112222"))
    np.testing.assert_array_equal(made.report.values, [0, 1, 2])
    few = threshold_objects(
        [tumor, immune], settings(method="hysteresis", core_threshold=8.5, min_size=5)
    )
    assert few.report.count == 0


def test_objects_of_two_classes_grow_inside_their_class() -> None:
    tumor, immune = drawn("95559...", "5555...."), drawn("....6669", "6.6666.6")
    wanted = settings(method="hysteresis", core_threshold=9, merge_objects=False)
    made = threshold_objects([tumor, immune], wanted)
    np.testing.assert_array_equal(made.objects, drawn("11122333", ".13333.3"))
    np.testing.assert_array_equal(made.report.values, [0, 1, 1, 2])


@pytest.mark.parametrize("method", ["simple", "hysteresis"])
@pytest.mark.parametrize("merge", [True, False])
def test_an_empty_map_has_no_objects(method: str, merge: bool) -> None:
    wanted = settings(method=method, core_threshold=9, merge_objects=merge)
    for shape in ((0, 3), (4, 4)):
        made = threshold_objects(np.zeros(shape, np.uint8), wanted, layers=ALL)
        assert made.report.count == 0
        assert made.objects.shape == shape


def test_hysteresis_without_a_core_threshold_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="core_threshold"):
        threshold_objects(MAP, settings(method="hysteresis"))


def test_a_segmentation_is_filtered_by_size() -> None:
    made, report = component_objects(drawn("1122.3", "11.2.."), min_size=3, max_size=3)
    np.testing.assert_array_equal(made, drawn("..11..", "...1.."))
    assert (report.count, report.dropped) == (1, DroppedObjects(too_small=1, too_large=1))
    np.testing.assert_array_equal(report.values, [0, 2])
