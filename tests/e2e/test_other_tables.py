"""Tables of other programs as annotations: read, or refused with the way on."""

from __future__ import annotations

import json
import math
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tifffile
from commands import objclass

from workflows import CENTERS, CLASSES, Bench, deep, flat, series, several

UM = 0.5
"""Size of a pixel in um."""
SIZED = ("    axes: yx\n", f"    axes: yx\n    pixel_size: {UM} um\n")
LABELS = """\
version: 1
nodes:
  raw: {kind: input, path: raw.tif}
  cells: {kind: input, path: ids.tif, role: label_image}
  measured: {kind: features, image: raw, objects: cells, measure: [size]}
  classes: {kind: classifier, features: measured, annotations: annotations.csv}
"""
ALL = "12 of 12 annotations valid"


def status(bench: Bench) -> str:
    answer = objclass("annotations", "status", bench.file)
    assert answer.code == 0, answer.err
    return answer.out


def said(*cells: str, unit: float = 1, offset: float = 0.0) -> str:
    """Write a row per disc: other cells, then its class, x and y in a unit."""
    lines = []
    for k, ((y, x), name) in enumerate(zip(CENTERS, CLASSES, strict=True), 1):
        more = [cell.format(k=k) for cell in cells]
        place = (f"{(v + offset) * unit:.3f}" for v in (x, y))
        lines.append(",".join([*more, name, *place]))
    return "\n".join(lines) + "\n"


def write(bench: Bench, header: str, rows: str) -> Bench:
    bench.annotations.write_text(f"{header}\n{rows}", encoding="utf-8")
    return bench


@pytest.fixture
def sized(tmp_path: Path) -> Bench:
    """One flat image with pixels of 0.5 um."""
    return flat(tmp_path).edit(SIZED)


@pytest.fixture
def labelled(tmp_path: Path) -> Bench:
    """A raw image and a label image with the ids 1 to 12."""
    ids = np.zeros((48, 64), np.uint16)
    for k, (y, x) in enumerate(CENTERS, 1):
        ids[y - 2 : y + 3, x - 2 : x + 3] = k
    flat(tmp_path)
    tifffile.imwrite(tmp_path / "ids.tif", ids)
    return Bench(tmp_path, LABELS).edit()


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("class,x_um,y_um", UM),
        ("class,x_nm,y_nm", UM * 1000),
        ("class,X (mm),Y (mm)", UM / 1000),
        ("Classification,Centroid X µm,Centroid Y µm", UM),
        ("class,Centroid X px,Centroid Y px", 1),
        ("class,Centroid.X,Centroid.Y", 1),
    ],
)
def test_lengths_and_pixels_of_other_programs_are_read(
    sized: Bench, header: str, unit: float
) -> None:
    assert ALL in status(write(sized, header, said(unit=unit, offset=0.5)))


@pytest.mark.parametrize(
    "header", ["class,Location_Center_X,Location_Center_Y", "class,centroid-1,centroid-0"]
)
def test_centroids_that_count_from_middles_are_rounded(sized: Bench, header: str) -> None:
    """The small discs have a radius of 3: 3.4 before their middles is their outermost voxel."""
    rows = [f"{c},{x - 3.4},{y}" for c, (y, x) in zip(CLASSES, CENTERS, strict=True)]
    assert ALL in status(write(sized, header, "\n".join(rows) + "\n"))


def test_a_length_needs_a_pixel_size(tmp_path: Path) -> None:
    bench = write(flat(tmp_path), "class,x_um,y_um", said(unit=UM))
    answer = objclass("annotations", "status", bench.file)
    assert (answer.code, answer.err.replace(f"{tmp_path}/", "")) == (
        2,
        "annotations.csv:1:2: 'x_um' is a length, but the image has no pixel "
        "size; write pixel_size into its input, or give voxels as x and y\n",
    )


def test_volumes_have_lengths_along_z_too(tmp_path: Path) -> None:
    size = "    axes: zyx\n    pixel_size: {z: 2 um, y: 0.5 um, x: 0.5 um}\n"
    bench = deep(tmp_path).edit(("    axes: zyx\n", size))
    write(bench, "z_um,class,x_um,y_um", said("5", unit=UM, offset=0.5))
    assert ALL in status(bench)


@pytest.mark.parametrize("name", ["raw", "raw.tif", "raw.tif:0003-0021-0040"])
def test_the_label_of_imagej_is_the_name_of_an_image(sized: Bench, name: str) -> None:
    write(sized, " ,Label,Area,Class,X,Y", said("{k}", name, "113", offset=0.5))
    assert ALL in status(sized)


def test_the_label_of_another_image_is_refused_with_the_cure(sized: Bench) -> None:
    write(sized, " ,Label,Area,Class,X,Y", said("{k}", "img", "113", offset=0.5))
    answer = objclass("run", sized.file)
    assert answer.code == 2
    assert "the workflow has no image 'img'" in answer.err
    assert "if it is the same image, write 'raw' into that column" in answer.err


def test_a_table_without_classes_is_called_by_its_program(sized: Bench) -> None:
    for header, program in (
        ("Image,Centroid X µm,Centroid Y µm", "QuPath"),
        ("ImageNumber,ObjectNumber,Location_Center_X,Location_Center_Y", "CellProfiler"),
        (" ,Area,Mean,X,Y", "ImageJ"),
    ):
        write(sized, header, "")
        answer = objclass("run", sized.file)
        assert answer.code == 2
        assert f"this is a table of {program}: add a column 'class' and fill it in" in answer.err


def test_positions_in_um_are_recognised_and_nothing_is_learned(sized: Bench) -> None:
    write(sized, "class,x,y", said(unit=UM, offset=0.5))
    answer = objclass("run", sized.file)
    assert answer.code == 1
    assert (
        "classes    STOPPED  annotations.csv: the positions seem to be in um, not in voxels: "
        "so 12 of 12 find an object, as they are"
    ) in answer.out
    assert "call their columns x_um and y_um" in answer.out
    assert "STOPPED" in objclass("plan", sized.file).out
    assert "the positions seem to be in um" in status(sized)
    assert objclass("run", sized.file, "--use-valid").code in (0, 1)
    write(sized, "class,x_um,y_um", said(unit=UM, offset=0.5))
    assert objclass("run", sized.file).code == 0


def test_positions_in_large_pixels_lie_outside_and_are_recognised(tmp_path: Path) -> None:
    bench = flat(tmp_path).edit(("    axes: yx\n", "    axes: yx\n    pixel_size: 3 um\n"))
    write(bench, "class,x,y", said(unit=3, offset=0.5))
    answer = objclass("run", bench.file)
    assert answer.code == 1
    assert "the position lies outside the image" in answer.out
    assert "call their columns x_um and y_um" in answer.out


def test_exchanged_coordinates_are_recognised(labelled: Bench) -> None:
    ids = np.zeros((48, 64), np.uint16)
    places = [(4, 40), (10, 30), (20, 10), (44, 20)]
    for k, (y, x) in enumerate(places, 1):
        ids[y - 2 : y + 3, x - 2 : x + 3] = k
    tifffile.imwrite(labelled.folder / "ids.tif", ids)
    labelled.annotate([("ab"[k % 2], x, y) for k, (y, x) in enumerate(places)])
    answer = objclass("run", labelled.file)
    assert answer.code == 1
    assert "y and x seem to be exchanged: so 4 of 4 find an object, as they are 0" in answer.out
    assert "exchange the titles of the columns y and x" in answer.out


def test_points_that_are_right_are_no_cause_for_doubt(sized: Bench) -> None:
    assert ALL in status(write(sized, "class,x,y", said()))
    assert "seem" not in status(sized)


def test_frames_that_are_counted_from_one_are_recognised(tmp_path: Path) -> None:
    """The discs of frame 1 are gone, so that points of frame 0 find nothing there."""
    bench = series(tmp_path, frames=2)
    with h5py.File(tmp_path / "prob.h5", "r+") as file:
        file["exported_data"][1] = [0.9, 0.1]
    bench.annotate(
        [(c, 1, y, x) for c, (y, x) in zip(CLASSES, CENTERS, strict=True)], "class,t,y,x"
    )
    answer = objclass("run", bench.file)
    assert answer.code == 1
    assert "t seems to be counted from 1: so 12 of 12 find an object, as they are 0" in answer.out
    assert "subtract 1 from the column t" in answer.out


# --- ids --------------------------------------------------------------------------------------


def test_ids_that_exist_are_taken(labelled: Bench) -> None:
    write(labelled, "label,class", "".join(f"{k},{'ab'[k % 2]}\n" for k in range(1, 13)))
    assert ALL in status(labelled)


def test_an_id_that_does_not_exist_is_missing_not_background(labelled: Bench) -> None:
    write(labelled, "label,class", "1,a\n2,b\n3,a\n99,b\n")
    out = status(labelled)
    assert "missing" in out
    assert "there is no object 99: 1 row not used (line 5)" in out
    assert "background" not in out


def test_ids_that_are_counted_from_zero_are_recognised(labelled: Bench) -> None:
    write(labelled, "label,class", "".join(f"{k},{'ab'[k % 2]}\n" for k in range(12)))
    answer = objclass("run", labelled.file)
    assert answer.code == 1
    assert "the ids seem to be counted from 0: so 12 of 12 find an object" in answer.out
    assert "add 1 to the column of ids" in answer.out


def test_ids_that_contradict_their_positions_by_one_are_recognised(labelled: Bench) -> None:
    lines = [f"{k + 1},{'ab'[k % 2]},{y},{x}" for k, (y, x) in enumerate(CENTERS[:11], 1)]
    write(labelled, "label,class,y,x", "\n".join(lines) + "\n")
    answer = objclass("run", labelled.file)
    assert answer.code == 1
    assert "subtract 1 from the column of ids" in answer.out


# --- classes that programs wrote --------------------------------------------------------------


def test_empty_cells_that_pandas_wrote_as_nan_are_pointed_out_and_stay_text(sized: Bench) -> None:
    lines = said().replace("small", "nan", 2)
    write(sized, "class,x,y", lines)
    answer = objclass("run", sized.file)
    assert answer.code == 0, answer.err
    assert (
        "note: classes: a class is called 'nan' (lines 3, 5): programs write that for an empty "
        "cell; if it is one, empty the cell"
    ) in answer.lines
    assert "classes in alphabetical order: large, nan, small" in answer.out
    write(sized, "class,x,y", lines.replace("nan,", ","))
    assert "a class is called" not in objclass("run", sized.file).out
    assert "10 of 10 annotations valid" in status(sized)


@pytest.mark.parametrize("named", [["one", None, "two"], [1.0, math.nan, 2.0]])
def test_a_missing_class_in_parquet_is_an_empty_cell(sized: Bench, named: list[object]) -> None:
    (y0, y1, y2), (x0, x1, x2) = zip(*CENTERS[:3], strict=True)
    table = pa.table({"class": pa.array(named), "y": [y0, y1, y2], "x": [x0, x1, x2]})
    pq.write_table(table, sized.folder / "a.parquet")
    sized.edit(("annotations: annotations.csv", "annotations: a.parquet"))
    assert "2 of 2 annotations valid" in status(sized)


def test_a_number_beside_its_twin_of_a_spreadsheet_is_refused(sized: Bench) -> None:
    write(sized, "class,x,y", said().replace("small", "1", 3).replace("small", "1.0"))
    assert refused(sized).endswith(
        "names of classes are one number, written otherwise; got '1' (lines 3, 5, 6), '1.0' "
        "(lines 8, 11, 13); write them alike, or name them all in 'classes' if they are classes "
        "of their own\n"
    )
    named = "annotations: annotations.csv\n    classes: ['1', '1.0', large]"
    sized.edit(("annotations: annotations.csv", named))
    assert objclass("run", sized.file).code == 0


# --- tables over several images ---------------------------------------------------------------

CELLS = "class,Location_Center_X,Location_Center_Y"
"""Columns of CellProfiler; its table of images gives the others, by ``ImageNumber``."""


def of_images(*cells: str) -> str:
    """Write four rows (two large, two small discs) for each of these first cells."""
    places = list(zip(CENTERS, CLASSES, strict=True))[:4]
    return "".join(f"{cell},{name},{x},{y}\n" for cell in cells for (y, x), name in places)


def rows_by_image(bench: Bench) -> dict[str, int]:
    """Return image to number of rows, as training sees them."""
    answer = objclass("annotations", "list", bench.file, "--json")
    assert answer.code == 0, answer.err
    images = [row["image"] for row in json.loads(answer.out)["annotations"]]
    return {image: images.count(image) for image in sorted(set(images))}


def refused(bench: Bench) -> str:
    answer = objclass("run", bench.file)
    assert answer.code == 2, answer.out
    return answer.err.replace(f"{bench.folder}/", "")


@pytest.mark.parametrize("title", ["FileName_DNA", "Image_FileName_DNA", "filename_dna"])
def test_rows_of_cellprofiler_go_to_the_images_of_their_files(tmp_path: Path, title: str) -> None:
    bench = several(tmp_path)
    write(bench, f"ImageNumber,{title},{CELLS}", of_images("1,a.tif", "2,c.tif"))
    assert rows_by_image(bench) == {"a": 4, "c": 4}
    assert objclass("run", bench.file).code == 0


def test_a_file_in_another_format_is_that_image(tmp_path: Path) -> None:
    bench = write(several(tmp_path), f"FileName_DNA,{CELLS}", of_images("b.ome.tif", "c.png"))
    assert rows_by_image(bench) == {"b": 4, "c": 4}


def test_channels_have_files_of_their_own_and_one_may_be_unknown(tmp_path: Path) -> None:
    """The workflow reads dapi and gfp of every well; nobody gave it the actin files."""
    bench = several(tmp_path, ("a", "b"))
    for name in "ab":
        raw = tifffile.imread(tmp_path / f"raw/{name}.tif")
        for channel in ("dapi", "gfp"):
            tifffile.imwrite(tmp_path / f"raw/{name}_{channel}.tif", raw)
        (tmp_path / f"raw/{name}.tif").unlink()
    bench.edit(("raw/{name}.tif", "raw/{name}_{c}.tif"))
    header = f"FileName_GFP,FileName_Actin,{CELLS}"
    write(bench, header, of_images("a_gfp.tif,a_actin.tif", "b_gfp.tif,b_actin.tif"))
    assert rows_by_image(bench) == {"a": 4, "b": 4}
    write(bench, header, of_images("a_gfp.tif,a_actin.tif", "x_gfp.tif,x_actin.tif"))
    assert "the workflow has no image with file 'x_gfp.tif', file 'x_actin.tif'" in refused(bench)
    write(bench, f"FileName_DAPI,{header}", of_images("b_dapi.tif,a_gfp.tif,a_actin.tif"))
    assert "no image with file 'b_dapi.tif', file 'a_gfp.tif'" in refused(bench)


def test_rows_of_another_file_are_not_those_of_the_only_image(sized: Bench) -> None:
    write(sized, f"FileName_DNA,{CELLS}", of_images("raw.tif", "other.tif"))
    assert refused(sized).endswith(
        "annotations.csv:6: the workflow has no image with file 'other.tif' (lines 6, 7, 8, 9); "
        "expected one of raw; if it is the same image, write 'raw' into a column 'image'\n"
    )


def test_numbers_alone_do_not_tell_images_apart(tmp_path: Path) -> None:
    bench = write(several(tmp_path), f"ImageNumber,{CELLS}", of_images("1", "3"))
    assert refused(bench).endswith(
        "annotations.csv:2: ImageNumber does not say which of 3 images a row is of "
        "(lines 2, 3, 4, 5, 6, 7 and 2 more); got a, b, c; add the column image or name, or the "
        "columns FileName_… that CellProfiler's table of images has for each number\n"
    )


def test_rows_of_several_numbers_are_not_all_of_the_only_image(sized: Bench) -> None:
    write(sized, f"ImageNumber,{CELLS}", of_images("1", "2"))
    assert refused(sized).endswith(
        "annotations.csv:2: there is one image, 'raw', but ImageNumber counts 2 "
        "(lines 2, 3, 4, 5, 6, 7 and 2 more); got 1, 2; delete the rows of the others, and name "
        "'raw' in the column image of the rest\n"
    )
    write(sized, f"ImageNumber,image,{CELLS}", of_images("2,raw"))
    assert rows_by_image(sized) == {"raw": 4}
    write(sized, f"ImageNumber,{CELLS}", of_images("2"))
    assert rows_by_image(sized) == {"raw": 4}


def test_numbers_that_count_frames_are_no_other_images(tmp_path: Path) -> None:
    bench = write(series(tmp_path), f"ImageNumber,t,{CELLS}", of_images("1,0", "2,1"))
    assert rows_by_image(bench) == {"raw": 8}
    write(bench, f"ImageNumber,t,{CELLS}", of_images("1,0", "2,1", "3,0"))
    assert "ImageNumber counts 3" in refused(bench)


def test_the_image_inside_a_file_is_named_as_qupath_does(tmp_path: Path) -> None:
    bench = several(tmp_path)
    header = "Image,Classification,Centroid X px,Centroid Y px"
    write(bench, header, of_images("a.tif - Image0", "b.tif - Series1", "c"))
    assert rows_by_image(bench) == {"a": 4, "b": 4, "c": 4}
    write(bench, header, of_images("a.tif - Image0", "a.tif - Image1"))
    assert refused(bench).endswith(
        "there is one image, 'a', but its rows name 2 (lines 2, 3, 4, 5, 6, 7 and 2 more); got "
        "a.tif - Image0, a.tif - Image1; delete the rows of the others, and name 'a' in the "
        "column image of the rest\n"
    )


def test_an_array_inside_a_file_goes_by_the_name_of_the_file(sized: Bench) -> None:
    with h5py.File(sized.folder / "raw.h5", "w") as file:
        file["volume"] = tifffile.imread(sized.folder / "raw.tif")
    sized.edit(("path: raw.tif", "path: raw.h5/volume"))
    assert ALL in status(write(sized, "image,class,x,y", said("raw.h5")))
    assert ALL in status(write(sized, "FileName_DNA,class,x,y", said("raw.h5")))


# --- background -------------------------------------------------------------------------------


def beside(bench: Bench) -> Bench:
    """Points one voxel right of the small discs; one far away; one right."""
    rows = [("small", y, x + 5) for (y, x), c in zip(CENTERS, CLASSES, strict=True) if c == "small"]
    return bench.annotate([*rows, ("large", 8, 8), ("large", 24, 24)])


def test_background_rows_say_how_near_the_nearest_object_is(sized: Bench) -> None:
    out = status(beside(sized))
    assert "6 rows on background, not used" in out
    assert "6 of 6 within 2 voxels of an object; to take it: " in out
    assert "cells.yaml --nearest 2" in out
    assert "within 2 voxels" in objclass("run", sized.file).out


def test_background_rows_take_the_nearest_object(sized: Bench) -> None:
    beside(sized)
    assert objclass("annotations", "reattach", sized.file, "--nearest", "1").out.count("moved") == 0
    answer = objclass("annotations", "reattach", sized.file, "--nearest", "2")
    assert answer.out.count("  moved  ") == 6
    assert f"reattach {sized.file} --nearest 2 --write" in answer.out
    answer = objclass("annotations", "reattach", sized.file, "--nearest", "2", "--write")
    assert answer.code == 0
    assert "8 of 8 annotations valid" in status(sized)
    assert objclass("run", sized.file).code == 0


def test_the_nearest_object_is_looked_for_in_depth_too(tmp_path: Path) -> None:
    """The cylinders are planes 1 to 3: plane 5 is two planes away."""
    bench = deep(tmp_path)
    bench.annotate(
        [(c, 5, y, x) for c, (y, x) in zip(CLASSES, CENTERS, strict=True)], "class,z,y,x"
    )
    assert "12 of 12 within 2 voxels" in status(bench)
    objclass("annotations", "reattach", bench.file, "--nearest", "2", "--write")
    assert ALL in status(bench)
