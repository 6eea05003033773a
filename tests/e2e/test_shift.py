"""A batch names the images whose objects lie outside of training."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from terminal import typed

import workflows
from objclass.batch.image_done import ImageDone
from objclass.batch.reports import summary_columns
from objclass.classification.shift import find_moves
from objclass.engine.look import ImageKey
from objclass.nodes.predict import PredictionSummary
from objclass.report.shift import ImageShift
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
    names = ("image", "objects", "columns_outside", "shift", "shifted_columns")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("like", "12", "0", "0.0", ""), ("one", "1", "0", "0.0", ""), ("two", "2", "0", "0.0", "")
    ]  # fmt: skip


def test_a_brighter_image_is_named_with_the_columns_that_moved(tmp_path: Path) -> None:
    bench = trained(tmp_path)
    put(tmp_path, "bright", brighter=70)
    put(tmp_path, "like")
    lines, rows = batch(bench)
    (said,) = [line for line in lines if "outside of training" in line]
    assert said.startswith("  warning: objects lie outside of training: intensity_")
    assert [int(row["columns_outside"]) > 0 for row in rows] == [True, False]
    assert rows[0]["shifted_columns"] in said
    assert ": median " in rows[0]["shifted_columns"]
    assert ", training " in rows[0]["shifted_columns"]


def test_the_shift_of_an_image_is_a_number_that_grows_with_what_moved(tmp_path: Path) -> None:
    bench = trained(tmp_path)
    for name, darker in (("a", 1), ("b", 3), ("c", 8)):
        put(tmp_path, name)
        workflows.write_raw(tmp_path / f"new/{name}.tif", workflows.discs(48)[0] // darker)
    _, rows = batch(bench)
    like, near, far = (float(row["shift"]) for row in rows)
    assert like == 0 < near < far
    told = typed("batch --resume out --json", bench.folder).out
    known = [each["shift_distance"] for each in json.loads(told)["images"]]
    assert known == pytest.approx([like, near, far], rel=1e-3)


def test_the_number_is_how_far_the_farthest_median_lies_outside_in_widths_of_the_range() -> None:
    training = {"objects": 10**8, "columns": {"size": [0, 10, 20, 30], "mean": [0, 0, 1, 1]}}
    values = {"size": np.full(10**6, 45.0), "mean": np.full(10**6, 0.5)}
    (moved,) = find_moves(training, values)
    assert moved.distance == pytest.approx(2.5, abs=1e-3)  # 25 above the 20, of a range of 10


def test_an_image_that_an_earlier_version_noted_has_words_and_no_number() -> None:
    noted = {"objects": 3, "classes": {}, "shift": {"columns": 2, "named": ["far", "near"]}}
    known = PredictionSummary.of_json(noted).shift
    assert known is not None
    done = ImageDone(ImageKey("a"), shift=ImageShift(known.columns, known.named))
    columns = summary_columns([done, ImageDone(ImageKey("b"))], [], [ImageKey("c")])
    assert columns["shift"] == [None, 0.0, None]
    assert columns["shifted_columns"] == ["far; near", "", None]


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
