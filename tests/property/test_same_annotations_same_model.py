"""The same annotations give the same model in the same bytes, however they are written down."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import objclass
from written_annotations import cell_counter

from workflows import CENTERS, CLASSES, Bench, several

Row = tuple[str, int, int, str]
"""Class, y, x and image."""
SAID: list[Row] = [(CLASSES[k], *CENTERS[k], name) for name in "ab" for k in range(1, 9)]
HEADER = "class,y,x,image"


def plain(bench: Bench, rows: list[Row]) -> None:
    bench.annotate(rows, HEADER)


def one_file_an_image(bench: Bench, rows: list[Row]) -> None:
    bench.edit(("annotations: annotations.csv", 'annotations: "{name}.csv"'))
    for image in {row[3] for row in rows}:
        bench.annotate([row for row in rows if row[3] == image], HEADER)
        bench.annotations.rename(bench.folder / f"{image}.csv")


def in_um(bench: Bench, rows: list[Row]) -> None:
    lengths = [(c, (y + 0.5) * 0.5, (x + 0.5) * 0.5, image) for c, y, x, image in rows]
    bench.annotate(lengths, "Classification,Centroid Y µm,Centroid X µm,Image")


def in_parquet(bench: Bench, rows: list[Row]) -> None:
    bench.edit(("annotations: annotations.csv", "annotations: a.parquet"))
    columns = dict(zip(HEADER.split(","), map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), bench.folder / "a.parquet")


def merged(bench: Bench, rows: list[Row]) -> None:
    for name, some in (("anna.csv", rows[::2]), ("bert.csv", [*rows[1::2], *rows[:2]])):
        bench.annotate(some, HEADER)
        bench.annotations.rename(bench.folder / name)
    files = (bench.folder / "anna.csv", bench.folder / "bert.csv")
    answer = objclass("annotations", "merge", bench.file, *files, "-o", bench.annotations)
    assert answer.code == 0, answer.err


def imported(bench: Bench, rows: list[Row]) -> None:
    bench.annotations.unlink()
    files = [bench.folder / f"marks_{image}.xml" for image in "ab"]
    for image, file in zip("ab", files, strict=True):
        marks = [(c, x, y, 1) for c, y, x, of in rows if of == image]
        cell_counter(file, f"{image}.tif", marks)
    answer = objclass("annotations", "import", bench.file, *files, "--write")
    assert answer.code == 0, answer.err


WAYS: Mapping[str, Callable[[Bench, list[Row]], None]] = {
    "shuffled": plain,
    "one file an image": one_file_an_image,
    "lengths": in_um,
    "parquet": in_parquet,
    "merged": merged,
    "imported": imported,
}


def model_of(folder: Path, write: Callable[[Bench], None], names: tuple[str, ...]) -> str:
    folder.mkdir()
    bench = several(folder, names)
    bench.edit(("    axes: yx\n", "    axes: yx\n    pixel_size: 0.5 um\n"))
    write(bench)
    ran = bench.run(until="classes")
    assert ran.state("classes.model") in ("ran", "cached")
    return ran.digests["classes.model||"]


@pytest.fixture(scope="module")
def as_typed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The model of all rows in one table."""
    return model_of(tmp_path_factory.mktemp("m") / "m", partial(plain, rows=SAID), ("a", "b"))


@pytest.mark.parametrize("way", WAYS)
def test_however_annotations_are_written_down_the_model_is_the_same(
    tmp_path: Path, as_typed: str, way: str
) -> None:
    rows = random.Random(way).sample(SAID, len(SAID))
    assert model_of(tmp_path / "m", partial(WAYS[way], rows=rows), ("b", "a")) == as_typed


def test_another_annotation_is_another_model(tmp_path: Path, as_typed: str) -> None:
    other = [("large", *SAID[0][1:]), *SAID[1:]]
    assert model_of(tmp_path / "m", partial(plain, rows=other), ("a", "b")) != as_typed


def test_a_merged_table_has_a_line_for_every_object(tmp_path: Path) -> None:
    bench = several(tmp_path, ("a", "b"))
    merged(bench, SAID)
    with bench.annotations.open(encoding="utf-8") as file:
        found = sorted((r["class"], int(r["y"]), int(r["x"]), r["image"])
                       for r in csv.DictReader(file))  # fmt: skip
    assert found == sorted(SAID)
