"""Which columns a selection has, in which order and under which titles."""

from __future__ import annotations

from objclass.ilastik.names import DEFAULTS, STANDARD, chosen, columns, table_columns

HULL, SKELETON = "2D Convex Hull Features", "2D Skeleton Features"


def names(selected: dict[str, list[str]], dimensions: int = 2, channels: int = 1) -> list[str]:
    return [column.name for column in columns(selected, dimensions, channels)]


def test_columns_are_sorted_by_plugin_and_id_with_capitals_first() -> None:
    selected = {STANDARD: ["Sum", "Count"], SKELETON: ["Diameter"], HULL: ["Convexity"]}
    ours = ["ilastik_Convexity", "ilastik_Diameter", "ilastik_Count", "ilastik_Sum"]
    assert names(selected) == ours


def test_a_feature_has_a_column_per_channel_axis_or_bin() -> None:
    assert len(names({STANDARD: ["Mean"]}, channels=3)) == 3
    assert len(names({STANDARD: ["RegionAxes"]}, 3)) == 9
    assert len(names({STANDARD: ["RegionAxes"]}, 2)) == 4
    assert len(names({STANDARD: ["Histogram"]})) == 64
    assert len(names({STANDARD: ["Quantiles"]})) == 7
    assert len(names({STANDARD: ["Covariance"]}, channels=3)) == 9


def test_what_ilastik_does_not_offer_for_an_image_has_no_column() -> None:
    assert names({STANDARD: ["Histogram"]}, channels=2) == []
    assert names({STANDARD: ["Covariance"]}, channels=1) == []
    assert names({SKELETON: ["Diameter"]}, 3) == []
    assert names({"Strange": ["Diameter"], STANDARD: ["strange"]}) == []


def test_without_a_margin_there_is_no_neighbourhood() -> None:
    selected = {STANDARD: ["Mean", "Mean in neighborhood"]}
    assert [f.name for _, f in chosen(selected, 2, 1)] == ["Mean", "Mean in neighborhood"]
    assert [f.name for _, f in chosen(selected, 2, 1, margin=False)] == ["Mean"]


def test_a_table_holds_what_is_exported_and_four_features_always() -> None:
    found = table_columns(["Mean"], {STANDARD: ["Mean", "Sum"]}, 2, 1)
    assert list(found) == [
        "Bounding Box Maximum_0", "Bounding Box Maximum_1", "Bounding Box Minimum_0",
        "Bounding Box Minimum_1", "Center of the object_0", "Center of the object_1",
        "Mean Intensity", "Size in pixels",
    ]  # fmt: skip
    assert found["Mean Intensity"].name == "ilastik_Mean"


def test_a_feature_may_be_exported_by_its_text() -> None:
    assert "Total Intensity" in table_columns(["Total Intensity"], {STANDARD: ["Sum"]}, 2, 1)


def test_what_is_not_measured_cannot_be_exported() -> None:
    assert len(table_columns(["Sum", *DEFAULTS], {}, 3, 1)) == 3 + 3 + 3 + 1
