"""Reading projects of ilastik, of every version and variant."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
from written_ilp import STANDARD, WORKFLOWS, axistags, put, write_features, write_ilp

from objclass.errors import InputError
from objclass.ilastik.contents import BlockwiseSettings, IlastikClass, ThresholdSettings
from objclass.ilastik.project import PIXEL_NOTE, read_ilp

NEAR = "Mean in neighborhood"


@pytest.fixture
def ilp(tmp_path: Path) -> Path:
    return write_ilp(tmp_path / "p.ilp")


def refusal(path: Path) -> str:
    """What is said of a file that is not read."""
    with pytest.raises(InputError) as caught:
        read_ilp(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_everything_that_matters_is_read(ilp: Path) -> None:
    project = read_ilp(ilp)
    assert (project.version, project.variant) == ("1.4.0", "prediction_map")
    assert project.roles == ("Raw Data", "Prediction Maps", "Atlas")
    assert project.threshold == ThresholdSettings("simple", 1, 1, 0.5, 0.8, (0, 0, 0), 5, 1000)
    assert project.classes == (IlastikClass("small", "#ff0000"), IlastikClass("large", "#0080ff"))
    assert project.annotations == {(0, 0): {1: 1, 2: 2}}
    assert project.used == {STANDARD: ("Count", "Mean")}
    assert project.blockwise == BlockwiseSettings((256,) * 3, (32,) * 3)
    assert project.export.format == "compressed hdf5"
    assert project.export.filename_format is None
    assert project.notes == ()


def test_an_input_says_path_axes_and_shape(ilp: Path) -> None:
    (lane,) = read_ilp(ilp).lanes
    assert set(lane.inputs) == {"Raw Data", "Prediction Maps"}
    info = lane.inputs["Prediction Maps"]
    assert (info.files, info.axes, info.shape) == (("second.h5/data",), "yxc", (20, 24, 2))
    assert (info.nickname, info.kind) == ("second-data", "RelativeFilesystemDatasetInfo")
    assert [info.length(axis) for axis in "tczyx"] == [1, 2, 1, 20, 24]


def test_a_data_range_a_crop_and_a_display_mode_are_read(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        place = "Input Data/infos/lane0000/Raw Data"
        put(file, f"{place}/drange", [0.0, 100.0])
        put(file, f"{place}/subvolume_roi", [[2, 3], [10, 12]])
        put(file, f"{place}/display_mode", b"grayscale")
    info = read_ilp(ilp).lanes[0].inputs["Raw Data"]
    assert info.drange == (0.0, 100.0)
    assert info.subvolume == ((2, 3), (10, 12))
    assert info.display_mode == "grayscale"


def test_data_inside_the_project_have_no_path(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        place = "Input Data/infos/lane0000/Raw Data"
        put(file, f"{place}/__class__", b"ProjectInternalDatasetInfo")
        put(file, f"{place}/datasetId", b"abc")
    info = read_ilp(ilp).lanes[0].inputs["Raw Data"]
    assert (info.files, info.inside) == ((), "Input Data/local_data/abc")


@pytest.mark.parametrize("variant", ["prediction_map", "segmentation", "label_image"])
def test_every_variant_is_known_by_its_workflow(tmp_path: Path, variant: str) -> None:
    project = read_ilp(write_ilp(tmp_path / "p.ilp", variant))
    assert project.variant == variant
    assert (project.threshold is None) == (variant != "prediction_map")


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("ObjectClassificationWorkflowBinary", "segmentation"),
        ("ObjectClassificationWorkflowLabels", "label_image"),
        ("Object Classification [Inputs: Raw Data, Pixel Prediction Map]", "prediction_map"),
        ("Object Classification [Inputs: Raw Data, Segmentation]", "segmentation"),
    ],
)
def test_a_workflow_goes_by_any_of_its_names(ilp: Path, name: str, variant: str) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "workflowName", name.encode())
    assert read_ilp(ilp).variant == variant


def test_of_pixel_and_object_the_object_half_is_used(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "workflowName", b"Object Classification (from pixel classification)")
    project = read_ilp(ilp)
    assert project.variant == "prediction_map"
    assert project.threshold is not None
    assert project.notes == (PIXEL_NOTE,)


@pytest.mark.parametrize(
    ("name", "way_on"),
    [
        ("Pixel Classification", "prediction maps"),
        ("Autocontext (2-stage)", "prediction maps"),
        ("Carving", "object classification only"),
    ],
)
def test_other_workflows_are_refused_with_the_way_on(ilp: Path, name: str, way_on: str) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "workflowName", name.encode())
    said = refusal(ilp)
    assert name in said
    assert way_on in said


def test_a_file_without_a_workflow_is_no_project(tmp_path: Path) -> None:
    path = tmp_path / "image.h5"
    with h5py.File(path, "w") as file:
        file["data"] = np.zeros((4, 4))
    assert "not a project of ilastik" in refusal(path)


def test_an_atlas_is_refused(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "Input Data/infos/lane0000/Atlas/filePath", b"atlas.h5/data")
    assert "Atlas is not supported" in refusal(ilp)


def test_fill_missing_slices_is_refused(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        file.create_group("Fill Missing Slices")
    assert "fill the slices before" in refusal(ilp)


def test_graph_cut_is_refused(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ThresholdTwoLevels/CurOperator", 2)
    assert "Graph Cut" in refusal(ilp)


@pytest.mark.parametrize(
    ("number", "method"), [(0, "simple"), (1, "hysteresis"), (3, "dont_merge")]
)
def test_threshold_methods_have_ilastik_s_numbers(ilp: Path, number: int, method: str) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ThresholdTwoLevels/CurOperator", number)
    threshold = read_ilp(ilp).threshold
    assert threshold is not None
    assert threshold.method == method


# -- older layouts ------------------------------------------------------------------------------


def test_a_single_threshold_takes_the_place_of_the_low_one(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ThresholdTwoLevels/SingleThreshold", 0.3)
    project = read_ilp(ilp)
    assert project.threshold is not None
    assert project.threshold.low == 0.3
    assert "SingleThreshold" in project.notes[0]


def test_a_single_threshold_means_nothing_to_hysteresis(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ThresholdTwoLevels/SingleThreshold", 0.3)
        put(file, "ThresholdTwoLevels/CurOperator", 1)
    threshold = read_ilp(ilp).threshold
    assert threshold is not None
    assert threshold.low == 0.5


def test_without_a_core_channel_cores_are_in_the_channel(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ThresholdTwoLevels/CurOperator", 3)
        del file["ThresholdTwoLevels/CoreChannel"]
    project = read_ilp(ilp)
    assert project.threshold is not None
    assert project.threshold.core_channel == 1
    assert "CoreChannel" in project.notes[0]


def test_without_threshold_settings_ilastik_s_defaults_hold(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        del file["ThresholdTwoLevels"]
    project = read_ilp(ilp)
    assert project.threshold == ThresholdSettings()
    assert "defaults" in project.notes[0]


def test_features_may_lie_one_level_deeper(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        del file["ObjectExtraction/Features"]
        del file["ObjectClassification/SelectedFeatures"]
        for place in ("ObjectExtraction/Features/0", "ObjectClassification/SelectedFeatures/0"):
            write_features(file, place, {STANDARD: ["Count"]})
    assert read_ilp(ilp).used == {STANDARD: ("Count",)}


def test_axes_may_be_letters_and_the_shape_unsaid(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        place = file["Input Data/infos/lane0000/Raw Data"]
        for name in ("axistags", "shape", "__class__"):
            del place[name]
        place["axisorder"] = b"yxc"
        place["location"] = b"FileSystem"
    info = read_ilp(ilp).lanes[0].inputs["Raw Data"]
    assert (info.axes, info.shape, info.kind) == ("yxc", (), "FileSystem")
    assert (info.length("z"), info.length("c")) == (1, None)


def test_table_settings_may_be_bytes_instead_of_opaque(ilp: Path) -> None:
    pair = ({"file type": "h5", "file path": "t.h5", "margin": 3, "include raw": True}, ["Count"])
    with h5py.File(ilp, "r+") as file:
        put(file, "ObjectClassification/ExportSettings", pickle.dumps(pair, 0))
    table = read_ilp(ilp).table
    assert table is not None
    assert (table.file_type, table.path, table.margin, table.include_raw) == ("h5", "t.h5", 3, True)
    assert table.features == ("Count",)


def test_table_settings_never_made_are_none(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ObjectClassification/ExportSettings", np.void(b"(NNtp0\n."))
    assert read_ilp(ilp).table is None


def test_table_settings_that_call_something_are_refused(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ObjectClassification/ExportSettings", np.void(b"cos\nsystem\n(S'ls'\ntR."))
    assert "imports a Python object" in refusal(ilp)


def test_an_empty_list_is_one_element_and_a_flag(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ObjectClassification/LabelNames", [b"junk"])
        file["ObjectClassification/LabelNames"].attrs["isEmpty"] = True
        del file["ObjectClassification/LabelInputs"]
    assert read_ilp(ilp).classes == ()


# -- classes and annotations --------------------------------------------------------------------


def test_class_names_become_different_and_usable(ilp: Path) -> None:
    names = [b"a", b"a", b"", b" b ", b"ignore"]
    with h5py.File(ilp, "r+") as file:
        put(file, "ObjectClassification/LabelNames", names)
    project = read_ilp(ilp)
    assert [c.name for c in project.classes] == ["a", "a (2)", "Label 3", "b", "ignore (class)"]
    assert [c.color for c in project.classes[:3]] == ["#ff0000", "#0080ff", "#e6194b"]
    assert len(project.notes) == 4


def test_class_zero_is_no_annotation_and_unknown_classes_are_left_out(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ObjectClassification/LabelInputs/0000/0", np.array([2.0, 0.0, 1.0, 7.0]))
        put(file, "ObjectClassification/LabelInputs/0000/3", np.array([0.0, 2.0]))
    project = read_ilp(ilp)
    assert project.annotations == {(0, 0): {2: 1}, (0, 3): {1: 2}}
    assert "1 annotations of classes without a name" in project.notes[0]


@pytest.mark.parametrize("value", [float("nan"), -1.0, 1.5, float("inf")])
def test_a_class_that_is_no_number_is_refused(ilp: Path, value: float) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ObjectClassification/LabelInputs/0000/0", np.array([0.0, value]))
    assert "class of object 1" in refusal(ilp)


def test_object_counts_come_from_the_stored_features(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        place = "ObjectExtraction/RegionFeatures/0000/[[4], [5]]/Default features/Count"
        file[place] = np.zeros((4, 1))
    assert read_ilp(ilp).object_counts == {(0, 4): 3}


# -- features -----------------------------------------------------------------------------------


def test_the_margin_is_the_largest_per_axis(tmp_path: Path) -> None:
    chosen = {STANDARD: ["Count", NEAR, "Sum in neighborhood"]}
    path = write_ilp(tmp_path / "p.ilp", features=chosen, margin=(30, 20, 1))
    with h5py.File(path, "r+") as file:
        put(file, f"ObjectExtraction/Features/{STANDARD}/Sum in neighborhood/margin", (5, 25))
    project = read_ilp(path)
    assert project.margin == (30, 25, 1)
    assert project.has_margin


def test_a_feature_that_is_selected_but_not_computed_is_not_used(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        del file[f"ObjectExtraction/Features/{STANDARD}/Mean"]
    assert read_ilp(path).used == {STANDARD: ("Count",)}


def test_axistags_that_do_not_fit_are_unknown_axes(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "Input Data/infos/lane0000/Raw Data/axistags", axistags("zyx").encode())
    assert read_ilp(ilp).lanes[0].inputs["Raw Data"].axes == ""


def test_names_of_workflows_are_those_that_ilastik_writes() -> None:
    assert set(WORKFLOWS) == {"prediction_map", "segmentation", "label_image"}
