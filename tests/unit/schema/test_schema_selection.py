"""The language of ``measure``, ``use`` and ``columns``."""

from __future__ import annotations

import pytest
from toy_columns import COLUMNS

from objclass.data.objects import Column
from objclass.errors import InputError
from objclass.schema.selection import (
    Choice,
    Entry,
    Measurement,
    find_unmatched,
    read_entry,
    select,
    useful,
)
from objclass.schema.space import AxisValues

NAMES = [each.name for each in COLUMNS]


def chosen(*entries: object, default: tuple[Column, ...] = COLUMNS[:1]) -> list[str]:
    read = [read_entry(entry) for entry in entries]
    return [each.name for each in select(COLUMNS, read, default)]


def said(*entries: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        chosen(*entries)
    return [str(problem) for problem in caught.value.problems]


def test_a_family_is_all_its_columns() -> None:
    assert chosen("axes") == ["axes_radius_0", "axes_radius_1", "axes_axis_0"]


def test_a_feature_is_all_its_components_and_channels() -> None:
    assert chosen("axes_radius") == ["axes_radius_0", "axes_radius_1"]
    assert chosen("intensity_mean") == ["intensity_mean-gfp", "intensity_mean-dna"]


def test_a_column_can_be_named() -> None:
    assert chosen("intensity_mean-dna") == ["intensity_mean-dna"]


def test_a_group_crosses_families() -> None:
    assert chosen("group:shape") == NAMES[2:6]


def test_a_pattern_matches_whole_column_names() -> None:
    assert chosen("intensity_mean-*") == ["intensity_mean-gfp", "intensity_mean-dna"]
    assert chosen("*-gfp") == [name for name in NAMES if name.endswith("-gfp")]


def test_all_is_all() -> None:
    assert chosen("all") == NAMES


def test_removing_wins_wherever_it_stands() -> None:
    assert chosen("axes", "-axes_radius_1") == ["axes_radius_0", "axes_axis_0"]
    assert chosen("-axes_radius_1", "axes") == ["axes_radius_0", "axes_axis_0"]
    assert chosen("all", "-group:intensity", "-group:shape") == NAMES[:2]


def test_a_selection_that_only_removes_starts_from_the_default() -> None:
    assert chosen("-position_center_y", default=COLUMNS[:3]) == NAMES[1:3]


def test_no_selection_is_the_default() -> None:
    assert chosen(default=COLUMNS[:2]) == NAMES[:2]
    assert select(COLUMNS, None, COLUMNS[:2]) == list(COLUMNS[:2])


def test_the_order_of_columns_stays() -> None:
    assert chosen("intensity_mean-dna", "size", "position") == [
        "position_center_y",
        "position_center_x",
        "size_voxels",
        "intensity_mean-dna",
    ]


def test_an_entry_may_have_options() -> None:
    assert chosen({"intensity": ("mean", "total"), "channels": ("gfp",)}) == [
        "intensity_mean-gfp",
        "intensity_total-gfp",
    ]
    assert chosen({"intensity": (), "channels": ("dna",)}) == ["intensity_mean-dna"]
    assert chosen({"axes": None}) == ["axes_radius_0", "axes_radius_1", "axes_axis_0"]


def test_options_are_read_into_a_frozen_value() -> None:
    entry = read_entry(
        {"ilastik": ("Count", "Mean in neighborhood"), "margin": {"x": 30, "y": 30, "z": 1}}
    )
    assert entry == Measurement(
        "ilastik", ("Count", "Mean in neighborhood"), None, AxisValues(z=1, y=30, x=30)
    )
    assert hash(entry)


@pytest.mark.parametrize(
    "entry",
    [Choice("-group:shape"), Measurement("ilastik", ("Count",), ("a",), AxisValues(z=1, y=3, x=3)),
     Measurement("size"), Measurement("texture", (), None, 5)],
)  # fmt: skip
def test_an_entry_survives_being_written(entry: Entry) -> None:
    written = entry.written() if isinstance(entry, Measurement) else entry.text
    assert read_entry(written) == entry


def test_what_is_useful_is_neither_place_nor_direction_nor_of_the_whole_image() -> None:
    assert [each.name for each in useful(COLUMNS)] == [
        "size_voxels",
        "axes_radius_0",
        "axes_radius_1",
        "intensity_mean-gfp",
        "intensity_mean-dna",
        "intensity_total-gfp",
        "ring_intensity_mean-gfp",
    ]


def test_bins_of_a_histogram_are_measured_and_named_but_not_learned_from_by_default() -> None:
    from objclass.measure.families import family
    from objclass.measure.family import Setting

    setting = Setting(dimensions=2, channels=("dna",), ranges=((0.0, 255.0),))
    measured = family("intensity").columns(setting)
    bins = [c for c in measured if c.feature == "intensity_histogram"]
    assert len(bins) == 64
    assert [c.name for c in measured if c not in bins and c.group != "location"] == [
        c.name for c in useful(measured)
    ]
    assert select(measured, [Choice("intensity_histogram")], useful(measured)) == bins


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("intensty", "'intensty' chooses nothing of 11 columns; did you mean intensity?"),
        ("size_voxel", "'size_voxel' chooses nothing of 11 columns; did you mean size_voxels?"),
        (
            "-texture",
            "'texture' chooses nothing of 11 columns; "
            "families here: position, size, axes, intensity",
        ),
        (
            "texture_*",
            "'texture_*' chooses nothing of 11 columns; "
            "families here: position, size, axes, intensity",
        ),
        (
            {"intensity": ("maen",)},
            "intensity has no feature 'maen'; "
            "expected mean, total, range, ring_intensity_mean; did you mean mean?",
        ),
        (
            {"intensity": ("mean",), "channels": ("rfp",)},
            "intensity is not measured in rfp; expected gfp, dna",
        ),
        (
            {"texture": ()},
            "'texture' chooses nothing of 11 columns; "
            "families here: position, size, axes, intensity",
        ),
    ],
)
def test_an_entry_that_chooses_nothing_is_told(entry: object, message: str) -> None:
    assert said(entry) == [message]


def test_all_entries_that_choose_nothing_are_told_with_their_position() -> None:
    entries = [Choice("size"), Choice("a"), Choice("-b")]
    assert [position for position, _ in find_unmatched(COLUMNS, entries)] == [1, 2]
    assert len(said("size", "a", "-b")) == 2
