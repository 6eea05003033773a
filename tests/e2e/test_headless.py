"""ilastik's own command line at its edges: names, cuts, ranges, sequences, and other files' axes.

The project and its images are those of ``written_ilp``: 20 x 24 voxels with three objects.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from commands import Answer, objclass
from numpy.typing import NDArray
from PIL import Image
from written_ilp import ids, prediction_map, put, raw, write_ilp, write_image, write_info

from objclass.ilastik.headless import UNSUPPORTED
from objclass.ilastik.outputs import UNSUPPORTED_FORMATS

PREDICTED = np.select([ids() == k for k in (1, 2, 3)], [1, 2, 1]).astype(np.uint8)
DEPTH = 4


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a project, and its images in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write_ilp(Path("p.ilp"))
    write_image(Path("in/raw.h5"), raw(), "yx")
    write_image(Path("in/second.h5"), prediction_map(), "yxc")
    return tmp_path


def headless(*more: object, project: str = "p.ilp") -> Answer:
    """Type ilastik's options for the images in the folder."""
    inputs = ("--raw_data=in/raw.h5/data", "--prediction_maps=in/second.h5/data")
    return objclass("headless", f"--project={project}", *inputs, *more)


def two(*more: object) -> Answer:
    """Type ilastik's options for two images of one name, in two folders."""
    for name in ("a", "b"):
        write_image(Path(f"{name}/raw.h5"), raw(), "yx")
        write_image(Path(f"{name}/second.h5"), prediction_map(), "yxc")
    inputs = ("--raw_data", "a/raw.h5/data", "b/raw.h5/data")
    seconds = ("--prediction_maps", "a/second.h5/data", "b/second.h5/data")
    return objclass("headless", "--project=p.ilp", *inputs, *seconds, *more)


def exported(path: Path | str, name: str = "exported_data") -> tuple[NDArray[Any], str]:
    """Return voxels and axis letters of an HDF5 file."""
    with h5py.File(path) as file:
        tags = json.loads(file[name].attrs["axistags"])["axes"]
        return file[name][()], "".join(tag["key"] for tag in tags)


def files() -> set[str]:
    """Every file there is."""
    return {str(path) for path in Path().rglob("*") if path.is_file()}


# --- where results go -----------------------------------------------------------------------


def test_maps_in_another_order_than_the_images_are_refused() -> None:
    inputs = ("--raw_data", "a.h5/data", "b.h5/data")
    seconds = ("--prediction_maps", "b_prob.h5/data", "a_prob.h5/data")
    answer = objclass("headless", "--project=p.ilp", *inputs, *seconds)
    assert answer.code == 2
    assert "a_prob.h5/data is named like a.h5/data, and given with b.h5/data" in answer.err


def test_two_images_in_one_file_are_refused_before_work() -> None:
    before = files()
    answer = two("--output_filename_format=out/{nickname}.h5", "--table_filename=out/t.csv")
    assert answer.code == 2
    folder = Path.cwd() / "out"
    assert answer.err.splitlines() == [
        f"2 results would be one file; got {folder}/t_table.csv for raw-data, raw-data; put "
        "{nickname} or {dataset_dir} into --table_filename",
        f"2 results would be one file; got {folder}/raw-data.h5 for raw-data, raw-data; put "
        "{nickname} or {dataset_dir} into --output_filename_format",
    ]
    assert {name for name in files() - before if not name.startswith(("a/", "b/"))} == set()


def test_the_folder_of_the_image_tells_them_apart() -> None:
    assert two("--export_source=Object Identities").code == 0
    for name in ("a", "b"):
        assert Path(f"{name}/raw-data_Object Identities.h5").exists()
        assert Path(f"{name}/raw-data_table.csv").exists()


def test_nothing_is_written_beside_the_input_that_was_not_asked_for() -> None:
    before = files()
    names = "--output_filename_format=out/{nickname}", "--table_filename=out/{nickname}.csv"
    assert headless(*names).code == 0
    assert files() - before == {"out/raw-data.h5", "out/raw-data_table.csv"}


def test_a_tilde_is_the_home_folder(here: Path) -> None:
    names = "--output_filename_format=~/r/{nickname}.h5", "--table_filename=~/r/t.csv"
    assert headless(*names).code == 0
    assert {path.name for path in (here / "home/r").iterdir()} == {"raw-data.h5", "t_table.csv"}
    assert not Path("~").exists()


def test_placeholders_stand_in_the_path_inside_the_file_too() -> None:
    answer = headless(
        "--output_internal_path={nickname}/{result_type}", "--output_filename_format=o.h5"
    )
    assert answer.code == 0
    found, _ = exported("o.h5", "raw-data/Object Predictions")
    np.testing.assert_array_equal(found[..., 0], PREDICTED)


def test_a_name_may_hold_the_region() -> None:
    region = "--cutout_subregion=[(0,2,3,0,0),(1,9,None,1,1)]"
    pattern = "--output_filename_format=o/{nickname}_{roi}_{x_start}-{x_stop}_{y_stop}"
    assert headless(region, pattern).code == 0
    found, _ = exported("o/raw-data_[(3, 2, 0), (20, 9, 1)]_2-9_20.h5")
    np.testing.assert_array_equal(found[..., 0], PREDICTED[3:20, 2:9])


def test_a_table_alone_that_nobody_set_up_is_refused() -> None:
    with h5py.File("p.ilp", "r+") as file:
        del file["ObjectClassification/ExportSettings"]
    answer = headless("--table_only")
    assert answer.code == 2
    assert answer.err == (
        "--table_only: the project exports no table; add --table_filename=NAME.csv\n"
    )


# --- what is written ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64"]
)
@pytest.mark.parametrize("form", ["hdf5", "numpy"])
def test_every_type_of_ilastik_is_written(dtype: str, form: str) -> None:
    answer = headless(
        f"--export_dtype={dtype}", f"--output_format={form}", "--output_filename_format=o"
    )
    assert answer.code == 0, answer.err
    found = np.load("o.npy") if form == "numpy" else exported("o.h5")[0]
    assert found.dtype == dtype
    np.testing.assert_array_equal(found[..., 0], PREDICTED)


@pytest.mark.parametrize(
    ("region", "says"),
    [
        ("[(0,100,0,0,0),(1,120,20,1,1)]", "axis x does not lie in the image; got [100, 120]"),
        ("[(0,2,0,0,0),(1,500,20,1,1)]", "axis x does not lie in the image; got [2, 500]"),
        ("[(0,None,20,0,0),(1,None,None,1,1)]", "axis y does not lie in the image; got [20, 20]"),
        ("[(0,0,0,3,0),(1,None,None,4,1)]", "the image has no axis z; got (3, 4)"),
    ],
)
def test_a_cut_outside_the_image_is_refused_before_work(region: str, says: str) -> None:
    before = files()
    answer = headless(f"--cutout_subregion={region}")
    assert answer.code == 2
    assert says in answer.err
    assert files() == before


def test_probabilities_become_8_bit_as_ilastik_s_pages_say() -> None:
    """The trees say 3/4, 0 and 1/2 for the class small: 191.25, 0 and 127.5 of 255."""
    answer = headless(
        "--export_source=Object Probabilities", "--export_dtype=uint8",
        "--pipeline_result_drange=(0.0,1.0)", "--export_drange=(0,255)",
        "--output_filename_format=o.h5",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    found, axes = exported("o.h5")
    assert (axes, found.dtype) == ("yxc", np.uint8)
    small = np.select([ids() == k for k in (1, 2, 3)], [191, 0, 128])
    np.testing.assert_array_equal(found[..., 0], small)
    with h5py.File("o.h5") as file:
        assert file["exported_data"].attrs["drange"].tolist() == [0, 255]


def test_values_that_leave_the_type_are_refused_not_wrapped() -> None:
    answer = headless(
        "--export_dtype=uint8", "--pipeline_result_drange=(0,1)", "--export_drange=(0,255)"
    )
    assert answer.code == 1
    assert "the values do not fit uint8; got int64 from 0 to 510" in answer.err


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--export_drange=(0,255)", "--export_drange has no effect without --pipeline_result_d"),
        ("--pipeline_result_drange=(0,1)", "has no effect without --export_drange; add --export"),
        ("--export_drange=(1,0)", "--export_drange; got '(1,0)'; expected (low,high), low first"),
        ("--export_drange=3", "expected (low,high), low first"),
    ],
)
def test_ranges_come_in_pairs_that_rise(option: str, says: str) -> None:
    answer = headless(option)
    assert answer.code == 2
    assert says in answer.err


# --- volumes and sequences ------------------------------------------------------------------


@pytest.fixture
def volume() -> None:
    """The project and its images in 3D: the objects lie in planes 1 and 2 of 4."""
    with h5py.File("p.ilp", "r+") as file:
        write_info(file, 0, "Raw Data", "raw.h5/data", "zyx", (DEPTH, 20, 24))
        write_info(file, 0, "Prediction Maps", "s.h5/data", "zyxc", (DEPTH, 20, 24, 2))
    inside = np.stack([prediction_map()] * DEPTH)
    inside[[0, 3]] = (1, 0)
    write_image(Path("in/raw.h5"), np.stack([raw()] * DEPTH), "zyx")
    write_image(Path("in/second.h5"), inside, "zyxc")


@pytest.mark.usefixtures("volume")
@pytest.mark.parametrize("name", ["o/{nickname}", "o/{nickname}_{slice_index}.png"])
def test_a_sequence_is_one_picture_a_plane(name: str) -> None:
    answer = headless(
        "--export_source=Object Identities", "--output_format=png sequence",
        f"--output_filename_format={name}",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert {path.name for path in Path("o").iterdir()} == {
        f"raw-data_{k}.png" for k in range(DEPTH)
    }
    for k in range(DEPTH):
        plane = ids() if k in (1, 2) else 0 * ids()
        np.testing.assert_array_equal(np.asarray(Image.open(f"o/raw-data_{k}.png")), plane)


@pytest.mark.usefixtures("volume")
def test_a_sequence_of_a_cut_has_its_planes_only() -> None:
    answer = headless(
        "--output_format=tif sequence", "--output_filename_format=o/p",
        "--cutout_subregion=[(0,2,3,1,0),(1,9,10,3,1)]",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert {path.name for path in Path("o").iterdir()} == {"p_1.tif", "p_2.tif"}


def test_a_sequence_of_a_plane_is_one_file() -> None:
    assert headless("--output_format=png sequence", "--output_filename_format=o").code == 0
    np.testing.assert_array_equal(np.asarray(Image.open("o_0.png")), PREDICTED)


# --- axes of other files --------------------------------------------------------------------


@pytest.fixture
def stacked_in_training() -> None:
    """The project was trained on slices that ilastik stacked along z."""
    with h5py.File("p.ilp", "r+") as file:
        shapes = {"Raw Data": ("zyx", (DEPTH, 20, 24)), "Prediction Maps": ("zyxc", (4, 20, 24, 2))}
        for role, (axes, shape) in shapes.items():
            write_info(file, 0, role, "slices/*.png", axes, shape)


def batch(*more: object) -> Answer:
    """Classify ``raw.npy`` and ``second.npy``."""
    inputs = ("--raw", "in/raw.npy", "--prediction-map", "in/second.npy")
    return objclass("batch", "p.ilp", *inputs, "--out", "out", *more)


def npy(name: str, voxels: NDArray[Any]) -> None:
    np.save(f"in/{name}.npy", voxels)


@pytest.mark.usefixtures("volume", "stacked_in_training")
def test_a_project_trained_on_slices_classifies_a_volume() -> None:
    """HDF5 names its axes; NPY does not, and has those of the whole training image."""
    assert headless("--table_filename=t.csv", "--table_only").code == 0
    npy("raw", exported("in/raw.h5", "data")[0])
    npy("second", exported("in/second.h5", "data")[0])
    answer = batch()
    assert answer.code == 0, answer.out + answer.err
    rows = list(csv.DictReader(Path("out/raw_objects.csv").read_text().splitlines()))
    assert [row["object"] for row in rows] == ["1", "2", "3"]
    assert "z" in rows[0]


@pytest.mark.usefixtures("volume", "stacked_in_training")
def test_and_it_classifies_slices_again() -> None:
    for k in range(DEPTH):
        np.save(f"in/r{k}.npy", exported("in/raw.h5", "data")[0][k])
        np.save(f"in/s{k}.npy", exported("in/second.h5", "data")[0][k])
    inputs = ("--raw", "in/r{z}.npy", "--prediction-map", "in/s{z}.npy")
    answer = objclass("batch", "p.ilp", *inputs, "--out", "out")
    assert answer.code == 0, answer.out + answer.err
    assert "3 objects" in answer.out


def copied_into_the_project() -> None:
    """Data that were copied into the project have no path."""
    with h5py.File("p.ilp", "r+") as file:
        for role in ("Raw Data", "Prediction Maps"):
            place = f"Input Data/infos/lane0000/{role}"
            put(file, f"{place}/__class__", b"ProjectInternalDatasetInfo")
            put(file, f"{place}/inner_path", b"Input Data/local_data/x")
            put(file, f"{place}/filePath", b"")


def test_a_project_with_its_data_inside_classifies_other_files() -> None:
    copied_into_the_project()
    answer = headless("--output_filename_format=o.h5")
    assert answer.code == 0, answer.err
    np.testing.assert_array_equal(exported("o.h5")[0][..., 0], PREDICTED)
    inputs = ("--raw", "in/raw.h5", "--prediction-map", "in/second.h5")
    assert objclass("batch", "p.ilp", *inputs, "--out", "out").code == 0


def test_files_without_axes_that_are_unlike_training_are_refused_with_the_option() -> None:
    npy("raw", np.stack([raw()] * 2))
    npy("second", np.stack([prediction_map()] * 2))
    answer = batch()
    assert answer.code == 1
    says = (
        "node 'raw': raw.npy does not name its axes, and those of training do not fit; got "
        "shape (2, 20, 24), axes yx; expected letters of tczyx in file order; add for example "
        "{}"
    )
    assert says.format("--set raw.axes=zyx") in answer.out
    told = batch("--set", "raw.axes=tyx", "--set", "probabilities.axes=tyxc", "--overwrite")
    assert told.code == 0, told.out + told.err
    inputs = ("--raw_data=in/raw.npy", "--prediction_maps=in/second.npy")
    line = ("headless", "--project=p.ilp", *inputs, "--output_filename_format=o.h5")
    refused = objclass(*line)
    assert refused.code == 2
    assert says.format("--input_axes=zyx") in refused.err
    assert "--input_axes=None,zyxc" in refused.err
    assert objclass(*line, "--input_axes=tyx,tyxc").code == 0


def test_axes_that_were_told_are_never_put_aside() -> None:
    answer = headless("--input_axes=zyx,zyxc")
    assert answer.code == 2
    assert "axes zyx do not fit the file; got shape (20, 24)" in answer.err
    assert "add for example --input_axes=yx\n" in answer.err


# --- advice ---------------------------------------------------------------------------------


def test_no_refusal_advises_an_option_that_does_not_exist() -> None:
    advice = [*UNSUPPORTED.values(), *UNSUPPORTED_FORMATS.values()]
    assert not [text for text in advice if "--workers" in text or "--shard" in text]
