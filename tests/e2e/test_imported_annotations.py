"""``objclass annotations import``: what was annotated elsewhere finds its objects here."""

from __future__ import annotations

import csv
import json
import shlex
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import h5py
import numpy as np
import pytest
import tifffile
from commands import objclass
from written_annotations import (
    cell_counter,
    cell_database,
    cell_properties,
    qupath,
    training_set,
)

from objclass.annotations.match import REACH
from objclass.cli.options import NEAR
from workflows import CENTERS, CLASSES, SHAPE, Bench, deep, flat, series, several

LABELS = """\
version: 1
nodes:
  raw: {kind: input, path: raw.tif}
  cells: {kind: input, path: ids.tif, role: label_image}
  measured: {kind: features, image: raw, objects: cells, measure: [size]}
  classes: {kind: classifier, features: measured, annotations: annotations.csv}
"""
ON = [(x, y) for y, x in CENTERS]
"""Middles of the discs as x and y."""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """One flat image without annotations."""
    monkeypatch.chdir(tmp_path)
    made = flat(tmp_path)
    made.annotations.unlink()
    return made


def brought(*words: object) -> dict[str, Any]:
    """What an import says, as JSON."""
    answer = objclass("annotations", "import", "cells.yaml", *words, "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def said(found: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    """What became of rows, their classes and positions."""
    return [(row["became"], row["class"], row["x"], row["y"]) for row in found["rows"]]


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_markers_of_the_cell_counter_are_found_and_written(bench: Bench) -> None:
    marks = [("1", *ON[0], 1), ("1", *ON[2], 1), ("2", *ON[1], 1), ("2", 0, 0, 1)]
    cell_counter(bench.folder / "raw.xml", "raw.tif", marks)
    words = ("raw.xml", "--class", "1=large", "--class", "2=small")
    answer = objclass("annotations", "import", "cells.yaml", *words)
    assert answer.lines[:2] == [
        "4 annotations: 3 new, 1 on background",
        "  raw.xml line 28  small  on background  object 1 is 5.657 voxels away",
    ]
    assert not bench.annotations.exists()
    assert objclass("annotations", "import", "cells.yaml", *words, "--write").code == 0
    found = table(bench.annotations)
    assert [(row["class"], row["x"], row["y"]) for row in found] == [
        ("large", "8", "8"), ("large", "40", "8"), ("small", "24", "8"),
    ]  # fmt: skip
    assert all(row["stamp"] and row["note"].startswith("from raw.xml line ") for row in found)
    assert "3 of 3 annotations valid" in objclass("annotations", "status", "cells.yaml").out


def test_a_marker_takes_the_nearest_object_where_that_is_asked_for(bench: Bench) -> None:
    cell_counter(bench.folder / "raw.xml", "raw.tif", [("1", 0, 0, 1)])
    assert said(brought("raw.xml", "--nearest", "5")) == [("background", "1", 0, 0)]
    assert said(brought("raw.xml", "--nearest", "6")) == [("new", "1", 4, 4)]


def test_a_class_that_no_file_has_is_told(bench: Bench) -> None:
    cell_counter(bench.folder / "raw.xml", "raw.tif", [("mitotic", *ON[0], 1), ("2", *ON[1], 1)])
    found = brought("raw.xml", "--class", "mitotik=large", "--class", "2=small", "--class", "9=x")
    assert found["notes"] == [
        "--class mitotik: no annotation is called so; did you mean mitotic?",
        "--class 9: no annotation is called so; there is 2, mitotic",
    ]


def test_a_painted_class_that_is_nowhere_is_told(bench: Bench) -> None:
    paint = np.zeros(SHAPE, np.uint8)
    paint[CENTERS[0]] = 1
    tifffile.imwrite(bench.folder / "paint.tif", paint)
    found = brought("paint.tif", "--class", "1=large", "--class", "2=small")
    assert found["notes"] == ["--class 2: no annotation is called so; there is 1"]


def test_one_class_has_one_name_here(bench: Bench) -> None:
    cell_counter(bench.folder / "raw.xml", "raw.tif", [("1", *ON[0], 1)])
    words = ("--class", "1=large", "--class", "1=small")
    answer = objclass("annotations", "import", "cells.yaml", "raw.xml", *words)
    assert answer.code == 2
    assert "--class 1=large and --class 1=small: give one" in answer.err


@pytest.mark.parametrize("verb", [("import", "raw.xml"), ("reattach",)])
def test_no_object_is_promised_beyond_where_one_is_looked_for(
    bench: Bench, verb: tuple[str, ...]
) -> None:
    assert NEAR == REACH
    answer = objclass("annotations", verb[0], "cells.yaml", *verb[1:], "--nearest", 10.5)
    assert answer.code == 2
    assert "10.5 is not in the range 0<=x<=10" in answer.err


def test_the_command_that_is_advised_runs_as_it_is_printed(bench: Bench) -> None:
    marks = [("it's", *ON[0], 1), ("$2", *ON[1], 1)]
    cell_counter(bench.folder / "my marks.xml", "raw.tif", marks)
    words = ("my marks.xml", "--class", "it's=large", "--class", "$2=very small", "--nearest", 9)
    said = objclass("annotations", "import", "cells.yaml", *words).lines
    advised = next(line for line in said if line.startswith("next ")).removeprefix("next ")
    answer = objclass(*shlex.split(advised)[1:])
    assert answer.code == 0, answer.err
    assert [row["class"] for row in table(bench.annotations)] == ["large", "very small"]


def test_a_document_type_is_refused(bench: Bench) -> None:
    path = cell_counter(bench.folder / "raw.xml", "raw.tif", [("1", *ON[0], 1)])
    text = path.read_text().replace("<CellC", '<!DOCTYPE a [<!ENTITY b "c">]>\n<CellC', 1)
    path.write_text(text)
    answer = objclass("annotations", "import", "cells.yaml", "raw.xml")
    assert (answer.code, answer.err) == (
        2, "raw.xml:2: a document type is not read; delete it\n",
    )  # fmt: skip


def test_regions_of_imagej_are_found(bench: Bench) -> None:
    roifile = pytest.importorskip("roifile")
    points = roifile.ImagejRoi.frompoints([ON[0], ON[2]], name="large")
    corners = [(ON[1][0] + a, ON[1][1] + b) for a, b in ((-3, -3), (3, -3), (3, 3), (-3, 3))]
    area = roifile.ImagejRoi.frompoints(corners, name="small-1")
    area.roitype = roifile.ROI_TYPE.POLYGON
    unnamed = roifile.ImagejRoi.frompoints([ON[3]], name="0008-0056")
    roifile.roiwrite(bench.folder / "RoiSet.zip", [points, area, unnamed])
    found = brought("RoiSet.zip")
    assert said(found) == [("new", "large", 8, 8), ("new", "large", 40, 8), ("new", "small", 24, 8)]
    assert found["unclassed"] == 1
    assert said(brought("RoiSet.zip", "--class", "small"))[3] == ("new", "small", 56, 8)


def test_groups_of_regions_are_classes(bench: Bench) -> None:
    roifile = pytest.importorskip("roifile")
    point = roifile.ImagejRoi.frompoints([ON[0]], name="any")
    point.group = 2
    point.tofile(bench.folder / "raw.roi")
    assert said(brought("raw.roi")) == [("new", "2", 8, 8)]


@pytest.mark.parametrize("collected", [True, False])
def test_objects_of_qupath_are_found(bench: Bench, collected: bool) -> None:
    ring = [[ON[2][0] + a, ON[2][1] + b] for a, b in ((-5, -5), (5, -5), (5, 5), (-5, 5), (-5, -5))]
    points = [[x + 0.6, y + 0.3] for x, y in (ON[1], ON[3])]
    shapes = [
        ("large", "Point", [*ON[0]]), ("large", "Polygon", [ring]), ("small", "MultiPoint", points),
        ("", "LineString", ring),
    ]  # fmt: skip
    qupath(bench.folder / "raw.geojson", shapes, collected=collected)
    found = brought("raw.geojson")
    assert said(found) == [
        ("new", "large", 8, 8), ("new", "large", 40, 8),
        ("new", "small", 24, 8), ("new", "small", 56, 8),
    ]  # fmt: skip
    assert found["notes"] == ["raw.geojson: 1 of LineString not read"]


def test_a_table_of_qupath_says_its_unit(bench: Bench) -> None:
    bench.edit(("    axes: yx\n", "    axes: yx\n    pixel_size: 0.5 um\n"))
    rows = ["Image\tName\tClassification\tParent\tCentroid X µm\tCentroid Y µm"]
    rows += [
        f"raw.tif\t\t{name}\tRoot\t{x / 2 + 0.25}\t{y / 2 + 0.25}"
        for name, (x, y) in zip(CLASSES[:2], ON, strict=False)
    ]
    (bench.folder / "q.tsv").write_text("\n".join(rows), encoding="utf-8")
    assert said(brought("q.tsv")) == [("new", "large", 8, 8), ("new", "small", 24, 8)]


def test_points_of_imagej_have_counters_and_perhaps_a_unit(bench: Bench) -> None:
    bench.edit(("    axes: yx\n", "    axes: yx\n    pixel_size: 0.5 um\n"))
    lines = [" ,Area,Mean,X,Y,Ch,Slice,Counter,Count"]
    lines += [f"{k},0,255,{x / 2},{y / 2},1,1,{k % 2},1" for k, (x, y) in enumerate(ON[:4])]
    (bench.folder / "Results.csv").write_text("\n".join(lines), encoding="utf-8")
    words = ("Results.csv", "--class", "0=large", "--class", "1=small")
    found = brought(*words, "--unit", "um")
    assert [row[:2] for row in said(found)] == [("new", "large"), ("new", "small")] * 2
    (note,) = brought(*words)["notes"]
    assert "the positions seem to be in um" in note
    assert "add --unit" in note


def test_what_was_painted_is_the_class_of_an_object(bench: Bench) -> None:
    paint = np.zeros(SHAPE, np.uint8)
    for k, value in ((0, 2), (1, 1), (4, 1)):
        x, y = ON[k]
        paint[y - 2 : y + 2, x - 2 : x + 2] = value
    paint[ON[0][1], ON[0][0]] = 1  # a stray voxel
    paint[ON[4][1] :, ON[4][0] : ON[4][0] + 2][:2] = 2  # half of it
    paint[0, 0] = 1
    tifffile.imwrite(bench.folder / "paint.tif", paint)
    found = brought("paint.tif", "--class", "2=large", "--class", "1=small", "--write")
    assert {(row["became"], row["class"], row["object"]) for row in found["rows"]} >= {
        ("new", "large", 1), ("new", "small", 3),
    }  # fmt: skip
    assert found["notes"] == ["paint.tif: 1 painted voxels lie on no object"]
    assert {row["class"] for row in table(bench.annotations)} == {"large", "small"}


def test_an_object_painted_in_two_classes_is_told(bench: Bench) -> None:
    paint = np.zeros(SHAPE, np.uint8)
    x, y = ON[0]
    paint[y - 2 : y + 2, x - 2 : x] = 1
    paint[y - 2 : y + 2, x : x + 2] = 2
    tifffile.imwrite(bench.folder / "paint.tif", paint)
    (row,) = brought("paint.tif", "--class", "2=large")["rows"]
    assert (row["became"], row["why"]) == ("unread", "painted in several classes: 1, large")


def test_paint_of_another_shape_or_in_colours_is_refused(bench: Bench) -> None:
    for shape, more in (((48, 63), ""), ((*SHAPE, 3), "; save the painted classes as a label")):
        tifffile.imwrite(
            bench.folder / "paint.tif", np.ones(shape, np.uint8),
            photometric="rgb" if len(shape) == 3 else "minisblack",
        )  # fmt: skip
        answer = objclass("annotations", "import", "cells.yaml", "paint.tif")
        assert answer.code == 2
        assert "paint.tif has not the shape of the image that was painted on" in answer.err
        assert more in answer.err


def test_a_training_set_names_positions(bench: Bench) -> None:
    rows = [("large", 1, 1, *ON[0]), ("small", 1, 3, *ON[1])]
    training_set(bench.folder / "train.txt", rows, "C:\\data\\MyExpt.properties")
    assert said(brought("train.txt")) == [("new", "large", 8, 8), ("new", "small", 24, 8)]


@pytest.fixture
def plate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Three images, and a database of CellProfiler that numbers two of them."""
    monkeypatch.chdir(tmp_path)
    made = several(tmp_path)
    made.annotations.unlink()
    objects = {(n, k): (x + 0.4, y - 0.4) for n in (1, 2) for k, (x, y) in enumerate(ON, 1)}
    cell_database(tmp_path / "cpa.db", {1: ("b.tif", "b_gfp.tif"), 2: ("a.tif",)}, objects)
    cell_properties(tmp_path / "MyExpt.properties", "D:\\data\\cpa.db")
    return made


PLATE = [("new", "large", "b", 8, 8), ("new", "small", "a", 24, 8)]


def placed(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(row[key] for key in ("became", "class", "image", "x", "y"))
            for row in found["rows"]]  # fmt: skip


def test_the_database_of_a_training_set_tells_images_and_positions(plate: Bench) -> None:
    training_set(
        plate.folder / "train.txt", [("large", 1, 1), ("small", 2, 2)], "MyExpt.properties"
    )
    before = (plate.folder / "cpa.db").read_bytes()
    assert placed(brought("train.txt")) == PLATE
    csv_rows = "ImageNumber,ObjectNumber,Class,AreaShape_Area\n1,1,large,113\n2,2,small,29\n"
    (plate.folder / "train.csv").write_text(csv_rows)
    assert placed(brought("train.csv", "--tables", "MyExpt.properties")) == PLATE
    assert (plate.folder / "cpa.db").read_bytes() == before
    assert not list(plate.folder.glob("cpa.db-*"))


def test_exported_tables_do_as_well(plate: Bench) -> None:
    training_set(plate.folder / "train.txt", [("large", 1, 1), ("small", 2, 2)])
    images = "ImageNumber,FileName_DNA\n1,b.tif\n2,a.tif\n"
    (plate.folder / "Image.csv").write_text(images)
    places = "ImageNumber,ObjectNumber,Location_Center_X,Location_Center_Y\n1,1,8.2,8\n2,2,24,8\n"
    (plate.folder / "Nuclei.csv").write_text(places)
    assert placed(brought("train.txt", "--tables", "Image.csv", "--tables", "Nuclei.csv")) == PLATE


def test_what_a_training_set_lacks_is_told_row_by_row(plate: Bench) -> None:
    rows = [("large", 1, 1, 8, 8), ("large", 9, 1, 8, 8)]
    training_set(plate.folder / "train.txt", rows)
    found = brought("train.txt")
    assert {row["why"] for row in found["rows"]} == {
        "ImageNumber 1 names no image; add --tables with the database, its properties file or the "
        "table of images",
        "ImageNumber 9 names no image; add --tables with the database, its properties file or the "
        "table of images",
    }
    answer = objclass(
        "annotations", "import", "cells.yaml", "train.txt", "--tables", "cpa.db"
    )  # fmt: skip
    assert answer.code == 2
    assert "the table tells positions of 2 kinds of objects; got cells, nuclei" in answer.err


def test_other_databases_and_damaged_ones_are_refused(plate: Bench) -> None:
    training_set(plate.folder / "train.txt", [("large", 1, 1)])
    cell_properties(plate.folder / "m.properties", "x", kind="mysql")
    (plate.folder / "bad.db").write_bytes(b"no database at all" * 10)
    for name, what in (
        ("m.properties", "a database of mysql is not read; export its tables"),
        ("bad.db", "cannot be read as a database of SQLite"),
        ("none.db", "there is no file none.db"),
    ):
        answer = objclass("annotations", "import", "cells.yaml", "train.txt", "--tables", name)
        assert answer.code == 2
        assert what in answer.err


def test_ids_alone_do_where_they_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ids = np.zeros(SHAPE, np.uint16)
    for k, (y, x) in enumerate(CENTERS, 1):
        ids[y - 2 : y + 3, x - 2 : x + 3] = 10 * k
    flat(tmp_path).annotations.unlink()
    tifffile.imwrite(tmp_path / "ids.tif", ids)
    Bench(tmp_path, LABELS).edit()
    (tmp_path / "theirs.csv").write_text("label,class\n10,a\n40,b\n45,b\nx,a\n")
    found = brought("theirs.csv", "--write")
    assert [(row["number"], row["became"], row["x"]) for row in found["rows"]] == [
        (2, "new", 8), (3, "new", 56), (4, "missing", None), (5, "unread", None),
    ]  # fmt: skip
    assert "object is not a number" in found["rows"][3]["why"]
    assert [row["object"] for row in table(tmp_path / "annotations.csv")] == ["10", "40"]


def test_rows_are_added_behind_those_that_are_there(bench: Bench) -> None:
    text = "\ufeffby;class;y;x\r\nAnna;large;8;8\r\nAnna;small;8;24\r\n"
    bench.annotations.write_bytes(text.encode())
    marks = [
        ("large", *ON[0], 1), ("large", *ON[1], 1), ("large", *ON[2], 1), ("large", *ON[2], 1),
        ("small", *ON[5], 1), ("large", *ON[5], 1), ("background", *ON[6], 1),
    ]  # fmt: skip
    cell_counter(bench.folder / "raw.xml", "raw.tif", marks)
    found = brought("raw.xml", "--write")
    assert found["counts"] == {
        "new": 1, "known": 1, "again": 1, "contradicting": 1, "disputed": 2, "unread": 1,
    }  # fmt: skip
    new = bench.annotations.read_bytes().decode()
    old = text.replace("x\r\n", "x;object;size;stamp\r\n", 1)
    assert new.startswith(old)
    assert new.removeprefix(old).startswith(";large;8;40;")
    assert new.endswith("\r\n")
    assert (bench.folder / "annotations.csv.bak").read_bytes() == text.encode()
    assert brought("raw.xml")["counts"]["known"] == 3


def test_a_new_file_is_written_whatever_is_annotated_already(bench: Bench) -> None:
    bench.annotate([("small", 8, 8)])
    cell_counter(bench.folder / "raw.xml", "raw.tif", [("large", *ON[0], 1)])
    assert brought("raw.xml")["counts"] == {"contradicting": 1}
    assert brought("raw.xml", "-o", "new.csv")["counts"] == {"new": 1}
    answer = objclass("annotations", "import", "cells.yaml", "raw.xml", "-o", "new.csv")
    assert (answer.code, "exists already" in answer.err) == (2, True)


def test_every_image_has_its_rows_in_its_own_file(plate: Bench) -> None:
    plate.edit(("annotations: annotations.csv", "annotations: ann_{name}.csv"))
    (plate.folder / "ann_a.csv").write_text("class,y,x\nsmall,8,24\n")
    for name in "ab":
        cell_counter(plate.folder / f"{name}.xml", f"{name}.tif", [("large", *ON[0], 1)])
    found = brought("a.xml", "b.xml", "--write")
    assert [Path(each).name for each in found["written"]] == ["ann_a.csv", "ann_b.csv"]
    assert [Path(each).name for each in found["backups"]] == ["ann_a.csv.bak"]
    assert [row["class"] for row in table(plate.folder / "ann_a.csv")] == ["small", "large"]
    assert [row["image"] for row in table(plate.folder / "ann_b.csv")] == ["b"]
    assert not (plate.folder / "ann_{name}.csv").exists()
    assert brought("a.xml", "b.xml")["counts"] == {"known": 2}


def test_planes_are_frames_or_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, make, axis in (("s", series, "t"), ("d", deep, "z")):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        make(folder).annotations.unlink()
        cell_counter(folder / "raw.xml", "raw.tif", [("a", *ON[0], 3), ("a", *ON[1], 9)])
        found = brought("raw.xml")
        assert [row["became"] for row in found["rows"]] == ["new", "outside"]
        assert found["rows"][0][axis] == 2


def test_paint_on_frames_and_volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, make, shape in (("s", series, (3, *SHAPE)), ("d", deep, (6, *SHAPE))):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        make(folder).annotations.unlink()
        paint = np.zeros(shape, np.uint8)
        paint[2, 8, 8] = 5
        tifffile.imwrite(folder / "paint.tif", paint, photometric="minisblack")
        (row,) = brought("paint.tif", "--write")["rows"]
        assert (row["became"], row["class"], row["x"]) == ("new", "5", 8)
        assert (row["t"], row["z"])[name == "d"] == 2


def test_regions_on_planes_of_a_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roifile = pytest.importorskip("roifile")
    monkeypatch.chdir(tmp_path)
    series(tmp_path).annotations.unlink()
    first, second = (roifile.ImagejRoi.frompoints([ON[k]], name=f"large-{k}") for k in (0, 2))
    first.position, second.t_position = 2, 3
    roifile.roiwrite(tmp_path / "raw.zip", [first, second])
    rows = brought("raw.zip")["rows"]
    assert [(row["became"], row["t"], row["x"]) for row in rows] == [("new", 1, 8), ("new", 2, 40)]


def test_paint_may_lie_inside_a_file(bench: Bench) -> None:
    with h5py.File(bench.folder / "paint.h5", "w") as file:
        file["other"] = np.zeros(3)
        file["painted"] = (np.arange(48 * 64).reshape(SHAPE) == 8 * 64 + 8).astype(np.uint8)
    assert said(brought("paint.h5/painted", "--class", "1=large")) == [("new", "large", 8, 8)]


def test_a_file_is_about_the_image_it_is_called_after(plate: Bench) -> None:
    for name in ("b.geojson", "other.geojson"):
        qupath(plate.folder / name, [("large", "Point", [*ON[0]])])
    assert [(row["became"], row["image"]) for row in brought("b.geojson")["rows"]] == [("new", "b")]
    (row,) = brought("other.geojson")["rows"]
    assert row["why"].startswith("the workflow has no image 'other.geojson'; add --image NAME")
    assert brought("other.geojson", "--image", "c")["rows"][0]["image"] == "c"
    answer = objclass(
        "annotations", "import", "cells.yaml", "other.geojson", "--image", "d"
    )  # fmt: skip
    assert answer.err.startswith("--image d: no such image; expected a, b, c")


def encrypted() -> bytes:
    """A zip of one region that says it is encrypted."""
    file = BytesIO()
    with ZipFile(file, "w") as made:
        made.writestr("a.roi", b"Iout" + bytes(100))
    data = bytearray(file.getvalue())
    for flags in (6, data.find(b"PK\x01\x02") + 8):  # of the file, and of the list of files
        data[flags] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("a.docx", b"PK", "annotations of this kind are not known; got .docx"),
        ("a.geojson", b"{", "a.geojson is no GeoJSON"),
        ("a.zip", b"not a zip", "a.zip is no zip file"),
        ("a.xml", b"<CellCounter_Marker_File>\n<a>", "the markers cannot be read"),
        ("a.xml", b"<svg/>", "annotations of this kind are not known"),
        ("a.txt", b"label a\na 1\n", "a line of a training set cannot be read"),
        ("a.csv", b"class,clas\na,b\n", "columns y, x missing"),
        (
            "a.xml",
            b'<?xml version="1.0" encoding="gbk"?><CellCounter_Marker_File/>',
            "a.xml cannot be read",
        ),
        ("a.geojson", b"[" * 100_000, "a.geojson cannot be read"),
        (
            "a.geojson",
            b'[{"geometry": {"type": "Point", "coordinates": [1, 1]},'
            b' "properties": {"classification": {"names": 5}}}]',
            "a.geojson cannot be read",
        ),
        ("a.zip", encrypted(), "is encrypted"),
    ],
)
def test_what_cannot_be_read_is_said(bench: Bench, name: str, data: bytes, what: str) -> None:
    (bench.folder / name).write_bytes(data)
    answer = objclass("annotations", "import", "cells.yaml", name)
    assert answer.code == 2, answer.out
    assert what in answer.err
