"""Projects of ilastik on the command line: batch, import, headless and ``project show``.

The projects are those of ``written_ilp``: three objects of 20, 36 and 9 voxels with the
values 10, 50 and 90; two trees say (¾, ¼), (0, 1) and (½, ½).
"""

from __future__ import annotations

import csv
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from commands import Answer, objclass
from numpy.typing import NDArray
from written_ilp import (
    SPHERICAL,
    STANDARD,
    ids,
    prediction_map,
    put,
    raw,
    write_features,
    write_forest,
    write_ilp,
    write_image,
    write_info,
    write_inputs,
)

SECOND = {
    "prediction_map": ("--prediction-map", "--prediction_maps"),
    "segmentation": ("--segmentation", "--segmentation_image"),
    "label_image": ("--label-image", "--label_image"),
}
FIXED = [
    "object_id", "timestep", "labelimage_oid", "User Label", "Predicted Class",
    "Probability of small", "Probability of large",
]  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a project and its images, in which commands are typed."""
    monkeypatch.chdir(tmp_path)
    write_ilp(Path("p.ilp"))
    write_inputs(Path())
    return tmp_path


def batch(*more: object, project: str = "p.ilp", variant: str = "prediction_map") -> Answer:
    """Run a batch on ``raw.h5`` and ``second.h5`` into ``out``."""
    second = SECOND[variant][0]
    return objclass(
        "batch", project, "--raw", "raw.h5/data", second, "second.h5/data", "--out", "out",
        "--names", "ilastik", "--format", "h5", *more,
    )  # fmt: skip


def headless(*more: object, variant: str = "prediction_map") -> Answer:
    """Type ilastik's own options for ``raw.h5`` and ``second.h5``."""
    second = SECOND[variant][1]
    return objclass(
        "headless", "--project=p.ilp", "--raw_data=raw.h5/data", f"{second}=second.h5/data", *more
    )


def table(path: Path | str = "out/raw-data_table.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines()))


def image(path: Path | str, name: str = "exported_data") -> tuple[NDArray[Any], str]:
    """Return voxels and axis letters."""
    with h5py.File(path) as file:
        tags = json.loads(file[name].attrs["axistags"])["axes"]
        return file[name][()], "".join(tag["key"] for tag in tags)


# batch


@pytest.mark.parametrize("variant", list(SECOND))
def test_a_project_classifies_from_a_map_a_segmentation_or_a_label_image(variant: str) -> None:
    write_ilp(Path("p.ilp"), variant)
    write_inputs(Path(), variant)
    results = "identities,predictions,probabilities,uncertainty,table"
    answer = batch("--export", results, variant=variant)
    assert (answer.code, answer.err) == (0, "")
    rows = table()
    assert list(rows[0])[:7] == FIXED
    assert [row["Predicted Class"] for row in rows] == ["small", "large", "small"]
    assert [row["Probability of small"] for row in rows] == ["0.75", "0.0", "0.5"]
    assert [float(row["Size in pixels"]) for row in rows] == [20, 36, 9]
    assert [float(row["Mean Intensity"]) for row in rows] == [10, 50, 90]
    assert {row["User Label"] for row in rows} == {"0"}
    shown = {
        kind: image(f"out/raw-data_Object {kind}.h5")
        for kind in ("Identities", "Predictions", "Probabilities", "Uncertainty")
    }
    assert {axes for _, axes in shown.values()} == {"yxc"}
    dtypes = [str(voxels.dtype) for voxels, _ in shown.values()]
    assert dtypes == ["uint32", "uint8", "float32", "float32"]
    np.testing.assert_array_equal(shown["Identities"][0][..., 0], ids())
    by_id = {"Predictions": [0, 1, 2, 1], "Uncertainty": [0, 0.5, 0, 1]}
    for kind, values in by_id.items():
        np.testing.assert_array_equal(shown[kind][0][..., 0], np.array(values)[ids()])
    np.testing.assert_array_equal(
        shown["Probabilities"][0], np.array([[0, 0], [0.75, 0.25], [0, 1], [0.5, 0.5]])[ids()]
    )


def test_ids_of_a_label_image_are_replaced_and_shown() -> None:
    """As ilastik does; the table says which id the object had in its file."""
    write_ilp(Path("p.ilp"), "label_image")
    write_inputs(Path())
    numbers = np.array([0, 2**31 + 5, 7, 40], np.uint32)
    write_image(Path("second.h5"), numbers[ids()], "yx")
    assert batch("--export", "identities,table", variant="label_image").code == 0
    rows = table()
    assert list(rows[0])[-1] == "original_oid"
    assert [row["original_oid"] for row in rows] == ["2147483653", "7", "40"]
    np.testing.assert_array_equal(image("out/raw-data_Object Identities.h5")[0][..., 0], ids())


def test_only_objects_of_label_images_have_another_id() -> None:
    assert batch("--export", "table").code == 0
    assert "original_oid" not in table()[0]


def test_an_image_without_objects_gives_the_header_of_the_table() -> None:
    """ilastik calls the first columns f0 to f4 there."""
    full = batch("--export", "table")
    header = Path("out/raw-data_table.csv").read_text().splitlines()[0]
    write_image(Path("second.h5"), np.zeros((20, 24, 2), np.float32), "yxc")
    results = "identities,predictions,probabilities,table"
    answer = batch("--export", results, "--overwrite")
    assert (full.code, answer.code, answer.err) == (0, 0, "")
    assert Path("out/raw-data_table.csv").read_text().splitlines() == [header]
    for kind in ("Identities", "Predictions", "Probabilities"):
        assert not image(f"out/raw-data_Object {kind}.h5")[0].any()


def test_frames_without_objects_stay_empty_and_the_others_are_numbered_on() -> None:
    second = np.stack([np.zeros((20, 24, 2), np.float32), prediction_map(), prediction_map()])
    second[2, 15:] = 0
    write_image(Path("second.h5"), second, "tyxc")
    write_image(Path("raw.h5"), np.stack([raw()] * 3), "tyx")
    with h5py.File("p.ilp", "r+") as file:
        write_info(file, 0, "Raw Data", "raw.h5/data", "tyx", (3, 20, 24))
        write_info(file, 0, "Prediction Maps", "second.h5/data", "tyxc", (3, 20, 24, 2))
    answer = batch("--export", "identities,predictions,table")
    assert (answer.code, answer.err) == (0, "")
    rows = table()
    assert [row["object_id"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert [row["timestep"] for row in rows] == ["1", "1", "1", "2", "2"]
    assert [row["labelimage_oid"] for row in rows] == ["1", "2", "3", "1", "2"]
    found, axes = image("out/raw-data_Object Identities.h5")
    assert axes == "tyxc"
    assert [int(frame.max()) for frame in found] == [0, 3, 2]


def test_a_volume_is_classified_in_the_axis_order_of_its_map() -> None:
    raw3 = np.stack([raw()] * 3)
    second = np.stack([prediction_map()] * 3)
    write_image(Path("raw.h5"), raw3.transpose(2, 1, 0), "xyz")
    write_image(Path("second.h5"), second.transpose(3, 0, 1, 2), "czyx")
    with h5py.File("p.ilp", "r+") as file:
        write_info(file, 0, "Raw Data", "raw.h5/data", "xyz", (24, 20, 3))
        write_info(file, 0, "Prediction Maps", "second.h5/data", "czyx", (2, 3, 20, 24))
    answer = batch("--export", "identities,table")
    assert (answer.code, answer.err) == (0, "")
    rows = table()
    assert [float(row["Size in pixels"]) for row in rows] == [60, 108, 27]
    assert [float(row["Bounding Box Maximum_2"]) for row in rows] == [3, 3, 3]
    found, axes = image("out/raw-data_Object Identities.h5")
    assert axes == "czyx"
    np.testing.assert_array_equal(found[0], np.stack([ids()] * 3))


def test_the_core_level_may_be_below_the_other_one() -> None:
    """ilastik takes them as they are: every object then holds a core."""
    with h5py.File("p.ilp", "r+") as file:
        put(file, "ThresholdTwoLevels/CurOperator", 1)
        put(file, "ThresholdTwoLevels/HighThreshold", 0.3)
    answer = batch("--export", "identities")
    assert (answer.code, answer.err) == (0, "")
    np.testing.assert_array_equal(image("out/raw-data_Object Identities.h5")[0][..., 0], ids())


def test_a_project_needs_none_of_its_training_images(here: Path) -> None:
    (here / "other").mkdir()
    Path("p.ilp").rename("other/p.ilp")
    answer = batch("--export", "table", project="other/p.ilp")
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize("path", ["C:\\data\\raw.h5/data", "\\\\server\\share\\raw.h5/data"])
def test_paths_of_windows_do_not_matter_in_batch(path: str) -> None:
    with h5py.File("p.ilp", "r+") as file:
        put(file, "Input Data/infos/lane0000/Raw Data/filePath", path.encode())
    answer = batch("--export", "table")
    assert (answer.code, answer.err) == (0, "")
    assert len(table()) == 3


def test_an_image_with_other_channels_than_in_training_fails_by_name() -> None:
    write_image(Path("raw.h5"), np.stack([raw()] * 2, axis=-1), "yxc")
    with h5py.File("p.ilp", "r+") as file:
        write_info(file, 0, "Raw Data", "raw.h5/data", "yx", (20, 24))
    answer = batch("--export", "table")
    assert answer.code == 1
    assert "raw" in answer.out
    assert "Traceback" not in answer.out + answer.err


def textured(file: h5py.File) -> None:
    """The forest says small where the circular spectrum's second value is below 0.1."""
    for where in ("ObjectExtraction/Features", "ObjectClassification/SelectedFeatures"):
        chosen = {SPHERICAL: ["Circular Polarization Direction", "Circular Spectrum"]}
        write_features(file, where, chosen, (2, 2))
    table = ({"file type": "csv", "file path": "{dataset_dir}/{nickname}.csv"}, TEXTURED)
    put(file, "ObjectClassification/ExportSettings", np.void(pickle.dumps(table, 0)))
    file["ObjectClassification/ExportSettings"].attrs["version"] = 1
    del file["ObjectClassification/ClassifierForests"]
    topology = (23, 2, 0, 0, 7, 9, 2, 0x40000000, 2, 0x40000000, 5)
    leaves = (1.0, 0.1, 5.0, 1.0, 0.0, 5.0, 0.0, 1.0)
    write_forest(file, [(topology, leaves)], columns=23)


TEXTURED = ["Circular Texture", "Circular Polarization Direction"]


def sloping() -> NDArray[np.uint8]:
    """Objects 1 and 3 brighten along x; 2, with what lies around it, is even."""
    image = np.broadcast_to(np.arange(24, dtype=np.uint8) * 10, (20, 24)).copy()
    image[6:17, 8:19] = 50
    return image


@pytest.mark.parametrize("command", ["batch", "headless", "import"])
def test_a_forest_on_spherical_texture_runs(command: str) -> None:
    with h5py.File("p.ilp", "r+") as file:
        textured(file)
    write_image(Path("raw.h5"), sloping(), "yx")
    if command == "import":
        answer = objclass("import", "p.ilp", "-o", "new")
        assert (answer.code, answer.err) == (0, "")
        assert "not used" not in answer.out
        assert Path("new/ilastik_forest.objclass.h5").exists()
        return
    answer = batch("--export", "table") if command == "batch" else headless()
    assert (answer.code, answer.err) == (0, "")
    rows = table("out/raw-data_table.csv" if command == "batch" else "raw-data_table.csv")
    titles = {"Circular Polarization Direction", *(f"Circular Texture_{k}" for k in range(20))}
    assert titles <= set(rows[0])
    assert [row["Predicted Class"] for row in rows] == ["large", "small", "large"]
    assert [float(row["Circular Texture_1"]) > 0.1 for row in rows] == [True, False, True]
    assert float(rows[1]["Circular Texture_1"]) == 0.0


# refused, with the way on


def early_texture(file: h5py.File) -> None:
    for where in ("ObjectExtraction/Features", "ObjectClassification/SelectedFeatures"):
        write_features(file, where, {"Spherical Texture": ["spherical_texture"]})


def strange_plugin(file: h5py.File) -> None:
    for where in ("ObjectExtraction/Features", "ObjectClassification/SelectedFeatures"):
        write_features(file, where, {"My Plugin": ["wiggliness"]})


def too_few_columns(file: h5py.File) -> None:
    put(file, "ObjectClassification/ClassifierForests/Forest0000/_ext_param/column_count_", [7.0])


def no_forest(file: h5py.File) -> None:
    del file["ObjectClassification/ClassifierForests"]


def atlas(file: h5py.File) -> None:
    write_info(file, 0, "Atlas", "atlas.h5/data", "yx", (20, 24))


def pixels(file: h5py.File) -> None:
    put(file, "workflowName", b"Pixel Classification")


def called_background(file: h5py.File) -> None:
    """A class has the name of something else."""
    names = file["ObjectClassification/LabelNames"]
    attributes = dict(names.attrs)
    del file["ObjectClassification/LabelNames"]
    file["ObjectClassification/LabelNames"] = [b"Background", b"large"]
    file["ObjectClassification/LabelNames"].attrs.update(attributes)


def test_a_class_that_means_something_else_is_renamed_on_import(here: Path) -> None:
    with h5py.File(here / "p.ilp", "r+") as file:
        called_background(file)
    answer = objclass("import", "p.ilp", "-o", "new", "--no-run")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "'Background' is no class: it means voxels that belong to no object; "
        "add for example --rename Background=background_class\n"
    )
    assert not (here / "new").exists()
    given = ("import", "p.ilp", "-o", "new", "--no-run", "--rename")
    assert "there is no such class" in objclass(*given, "small=debris").err
    assert "another class is called so" in objclass(*given, "Background=large").err
    assert objclass(*given, "Background=debris").code == 0
    assert "debris" in (here / "new/workflow.yaml").read_text()
    assert "Background" not in (here / "new/annotations.csv").read_text()


def calling(file: h5py.File) -> None:
    put(file, "ObjectClassification/ExportSettings", np.void(b"cos\nsystem\n(S'touch x'\ntR."))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (early_texture, ["'spherical_texture' of Spherical Texture", "in ilastik"]),
        (strange_plugin, ["plugin 'My Plugin' (wiggliness)", "in ilastik"]),
        (too_few_columns, ["7 columns in the forest, 2 of the features", "objclass import"]),
        (no_forest, ["no trained forest", "objclass import"]),
        (atlas, ["Atlas", "remove the atlas"]),
        (pixels, ["'Pixel Classification'", "prediction maps"]),
        (calling, ["ExportSettings"]),
    ],
)
@pytest.mark.parametrize("command", [batch, headless])
def test_what_cannot_be_run_is_refused_by_name_with_the_way_on(
    command: Any, change: Any, said: list[str]
) -> None:
    with h5py.File("p.ilp", "r+") as file:
        change(file)
    answer = command()
    assert answer.code == 2
    assert answer.out == ""
    assert all(words in answer.err for words in said), answer.err
    assert not Path("out").exists()
    assert not Path("x").exists()


def cut_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


def overwritten(data: bytes) -> bytes:
    return data[:2000] + b"\xff" * 400 + data[2400:]


@pytest.mark.parametrize("spoil", [cut_short, overwritten, lambda _: b"", lambda _: b"text"])
@pytest.mark.parametrize(
    "words",
    [
        ("batch", "p.ilp", "--raw", "raw.h5/data", "--out", "out"),
        ("headless", "--project=p.ilp", "--raw_data=raw.h5/data"),
        ("import", "p.ilp", "-o", "out"),
        ("project", "show", "p.ilp"),
    ],
)
def test_a_spoilt_project_gives_one_message(words: tuple[str, ...], spoil: Any) -> None:
    Path("p.ilp").write_bytes(spoil(Path("p.ilp").read_bytes()))
    answer = objclass(*words)
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    assert "p.ilp" in answer.err
    assert not Path("out").exists()


# import


def test_imported_annotations_know_their_image_from_others() -> None:
    assert objclass("import", "p.ilp", "-o", "new", "--no-run").code == 0
    workflow, text = Path("new/workflow.yaml"), Path("new/workflow.yaml").read_text()
    shutil.copy("raw.h5", "renamed.h5")
    write_image(Path("other.h5"), raw() + np.uint8(1), "yx")
    for name, says in (
        ("raw", "2 of 2 annotations valid\n"),
        ("renamed", "2 of 2 annotations valid\n"),
        ("other", "0 of 2 annotations valid; 2 made on another image\n"),
    ):
        workflow.write_text(text.replace("raw.h5", f"{name}.h5"))
        answer = objclass("annotations", "status", workflow)
        assert says in answer.out, name
    assert objclass("run", workflow).code == 1


def test_an_import_writes_a_workflow_runs_it_and_tells_how_far_it_agrees() -> None:
    answer = objclass("import", "p.ilp", "-o", "new")
    assert (answer.code, [line for line in answer.err.splitlines() if "mistake" in line]) == (0, [])
    names = ("workflow.yaml", "annotations.csv", "ilastik_forest.objclass.h5")
    assert answer.lines[:3] == [f"wrote   new/{name}" for name in names]
    assert answer.lines[-1].startswith("3 of 3 objects get the class that the forest of ilastik")
    workflow = Path("new/workflow.yaml").read_text()
    for node in ("raw", "probabilities", "nuclei", "features", "classes", "predicted", "save"):
        assert f"\n  {node}:" in workflow
    assert "compatibility: ilastik" in workflow
    annotations = Path("new/annotations.csv").read_text().splitlines()
    assert annotations[0] == "image,y,x,class,object,size,stamp,image_digest,by"
    assert annotations[1].startswith("raw,3,4,small,1,20,o")
    again = objclass("run", "new/workflow.yaml")
    assert again.code == 0
    assert "cached" in again.out


def test_the_imported_forest_classifies_as_the_project_does() -> None:
    assert objclass("import", "p.ilp", "-o", "new", "--no-run").code == 0
    assert batch("--export", "table").code == 0
    expected = Path("out/raw-data_table.csv").read_text()
    answer = batch("--export", "table", "--overwrite", project="new/ilastik_forest.objclass.h5")
    assert (answer.code, answer.err) == (0, "")
    assert Path("out/raw-data_table.csv").read_text() == expected


def test_an_import_overwrites_nothing() -> None:
    assert objclass("import", "p.ilp", "-o", "new", "--no-run").code == 0
    before = {path.name: path.read_bytes() for path in Path("new").iterdir()}
    answer = objclass("import", "p.ilp", "-o", "new", "--no-run")
    assert answer.code == 2
    assert "-o" in answer.err
    assert {path.name: path.read_bytes() for path in Path("new").iterdir()} == before


def test_an_import_says_which_images_it_did_not_find() -> None:
    Path("raw.h5").rename("moved.h5")
    answer = objclass("import", "p.ilp", "-o", "new")
    assert answer.code == 0
    (missing,) = [line for line in answer.lines if line.startswith("missing:")]
    assert "Raw Data" in missing
    assert "raw.h5/data" in missing
    assert "--raw" in missing
    assert answer.lines[-1] == "next    objclass run new/workflow.yaml"


def test_lost_images_may_be_named() -> None:
    Path("raw.h5").rename("moved.h5")
    Path("second.h5").rename("map.h5")
    answer = objclass(
        "import", "p.ilp", "-o", "new", "--raw", "moved.h5/data", "--prediction-map", "map.h5/data"
    )
    assert answer.code == 0
    assert "missing" not in answer.out
    assert "path: ../moved.h5/data" in Path("new/workflow.yaml").read_text()
    assert answer.lines[-1].startswith("3 of 3 objects")


def test_a_project_without_a_forest_is_trained_from_its_annotations() -> None:
    write_ilp(Path("p.ilp"), forest=False)
    answer = objclass("import", "p.ilp", "-o", "new")
    assert answer.code == 0
    assert not Path("new/ilastik_forest.objclass.h5").exists()
    assert Path("new/workflow.objclass.h5").exists()
    assert "forest of ilastik" not in answer.out


def test_a_forest_that_does_not_fit_is_left_out_and_the_workflow_trains_anew() -> None:
    with h5py.File("p.ilp", "r+") as file:
        too_few_columns(file)
    answer = objclass("import", "p.ilp", "-o", "new")
    assert answer.code == 0, answer.err
    assert "note: the stored forest is not used" in answer.out
    assert "the forest does not fit" in " ".join(answer.out.split())
    assert Path("new/workflow.objclass.h5").exists()


# headless


def test_headless_writes_where_ilastik_writes_by_default(here: Path) -> None:
    answer = headless()
    assert (answer.code, answer.err) == (0, "")
    found, axes = image("raw-data_Object Predictions.h5")
    assert (axes, str(found.dtype)) == ("yxc", "uint8")
    assert len(table("raw-data_table.csv")) == 3
    assert f"wrote   {here / 'raw-data_table.csv'}" in answer.lines


@pytest.mark.parametrize("variant", list(SECOND))
def test_headless_takes_every_variant_by_its_own_option(variant: str) -> None:
    write_ilp(Path("p.ilp"), variant)
    write_inputs(Path(), variant)
    assert headless(variant=variant).code == 0
    assert Path("raw-data_Object Predictions.h5").exists()


@pytest.mark.parametrize(
    ("source", "dtype"),
    [
        ("Object Predictions", "uint8"),
        ("Object Probabilities", "float32"),
        ("Object Identities", "uint32"),
        ("Object Uncertainty", "float32"),
    ],
)
def test_headless_exports_every_source(source: str, dtype: str) -> None:
    assert headless(f"--export_source={source}").code == 0
    found, axes = image(f"raw-data_{source}.h5")
    assert (axes, str(found.dtype)) == ("yxc", dtype)


def test_headless_writes_name_dataset_type_axes_and_region_as_told() -> None:
    """The region is x 2 to 10 and y 3 to 12."""
    answer = headless(
        "--export_source", "Object Identities", "--output_format=hdf5",
        "--output_filename_format={dataset_dir}/made/{nickname}-{result_type}.h5",
        "--output_internal_path=a/b", "--export_dtype=uint16", "--output_axis_order=cxy",
        "--cutout_subregion=[(None,2,3,None,None),(None,10,12,None,None)]",
        "--table_filename=tables/{nickname}.csv", "--readonly=1", "--input_axes=yx,yxc",
    )  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    found, axes = image("made/raw-data-Object Identities.h5", "a/b")
    assert (axes, str(found.dtype)) == ("cxy", "uint16")
    np.testing.assert_array_equal(found[0], ids()[3:12, 2:10].T)
    assert [row["labelimage_oid"] for row in table("tables/raw-data_table.csv")] == ["1", "2", "3"]


@pytest.mark.parametrize(("form", "suffix"), [("numpy", ".npy"), ("multipage tiff", ".tiff")])
def test_headless_writes_other_formats(form: str, suffix: str) -> None:
    assert headless(f"--output_format={form}").code == 0
    assert Path(f"raw-data_Object Predictions{suffix}").exists()


def test_headless_may_write_the_table_alone() -> None:
    assert headless("--table_only").code == 0
    assert Path("raw-data_table.csv").exists()
    assert not list(Path().glob("*Object Predictions*"))


def test_headless_works_off_several_images() -> None:
    for name in ("a", "b"):
        write_image(Path(f"{name}.h5"), raw(), "yx")
    answer = objclass(
        "headless", "--headless", "--project", "p.ilp", "--raw_data", "a.h5/data", "b.h5/data",
        "--prediction_maps", "second.h5/data", "second.h5/data",
    )  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    for name in ("a", "b"):
        assert len(table(f"{name}-data_table.csv")) == 3
        assert Path(f"{name}-data_Object Predictions.h5").exists()


@pytest.mark.parametrize("axes", ["yx,yxc", "tyx,tyxc"])
def test_headless_stacks_a_glob_along_the_axis_asked_for(axes: str) -> None:
    """Axes may be those of one file or of the stack; the nickname loses the star."""
    for k in range(3):
        write_image(Path(f"frame{k}.h5"), raw(), "yx")
        write_image(Path(f"map{k}.h5"), prediction_map(), "yxc")
    answer = objclass(
        "headless", "--project=p.ilp", "--raw_data=frame*.h5/data",
        "--prediction_maps=map*.h5/data", "--stack_along=t", f"--input_axes={axes}",
    )  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    assert [row["timestep"] for row in table("frame-data_table.csv")] == list("000111222")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--atlas=a.h5", "--atlas is not supported"),
        ("--export_source=Simple Segmentation", "Simple Segmentation"),
        ("--output_format=jpeg", "'jpeg' is not supported"),
        ("--pipeline_result_drange=(0,1)", "has no effect without --export_drange"),
        ("--distributed", "--distributed is not supported"),
        ("--export_sorce=x", "export_source"),
        ("--cutout_subregion=[(0,0)]", "--cutout_subregion"),
        ("--export_dtype=complex64", "--export_dtype"),
        ("--segmentation_image=s.h5", "--segmentation_image: the project has no such input"),
    ],
)
def test_headless_refuses_by_name_what_it_does_not_do(option: str, said: str) -> None:
    before = set(Path().iterdir())
    answer = headless(option)
    assert answer.code == 2
    assert said in answer.err
    assert set(Path().iterdir()) == before


def test_headless_names_what_is_missing() -> None:
    assert "--prediction_maps is missing" in (
        objclass("headless", "--project=p.ilp", "--raw_data=raw.h5/data").err
    )
    Path("second.h5").unlink()
    answer = headless()
    assert answer.code == 2
    assert "second.h5" in answer.err


def test_headless_exports_what_ilastik_s_blocks_see_beside_a_table_of_whole_objects() -> None:
    """The project's block of 256 holds the image, so they are whole here too."""
    source = "--export_source=Blockwise Object Predictions"
    assert headless().code == headless(source).code == 0
    whole, axes = image("raw-data_Object Predictions.h5")
    found, same = image("raw-data_Blockwise Object Predictions.h5")
    assert axes == same
    np.testing.assert_array_equal(found, whole)
    assert len(table("raw-data_table.csv")) == 3


def test_headless_never_changes_the_project() -> None:
    before = Path("p.ilp").read_bytes()
    assert headless("--readonly=0").code == 0
    assert Path("p.ilp").read_bytes() == before


# show


def test_a_project_of_ilastik_shows_what_it_holds() -> None:
    with h5py.File("p.ilp", "r+") as file:
        put(file, "ThresholdTwoLevels/CurOperator", 1)
    Path("raw.h5").unlink()
    answer = objclass("project", "show", "p.ilp")
    assert answer.code == 0
    for line in (
        "project    p.ilp (ilastik 1.4.0)",
        "workflow   Object Classification (from prediction image)",
        "variant    objects from a prediction map",
        "image      Prediction Maps  second.h5/data  yxc  20 x 24 x 2  2 channels",
        "           Raw Data  raw.h5/data  yx  20 x 24  1 channel  (not here)",
        "threshold  Hysteresis",
        "           core channel 1  high 0.8",
        "           channel 1  threshold 0.5",
        "           size 5 to 1000",
        f"features   {STANDARD}  2: Count, Mean",
        "class      small  1 annotation  #ff0000",
        "forest     2 trees on 2 columns",
    ):
        assert line in answer.lines
    found = json.loads(objclass("project", "show", "p.ilp", "--json").out)
    assert found["variant"] == "prediction_map"
    assert found["threshold"]["high"] == 0.8
    assert found["images"][0]["Raw Data"]["found"] is False


def test_show_says_why_a_forest_cannot_be_used() -> None:
    with h5py.File("p.ilp", "r+") as file:
        early_texture(file)
    answer = objclass("project", "show", "p.ilp")
    assert answer.code == 0
    assert "not used: " in answer.out
    assert "Spherical Texture" in answer.out
    write_ilp(Path("p.ilp"), forest=False)
    assert "forest     none" in objclass("project", "show", "p.ilp").out
