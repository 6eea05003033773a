"""OME-Zarr in workflows: levels, label images inside, what vouches for a folder of chunks."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import zarr
from terminal import typed
from written_zarr import (
    VERSIONS,
    said_axes,
    scaled,
    write_array,
    write_group,
    write_labels,
    write_plate,
    write_pyramid,
)

from objclass.io.formats import describe
from objclass.io.patterns import expand
from workflows import CENTERS, CLASSES, RADII, SHAPE, Bench, discs, flat


def on_zarr(folder: Path, version: str = "0.4") -> Bench:
    """The small workflow, its image and map written as OME-Zarr; level 1 is twice as coarse."""
    bench = flat(folder)
    raw, probability = discs()
    size = {"y": 0.5, "x": 0.5}
    large = np.kron(raw, np.ones((2, 2), np.uint8))
    write_pyramid(folder / "raw.ome.zarr", [large, raw], "yx", version, size=size)
    both = np.stack([1 - probability, probability])
    write_pyramid(folder / "prob.ome.zarr", [both], "cyx", version, channels=["bg", "nucleus"])
    return bench.edit(
        ("path: raw.tif\n    axes: yx", "path: raw.ome.zarr\n    level: 1"),
        (
            "path: prob.h5\n    axes: yxc\n    channels: [background, nucleus]",
            "path: prob.ome.zarr",
        ),
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_level_of_an_ome_zarr_image_is_measured_like_the_same_voxels_in_a_tiff(
    version: str, tmp_path: Path
) -> None:
    (tmp_path / "tiff").mkdir()
    flat(tmp_path / "tiff").run()
    bench = on_zarr(tmp_path, version)
    found = bench.run()
    assert found.statuses == {"ran"}
    grid = found.job.graph.parts["raw"]["raw"][0].header.grid
    assert (grid.spacing, grid.unit) == ((1.0, 1.0, 1.0), "um")
    tables = [pd.read_csv(f / "results/objects.csv") for f in (tmp_path, tmp_path / "tiff")]
    means = [t.filter(regex="^intensity_mean").iloc[:, 0].to_list() for t in tables]
    assert len(means[0]) == 12
    assert means[0] == means[1]


def test_a_level_that_is_not_there_is_a_problem_of_its_line(tmp_path: Path) -> None:
    bench = on_zarr(tmp_path).edit(("level: 1", "level: 7"))
    screen = typed("validate cells.yaml", bench.folder)
    says = "cells.yaml:6:12: node 'raw': raw.ome.zarr has no level 7; expected 0 to 1"
    assert (screen.code, (screen.out + screen.err).splitlines()[0]) == (2, says)


def test_a_label_image_inside_an_image_gives_the_objects(tmp_path: Path) -> None:
    ids = np.zeros(SHAPE, np.uint16)
    ids[2:6, 3:9], ids[20:22, 30:40] = 5, 9
    bench = on_zarr(tmp_path)
    write_labels(tmp_path / "raw.ome.zarr", "cells", np.kron(ids, np.ones((2, 2), np.uint16)), "yx")
    text = (
        "version: 1\nnodes:\n"
        "  raw: {kind: input, path: raw.ome.zarr}\n"
        "  cells: {kind: input, path: raw.ome.zarr/labels/cells, role: label_image}\n"
        "  found: {kind: features, image: raw, objects: cells, measure: [size]}\n"
        "  save: {kind: export, from: found, write: {table: sizes.csv}}\n"
    )
    bench.file.write_text(text)
    assert typed("run cells.yaml", tmp_path).code == 0
    table = pd.read_csv(tmp_path / "sizes.csv")
    assert table["object"].to_list() == [5, 9]
    assert table.filter(regex="^size").iloc[:, 0].to_list() == [4 * 24, 4 * 20]


# --- what vouches for a folder ------------------------------------------------------------------


RAW = "raw.image|raw|"


def change_in_place(image: Path) -> None:
    """Change the one chunk of level 1 as a program does that writes into the file it finds."""
    other = image.with_name("other.zarr")
    write_pyramid(other, [discs(1)[0]], "yx")
    (image / "1" / "0.0").write_bytes((other / "0" / "0.0").read_bytes())


def test_a_run_again_opens_no_image_and_looks_at_no_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = on_zarr(tmp_path)
    bench.run()
    chunks = {str(path) for path in (tmp_path / "raw.ome.zarr" / "1").glob("[0-9]*")}
    assert chunks
    looked: list[str] = []
    usual = os.stat

    def noted(path: object, *rest: object, **more: object) -> os.stat_result:
        looked.append(str(path))
        return usual(path, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", noted)
    monkeypatch.setattr(zarr, "open_array", None)
    assert bench.run().statuses == {"cached"}
    assert not chunks & set(looked)
    assert str(tmp_path / "raw.ome.zarr/1/.zarray") in looked


def test_an_image_that_is_written_anew_is_read_again(tmp_path: Path) -> None:
    bench = on_zarr(tmp_path)
    bench.run()
    path = tmp_path / "raw.ome.zarr" / ".zattrs"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    found = bench.run()
    assert (found.state("raw"), found.reason("raw")) == ("ran", "file changed")
    assert found.state("measured") == "cached"


def test_a_chunk_that_is_replaced_in_the_folder_of_its_array_is_noticed(tmp_path: Path) -> None:
    bench = on_zarr(tmp_path)
    bench.run()
    array = zarr.open_array(str(tmp_path / "raw.ome.zarr" / "1"), mode="r+")
    array[0, 0] = 255
    assert bench.run().reason("raw") == "file changed"


def test_a_chunk_that_is_changed_in_place_is_not_noticed_until_the_input_is_forced(
    tmp_path: Path,
) -> None:
    bench = on_zarr(tmp_path)
    before = bench.run().digests[RAW]
    change_in_place(tmp_path / "raw.ome.zarr")
    assert bench.run().statuses == {"cached"}
    plan = typed("plan cells.yaml --force raw", tmp_path)
    assert "raw        will run  forced" in plan.out
    forced = bench.run(force=("raw",))
    assert (forced.state("raw"), forced.reason("raw")) == ("ran", "forced")
    assert forced.digests[RAW] != before
    again = bench.run()
    assert again.statuses == {"cached"}
    assert again.digests[RAW] == forced.digests[RAW]


def test_a_tiff_that_is_forced_is_read_once_and_nothing_else_runs(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    bench.run()
    found = bench.run(force=("raw", "prob"))
    assert found.ran_parts == {"raw.image", "prob.image"}


# --- plates -------------------------------------------------------------------------------------

PLATE = """\
version: 1
nodes:
  raw:  {kind: input, path: "{plate}.ome.zarr/{well}/{field}", level: 0, crop: {t: 0, z: 0}}
  seg:
    kind: input
    path: "{plate}.ome.zarr/{well}/{field}/labels/nuclei"
    role: label_image
    crop: {t: 0, z: 0}
  feats: {kind: features, image: raw, objects: seg, measure: [size, intensity]}
  mitosis:
    kind: classifier
    features: feats
    annotations: a.csv
    estimator: {kind: random_forest, trees: 5}
  result: {kind: predict, features: feats, classifier: mitosis}
  save:
    kind: export
    from: result
    write: {counts: out/per_well.csv, table: out/objects.parquet}
    counts_by: [plate, well]
"""
"""Job: counts per well of a plate whose segmentation lies inside it."""
COUNTS = {"B/03": {"0": 12, "1": 4}, "B/04": {"0": 0}, "C/11": {"0": 7}}
"""Nuclei per well and field."""


def some_discs(number: int) -> tuple[np.ndarray, np.ndarray]:
    """An image and ids of the first discs, with axes t, z, y, x."""
    raw, _ = discs()
    ids = np.zeros(SHAPE, np.uint16)
    rows, columns = np.indices(SHAPE)
    for k, ((y, x), radius) in enumerate(zip(CENTERS[:number], RADII, strict=False), 1):
        ids[(rows - y) ** 2 + (columns - x) ** 2 <= radius**2] = k
    return raw[None, None], ids[None, None]


def plate(folder: Path, version: str = "0.4", **more: Any) -> Bench:
    """A plate p1 with three wells, and the workflow that counts in it."""
    made = {w: {f: some_discs(n) for f, n in fields.items()} for w, fields in COUNTS.items()}
    write_plate(
        folder / "p1.ome.zarr",
        {w: {f: raw for f, (raw, _) in fields.items()} for w, fields in made.items()},
        version,
        axes="tzyx",
        labels={w: {f: ids for f, (_, ids) in fields.items()} for w, fields in made.items()},
        **more,
    )
    said = [f"p1_B03_0,{CLASSES[k]},{y},{x}" for k, (y, x) in enumerate(CENTERS)]
    (folder / "a.csv").write_text("\n".join(["image,class,y,x", *said, ""]))
    return Bench(folder, PLATE).edit()


@pytest.mark.parametrize("version", VERSIONS)
def test_nuclei_are_counted_per_well_of_a_plate(version: str, tmp_path: Path) -> None:
    plate(tmp_path, version)
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 0, screen.err
    found = pd.read_csv(tmp_path / "out/per_well.csv")
    assert found[["plate", "well", "objects"]].values.tolist() == [
        ["p1", "B03", 16],
        ["p1", "B04", 0],
        ["p1", "C11", 7],
    ]
    large = [sum(c == "large" for c in CLASSES[:n]) for n in (12, 4, 7)]
    assert found["n_large"].to_list() == [large[0] + large[1], 0, large[2]]
    rows = pd.read_parquet(tmp_path / "out/objects.parquet")
    assert rows.groupby(["well", "field"], observed=True).size().to_dict() == {
        ("B03", "0"): 12,
        ("B03", "1"): 4,
        ("C11", "0"): 7,
    }


def test_fields_and_wells_that_are_listed_and_not_there_are_named(tmp_path: Path) -> None:
    plate(tmp_path, listed={"C/11": ["0", "2"], "D/01": []})
    screen = typed("validate cells.yaml", tmp_path)
    assert screen.code == 2
    shown = screen.out + screen.err
    assert "image 'p1_C11_2': the well C11 lists the field 2, which is not there" in shown
    assert "image 'p1_D01_0': p1.ome.zarr lists the well D01, which is not there" in shown


def test_a_field_without_its_label_image_has_no_partner(tmp_path: Path) -> None:
    plate(tmp_path)
    shutil.rmtree(tmp_path / "p1.ome.zarr/B/03/1/labels")
    shown = typed("validate cells.yaml", tmp_path)
    assert shown.code == 2
    assert "nothing here pairs with 1 file of raw; got p1.ome.zarr/B/03/1" in shown.out + shown.err


def test_an_image_beside_plates_is_no_plate_with_a_well_called_labels(tmp_path: Path) -> None:
    plate(tmp_path)
    write_pyramid(tmp_path / "scan.ome.zarr", [discs()[0]], "yx")
    write_labels(tmp_path / "scan.ome.zarr", "nuclei", np.zeros(SHAPE, np.uint16), "yx")
    assert typed("validate cells.yaml", tmp_path).code == 0


def test_label_images_of_an_image_are_found_by_name(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "scan.ome.zarr", [discs()[0]], "yx")
    for name in ("cells", "nuclei"):
        write_labels(tmp_path / "scan.ome.zarr", name, np.zeros(SHAPE, np.uint16), "yx")
    write_group(tmp_path / "scan.ome.zarr/labels", {"labels": ["cells", "nuclei"]})
    found = expand("scan.ome.zarr/labels/{what}", tmp_path)
    assert [each.names for each in found] == [{"what": "cells"}, {"what": "nuclei"}]


def test_a_well_may_be_called_by_its_name_or_its_folder(tmp_path: Path) -> None:
    plate(tmp_path)
    for well in ("B03", "B/03"):
        text = f"version: 1\nnodes:\n  raw: {{kind: input, path: p1.ome.zarr/{well}/1}}\n"
        (tmp_path / "one.yaml").write_text(text)
        assert typed("validate one.yaml", tmp_path).code == 0
    text = 'version: 1\nnodes:\n  raw: {kind: input, path: "p1.ome.zarr/B03/{field}"}\n'
    (tmp_path / "one.yaml").write_text(text)
    assert typed("validate one.yaml", tmp_path).code == 0


def test_a_path_that_fits_no_image_of_a_plate_says_how_wells_are_called(tmp_path: Path) -> None:
    plate(tmp_path)
    text = 'version: 1\nnodes:\n  raw: {kind: input, path: "p1.ome.zarr/Z{well}/{field}"}\n'
    (tmp_path / "one.yaml").write_text(text)
    shown = typed("validate one.yaml", tmp_path)
    assert (
        "no image fits 'p1.ome.zarr/Z{well}/{field}'; got p1.ome.zarr is a plate with the wells "
        "B03, B04, C11; write for example p1.ome.zarr/{well}/{field}"
    ) in shown.out + shown.err


# --- written ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_objects_and_classes_are_written_beside_the_input_and_read_again(
    version: str, tmp_path: Path
) -> None:
    bench = on_zarr(tmp_path, version).edit(
        (
            "predictions: results/{image}_classes.tif",
            "predictions: results/classes.ome.zarr\n"
            "      identities: raw.ome.zarr/labels/found\n"
            "      probabilities: results/p.ome.zarr",
        )
    )
    assert bench.run().statuses == {"ran"}
    assert bench.run().statuses == {"cached"}
    text = (
        "version: 1\nnodes:\n"
        "  raw: {kind: input, path: raw.ome.zarr, level: 1}\n"
        "  cells: {kind: input, path: raw.ome.zarr/labels/found, role: label_image}\n"
        "  found: {kind: features, image: raw, objects: cells, measure: [size]}\n"
        "  save: {kind: export, from: found, write: {table: sizes.csv}}\n"
    )
    (tmp_path / "again.yaml").write_text(text)
    screen = typed("run again.yaml", tmp_path)
    assert screen.code == 0, screen.err
    assert len(pd.read_csv(tmp_path / "sizes.csv")) == 12
    said = json.loads((tmp_path / "results/classes.ome.zarr/zarr.json").read_text())
    names = [each["class"] for each in said["attributes"]["ome"]["image-label"]["properties"]]
    assert names == ["large", "small"]
    shutil.rmtree(tmp_path / "results/p.ome.zarr")
    assert "p.ome.zarr is gone" in bench.run().reason("out.probabilities")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("identities: raw.ome.zarr", "it would overwrite the input of 'raw'"),
        ("identities: raw.ome.zarr/labels/cells", "it would overwrite the input of 'more'"),
        ("identities: new.ome.zarr/labels/x", "there is no OME-Zarr image that this label image"),
        ("probabilities: raw.ome.zarr/labels/p", "a label image holds no fractions"),
        ("table: out.zarr", "table cannot be written in this format"),
    ],
)
def test_what_cannot_be_written_is_one_message(line: str, said: str, tmp_path: Path) -> None:
    bench = on_zarr(tmp_path)
    write_labels(tmp_path / "raw.ome.zarr", "cells", np.zeros(SHAPE, np.uint16), "yx")
    more = "nodes:\n  more: {kind: input, path: raw.ome.zarr/labels/cells, role: label_image}"
    wrote = "table: results/objects.csv\n      predictions: results/{image}_classes.tif"
    bench.edit(("nodes:", more), (wrote, line))
    screen = typed("validate cells.yaml", tmp_path)
    assert screen.code == 2
    assert said in " ".join((screen.out + screen.err).split())


def test_a_new_image_has_the_version_that_is_asked_for(tmp_path: Path) -> None:
    bench = on_zarr(tmp_path).edit(
        (
            "predictions: results/{image}_classes.tif",
            "predictions: {path: results/classes.ome.zarr, ome_zarr: 0.4}\n"
            "      identities: results/ids.ome.zarr",
        )
    )
    assert bench.run().statuses == {"ran"}
    assert (tmp_path / "results/classes.ome.zarr/.zattrs").is_file()
    assert (tmp_path / "results/ids.ome.zarr/zarr.json").is_file()
    typed("run cells.yaml --set out.write.predictions.ome_zarr=0.5", tmp_path)
    assert (tmp_path / "results/classes.ome.zarr/zarr.json").is_file()


@pytest.mark.parametrize(
    ("write", "says"),
    [
        ("{path: a.ome.zarr, ome_zarr: 0.3}", "is no version that is written; got 0.3; expected 0"),
        ("{path: a.tif, ome_zarr: 0.4}", "it is a version of OME-Zarr; got a.tif; remove it, or"),
        (
            "{path: raw.ome.zarr/labels/a, ome_zarr: 0.5}",
            "a label image inside an image has the version of that image",
        ),
    ],
)
def test_a_version_that_cannot_be_written_is_one_message(
    write: str, says: str, tmp_path: Path
) -> None:
    bench = on_zarr(tmp_path)
    bench.edit(("predictions: results/{image}_classes.tif", f"predictions: {write}"))
    screen = typed("validate cells.yaml", tmp_path)
    assert screen.code == 2
    assert says in " ".join((screen.out + screen.err).split())


@pytest.mark.parametrize("version", VERSIONS)
def test_the_time_step_of_an_image_reaches_tables_and_what_is_written(
    version: str, tmp_path: Path
) -> None:
    raw, _ = discs()
    ids = np.zeros((2, *SHAPE), np.uint16)
    ids[:, 2:6, 3:9] = 1
    multiscale = {
        "axes": said_axes("tyx", {"t": "minute", "y": "micrometer", "x": "micrometer"}),
        "datasets": [scaled("0", [5.0, 0.5, 0.5])],
        "version": version,
    }
    for name, array in (("raw", np.stack([raw, raw])), ("seg", ids)):
        write_array(tmp_path / f"{name}.zarr/0", array, version)
        write_group(tmp_path / f"{name}.zarr", {"multiscales": [multiscale]}, version)
    text = (
        "version: 1\nnodes:\n"
        "  raw: {kind: input, path: raw.zarr}\n"
        "  seg: {kind: input, path: seg.zarr, role: label_image}\n"
        "  found: {kind: features, image: raw, objects: seg, measure: [size]}\n"
        "  save: {kind: export, from: found, write: {table: a.csv, identities: ids.ome.zarr}}\n"
    )
    (tmp_path / "time.yaml").write_text(text)
    screen = typed("run time.yaml", tmp_path)
    assert screen.code == 0, screen.err
    table = pd.read_csv(tmp_path / "a.csv")
    column = next(name for name in table if name.startswith("time"))
    assert (column, table[column].to_list()) == ("time_min", [0, 5])
    found = describe(tmp_path / "ids.ome.zarr")
    assert (found.time_step, found.spacing, found.unit) == ("5 min", {"y": 0.5, "x": 0.5}, "um")
