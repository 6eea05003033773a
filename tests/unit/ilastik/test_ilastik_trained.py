"""What a forest was trained on, also where old projects do not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
from written_ilp import LEAF, STANDARD, put, write_forest, write_ilp, write_inputs

from objclass.errors import InputError
from objclass.ilastik.project import read_ilp
from objclass.ilastik.trained import contract_of, model_of

RAW = "Input Data/infos/lane0000/Raw Data"
SECOND = "Input Data/infos/lane0000/Prediction Maps"


def project(
    path: Path, columns: int, features: Mapping[str, Sequence[str]], shape: bool = True
) -> Path:
    """A project whose forest is one leaf over so many columns, with or without shapes."""
    write_ilp(path, features=features, margin=(30, 30), forest=False)
    with h5py.File(path, "r+") as file:
        leaf = ((columns, 2, LEAF, 0), (1.0, 0.5, 0.5))
        write_forest(file, [leaf], columns)
        if not shape:
            del file[f"{RAW}/shape"], file[f"{SECOND}/shape"]
            put(file, f"{RAW}/axistags", b"?")
            put(file, f"{SECOND}/axistags", b"?")
    return path


def test_dimensions_and_channels_are_those_of_the_training_image(tmp_path: Path) -> None:
    contract = contract_of(read_ilp(write_ilp(tmp_path / "p.ilp")))
    assert (contract.dimensions, contract.channels) == (2, 1)
    assert contract.columns == ("ilastik_Count", "ilastik_Mean")


@pytest.mark.parametrize(
    ("axes", "columns", "dimensions", "channels"),
    [("yxc", 2 + 3, 2, 3), ("yxc", 2 + 1 + 64, 2, 1), ("yx", 2 + 1 + 64, 2, 1), ("zyx", 68, 3, 1)],
)
def test_unsaid_shapes_follow_from_the_number_of_columns(
    tmp_path: Path, axes: str, columns: int, dimensions: int, channels: int
) -> None:
    """Radii have a column per axis, means one per channel, a histogram needs one channel."""
    features = {STANDARD: ["RegionRadii", "Mean", "Histogram"]}
    path = project(tmp_path / "p.ilp", columns, features, shape=False)
    with h5py.File(path, "r+") as file:
        put(file, f"{RAW}/axisorder", axes.encode())
    contract = contract_of(read_ilp(path))
    assert (contract.dimensions, contract.channels) == (dimensions, channels)


def test_what_fits_in_two_ways_is_not_guessed(tmp_path: Path) -> None:
    """Five columns are two radii and three means, or three radii and two means."""
    features = {STANDARD: ["RegionRadii", "Mean"]}
    with pytest.raises(InputError, match="2D with 3 channels, 3D with 2 channels"):
        contract_of(read_ilp(project(tmp_path / "p.ilp", 5, features, shape=False)))


def test_a_plugin_of_2d_says_2d(tmp_path: Path) -> None:
    features = {STANDARD: ["RegionRadii", "Mean"], "2D Skeleton Features": ["Diameter"]}
    contract = contract_of(read_ilp(project(tmp_path / "p.ilp", 6, features, shape=False)))
    assert (contract.dimensions, contract.channels) == (2, 3)


def test_both_counts_are_named_where_they_do_not_fit(tmp_path: Path) -> None:
    path = project(tmp_path / "p.ilp", 7, {STANDARD: ["Count", "Mean"]})
    with pytest.raises(InputError) as caught:
        contract_of(read_ilp(path))
    assert "7 columns in the forest, 2 of the features in 2D with 1 channel" in str(caught.value)
    assert "objclass import" in str(caught.value)


def test_neighbourhoods_without_a_margin_are_no_columns(tmp_path: Path) -> None:
    features = {STANDARD: ["Count", "Mean in neighborhood"]}
    path = project(tmp_path / "p.ilp", 1, features)
    with h5py.File(path, "r+") as file:
        for place in ("ObjectExtraction/Features", "ObjectClassification/SelectedFeatures"):
            put(file, f"{place}/{STANDARD}/Mean in neighborhood/margin", np.array([0, 0]))
    assert contract_of(read_ilp(path)).columns == ("ilastik_Count",)


@pytest.mark.parametrize(("word", "dimensions"), [("Circular", 2), ("Spherical", 3)])
def test_spherical_texture_says_2d_or_3d_and_comes_before_the_standard_features(
    tmp_path: Path, word: str, dimensions: int
) -> None:
    features = {STANDARD: ["Count"], "Spherical Texture": [f"{word} Spectrum"]}
    path = write_ilp(tmp_path / "p.ilp", features=features, margin=(4, 4), forest=False)
    with h5py.File(path, "r+") as file:
        write_forest(file, columns=41)
        del file[f"{RAW}/shape"], file[f"{SECOND}/shape"]
        put(file, f"{RAW}/axistags", b"?")
        put(file, f"{SECOND}/axistags", b"?")
    contract = contract_of(read_ilp(path))
    assert (contract.dimensions, contract.channels) == (dimensions, 2)
    assert contract.columns[0] == f"ilastik_{word} Spectrum_0"
    assert contract.columns[-2:] == (f"ilastik_{word} Spectrum_39", "ilastik_Count")


@pytest.mark.parametrize("features", [{"My Plugin": ["a"]}, {STANDARD: ["Count", "a"]}])
def test_unknown_features_are_refused_by_name(
    tmp_path: Path, features: Mapping[str, Sequence[str]]
) -> None:
    with pytest.raises(InputError, match=r"My Plugin|'a' of Standard"):
        contract_of(read_ilp(project(tmp_path / "p.ilp", 1, features)))


def test_without_a_forest_the_training_image_says_its_channels(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp", forest=False)
    with h5py.File(path, "r+") as file:
        del file[f"{RAW}/shape"], file[f"{SECOND}/shape"]
        put(file, f"{RAW}/axistags", b"?")
    write_inputs(tmp_path)
    contract = contract_of(read_ilp(path))
    assert (contract.dimensions, contract.channels) == (2, 1)


def test_a_model_without_a_stored_forest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no trained forest.*train it in ilastik"):
        model_of(read_ilp(write_ilp(tmp_path / "p.ilp", forest=False)))


def test_the_model_says_where_it_comes_from(tmp_path: Path) -> None:
    model = model_of(read_ilp(write_ilp(tmp_path / "p.ilp")))
    assert model.classes == ("small", "large")
    assert model.facts["origin"] == "ilastik"
    assert model.facts["trees"] == 2
