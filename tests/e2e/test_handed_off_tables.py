"""Tables in the words of other programs, each opened by its own reader where there is one."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
import tifffile
from commands import objclass
from readers import read_there

from objclass.io.write import write_image
from workflows import Bench, deep, discs, flat, series, several, write_map, write_raw

WRITE = "results/{image}_classes.tif"


def run(bench: Bench, more: str) -> pd.DataFrame:
    """Run a workflow that writes one thing more, and return its object table."""
    ran = bench.edit((WRITE, f"{WRITE}\n      {more}")).run()
    assert ran.state("out") in ("ran", "cached"), ran.reason("out")
    return pd.read_csv(bench.folder / "results/objects.csv")


def zarr_image(bench: Bench, ome_zarr: str = "0.5") -> Bench:
    """Let the raw image be an OME-Zarr."""
    raw = tifffile.imread(bench.folder / "raw.tif")
    write_image(bench.folder / "raw.ome.zarr", raw, "yx", ome_zarr=ome_zarr)
    return bench.edit(("path: raw.tif\n    axes: yx", "path: raw.ome.zarr"))


# --- Fractal --------------------------------------------------------------------------------

NGIO = """
import json, sys
import ngio
image = ngio.open_ome_zarr_container(sys.argv[1])
table = image.get_table("nuclei")
frame = table.dataframe
print(json.dumps({
    "type": table.table_type(), "label": table.reference_label, "tables": image.list_tables(),
    "index": frame.index.name, "ids": frame.index.tolist(), "labels": image.list_labels(),
    "painted": sorted({int(n) for n in image.get_label("nuclei").get_as_numpy().ravel()} - {0}),
    "area": frame["size_voxels"].tolist(), "class": frame["predicted_class"].tolist(),
    "kinds": {k: str(v) for k, v in frame.dtypes.items()}, "meta": table.meta.model_dump(),
}))
"""


@pytest.mark.parametrize(
    ("backend", "version"),
    [
        ("csv", "0.4"),
        ("parquet", "0.5"),
        pytest.param("parquet", "0.4", marks=pytest.mark.slow),
        pytest.param("csv", "0.5", marks=pytest.mark.slow),
    ],
)
def test_ngio_reads_a_feature_table_beside_its_labels(
    tmp_path: Path, backend: str, version: str
) -> None:
    bench = zarr_image(flat(tmp_path), version)
    target = f"ngio: {{path: raw.ome.zarr/tables/nuclei, backend: {backend}}}"
    table = run(bench, f"identities: raw.ome.zarr/labels/nuclei\n      {target}")
    found = read_there(NGIO, tmp_path / "raw.ome.zarr")
    assert (found["type"], found["label"], found["tables"]) == (
        "feature_table",
        "nuclei",
        ["nuclei"],
    )
    assert found["index"] == "label"
    assert found["ids"] == found["painted"] == table["object"].tolist()
    assert found["area"] == table["size_voxels"].tolist()
    assert found["class"] == table["predicted_class"].tolist()
    meta = found["meta"]
    assert meta["region"] == {"path": "../labels/nuclei"}
    assert (meta["table_version"], meta["backend"], meta["index_type"]) == ("1", backend, "int")
    assert meta["instance_key"] == meta["index_key"] == "label"
    assert meta["categorical_columns"] == ["user_class", "predicted_class"]
    assert "size_voxels" in meta["measurement_columns"]
    assert set(meta["metadata_columns"]) == {"y", "x", "touches_border", "stamp"}


def test_a_second_table_is_listed_beside_the_first(tmp_path: Path) -> None:
    bench = zarr_image(flat(tmp_path))
    for name in ("b", "a", "b"):
        objclass(
            "run", bench.file, "--set",
            f"out.write={{ngio: {{path: raw.ome.zarr/tables/{name}, label: nuclei}}}}",
        )  # fmt: skip
    said = json.loads((tmp_path / "raw.ome.zarr/tables/zarr.json").read_text())
    assert said["attributes"]["tables"] == ["b", "a"]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("raw.ome.zarr/tables/n", "which label image its rows are objects of"),
        ("raw.ome.zarr/labels/n", "only tables are written into an image"),
        ("none.ome.zarr/tables/n", "there is no OME-Zarr image that this table could lie in"),
        ("{path: n.zarr, label: nuclei}", "from a table inside the same OME-Zarr image"),
        ("n.csv", "cannot be written in this format"),
    ],
)
def test_a_table_that_fractal_could_not_place_is_refused(
    tmp_path: Path, target: str, says: str
) -> None:
    bench = zarr_image(flat(tmp_path)).edit((WRITE, f"{WRITE}\n      ngio: {target}"))
    answer = objclass("validate", bench.file)
    assert answer.code == 2
    assert says in answer.err


def test_a_feature_table_of_several_frames_is_refused(tmp_path: Path) -> None:
    bench = series(tmp_path).edit((WRITE, f"{WRITE}\n      ngio: n.zarr"))
    answer = objclass("validate", bench.file)
    assert answer.code == 2
    assert "ids begin anew in every frame; got 3 frames" in answer.err


# --- AnnData and SpatialData ----------------------------------------------------------------


def test_anndata_holds_features_classes_and_places(tmp_path: Path) -> None:
    table = run(flat(tmp_path), "anndata: o.h5ad")
    found = anndata.read_h5ad(tmp_path / "o.h5ad")
    assert found.shape == (12, len(found.var_names))
    assert "predicted_class" not in found.var_names
    assert (
        found.X[:, found.var_names.get_loc("size_voxels")].tolist() == table["size_voxels"].tolist()
    )
    assert found.var.loc["size_voxels", "unit"] == "voxel"
    assert found.obs["predicted_class"].tolist() == table["predicted_class"].tolist()
    assert found.obs["predicted_class"].cat.categories.tolist() == ["large", "small"]
    assert len(found.uns["predicted_class_colors"]) == 2
    assert found.obs["probability-large"].tolist() == table["probability-large"].tolist()
    assert found.obs["instance_id"].dtype.kind == "i"
    assert found.obs["instance_id"].tolist() == table["object"].tolist()
    assert found.obs["region"].cat.categories.tolist() == ["nuclei"]
    keys = {"region": "nuclei", "region_key": "region", "instance_key": "instance_id"}
    assert found.uns["spatialdata_attrs"] == keys
    assert found.obsm["spatial"].tolist() == (table[["x", "y"]] + 0.5).to_numpy().tolist()
    assert found.obs_names.is_unique


def test_one_anndata_holds_all_images_each_a_region(tmp_path: Path) -> None:
    run(several(tmp_path), "anndata: o.h5ad")
    found = anndata.read_h5ad(tmp_path / "o.h5ad")
    assert found.n_obs == 36
    assert found.uns["spatialdata_attrs"]["region"].tolist() == ["a_nuclei", "b_nuclei", "c_nuclei"]
    assert found.obs["region"].value_counts().tolist() == [12, 12, 12]


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("cells", "objects of several images would be of one label image; got cells; call it "
         "{image}_cells"),
        ("{imag}_cells", "no image has a name {imag}; got {imag}_cells; expected {image}; did you "
         "mean {image}?"),
    ],
)  # fmt: skip
def test_a_region_that_does_not_tell_images_apart_is_refused(
    tmp_path: Path, region: str, said: str
) -> None:
    written = f'anndata: {{path: o.h5ad, region: "{region}"}}'
    bench = several(tmp_path).edit((WRITE, f"{WRITE}\n      {written}"))
    answer = objclass("validate", bench.file)
    assert answer.code == 2
    assert answer.err.endswith(f"{said}\n")


def test_a_file_of_each_image_may_call_its_region_as_the_others_do(tmp_path: Path) -> None:
    run(several(tmp_path), 'anndata: {path: "{image}.h5ad", region: cells}')
    found = anndata.read_h5ad(tmp_path / "b.h5ad")
    assert set(found.obs["region"]) == {"cells"}


def test_anndata_of_a_volume_has_three_coordinates_and_of_a_series_frames(tmp_path: Path) -> None:
    run(deep(tmp_path / "z"), "anndata: o.h5ad")
    assert anndata.read_h5ad(tmp_path / "z/o.h5ad").obsm["spatial"].shape == (12, 3)
    run(series(tmp_path / "t"), "anndata: o.h5ad")
    found = anndata.read_h5ad(tmp_path / "t/o.h5ad")
    assert found.obs["t"].value_counts().tolist() == [12, 12, 12]
    assert found.obs_names.is_unique


SPATIALDATA = """
import json, sys
import anndata, tifffile
from spatialdata import SpatialData, match_element_to_table
from spatialdata.models import Labels2DModel, TableModel
table = TableModel.parse(anndata.read_h5ad(sys.argv[1]))
labels = Labels2DModel.parse(tifffile.imread(sys.argv[2]), dims=("y", "x"))
data = SpatialData(labels={"nuclei": labels}, tables={"objects": table})
data.write(sys.argv[3])
again = SpatialData.read(sys.argv[3])
elements, rows = match_element_to_table(again, "nuclei", "objects")
print(json.dumps([len(rows), rows.obs["predicted_class"].tolist()]))
"""


def test_spatialdata_matches_every_row_to_its_label(tmp_path: Path) -> None:
    table = run(flat(tmp_path), "identities: ids.tif\n      anndata: o.h5ad")
    rows, classes = read_there(
        SPATIALDATA, tmp_path / "o.h5ad", tmp_path / "ids.tif", tmp_path / "s.zarr"
    )
    assert rows == 12
    assert classes == table["predicted_class"].tolist()


def test_without_the_package_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = flat(tmp_path).edit((WRITE, f"{WRITE}\n      anndata: o.h5ad"))
    monkeypatch.setattr("objclass.io.anndata_file.find_spec", lambda name: None)
    answer = objclass("validate", bench.file)
    assert answer.code == 2
    assert "pip install 'objclass[anndata]'" in answer.err


# --- MoBIE ----------------------------------------------------------------------------------


def test_mobie_has_places_and_boxes_in_physical_units(tmp_path: Path) -> None:
    bench = flat(tmp_path).edit(
        ("    axes: yx\n  prob", "    axes: yx\n    pixel_size: {y: 0.5 um, x: 0.25 um}\n  prob"),
        ("    axes: yxc", "    axes: yxc\n    pixel_size: {y: 0.5 um, x: 0.25 um}"),
    )
    table = run(bench, "mobie: o.tsv")
    found = pd.read_csv(tmp_path / "o.tsv", sep="\t")
    corners = [f"{name}_{axis}" for name in ("anchor", "bb_min", "bb_max") for axis in "xy"]
    assert found.columns.tolist()[:7] == ["label_id", *corners]
    assert found["label_id"].tolist() == table["object"].tolist()
    assert found["anchor_x"].tolist() == ((table["x"] + 0.5) * 0.25).tolist()
    wide = (found["bb_max_x"] - found["bb_min_x"]) / 0.25
    high = (found["bb_max_y"] - found["bb_min_y"]) / 0.5
    assert wide.tolist() == high.tolist()
    assert set(wide) == {13, 7}  # the diameters of discs


def test_mobie_has_z_of_a_volume_and_timepoints_of_a_series(tmp_path: Path) -> None:
    run(deep(tmp_path / "z"), "mobie: o.tsv")
    found = pd.read_csv(tmp_path / "z/o.tsv", sep="\t")
    assert set(found["bb_max_z"] - found["bb_min_z"]) == {3}
    run(series(tmp_path / "t"), "mobie: o.tsv")
    found = pd.read_csv(tmp_path / "t/o.tsv", sep="\t")
    assert found["timepoint"].value_counts().tolist() == [12, 12, 12]


# --- OMERO ----------------------------------------------------------------------------------


def omero(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The types of columns and the rows of a table for ``omero metadata populate``."""
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    assert head.startswith("# header ")
    return head.removeprefix("# header ").split(","), list(csv.DictReader(rest.splitlines()))


def test_omero_gets_types_and_the_names_of_files(tmp_path: Path) -> None:
    table = run(several(tmp_path), "omero: o.csv")
    types, rows = omero(tmp_path / "o.csv")
    kinds = dict(zip(rows[0], types, strict=True))
    assert (kinds["Image Name"], kinds["Object"], kinds["predicted_class"]) == ("s", "l", "s")
    assert kinds["size_voxels"] in "dl"
    assert [row["Image Name"] for row in rows] == [f"{name}.tif" for name in table["image"]]
    assert [float(row["size_voxels"]) for row in rows] == table["size_voxels"].tolist()


def test_omero_finds_wells_by_their_names(tmp_path: Path) -> None:
    bench = several(tmp_path, ("P1_A01", "P1_B02"))
    old, new = "{name}", "{plate}_{well}"
    bench.edit((old, new))
    run(bench, "omero: o.csv")
    types, rows = omero(tmp_path / "o.csv")
    assert types[:2] == ["plate", "well"]
    assert {(row["Plate"], row["Well"]) for row in rows} == {("P1", "A01"), ("P1", "B02")}


# --- all of them ----------------------------------------------------------------------------

ALL = "ngio,anndata,mobie,omero"


def batch(folder: Path, probability: np.ndarray, raw: np.ndarray) -> Any:
    """Write everything of another image by a batch."""
    write_raw(folder / "new.tif", raw)
    write_map(folder / "new.h5", probability)
    new = ("--raw", folder / "new.tif", "--prediction-map", folder / "new.h5")
    return objclass("batch", folder / "cells.objclass.h5", *new, "--out", folder / "out",
                    "--export", ALL)  # fmt: skip


@pytest.mark.parametrize("objects", [12, 0])
def test_a_batch_writes_them_an_image_each(tmp_path: Path, objects: int) -> None:
    flat(tmp_path).run()
    raw, probability = discs()
    answer = batch(tmp_path, probability * bool(objects), raw)
    assert answer.code == 0, answer.err
    out = tmp_path / "out"
    assert len(pd.read_parquet(out / "new_features.zarr/table.parquet")) == objects
    assert anndata.read_h5ad(out / "new_objects.h5ad").n_obs == objects
    assert len(pd.read_csv(out / "new_mobie.tsv", sep="\t")) == objects
    assert len(omero(out / "new_omero.csv")[1]) == objects


def test_classes_of_any_letters_stay_as_they_are(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    text = bench.annotations.read_text(encoding="utf-8")
    bench.annotations.write_text(text.replace("small", '"-µ, ""小"""'), encoding="utf-8")
    run(bench, "ngio: n.zarr\n      anndata: o.h5ad\n      mobie: o.tsv\n      omero: o.csv")
    name = '-µ, "小"'
    assert name in set(pd.read_parquet(tmp_path / "n.zarr/table.parquet")["predicted_class"])
    assert name in set(anndata.read_h5ad(tmp_path / "o.h5ad").obs["predicted_class"])
    assert name in set(pd.read_csv(tmp_path / "o.tsv", sep="\t", quoting=3)["predicted_class"])
    assert name in {row["predicted_class"] for row in omero(tmp_path / "o.csv")[1]}
