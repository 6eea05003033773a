"""A batch names the images whose objects lie outside of training."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import tifffile
from terminal import typed

import workflows
from workflows import Bench


def trained(folder: Path, annotated: str = "ab") -> Bench:
    """A project learned from two images with twelve objects each."""
    bench = workflows.several(folder, ("a", "b"))
    rows = [row for name in annotated for row in workflows.rows(workflows.ANNOTATED, name)]
    bench.annotate(rows, "class,y,x,image").edit()
    assert bench.run().statuses <= {"ran", "cached"}
    return bench


def test_the_project_keeps_where_all_objects_of_its_training_images_lay(tmp_path: Path) -> None:
    from objclass.io.project import read

    trained(tmp_path)
    known = read(tmp_path / "cells.objclass.h5").classifiers["classes"].evaluation
    assert known["training_range"]["objects"] == 24
    assert known["training_range"]["columns"]["size_voxels"] == [29, 29, 113, 113]


def test_only_images_that_were_learned_from_count(tmp_path: Path) -> None:
    from objclass.io.project import read

    trained(tmp_path, annotated="a")
    known = read(tmp_path / "cells.objclass.h5").classifiers["classes"].evaluation
    assert known["training_range"]["objects"] == 12


def batch(bench: Bench, more: str = "") -> tuple[list[str], list[dict[str, str]]]:
    """The screen and the summary of a batch over ``new/NAME``."""
    screen = typed(
        "batch cells.objclass.h5 --raw 'new/{name}.tif' --prediction-map 'new/{name}.h5' "
        f"--out out --overwrite {more}",
        bench.folder,
    )
    assert screen.code == 0, screen
    with (bench.folder / "out/summary.csv").open(encoding="utf-8") as file:
        return screen.lines, list(csv.DictReader(file))


def put(folder: Path, name: str, brighter: int = 0, discs: slice = slice(None)) -> None:
    """Write an image like those of training, all voxels so much brighter, with some discs."""
    raw, probability = workflows.discs(48)
    if discs != slice(None):
        rows, columns = np.indices(raw.shape)
        for y, x in workflows.CENTERS[discs]:
            probability[(rows - y) ** 2 + (columns - x) ** 2 <= 49] = 0.05
    workflows.write_raw(folder / f"new/{name}.tif", (raw + brighter).astype(np.uint8))
    workflows.write_map(folder / f"new/{name}.h5", probability)


def test_an_image_like_those_of_training_raises_no_alarm(tmp_path: Path) -> None:
    bench = trained(tmp_path)
    put(tmp_path, "like")
    put(tmp_path, "two", discs=slice(2, None))
    put(tmp_path, "one", discs=slice(1, None))
    lines, rows = batch(bench)
    assert not [line for line in lines if "outside of training" in line]
    assert [(r["image"], r["objects"], r["columns_outside"], r["shift"]) for r in rows] == [
        ("like", "12", "0", ""), ("one", "1", "0", ""), ("two", "2", "0", "")
    ]  # fmt: skip


def test_a_brighter_image_is_named_with_the_columns_that_moved(tmp_path: Path) -> None:
    bench = trained(tmp_path)
    put(tmp_path, "bright", brighter=70)
    put(tmp_path, "like")
    lines, rows = batch(bench)
    (said,) = [line for line in lines if "outside of training" in line]
    assert said.startswith("  warning: objects lie outside of training: intensity_")
    assert [int(row["columns_outside"]) > 0 for row in rows] == [True, False]
    assert rows[0]["shift"] in said
    assert ": median " in rows[0]["shift"]
    assert ", training " in rows[0]["shift"]


def test_a_cached_batch_says_the_same(tmp_path: Path) -> None:
    bench = trained(tmp_path)
    put(tmp_path, "bright", brighter=70)
    first = batch(bench, more="--cache kept")
    assert batch(bench, more="--cache kept") == first


def test_a_run_with_a_trained_project_names_the_image_too(tmp_path: Path) -> None:
    bench = trained(tmp_path)
    (tmp_path / "trained.h5").write_bytes((tmp_path / "cells.objclass.h5").read_bytes())
    raw = tifffile.imread(tmp_path / "raw/b.tif")
    workflows.write_raw(tmp_path / "raw/b.tif", (raw + 70).astype(np.uint8))
    forest = "    estimator: {kind: random_forest, trees: 5}\n"
    bench.edit(("    annotations: annotations.csv\n", "    project: trained.h5\n"), (forest, ""))
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 0
    said = [line for line in screen.lines if "outside of training" in line]
    assert len(said) == 1
    assert "warning: image 'b': objects lie outside of training: intensity_" in said[0]


def test_a_project_of_before_knows_the_objects_it_learned_from(tmp_path: Path) -> None:
    from dataclasses import replace

    from objclass.classification.shift import of_rows
    from objclass.io.project import read
    from objclass.nodes.classifier.trained import training_range

    trained(tmp_path)
    now = read(tmp_path / "cells.objclass.h5").classifiers["classes"]
    before = replace(now, evaluation={})
    assert training_range(before) == of_rows(now.examples.X, now.model.columns)
    assert training_range(now) == now.evaluation["training_range"]
