"""Batches of a project that compares objects within a plate: all images of one are seen first."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dask_servers import scheduler, worker
from terminal import typed
from test_normalized_plates import COUNT, TEXT, WELLS, plates, write

import objclass
from objclass.batch import Batch, group_scales, work
from objclass.engine.look import ImageKey
from objclass.io.formats import open_reader
from objclass.run import Job
from workflows import Bench, write_raw

RAW, CELLS = "new/raw/{plate}_{well}.tif", "new/cells/{plate}_{well}.tif"
RIGHT = ["dim", "bright"] * (COUNT // 2)
SAID = {"P1_a": RIGHT, "P1_b": RIGHT, "P2_a": ["dim"] * COUNT, "P2_b": ["bright"] * COUNT}
"""The classes of the new images: alone, an image of the second plate would tell nothing."""


def sorted_out(name: str) -> np.ndarray:
    """All dim in one well and all bright in the other; together they are as the first plate."""
    return 10 + 2 * (np.arange(COUNT) // 2) + 40 * (name == "P2_b")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A trained project, and four new images of which the second plate is stained otherwise."""
    bench = plates(tmp_path)
    bench.run()
    for name in WELLS:
        if name.startswith("P1"):
            write(tmp_path / "new", name)
        else:
            write(tmp_path / "new", name, 2, 64, sorted_out)
    return bench


def batch(bench: Bench, *more: str, out: str = "run7", raw: str = RAW, cells: str = CELLS) -> str:
    line = ["batch", "cells.objclass.h5", "--raw", raw, "--label-image", cells, "--out", out]
    screen = typed(shlex.join([*line, *more]), bench.folder)
    assert screen.code == 0, screen.out + screen.err
    return screen.out


def found(bench: Bench, out: str = "run7") -> dict[str, list[str]]:
    tables = sorted((bench.folder / out).glob("*_objects.csv"))
    return {
        path.name.removesuffix("_objects.csv"): pd.read_csv(path)["predicted_class"].tolist()
        for path in tables
    }


def test_a_batch_compares_with_all_images_of_a_plate_and_says_that_it_works_twice(
    bench: Bench,
) -> None:
    said = batch(bench)
    assert found(bench) == SAID
    assert "objects are measured in all images of a plate before any is classified" in said
    assert "--cache FOLDER keeps what was made" in said
    lines = [f"{number}/4  {name}  measured" for number, name in enumerate(WELLS, 1)]
    assert [line for line in said.splitlines() if line.endswith("  measured")] == lines


def test_a_batch_of_the_training_images_says_what_the_run_says(bench: Bench) -> None:
    batch(bench, raw="raw/{plate}_{well}.tif", cells="cells/{plate}_{well}.tif")
    for name in WELLS:
        own, there = (
            pd.read_csv(bench.folder / path)
            for path in (f"out/{name}.csv", f"run7/{name}_objects.csv")
        )
        shared = [c for c in own if c.startswith("probability")]
        assert shared
        assert own[shared].equals(there[shared])


def test_shards_keep_plates_whole_and_say_so(bench: Bench) -> None:
    for shard in ("1/2", "2/2"):
        said = batch(bench, "--shard", shard)
        assert "shards keep all images of a plate together" in said
        assert "2 done, 0 failed" in said
    assert found(bench) == SAID
    assert typed("batch --resume run7 --collect", bench.folder).code == 0


def test_one_image_of_a_plate_is_compared_with_the_others_that_are_not_classified(
    bench: Bench,
) -> None:
    batch(bench, "--only", "well=a")
    assert found(bench) == {"P1_a": SAID["P1_a"], "P2_a": SAID["P2_a"]}


def test_workers_and_a_cache_change_nothing(bench: Bench) -> None:
    batch(bench, "--workers", "1", out="one")
    batch(bench, "--workers", "2", "--cache", "kept", out="two")
    for name in WELLS:
        one, two = (bench.folder / out / f"{name}_objects.csv" for out in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_an_image_that_is_mended_sends_its_plate_through_again(bench: Bench) -> None:
    path = bench.folder / "new/raw/P2_b.tif"
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    line = f"batch cells.objclass.h5 --raw '{RAW}' --label-image '{CELLS}' --out run7"
    screen = typed(line, bench.folder)
    assert screen.code == 1
    assert "4/4  P2_b  could not be measured" in screen.out
    assert "plate P2 without the objects of P2_b: failed" in screen.out
    path.write_bytes(whole)
    again = typed("batch --resume run7", bench.folder)
    assert again.code == 0
    assert "2 of 4 images were done already" in again.out
    assert found(bench) == SAID


def test_a_batch_that_is_done_is_not_worked_on_again(bench: Bench) -> None:
    batch(bench)
    assert "all 4 images were done already" in typed("batch --resume run7", bench.folder).out


def test_values_of_an_image_are_read_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    batch(bench)
    honest, read = group_scales._values, list[str]()

    def values(batch: Batch, image: ImageKey, *more: Any) -> Any:
        read.append(image.name)
        return honest(batch, image, *more)

    monkeypatch.setattr(group_scales, "_values", values)
    assert "all 4 images were done already" in typed("batch --resume run7", bench.folder).out
    assert sorted(read) == list(WELLS)


def test_values_that_are_damaged_are_measured_again(bench: Bench) -> None:
    batch(bench)
    kept = sorted((bench.folder / "run7/.batch/1/values").glob("*.npz"))
    assert len(kept) == 4
    whole = [path.read_bytes() for path in kept]
    kept[0].write_bytes(kept[0].read_bytes()[:100])
    kept[1].unlink()
    kept[2].write_bytes(b"")
    again = typed("batch --resume run7", bench.folder)
    assert "all 4 images were done already" in again.out
    assert [path.read_bytes() for path in kept] == whole


def test_a_batch_that_is_stopped_while_it_measures_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, measured = group_scales.measure, list[str]()

    def measure(batch: Batch, job: Job) -> group_scales.Values:
        measured.append(job.graph.images[0].name)
        if len(measured) == 3:
            raise KeyboardInterrupt
        return honest(batch, job)

    monkeypatch.setattr(work, "measure", measure)
    line = f"batch cells.objclass.h5 --raw '{RAW}' --label-image '{CELLS}' --out run7 --workers 1"
    assert typed(line, bench.folder).code == 130
    assert typed(line, bench.folder).code == 0
    assert measured == ["P1_a", "P1_b", "P2_a", "P2_a", "P2_b"]
    assert found(bench) == SAID


@pytest.mark.slow
def test_workers_of_a_cluster_measure_and_classify_what_one_process_does(bench: Bench) -> None:
    servers = bench.folder / "servers"
    with scheduler(servers) as (address, _), worker(servers, address, "--name", "one"):
        batch(bench, "--scheduler", address)
    batch(bench, out="plain")
    for name in WELLS:
        one, two = (bench.folder / out / f"{name}_objects.csv" for out in ("run7", "plain"))
        assert one.read_bytes() == two.read_bytes()


def test_patterns_without_the_name_are_refused_and_one_image_is_its_own_group(
    bench: Bench,
) -> None:
    line = "batch cells.objclass.h5 --raw 'new/raw/{name}.tif' --label-image 'new/cells/{name}.tif'"
    screen = typed(f"{line} --out other", bench.folder)
    assert screen.code == 2
    assert "within one plate, and no image has a name 'plate'" in screen.err
    assert "put {plate} into the patterns" in screen.err
    said = batch(bench, raw="new/raw/P1_a.tif", cells="new/cells/P1_a.tif", out="single")
    assert "no plate is known: objects are compared with those of their image" in said
    assert found(bench, "single") == {"P1_a": RIGHT}


def test_an_array_is_compared_with_its_own_objects(bench: Bench) -> None:
    arrays = {}
    for name in ("raw", "cells"):
        reader = open_reader(bench.folder / f"new/{name}/P1_a.tif")
        arrays[name] = reader.read((slice(None), slice(None)))
        reader.close()
    project = objclass.Project.open(bench.folder / "cells.objclass.h5")
    said = project.predict(raw=arrays["raw"], label_image=arrays["cells"])
    assert said.table["predicted_class"].tolist() == RIGHT


def test_an_image_of_few_objects_is_warned_of(bench: Bench) -> None:
    few = np.zeros((4, 4 * COUNT), np.uint16)
    few[1:3, 1:3] = 1
    write_raw(bench.folder / "new/cells/P2_a.tif", few)
    said = batch(bench, raw="new/raw/P2_a.tif", cells="new/cells/P2_a.tif", out="single")
    assert "fewer than 20 objects in plate P2_a (1)" in said


def test_an_audit_of_a_batch_sees_the_predictions_that_were_written(bench: Bench) -> None:
    batch(bench)
    screen = typed("audit run7 -n 10", bench.folder)
    assert screen.code == 0, screen.out + screen.err
    (path,) = (bench.folder / "run7/.batch/1").glob("*.npz")
    with np.load(path) as kept:
        names = kept["classes"][kept["probability"].argmax(axis=1)]
        called = {name: names[kept["image"] == name].tolist() for name in WELLS}
    assert {name: sorted(each) for name, each in called.items()} == {
        name: sorted(each) for name, each in SAID.items()
    }


def test_a_document_of_a_batch_is_json(bench: Bench) -> None:
    document = json.loads(batch(bench, "--json"))
    assert any("before any is classified" in note for note in document["notes"])


def test_truth_is_scored_within_plates(bench: Bench) -> None:
    rows = [f"{SAID[name][k]},1,{4 * k + 1},{name}" for name in WELLS for k in range(COUNT)]
    truth = bench.folder / "truth.csv"
    truth.write_text("\n".join(["class,y,x,image", *rows]) + "\n", encoding="utf-8")
    line = f"evaluate cells.objclass.h5 --raw '{RAW}' --label-image '{CELLS}' --truth truth.csv"
    screen = typed(line, bench.folder)
    assert screen.code == 0, screen.out + screen.err
    assert "balanced accuracy 1.00" in screen.out


def test_another_workflow_that_uses_the_project_compares_within_its_own_plates(
    bench: Bench,
) -> None:
    text = TEXT.replace("'raw/", "'new/raw/").replace("'cells/", "'new/cells/")
    start, end = text.index("    annotations"), text.index("  found:")
    text = text[:start] + "    project: cells.objclass.h5\n" + text[end:]
    (bench.folder / "use.yaml").write_text(text.replace("out/", "used/"), encoding="utf-8")
    screen = typed("run use.yaml", bench.folder)
    assert screen.code == 0, screen.out + screen.err
    for name in WELLS:
        table = pd.read_csv(bench.folder / f"used/{name}.csv")
        assert table["predicted_class"].tolist() == SAID[name]
