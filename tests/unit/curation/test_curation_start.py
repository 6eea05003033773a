"""Starting annotations: chosen objects as rows with stamps, and a picture of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
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
        more = tmp_path / f"{name}.csv"
        start(bench.file, count=count, seed=seed, choose="random", output=more)
        texts[name] = set((tmp_path / f"{name}.csv").read_text().splitlines())
    assert texts["a"] == texts["b"] < texts["c"]
    assert texts["a"] != texts["d"]


@pytest.mark.parametrize(
    ("how", "made", "left"),
    [
        ("random", ["nuclei"], ["measured", "classes.model", "predicted"]),
        ("diverse", ["nuclei", "measured"], ["classes.model", "predicted"]),
        ("like:2", ["nuclei", "measured"], ["classes.model", "predicted"]),
        ("uncertain", ["nuclei", "measured", "classes.model"], ["predicted"]),
        (None, ["nuclei", "measured", "classes.model"], ["predicted"]),
    ],
)
def test_only_what_is_needed_to_choose_is_made(
    tmp_path: Path, how: str | None, made: list[str], left: list[str]
) -> None:
    bench = flat(tmp_path)
    start(bench.file, choose=how, count=2, output=tmp_path / "more.csv")
    found = bench.run()
    assert [found.state(name) for name in made] == ["cached"] * len(made)
    assert [found.state(name) for name in left] == ["ran"] * len(left)


def test_diverse_objects_are_chosen_where_nothing_is_annotated(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path)).edit(("[size, intensity]", "[size]"))
    found = start(bench.file, count=2)
    assert (found.how, found.notes) == ("diverse", ())
    assert {row["size"] for row in table(bench.annotations)} == {"29", "113"}


def test_diverse_objects_among_the_least_certain_are_chosen_where_a_model_is(
    tmp_path: Path,
) -> None:
    bench = flat(tmp_path)
    found = start(bench.file, count=2, output=tmp_path / "more.csv")
    assert (found.how, found.notes) == ("diverse among the 30 % least certain", ())
    assert (found.chosen, found.total) == (2, 4)


def test_objects_of_a_class_are_those_that_a_run_predicts_so(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    found = start(bench.file, choose="class:small", count=2, output=tmp_path / "more.csv")
    assert found.how == "diverse among the 2 predicted as small"
    assert {row["size"] for row in table(tmp_path / "more.csv")} == {"29"}


@pytest.mark.parametrize("how", ["diverse", "uncertain", "class:large", "like:a:2", None])
def test_objects_of_all_images_are_chosen_and_none_that_is_annotated(
    tmp_path: Path, how: str | None
) -> None:
    bench = several(tmp_path)
    keys = ("image", "y", "x")
    said = {tuple(row[k] for k in keys) for row in table(bench.annotations)}
    found = start(bench.file, choose=how, count=500, output=tmp_path / "all.csv")
    rows = [tuple(row[k] for k in keys) for row in table(tmp_path / "all.csv")]
    assert len(set(rows)) == len(rows) == found.total == 36 - len(said)
    assert not said & set(rows)
    assert found.how == "all that nobody has annotated"


@pytest.mark.parametrize("how", ["random", "diverse", "uncertain", "like:a:2", None])
def test_the_same_objects_are_chosen_again(tmp_path: Path, how: str | None) -> None:
    bench = several(tmp_path)
    for name in ("one.csv", "two.csv"):
        start(bench.file, choose=how, count=4, output=tmp_path / name)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(table(tmp_path / "one.csv")) == 4


def test_objects_like_one_of_a_frame_are_chosen(tmp_path: Path) -> None:
    bench = bare(series(tmp_path)).edit(("[size, intensity]", "[size]"))
    start(bench.file, count=500)
    (size,) = {r["size"] for r in table(bench.annotations) if (r["t"], r["object"]) == ("1", "2")}
    bench.annotations.unlink()
    for how in ("like:1:2", "like:raw:1:2"):
        start(bench.file, choose=how, count=5, output=tmp_path / "like.csv")
        assert [row["size"] for row in table(tmp_path / "like.csv")] == [size] * 5
        (tmp_path / "like.csv").unlink()


@pytest.mark.parametrize(
    ("make", "how", "said"),
    [
        (flat, "class:smal", "no such class; expected large, small; did you mean class:small?"),
        (flat, "like:99", "no such object; expected one of 12, from 1 to 12; objclass look"),
        (flat, "like:two", "expected such as 12, image:12 or image:t:12; the column object of"),
        (flat, "like:1:2", "like:1:2: which frame?; expected 0"),
        (several, "like:2", "which image?; expected a, b, c; name its image"),
        (several, "like:aa:2", "expected a, b, c; did you mean like:a:2?"),
        (series, "like:2", "which frame?; expected 0, 1, 2; such as like:raw:0:2"),
        (series, "like:raw:9:2", "which frame?; expected 0, 1, 2; such as like:raw:0:2"),
        (flat, "divers", "did you mean diverse?"),
    ],
)
def test_a_choice_that_cannot_be_made_says_what_to_write(
    tmp_path: Path, make: Any, how: str, said: str
) -> None:
    bench = make(tmp_path)
    with pytest.raises(InputError, match=re.escape(said)):
        start(bench.file, choose=how, output=tmp_path / "more.csv")
    assert not (tmp_path / "more.csv").exists()


@pytest.mark.parametrize("how", ["uncertain", "class:small", "diverse-uncertain"])
def test_what_needs_a_classifier_says_that_none_is_trained(tmp_path: Path, how: str) -> None:
    bench = bare(flat(tmp_path))
    said = "'classes' is not: no annotations yet: there is no annotations.csv; annotate"
    with pytest.raises(InputError, match=re.escape(said)):
        start(bench.file, choose=how)


def test_a_class_that_one_annotates_alone_is_no_classifier_and_diverse_objects_are_chosen(
    tmp_path: Path,
) -> None:
    bench = flat(tmp_path).annotate([("small", 8, 24)])
    found = start(bench.file, count=3, output=tmp_path / "more.csv")
    assert (found.how, found.total) == ("diverse", 11)
    assert [note[:20] for note in found.notes] == ["nothing is trained: "]


def test_objects_that_are_all_alike_are_chosen_by_chance_and_it_says_so(tmp_path: Path) -> None:
    raw, probability = discs()
    bench = bare(flat(tmp_path)).edit(("[size, intensity]", "[intensity_min]"))
    write_raw(tmp_path / "raw.tif", np.full_like(raw, 7))
    write_map(tmp_path / "prob.h5", probability)
    found = start(bench.file, count=3)
    assert found.chosen == 3
    assert found.notes == ("every feature is the same for all objects, so chance chose; "
                           "measure others",)  # fmt: skip


def test_all_objects_annotated_says_to_add_images(tmp_path: Path) -> None:
    said = [("small", y, x) for y, x in CENTERS]
    bench = flat(tmp_path).annotate([("large", *said[0][1:]), *said[1:]])
    with pytest.raises(RunError, match="all 12 objects are annotated; there is none left"):
        start(bench.file, output=tmp_path / "more.csv")


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


def places(path: Path) -> list[tuple[str, ...]]:
    """Image, frame and position of every row of a table."""
    return [
        tuple(row.get(name, "") for name in ("image", "t", "z", "y", "x")) for row in table(path)
    ]


@pytest.mark.parametrize("make", [flat, deep, series, several])
@pytest.mark.parametrize("how", ["diverse", "random"])
def test_objects_of_rows_that_are_still_empty_are_never_chosen_twice(
    tmp_path: Path, how: str, make: Callable[[Path], Bench]
) -> None:
    bench = bare(make(tmp_path))
    start(bench.file, count=5, choose=how)
    found = start(bench.file, count=1000, choose=how, output=tmp_path / "more.csv")
    before, after = places(bench.annotations), places(tmp_path / "more.csv")
    assert not set(before) & set(after)
    assert len(after) == found.total == len(set(before) | set(after)) - 5


def test_rows_that_name_no_object_keep_none_from_being_chosen(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    y, x = CENTERS[6]
    bench.annotate([("", 0, 0), ("", "", ""), ("", 9999, 9999), ("", y, x), ("large", *CENTERS[0])])
    found = start(bench.file, output=tmp_path / "more.csv", choose="random")
    assert found.total == 12 - 2
    assert (str(y), str(x)) not in {row[3:] for row in places(tmp_path / "more.csv")}


def test_where_all_are_chosen_but_not_classed_it_says_to_class_them(tmp_path: Path) -> None:
    bench = bare(flat(tmp_path))
    start(bench.file, count=12)
    with pytest.raises(RunError, match=r"fill in the class of 12 rows in annotations\.csv"):
        start(bench.file, output=tmp_path / "more.csv")


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
