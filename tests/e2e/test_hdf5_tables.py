"""``table: t.h5``: the table that ilastik's manual shows, with images of its objects beside it."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
from commands import Answer, objclass
from written_ilp import BOXES, put, raw, write_ilp, write_inputs

from workflows import LARGE, SMALL, flat, several, write_raw

SIZES = [20, 36, 9]


@pytest.fixture
def ilp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of ilastik with its inputs beside it, in the working folder."""
    monkeypatch.chdir(tmp_path)
    write_inputs(tmp_path)
    return write_ilp(tmp_path / "p.ilp")


def asks_for(project: Path, **settings: object) -> None:
    """Let a project's own export settings ask for a table in HDF5."""
    pair = {"file type": "h5", "file path": "{nickname}.h5", **settings}, ["Count", "Mean"]
    with h5py.File(project, "r+") as file:
        put(file, "ObjectClassification/ExportSettings", np.void(pickle.dumps(pair, 0)))


def headless(*more: object) -> Answer:
    """Type ilastik's options."""
    inputs = ("--raw_data=raw.h5/data", "--prediction_maps=second.h5/data")
    return objclass("headless", "--project=p.ilp", *inputs, "--table_only", *more)


# --- the manual -----------------------------------------------------------------------------


def test_the_snippets_of_ilastik_s_manual_run_on_it(ilp: Path) -> None:
    """Every statement of the section "HDF5 export format", in its order."""
    assert headless("--table_filename=data.h5").code == 0
    data = h5py.File("data.h5", "r")
    assert list(data.keys()) == ["images", "table"]
    assert list(data["images"].keys()) == ["0", "1", "2"]
    assert list(data["images"]["1"].keys()) == ["labeling", "raw"]
    assert data["images"]["1"]["labeling"].dtype.str == "|u1"
    assert data["images"]["1"]["labeling"][:].tolist() == [[1] * 6] * 6
    names = data["table"].dtype.names
    assert names[:5] == (
        "object_id", "timestep", "labelimage_oid", "User Label", "Predicted Class",
    )  # fmt: skip
    assert {"Mean Intensity", "Size in pixels"} <= set(names)
    assert data["table"]["Mean Intensity"].dtype.name == "float32"
    assert data["table"]["Mean Intensity"].tolist() == [10, 50, 90]
    assert data["table"]["Mean Intensity"][0] == 10
    assert data["table"]["object_id"].tolist() == [0, 1, 2]
    assert data["table"]["Size in pixels"].tolist() == SIZES
    data.close()


@pytest.mark.parametrize("suffix", ["h5", "hdf5", "hd5"])
def test_every_suffix_that_ilastik_knows_is_written(ilp: Path, suffix: str) -> None:
    assert headless(f"--table_filename=t.{suffix}").code == 0
    assert h5py.is_hdf5(f"t.{suffix}")


# --- what a project asks for ----------------------------------------------------------------


def test_a_project_asks_for_it_with_a_margin(ilp: Path) -> None:
    """Object 3 lies in the rows 15 to 18 and the columns 1 to 4: x is the first axis."""
    asks_for(ilp, margin=2)
    assert headless().code == 0
    with h5py.File("raw.h5") as inputs, h5py.File("raw-data.h5") as file:
        assert inputs["data"].shape == (20, 24)
        cut = file["images/2/raw"][()]
        np.testing.assert_array_equal(cut, raw()[13:20, 0:6].T)
        inside = file["images/2/labeling"][()]
        assert inside.shape == cut.shape == (6, 7)
        assert inside.sum() == SIZES[2]
        assert set(np.unique(cut[inside == 1])) == {90}


def test_a_project_asks_for_the_whole_image_instead(ilp: Path) -> None:
    asks_for(ilp, margin=0, **{"include raw": True})
    assert headless().code == 0
    with h5py.File("raw-data.h5") as file:
        assert sorted(file["images"]) == ["0", "1", "2", "raw"]
        assert list(file["images/0"]) == ["labeling"]
        np.testing.assert_array_equal(file["images/raw"][()], raw().T)


def test_an_imported_project_writes_the_same_table(ilp: Path) -> None:
    asks_for(ilp, margin=1)
    assert objclass("import", "p.ilp", "-o", "new").code == 0
    text = next(Path("new").glob("*.yaml")).read_text()
    assert "table: {path: results/objects.h5, margin: 1}" in text


# --- our own table --------------------------------------------------------------------------


def run(*edits: str) -> Answer:
    """Run with what is written."""
    return objclass("run", "cells.yaml", *(w for edit in edits for w in ("--set", edit)))


def test_every_row_has_its_cut_outs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flat(tmp_path)
    monkeypatch.chdir(tmp_path)
    write = "out.write={table: {path: o.h5, margin: 1}, counts: counts.csv}"
    assert run(write, "out.image=raw").code == 0
    with h5py.File("o.h5") as file:
        table, images = file["table"], file["images"]
        assert table.dtype.names[:2] == ("image", "object")
        sizes = [int(images[str(row)]["labeling"][()].sum()) for row in range(len(table))]
        assert sizes == table["size_voxels"].astype(int).tolist()
        assert set(sizes) == {LARGE, SMALL}
        for row, size in enumerate(sizes):
            shape = (15, 15) if size == LARGE else (9, 9)
            assert images[f"{row}/raw"].shape == images[f"{row}/labeling"].shape == shape
    again = run(write, "out.image=raw")
    assert (again.code, "cached" in again.out) == (0, True)


def test_without_a_raw_image_there_are_the_shapes_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run("out.write={table: o.h5}").code == 0
    with h5py.File("o.h5") as file:
        assert list(file["images/3"]) == ["labeling"]
    assert run("out.write={table: {path: o.h5, images: none}}").code == 0
    with h5py.File("o.h5") as file:
        assert (len(file["images"]), len(file["table"])) == (0, 12)


def test_objects_of_several_images_are_numbered_by_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run("out.write={table: all.h5}", "out.image=raw").code == 0
    with h5py.File("all.h5") as file:
        table = file["table"][()]
        assert len(file["images"]) == len(table) == 36
        row = table["image"].tolist().index(b"b")
        assert int(file[f"images/{row}/labeling"][()].sum()) == int(table["size_voxels"][row])
        inside = file[f"images/{row}/labeling"][()] == 1
        mean = file[f"images/{row}/raw"][()][inside].mean()
        assert mean == pytest.approx(table["intensity_mean-0"][row])


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (
            "{table: {path: o.csv, margin: 2}}",
            "margin is about images of objects in HDF5; got o.csv; remove it, or write an .h5 file",
        ),
        (
            "{table: {path: o.parquet, images: whole}}",
            "images is about images of objects in HDF5; got o.parquet",
        ),
        ("{table: {path: o.h5, images: none, margin: 2}}", "there are no cut-outs"),
        ("{table: {path: o.h5, images: whole}}", "the whole image needs the raw image"),
        ("{table: {path: o.h5, margin: -1}}", "write.table.margin must be at least 0; got -1"),
        ("{counts: c.h5}", "counts cannot be written in this format; got c.h5"),
    ],
)
def test_options_that_would_not_act_are_refused(
    write: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat(tmp_path)
    monkeypatch.chdir(tmp_path)
    answer = objclass("validate", "cells.yaml", "--set", f"out.write={write}")
    assert answer.code == 2
    assert said in answer.err


def test_one_table_of_several_images_has_no_whole_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(tmp_path)
    monkeypatch.chdir(tmp_path)
    write = "out.write={table: {path: o.h5, images: whole}}"
    answer = objclass("validate", "cells.yaml", "--set", write, "--set", "out.image=raw")
    assert "one table of several images has no whole image" in answer.err
    assert "put {image} into its path" in answer.err


@pytest.mark.parametrize("write", ["{table: o.h5}", "{overlay: o.png}"])
def test_a_raw_image_that_the_objects_do_not_lie_in_is_refused_before_work(
    write: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = flat(tmp_path)
    monkeypatch.chdir(tmp_path)
    write_raw(tmp_path / "other.tif", np.zeros((20, 30), np.uint8))
    other = "  other:\n    kind: input\n    path: other.tif\n    axes: yx\n  nuclei:\n"
    bench.edit(("  nuclei:\n", other), ("from: predicted\n", "from: predicted\n    image: other\n"))
    answer = objclass("validate", "cells.yaml", "--set", f"out.write={write}")
    assert answer.code == 2
    sizes = "'other' is 20 x 30 (yx), 'predicted' is 48 x 64 (yx)"
    assert f"node 'out': shapes differ; got {sizes}" in answer.err


def test_a_batch_writes_tables_in_hdf5_and_counts_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert objclass("run", "cells.yaml").code == 0
    new = ("--raw", "raw.tif", "--prediction-map", "prob.h5", "--out", "new")
    what = ("--export", "table,counts", "--format", "table=h5")
    answer = objclass("batch", "cells.objclass.h5", *new, *what)
    assert answer.code == 0, answer.err
    assert Path("new/counts.csv").is_file()
    with h5py.File("new/raw_objects.h5") as file:
        assert (len(file["table"]), len(file["images"])) == (12, 12)
        assert list(file["images/0"]) == ["labeling", "raw"]


def test_boxes_of_the_drawn_objects_are_what_the_tests_count_on() -> None:
    assert [raw()[box].size for box in BOXES.values()] == SIZES
