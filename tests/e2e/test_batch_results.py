"""A project has as many results as its workflow: nuclei and cells, each under its own name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from terminal import Screen, typed

import objclass
from workflows import CENTERS, CLASSES, discs, write_raw

TWO = """\
version: 1
nodes:
  raw: {{kind: input, path: raw.tif, axes: yx}}
  small: {{kind: input, path: small.tif, axes: yx, role: label_image}}
  large: {{kind: input, path: large.tif, axes: yx, role: label_image}}
  nfeats: {{kind: features, image: raw, objects: small, measure: [size, intensity_mean]}}
  cfeats: {{kind: features, image: raw, objects: large, measure: [size, intensity_mean]}}
  ncls: {{kind: classifier, features: nfeats, annotations: n.csv, estimator: {forest}}}
  ccls: {{kind: classifier, features: cfeats, annotations: c.csv, estimator: {forest}}}
{results}
"""
FOREST = "{kind: random_forest, trees: 5}"
PREDICT = {
    "nres": "  nres: {kind: predict, features: nfeats, classifier: ncls}",
    "cres": "  cres: {kind: predict, features: cfeats, classifier: ccls}",
}
SAVE = {
    "nres": "  nsave: {kind: export, from: nres, write: {table: out/n.csv, counts: out/nc.csv}}",
    "cres": "  csave: {kind: export, from: cres, write: {table: out/c.csv}}",
}
BATCH = (
    "batch two.objclass.h5 --raw raw.tif --input small=small.tif --input large=large.tif "
    "--out batch"
)


def squares(half: int, only: range) -> np.ndarray:
    """A label image of squares around some of the places of the discs."""
    ids = np.zeros((48, 64), np.uint16)
    for k in only:
        y, x = CENTERS[k]
        ids[y - half : y + half + 1, x - half : x + half + 1] = k + 1
    return ids


def two(folder: Path, *results: str) -> None:
    """Write the workflow ``two.yaml`` with twelve small objects and eight large ones, and run."""
    write_raw(folder / "raw.tif", discs()[0])
    tifffile.imwrite(folder / "small.tif", squares(1, range(12)))
    tifffile.imwrite(folder / "large.tif", squares(5, range(8)))
    text = TWO.format(forest=FOREST, results="\n".join(results))
    (folder / "two.yaml").write_text(text)
    for name, number in (("n", 8), ("c", 6)):
        rows = [f"{CLASSES[k]},{y},{x}" for k, (y, x) in enumerate(CENTERS[:number])]
        (folder / f"{name}.csv").write_text("\n".join(["class,y,x", *rows]) + "\n")
    screen = typed("run two.yaml", folder)
    assert screen.code == 0, screen.out + screen.err


def batch(folder: Path, more: str = "") -> Screen:
    """Run the batch on the training image."""
    screen = typed(f"{BATCH} {more}", folder)
    assert screen.code == 0, screen.out + screen.err
    return screen


def files(folder: Path) -> set[str]:
    """What the batch wrote."""
    return {path.name for path in (folder / "batch").iterdir()} - {".batch", "manifest.json"}


@pytest.mark.parametrize("order", [("nres", "cres"), ("cres", "nres")], ids="-".join)
def test_both_results_are_done_whatever_the_order_of_lines(
    order: tuple[str, str], tmp_path: Path
) -> None:
    lines = [PREDICT["nres"], PREDICT["cres"], *(SAVE[name] for name in order)]
    two(tmp_path, *lines)
    screen = batch(tmp_path)
    first, second = order
    assert screen.lines[0].split("  ")[:2] == ["1/1", "raw"]
    assert screen.lines[0].index(f"{first}: ") < screen.lines[0].index(f"{second}: ")
    assert "nres: 12 objects; " in screen.lines[0]
    assert "cres: 8 objects; " in screen.lines[0]
    assert files(tmp_path) == {
        "raw_nres_objects.csv",
        "raw_cres_objects.csv",
        "nres_counts.csv",
        "summary.csv",
    }
    for name, ran in (("nres", "n"), ("cres", "c")):
        again = pd.read_csv(tmp_path / f"batch/raw_{name}_objects.csv")
        before = pd.read_csv(tmp_path / f"out/{ran}.csv")
        same = again.drop(columns="user_class")
        assert same.equals(before[same.columns])


def test_the_summary_has_the_columns_of_every_result(tmp_path: Path) -> None:
    two(tmp_path, *PREDICT.values(), *SAVE.values())
    batch(tmp_path)
    (row,) = pd.read_csv(tmp_path / "batch/summary.csv").to_dict("records")
    assert list(row) == [
        "image", "status", "nres_objects", "nres_n_large", "nres_n_small",
        "cres_objects", "cres_n_large", "cres_n_small", "columns_outside", "shift",
        "shifted_columns", "saturated", "focus", "quality",
    ]  # fmt: skip
    assert (row["nres_objects"], row["cres_objects"]) == (12, 8)
    assert row["cres_n_large"] + row["cres_n_small"] == 8


def test_a_prediction_that_is_not_exported_is_a_result_too(tmp_path: Path) -> None:
    two(tmp_path, *PREDICT.values(), SAVE["nres"])
    batch(tmp_path)
    assert {"raw_nres_objects.csv", "raw_cres_objects.csv"} <= files(tmp_path)


def test_objects_and_tables_exported_without_a_classifier_are_results(tmp_path: Path) -> None:
    two(
        tmp_path,
        PREDICT["nres"],
        SAVE["nres"],
        "  ids: {kind: export, from: large, write: {identities: out/ids.tif}}",
        "  measured: {kind: export, from: cfeats, write: {table: out/m.csv}}",
    )
    screen = batch(tmp_path)
    assert "large: 8 objects" in screen.lines[0]
    assert "cfeats: 8 objects" in screen.lines[0]
    assert {"raw_large_ids.tif", "raw_cfeats_objects.csv"} <= files(tmp_path)
    ids = tifffile.imread(tmp_path / "batch/raw_large_ids.tif")
    assert np.array_equal(ids, squares(5, range(8)))


def test_export_chooses_for_every_result_that_has_it(tmp_path: Path) -> None:
    two(
        tmp_path,
        *PREDICT.values(),
        *SAVE.values(),
        "  ids: {kind: export, from: large, write: {identities: out/ids.tif}}",
    )
    batch(tmp_path, "--export predictions --export overlay --format png")
    assert files(tmp_path) == {
        "raw_nres_classes.png", "raw_cres_classes.png", "raw_nres_overlay.png",
        "raw_cres_overlay.png", "raw_large_overlay.png", "summary.csv",
    }  # fmt: skip


def test_one_result_written_by_two_exports_keeps_both(tmp_path: Path) -> None:
    """Two tables of one result are called after their exports; the rest after the image alone."""
    two(
        tmp_path,
        PREDICT["nres"],
        "  brief: {kind: export, from: nres, columns: [size_voxels], write: {table: out/b.csv}}",
        "  whole: {kind: export, from: nres, write: {table: out/w.csv, identities: out/i.tif}}",
    )
    batch(tmp_path)
    assert files(tmp_path) == {
        "raw_brief_objects.csv", "raw_whole_objects.csv", "raw_ids.tif", "summary.csv",
    }  # fmt: skip
    brief = pd.read_csv(tmp_path / "batch/raw_brief_objects.csv")
    assert "intensity_mean-0" not in brief.columns


def test_options_of_a_file_hold_in_the_batch_too(tmp_path: Path) -> None:
    two(
        tmp_path,
        PREDICT["nres"],
        "  s: {kind: export, from: nres, write: {identities: {path: out/i.tif, dtype: uint32}}}",
    )
    batch(tmp_path)
    assert tifffile.imread(tmp_path / "batch/raw_ids.tif").dtype == np.uint32


def test_one_classifier_on_two_label_images_keeps_their_annotations_apart(tmp_path: Path) -> None:
    two(
        tmp_path,
        *PREDICT.values(),
        *SAVE.values(),
        "  other: {kind: predict, features: cfeats, classifier: ncls}",
        "  osave: {kind: export, from: other, write: {table: out/o.csv}}",
    )
    nuclei = pd.read_csv(tmp_path / "out/n.csv")
    assert nuclei["user_class"].notna().sum() == 8
    assert pd.read_csv(tmp_path / "out/c.csv")["user_class"].notna().sum() == 6
    assert pd.read_csv(tmp_path / "out/o.csv")["user_class"].isna().all()


def test_a_batch_from_python_has_every_result(tmp_path: Path) -> None:
    two(tmp_path, *PREDICT.values(), *SAVE.values())
    request = objclass.BatchRequest(
        tmp_path / "two.objclass.h5",
        tmp_path / "batch",
        inputs={name: str(tmp_path / f"{name}.tif") for name in ("raw", "small", "large")},
    )
    (done,) = objclass.prepare_batch(request).run()
    counts = {name: counted.objects for name, counted in done.results.items()}
    assert counts == {"nres": 12, "cres": 8}


def test_annotations_of_all_classifiers_are_begun_and_told_of(tmp_path: Path) -> None:
    two(tmp_path, *PREDICT.values(), *SAVE.values())
    screen = typed("annotations status two.yaml", tmp_path)
    assert screen.code == 0
    assert [line for line in screen.lines if not line.startswith(" ")] == ["ncls:", "ccls:"]
    assert "    n.csv: 8 of 8 annotations valid" in screen.lines
    assert "    c.csv: 6 of 6 annotations valid" in screen.lines
    (tmp_path / "n.csv").unlink()
    screen = typed("annotations new two.yaml --count 3", tmp_path)
    assert screen.lines[:2] == [
        "kept    the annotations of ccls, which are there already",
        "wrote   n.csv  3 objects of 12, diverse",
    ]
    screen = typed("annotations new two.yaml -o more.csv", tmp_path)
    assert screen.err == "which classifier?; expected ncls, ccls; add for example --node ncls\n"


# --- counts: one file per batch ---------------------------------------------------------------


def wells(folder: Path) -> None:
    """Train, and write four images of two wells; one of well B is broken, all of well C."""
    two(
        folder,
        PREDICT["nres"],
        "  s: {kind: export, from: nres, counts_by: [image], write: {counts: out/c.csv}}",
    )
    for name in ("A_1", "A_2", "B_1", "B_2", "C_1"):
        broken = name in ("B_2", "C_1")
        write_raw(folder / f"new/{name}.tif", discs()[0][: 40 if broken else 48])
        ids = squares(1, range(12 if name[0] == "A" else 5))
        tifffile.imwrite(folder / f"new/{name}_small.tif", ids)
        tifffile.imwrite(folder / f"new/{name}_large.tif", squares(5, range(8)))


def test_counts_per_well_are_one_table_in_which_failed_is_not_zero(tmp_path: Path) -> None:
    wells(tmp_path)
    line = (
        "batch two.objclass.h5 --raw 'new/{well}_{n}.tif' --input 'small=new/{well}_{n}_small.tif' "
        "--input 'large=new/{well}_{n}_large.tif' --out batch --set 's.counts_by=[well]'"
    )
    screen = typed(line, tmp_path)
    assert screen.code == 1
    assert screen.lines[-1] == "3 done, 2 failed; results in batch"
    assert files(tmp_path) == {"counts.csv", "wells.csv", "summary.csv", "failures.csv"}
    counts = pd.read_csv(tmp_path / "batch/counts.csv").set_index("well")
    assert list(counts.columns) == [
        "images", "failed", "objects", "n_large", "n_small", "pct_large", "pct_small",
    ]  # fmt: skip
    assert counts.loc["A", ["images", "failed", "objects"]].to_list() == [2, 0, 24]
    assert counts.loc["B", ["images", "failed", "objects"]].to_list() == [1, 1, 5]
    assert counts.loc["C", ["images", "failed"]].to_list() == [0, 1]
    assert counts.loc["C", ["objects", "n_large", "n_small", "pct_large"]].isna().all()
    assert (counts["n_large"] + counts["n_small"]).loc["A"] == 24


def test_a_name_to_count_by_that_no_image_has_is_refused_before_work(tmp_path: Path) -> None:
    wells(tmp_path)
    screen = typed(f"{BATCH} --set 's.counts_by=[well]'", tmp_path)
    assert screen.code == 2
    assert screen.err == (
        "counts_by: no image has a name 'well'; expected image, t; put {well} into the patterns, "
        "or add --set s.counts_by=[image]\n"
    )
