"""Bringing projects over: workflow, annotations with positions and stamps, and the forest."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import h5py
import numpy as np
import pytest
from written_ilp import (
    BOXES,
    ROLES,
    SIZES,
    STANDARD,
    ids,
    prediction_map,
    put,
    raw,
    write_ilp,
    write_image,
    write_info,
    write_inputs,
    write_label_image,
)

from objclass.errors import InputError
from objclass.ilastik.imported import (
    CLASSIFIER,
    SHEET,
    ImportedProject,
    import_project,
    project_file,
)
from objclass.ilastik.label_images import by_appearance, stored_label_image
from objclass.ilastik.lanes import LaneFiles
from objclass.ilastik.project import read_ilp
from objclass.io.image_digest import image_digest
from objclass.io.locator import Locator
from objclass.io.project.contents import problems
from objclass.io.source import Stack
from objclass.nodes.registry import KINDS
from objclass.schema.workflow import Workflow, load
from objclass.segmentation.index import index

LABELS = "ObjectClassification/LabelInputs"
RAW = "Input Data/infos/lane0000/Raw Data"


def rows(imported: ImportedProject) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(imported.annotations.text)))


def loaded(text: str) -> Workflow:
    return load(text, KINDS)


def imported(path: Path, given: LaneFiles | None = None) -> ImportedProject:
    return import_project(read_ilp(path), path.parent / "out", given)


# -- annotations --------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", list(ROLES))
def test_annotations_get_a_voxel_inside_their_object_and_its_stamp(
    tmp_path: Path, variant: str
) -> None:
    write_inputs(tmp_path, variant)
    found = imported(write_ilp(tmp_path / "p.ilp", variant))
    stamps = index(ids()).stamp
    first, second = rows(found)
    titles = ["image", "y", "x", "class", "object", "size", "stamp", "image_digest", "by"]
    assert list(first) == titles
    assert [(r["object"], r["class"]) for r in (first, second)] == [("1", "small"), ("2", "large")]
    for row, number in ((first, 1), (second, 2)):
        assert ids()[int(row["y"]), int(row["x"])] == number
        assert int(row["size"]) == SIZES[number]
        assert row["stamp"] == stamps[number - 1].decode()
        assert row["by"] == "ilastik"
    assert (found.annotations.rows, found.annotations.without_position) == (2, 0)
    assert found.missing == ()
    assert "made again from the training images" in found.notes[0]


def test_annotations_name_their_image_and_the_digest_of_its_raw_data(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    found = imported(write_ilp(tmp_path / "p.ilp"))
    digest = image_digest(Locator(tmp_path / "raw.h5", "data"))
    assert {(row["image"], row["image_digest"]) for row in rows(found)} == {("raw", digest)}


def test_every_lane_and_frame_has_its_own_digest(tmp_path: Path) -> None:
    """The raw data of the second lane are gone: its rows say so by an empty cell, and a note."""
    frames = np.stack([raw(), raw() + np.uint8(1)])
    write_image(tmp_path / "raw.h5", frames, "tyx")
    write_image(tmp_path / "second.h5", np.stack([ids()] * 2), "tyx")
    path = write_ilp(tmp_path / "p.ilp", "segmentation", lanes=2)
    with h5py.File(path, "r+") as file:
        for lane in (0, 1):
            name = "raw.h5/data" if lane == 0 else "gone.h5/data"
            write_info(file, lane, "Raw Data", name, "tyx", (2, 20, 24))
            write_info(file, lane, "Segmentation Image", "second.h5/data", "tyx", (2, 20, 24))
            put(file, f"{LABELS}/{lane:04d}/1", np.array([0.0, 0.0, 2.0]))
    found = imported(path)
    digests = {(row["image"], row["t"]): row["image_digest"] for row in rows(found)}
    first, second = (image_digest(Locator(tmp_path / "raw.h5", "data"), "tyx", t) for t in (0, 1))
    assert first != second
    assert digests == {
        ("raw-data", "0"): first,
        ("raw-data", "1"): second,
        ("gone-data", "1"): "",
    }
    assert any("the raw data of image 2 is not here: its" in note for note in found.notes)


def test_a_stack_has_the_digest_that_its_workflow_finds(tmp_path: Path) -> None:
    from objclass.io.write import write_image as write_picture

    for z in range(3):
        write_picture(tmp_path / f"s_{z}.png", raw() + np.uint8(z), "yx")
    write_image(tmp_path / "second.h5", np.stack([ids()] * 3), "zyx")
    path = write_ilp(tmp_path / "p.ilp", "segmentation")
    with h5py.File(path, "r+") as file:
        write_info(file, 0, "Raw Data", "s_*.png", "zyx", (3, 20, 24))
        write_info(file, 0, "Segmentation Image", "second.h5/data", "zyx", (3, 20, 24))
    found = imported(path)
    stack = Stack(
        "z", (("0", "1", "2"),), tuple(Locator(tmp_path / f"s_{z}.png") for z in range(3))
    )
    said = {(row["image"], row["image_digest"]) for row in rows(found)}
    assert said == {("s", image_digest(stack, "yx"))}


def test_raw_data_that_cannot_be_read_leave_the_image_untold_and_say_so(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    (tmp_path / "raw.h5").write_bytes(b"broken")
    found = imported(write_ilp(tmp_path / "p.ilp"))
    assert "image" not in rows(found)[0]
    (note,) = (note for note in found.notes if "raw data of image 1 cannot be read" in note)
    assert "raw.h5" in note
    assert note.endswith(
        "its annotations do not tell which image they were made on, so another one in its place "
        "is not noticed"
    )


def test_the_stored_label_image_comes_first(tmp_path: Path) -> None:
    """It is the one the person saw; the images need not be there."""
    path = write_ilp(tmp_path / "p.ilp")
    moved = np.roll(ids(), 2, axis=1)
    with h5py.File(path, "r+") as file:
        write_label_image(file, moved)
    found = imported(path)
    first = rows(found)[0]
    assert moved[int(first["y"]), int(first["x"])] == 1
    assert first["stamp"] == index(moved).stamp[0].decode()
    assert "as stored in the project" in found.notes[0]
    assert len(found.missing) == 2


def test_without_a_label_image_rows_hold_ids_only_and_say_so(tmp_path: Path) -> None:
    found = imported(write_ilp(tmp_path / "p.ilp"))
    assert [(r["y"], r["x"], r["object"]) for r in rows(found)] == [("", "", "1"), ("", "", "2")]
    assert found.annotations.without_position == 2
    assert "2 of 2 annotations have no position" in found.notes[-1]
    assert [str(p).split(":")[0] for p in found.missing] == ["image 1", "image 1"]
    assert "--raw FILE" in str(found.missing[0])
    assert "--prediction-map FILE" in str(found.missing[1])


def test_an_id_that_is_not_there_is_left_out_and_counted(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        put(file, f"{LABELS}/0000/0", np.array([0.0, 1.0, 0.0, 0.0, 0.0, 2.0]))
    found = imported(path)
    assert [r["object"] for r in rows(found)] == ["1"]
    assert found.annotations.lost == 1
    assert "1 annotations name objects that are not there" in found.notes[-1]


def test_another_number_of_objects_than_ilastik_had_is_told(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        file["ObjectExtraction/RegionFeatures/0000/[[0], [1]]/Default features/Count"] = np.ones(
            (8, 1)
        )
    assert any("image 1, frame 0: 3, not 7" in note for note in imported(path).notes)


def test_frames_have_a_column_t(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp")
    movie = np.stack([prediction_map(), np.zeros_like(prediction_map()), prediction_map()])
    write_image(tmp_path / "raw.h5", np.stack([raw()] * 3), "tyx")
    write_image(tmp_path / "second.h5", movie, "tyxc")
    with h5py.File(path, "r+") as file:
        write_info(file, 0, "Raw Data", "raw.h5/data", "tyx", (3, 20, 24))
        write_info(file, 0, "Prediction Maps", "second.h5/data", "tyxc", (3, 20, 24, 2))
        put(file, f"{LABELS}/0000/2", np.array([0.0, 0.0, 0.0, 1.0]))
    found = rows(imported(path))
    assert [(r["t"], r["object"]) for r in found] == [("0", "1"), ("0", "2"), ("2", "3")]
    assert found[2]["stamp"] == index(ids(), t=2).stamp[2].decode()


def test_volumes_have_a_column_z(tmp_path: Path) -> None:
    volume = np.zeros((4, 20, 24), np.uint32)
    volume[1:3] = ids()
    write_image(tmp_path / "raw.h5", volume.astype(np.uint8), "zyx")
    write_image(tmp_path / "second.h5", volume, "zyx")
    path = write_ilp(tmp_path / "p.ilp", "segmentation")
    with h5py.File(path, "r+") as file:
        for role in ("Raw Data", "Segmentation Image"):
            name = "raw.h5/data" if role == "Raw Data" else "second.h5/data"
            write_info(file, 0, role, name, "zyx", volume.shape)
    first = rows(imported(path))[0]
    assert volume[int(first["z"]), int(first["y"]), int(first["x"])] == 1


def test_a_sub_volume_counts_in_the_whole_image(tmp_path: Path) -> None:
    write_inputs(tmp_path, "segmentation")
    path = write_ilp(tmp_path / "p.ilp", "segmentation")
    with h5py.File(path, "r+") as file:
        for role in ("Raw Data", "Segmentation Image"):
            corners = np.array([[7, 5], [20, 24]])
            put(file, f"Input Data/infos/lane0000/{role}/subvolume_roi", corners)
        put(file, f"{LABELS}/0000/0", np.array([0.0, 2.0]))
    found = imported(path)
    (row,) = rows(found)
    assert ids()[int(row["y"]), int(row["x"])] == 2
    assert "crop: {y: [7, 20], x: [5, 24]}" in found.workflow


# -- several images, moved and missing ones ------------------------------------------------------


def test_several_lanes_become_a_sheet_of_images(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    path = write_ilp(tmp_path / "p.ilp", lanes=2)
    with h5py.File(path, "r+") as file:
        put(file, "Input Data/infos/lane0001/Raw Data/nickname", b"other name")
        put(file, f"{LABELS}/0001/0", np.array([0.0, 0.0, 0.0, 1.0]))
    found = imported(path)
    assert found.files[SHEET].splitlines() == [
        "image,raw_file,second_file",
        "raw-data,../raw.h5/data,../second.h5/data",
        "other_name,../raw.h5/data,../second.h5/data",
    ]
    assert [(r["image"], r["object"]) for r in rows(found)] == [
        ("raw-data", "1"), ("raw-data", "2"), ("other_name", "3"),
    ]  # fmt: skip
    workflow = loaded(found.workflow)
    assert workflow.images == SHEET
    assert workflow.nodes["raw"].path == "{raw_file}"  # type: ignore[attr-defined]


def test_files_may_be_given_in_the_place_of_lost_ones(tmp_path: Path) -> None:
    write_inputs(tmp_path / "new")
    path = write_ilp(tmp_path / "p.ilp")
    new = tmp_path / "new"
    given = LaneFiles([str(new / "raw.h5/data")], [str(new / "second.h5/data")])
    found = imported(path, given)
    assert found.missing == ()
    assert found.annotations.without_position == 0
    assert "path: ../new/raw.h5/data" in found.workflow


def test_as_many_files_are_needed_as_there_are_images(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 for 1 images"):
        imported(write_ilp(tmp_path / "p.ilp"), LaneFiles(["a.h5", "b.h5"]))


def test_a_given_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--raw: there is no such file"):
        imported(write_ilp(tmp_path / "p.ilp"), LaneFiles(["gone.h5"]))


def test_a_path_of_windows_is_shown_and_a_file_beside_the_project_is_proposed(
    tmp_path: Path,
) -> None:
    write_inputs(tmp_path)
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        put(file, f"{RAW}/filePath", rb"D:\data\raw.h5/data")
    found = imported(path)
    (lost,) = found.missing
    assert "raw.h5/data" in str(lost)
    assert str(lost).endswith("add --raw raw.h5")
    assert "path: D:/data/raw.h5/data" in found.workflow or '"D:/data' in found.workflow


def test_a_relative_path_of_windows_is_found(tmp_path: Path) -> None:
    write_image(tmp_path / "sub" / "raw.h5", raw(), "yx")
    write_image(tmp_path / "second.h5", prediction_map(), "yxc")
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        put(file, f"{RAW}/filePath", rb"sub\raw.h5/data")
    found = imported(path)
    assert found.missing == ()
    assert "path: ../sub/raw.h5/data" in found.workflow


def test_a_glob_becomes_a_stack(tmp_path: Path) -> None:
    from objclass.io.write import write_image as write_picture

    for z in range(3):
        write_picture(tmp_path / f"s_{z}.png", raw() + np.uint8(z), "yx")
    write_image(tmp_path / "second.h5", np.stack([ids()] * 3), "zyx")
    path = write_ilp(tmp_path / "p.ilp", "segmentation")
    with h5py.File(path, "r+") as file:
        write_info(file, 0, "Raw Data", "s_*.png", "zyx", (3, 20, 24))
        write_info(file, 0, "Segmentation Image", "second.h5/data", "zyx", (3, 20, 24))
    found = imported(path)
    assert found.missing == ()
    node = loaded(found.workflow).nodes["raw"]
    assert (node.path, node.axes) == ("../s_{z}.png", "yx")  # type: ignore[attr-defined]


def test_a_list_of_files_and_copied_data_say_how_to_go_on(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        put(file, f"{RAW}/filePath", b"a.png:b.png")
        place = "Input Data/infos/lane0000/Prediction Maps"
        put(file, f"{place}/location", b"ProjectInternal")
        put(file, f"{place}/__class__", b"")
    stack, inside = map(str, imported(path).missing)
    assert "a stack: a.png, b.png" in stack
    assert "--raw 'slices/{z}.png'" in stack
    assert "export them in ilastik" in inside


def test_a_training_image_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    (tmp_path / "second.h5").write_bytes(b"broken")
    found = imported(write_ilp(tmp_path / "p.ilp"))
    assert found.annotations.without_position == 2
    assert any(note.startswith("image 1: ") and "second.h5" in note for note in found.notes)


def test_a_channel_that_the_map_lacks_is_told(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        put(file, "ThresholdTwoLevels/Channel", 5)
    assert any("the project uses channel 5" in note for note in imported(path).notes)


# -- workflow and forest ------------------------------------------------------------------------


def test_the_data_range_is_said_only_where_the_file_does_not_say_it(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        put(file, "Input Data/infos/lane0000/Prediction Maps/drange", [0.0, 2.0])
    assert "value_range: [0, 2]" in imported(path).workflow
    write_image(tmp_path / "second.h5", prediction_map(), "yxc", drange=(0.0, 2.0))
    assert "value_range" not in imported(path).workflow


def test_the_stored_forest_becomes_a_trained_classifier(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    trained = imported(write_ilp(tmp_path / "p.ilp")).trained
    assert trained is not None
    classifier = trained.classifiers[CLASSIFIER]
    assert problems(CLASSIFIER, classifier) == []
    assert classifier.colors == ("#ff0000", "#0080ff")
    assert trained.provenance["ilastik"] == "1.4.0"


def test_without_a_forest_the_workflow_trains_from_its_annotations(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    found = imported(write_ilp(tmp_path / "p.ilp", forest=False))
    assert found.trained is None
    node = loaded(found.workflow).nodes[CLASSIFIER]
    assert node.annotations == "annotations.csv"  # type: ignore[attr-defined]


def test_a_forest_that_cannot_be_used_is_left_out_and_said(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    features = {STANDARD: ["Count", "Mean", "Sum"]}
    found = imported(write_ilp(tmp_path / "p.ilp", features=features))
    assert found.trained is None
    assert any("the stored forest is not used" in note for note in found.notes)
    loaded(found.workflow)


def test_a_project_file_needs_none_of_the_training_images(tmp_path: Path) -> None:
    project = project_file(read_ilp(write_ilp(tmp_path / "p.ilp")))
    assert list(project.classifiers) == [CLASSIFIER]
    assert list(loaded(project.workflow).nodes)[:3] == ["raw", "probabilities", "nuclei"]


def test_a_project_file_without_a_forest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no trained forest"):
        project_file(read_ilp(write_ilp(tmp_path / "p.ilp", forest=False)))


# -- label images -------------------------------------------------------------------------------


def test_a_stored_label_image_may_lie_in_several_blocks(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        place = "ObjectExtraction/LabelImage_v2/labelimage000"
        for k, (start, stop) in enumerate(((0, 10), (10, 24))):
            block = ids().T[None, start:stop, :, None, None]
            file[f"{place}/block{k}"] = block
            file[f"{place}/block{k}"].attrs["blockSlice"] = f"[0:1,{start}:{stop},0:20,0:1,0:1]"
    np.testing.assert_array_equal(stored_label_image(path, 0, 0), ids())
    with h5py.File(path, "r+") as file:
        del file[f"{place}/block0"]
    assert stored_label_image(path, 0, 0) is None
    assert stored_label_image(path, 0, 1) is None
    assert stored_label_image(path, 1, 0) is None


def test_the_label_image_variant_stores_a_block_a_frame(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp", "label_image")
    with h5py.File(path, "r+") as file:
        for t in range(2):
            place = f"ObjectExtraction/RelabelData/ImageLane000/block{t:04}/array"
            file[place] = (ids() * t)[None, None, :, :, None]
    np.testing.assert_array_equal(stored_label_image(path, 0, 1), ids())


def test_ids_are_renumbered_by_first_appearance_and_pieces_stay_together() -> None:
    given = np.array([[0, 7, 7, 3], [3, 0, 2**40, 7]], np.uint64)
    expected = [[0, 1, 1, 2], [2, 0, 3, 1]]
    np.testing.assert_array_equal(by_appearance(given), expected)
    np.testing.assert_array_equal(by_appearance(np.array([[5, 5]])), [[1, 1]])
    np.testing.assert_array_equal(by_appearance(np.zeros((2, 2), np.uint8)), np.zeros((2, 2)))


def test_the_drawn_objects_have_the_sizes_said_of_them() -> None:
    assert {k: int((ids() == k).sum()) for k in BOXES} == SIZES
