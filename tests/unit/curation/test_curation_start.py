"""Starting annotations: random objects as rows with stamps, and a picture of them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from objclass.curation import start, status
from objclass.curation.annotated_objects import chosen_classifier
from objclass.curation.png import MARK
from objclass.curation.tiles import GAP, SIDE
from objclass.errors import InputError, RunError
from objclass.nodes.registry import KINDS
from objclass.schema.workflow import load
from workflows import CENTERS, Bench, deep, discs, flat, series, several, write_map, write_raw

INK = (255, 235, 59)


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill(path: Path, column: str = "small") -> None:
    """Give every row a class."""
    rows = table(path)
    lines = [",".join(rows[0])]
    lines += [",".join({**row, "class": column}.values()) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def bare(bench: Bench) -> Bench:
    """A bench without annotations."""
    bench.annotations.unlink()
    return bench


def pixels(path: Path) -> np.ndarray[Any, Any]:
    """A picture as an array."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_rows_have_positions_stamps_and_no_class(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path))
    found = start(bench.file, count=5)
    rows = table(bench.annotations)
    assert (found.chosen, found.total, found.named) == (5, 12, True)
    assert list(rows[0]) == ["image", "y", "x", "class", "object", "size", "stamp", "image_digest"]
    assert {row["image"] for row in rows} == {"raw"}
    assert len({row["image_digest"] for row in rows}) == 1
    assert {row["class"] for row in rows} == {""}
    assert {(int(row["y"]), int(row["x"])) for row in rows} <= set(CENTERS)
    fill(bench.annotations)
    assert status(bench.file).counts == {"valid": 5}


def test_a_seed_chooses_the_same_objects_each_time_and_a_larger_count_adds(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path))
    texts = {}
    for name, count, seed in (("a", 4, 0), ("b", 4, 0), ("c", 7, 0), ("d", 4, 1)):
        start(bench.file, count=count, seed=seed, output=tmp_path / f"{name}.csv")
        texts[name] = set((tmp_path / f"{name}.csv").read_text().splitlines())
    assert texts["a"] == texts["b"] < texts["c"]
    assert texts["a"] != texts["d"]


def test_only_the_objects_are_made(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path))
    start(bench.file)
    found = bench.run()
    assert found.state("nuclei") == "cached"
    assert found.state("measured") == "ran"


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    before = bench.annotations.read_bytes()
    with pytest.raises(InputError, match="exists already; nothing was written; fill it in, or"):
        start(bench.file)
    with pytest.raises(InputError, match=r"exists already; nothing was written$"):
        start(bench.file, output=bench.annotations)
    assert bench.annotations.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "annotations.csv", "cells.yaml", "prob.h5", "raw.tif",
    ]  # fmt: skip


def test_objects_that_are_annotated_are_left_out(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    found = start(bench.file, output=tmp_path / "more.csv")
    assert (found.chosen, found.total, found.named) == (4, 4, False)
    told = {(int(row["y"]), int(row["x"])) for row in table(bench.annotations)}
    more = {(int(row["y"]), int(row["x"])) for row in table(tmp_path / "more.csv")}
    assert told | more == set(CENTERS)
    assert not told & more


def test_the_picture_marks_each_object_and_numbers_its_line(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path))
    found = start(bench.file, count=3)
    picture = pixels(found.picture)
    scale = picture.shape[1] // 64
    assert picture.shape == (48 * scale, 64 * scale, 3)
    assert picture.shape[1] >= 1000
    chosen = [(int(row["y"]), int(row["x"])) for row in table(bench.annotations)]
    for y, x in CENTERS:
        dot = picture[round(y * scale + scale / 2), round(x * scale + scale / 2)]
        assert (tuple(dot) == INK) == ((y, x) in chosen)
    with Image.open(found.picture) as marked:
        assert marked.info["Software"] == MARK


def test_a_picture_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path))
    theirs = tmp_path / "annotations_numbers.png"
    Image.fromarray(np.zeros((2, 2), np.uint8)).save(theirs)
    before = theirs.read_bytes()
    assert start(bench.file).picture.name == "annotations_numbers_2.png"
    bench.annotations.unlink()
    assert start(bench.file).picture.name == "annotations_numbers_2.png"
    assert theirs.read_bytes() == before


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (deep, ["image", "z", "y", "x"]),
        (series, ["image", "t", "y", "x"]),
        (several, ["image", "y", "x"]),
    ],
)
def test_volumes_series_and_several_images_get_a_sheet(
    tmp_path: Path, make: Any, columns: list[str]
) -> None:
    bench = bare(make(tmp_path))
    found = start(bench.file, count=10)
    rows = table(bench.annotations)
    assert list(rows[0]) == [*columns, "class", "object", "size", "stamp", "image_digest"]
    picture = pixels(found.picture)
    assert picture.shape[1] == 8 * (SIDE + GAP) + GAP
    tile = picture[GAP : GAP + SIDE, GAP : GAP + SIDE]
    assert (abs(tile.astype(int) - INK) < 60).all(axis=-1).any()
    fill(bench.annotations)
    assert status(bench.file).counts == {"valid": 10}


def test_positions_are_those_of_the_uncropped_image(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path))
    crop = "\n    crop: {y: [16, 48], x: [32, 64]}"
    bench.edit(("path: raw.tif", f"path: raw.tif{crop}"), ("path: prob.h5", f"path: prob.h5{crop}"))
    start(bench.file)
    places = {(int(row["y"]), int(row["x"])) for row in table(bench.annotations)}
    assert places == {(y, x) for y, x in CENTERS if y > 16 and x > 32}
    fill(bench.annotations)
    assert status(bench.file).counts == {"valid": 4}


def test_objects_without_a_raw_image_are_drawn_in_grey(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path)).edit(
        ("    image: raw\n    objects", "    objects"), ("[size, intensity]", "[size]")
    )
    picture = pixels(start(bench.file, count=1).picture)
    assert (120, 120, 120) in {tuple(c) for c in np.unique(picture.reshape(-1, 3), axis=0)}


LABELS = """\
version: 1
nodes:
  raw: {kind: input, path: raw.tif, axes: yx}
  cells: {kind: input, path: cells.tif, axes: yx, role: label_image}
  measured: {kind: features, image: raw, objects: cells, measure: [size]}
  classes: {kind: classifier, features: measured, annotations: annotations.csv}
"""


def test_large_ids_of_a_label_image_are_kept(tmp_path: Path) -> None:
    raw, _ = discs()
    ids = np.zeros(raw.shape, np.uint64)
    ids[4:9, 4:9], ids[20:30, 30:40] = 7, 2**40
    write_raw(tmp_path / "raw.tif", raw)
    np.save(tmp_path / "cells.npy", ids)
    bench = Bench(tmp_path, LABELS).edit(("cells.tif", "cells.npy"))
    start(bench.file)
    assert [row["object"] for row in table(bench.annotations)] == ["7", str(2**40)]
    fill(bench.annotations)
    assert status(bench.file).counts == {"valid": 2}


def test_no_objects_to_choose_from_is_said(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path))
    write_map(tmp_path / "prob.h5", np.zeros((48, 64), np.float32))
    with pytest.raises(RunError, match="there are no objects to choose from; look at the node"):
        start(bench.file)
    assert not bench.annotations.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("annotations.parquet", "is written as text; got .parquet; expected such as nuclei.csv"),
        ("{image}.csv", "one file per image is not written yet"),
    ],
)
def test_annotations_that_cannot_be_written_are_refused(
    tmp_path: Path, name: str, said: str
) -> None:
    bench = bare(flat(tmp_path)).edit(("annotations.csv", f'"{name}"'))
    with pytest.raises(InputError, match=said):
        start(bench.file)


TWO = """\
version: 1
nodes:
  raw: {kind: input, path: raw.tif}
  f: {kind: features, objects: raw}
  kinds: {kind: classifier, features: f, annotations: a.csv}
  stages: {kind: classifier, features: f, annotations: b.csv}
  ready: {kind: classifier, features: f, project: c.h5}
"""


def test_a_classifier_is_named_where_there_are_several() -> None:
    workflow = load(TWO, KINDS, file=Path("cells.yaml"))
    assert chosen_classifier(workflow, "stages") == ("stages", "b.csv")
    for name, said in [
        (None, "which classifier?; expected kinds, stages; add for example --node kinds"),
        ("stage", "--node stage: no such classifier learns from annotations; "
                  "expected kinds, stages; did you mean stages?"),
        ("ready", "--node ready: no such classifier learns from annotations"),
    ]:  # fmt: skip
        with pytest.raises(InputError) as error:
            chosen_classifier(workflow, name)
        assert str(error.value).startswith(said)
    lines = [line for line in TWO.splitlines() if ".csv" not in line]
    with pytest.raises(InputError, match=r"no classifier of cells\.yaml learns from"):
        chosen_classifier(load("\n".join(lines), KINDS, file=Path("cells.yaml")), None)
