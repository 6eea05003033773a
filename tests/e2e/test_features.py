"""``objclass features``: the catalogue on the screen and as JSON."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from commands import objclass

from objclass.measure.families import BUILT_IN, TABLES
from objclass.report.features import catalogue


def test_every_feature_has_a_line_with_its_group_and_definition() -> None:
    answer = objclass("features")
    assert answer.code == 0
    assert len(answer.lines) == len(catalogue())
    (mean,) = [line for line in answer.lines if line.startswith("intensity_mean ")]
    assert mean.split(maxsplit=2) == [
        "intensity_mean", "intensity", "Mean of the voxel values. (intensity)",
    ]  # fmt: skip


def test_every_family_but_ilastiks_is_listed() -> None:
    families = {entry.family for entry in catalogue()}
    assert families == {*BUILT_IN, *TABLES} - {"ilastik"}


def test_no_feature_is_listed_twice_and_each_is_defined() -> None:
    entries = catalogue()
    assert len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.name.startswith(f"{entry.family}_")
        assert entry.definition.endswith("."), entry.name
        assert entry.source, entry.name
        assert entry.plane or entry.volume, entry.name


def test_show_says_everything_of_a_feature() -> None:
    answer = objclass("features", "show", "size_area")
    assert answer.lines == [
        "size_area",
        "  Voxels times the area of a voxel.",
        "  family size, group shape, unit um^2",
        "  columns: 1 in 2D, 0 in 3D",
        "  source: objclass",
        "  portable: yes",
    ]


def test_show_says_which_features_are_measured_per_channel() -> None:
    lines = objclass("features", "show", "intensity_mean").lines
    assert "  columns: 1 in 2D, 1 in 3D, per channel" in lines


def test_show_of_a_family_shows_its_features() -> None:
    names = [line for line in objclass("features", "show", "size").lines if line[0] != " "]
    assert names == ["size_voxels", "size_area", "size_volume"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("intensity_meen", "did you mean intensity_mean?"),
        ("qqqqqq", "objclass features lists them"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(name: str, said: str) -> None:
    answer = objclass("features", "show", name)
    assert answer.code == 2
    assert f"there is no feature or family '{name}'" in answer.err + answer.out
    assert said in answer.err + answer.out


def test_json_holds_the_same_as_data() -> None:
    every = json.loads(objclass("features", "--json").out)["features"]
    assert [entry["name"] for entry in every] == [entry.name for entry in catalogue()]
    (volume,) = json.loads(objclass("features", "show", "size_volume", "--json").out)["features"]
    assert volume == {
        "name": "size_volume",
        "family": "size",
        "group": "shape",
        "unit": "um^3",
        "definition": "Voxels times the volume of a voxel.",
        "source": "objclass",
        "plane": 0,
        "volume": 1,
        "per_channel": False,
        "portable": True,
    }


def test_ilastiks_own_features_are_shown_by_its_names() -> None:
    """They are told by name, so they are not in the list."""
    assert len(objclass("features", "show", "ilastik").lines) > 300
    lines = objclass("features", "show", "Mean in neighborhood").lines
    assert lines[0] == "ilastik_Mean in neighborhood"
    assert "  columns: 1 in 2D, 1 in 3D, per channel" in lines
    axes = objclass("features", "show", "RegionAxes").lines
    assert "  columns: 4 in 2D, 9 in 3D" in axes


def test_ilastiks_features_of_one_number_of_dimensions_say_so() -> None:
    every = json.loads(objclass("features", "show", "ilastik", "--json").out)["features"]
    flat = Counter(entry["source"].split(": ")[1] for entry in every if not entry["volume"])
    assert flat == {"2D Skeleton Features": 9, "Spherical Texture": 2}
    deep = [entry["name"] for entry in every if not entry["plane"]]
    assert deep == ["ilastik_Spherical Spectrum", "ilastik_Spherical Polarization Direction"]
