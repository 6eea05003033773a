"""A batch that was stopped, killed, sharded or begun twice ends as one that nobody disturbed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from terminal import Screen, typed
from test_workers import waited

from workflows import discs, flat, write_map, write_raw

NAMES = [f"{well}_{site}" for well in ("A01", "B03", "C07") for site in (1, 2, 3)]
LINE = (
    "batch cells.objclass.h5 --raw 'new/{well}_{site}.tif' --prediction-map 'new/{well}_{site}.h5'"
)
OUT = f"{LINE} --out out"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained project, nine images and the results of a batch in ``plain``."""
    folder = tmp_path_factory.mktemp("trained")
    made = flat(folder)
    made.edit(("      predictions: results/{image}_classes.tif\n", ""))
    assert typed("run cells.yaml", folder).code == 0
    for number, name in enumerate(NAMES):
        put(folder, name, number)
    assert typed(f"{LINE} --out plain", folder).code == 0
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A copy of it whose files are as old."""
    return shutil.copytree(trained, tmp_path / "work")


@pytest.fixture
def done(folder: Path) -> Path:
    """A folder in which the batch in ``plain`` was made: it knows its files by their paths."""
    shutil.rmtree(folder / "plain")
    assert typed(f"{LINE} --out plain", folder).code == 0
    return folder


def put(folder: Path, name: str, number: int) -> None:
    raw, probability = discs(number)
    write_raw(folder / f"new/{name}.tif", raw)
    write_map(folder / f"new/{name}.h5", probability)


def seen(folder: Path) -> dict[str, bytes]:
    """Every file of a batch that a person sees."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in paths
        if ".batch" not in path.parts
    }


def status(folder: Path, out: str = "out") -> dict[str, str]:
    summary = pd.read_csv(folder / out / "summary.csv")
    return dict(zip(summary["image"], summary["status"], strict=True))


def started(folder: Path, *words: str, **more: str) -> subprocess.Popen[bytes]:
    """A batch at work in a process of its own, as a job of an array is."""
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, **more}
    command = [sys.executable, "-m", "objclass", "batch", *words]
    pipe = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe)


def shell(folder: Path, line: str) -> Screen:
    return typed(line, folder)


def records(folder: Path, out: str = "out") -> int:
    return len(list((folder / out).glob(".batch/1/images/*.json")))


def killed_at_work(folder: Path, *words: str, until: Callable[[], bool]) -> None:
    """Begin a batch and kill it when `until` says so."""
    process = started(folder, *words, OBJCLASS_WORKERS="1")
    assert waited(until)
    process.kill()
    process.wait()


# --- the same command again ----------------------------------------------------------------


def test_a_batch_killed_in_the_middle_goes_on_with_the_same_command(folder: Path) -> None:
    assert typed(f"{OUT} --dry-run", folder).code == 0
    killed_at_work(folder, "--resume", "out", until=lambda: records(folder) >= 2)
    there = records(folder)
    assert 2 <= there < len(NAMES)
    times = {p: p.stat().st_mtime_ns for p in (folder / "out/.batch/1/images").glob("*.json")}
    again = typed(OUT, folder)
    assert again.code == 0
    assert f"{there} of 9 images were done already" in again.out
    assert {p: p.stat().st_mtime_ns for p in times} == times
    assert seen(folder / "out") == seen(folder / "plain")


def test_a_batch_that_is_done_says_so_and_does_nothing(done: Path) -> None:
    before = seen(done / "plain")
    again = typed(f"{LINE} --out plain", done)
    assert (again.code, again.lines) == (
        0,
        ["all 9 images were done already", "9 done, 0 failed; results in plain"],
    )
    assert seen(done / "plain") == before


def test_an_image_whose_file_changed_or_whose_result_is_gone_is_done_again(done: Path) -> None:
    put(done, "B03_2", 30)
    (done / "plain/C07_1_objects.csv").unlink()
    again = typed(f"{LINE} --out plain", done)
    assert [line.split()[1] for line in again.lines[:2]] == ["B03_2", "C07_1"]
    assert "7 of 9 images were done already" in again.out
    put(done, "B03_2", 4)
    assert typed(f"{LINE} --out fresh", done).code == 0
    assert typed(f"{LINE} --out plain", done).code == 0
    tables = [{n: b for n, b in seen(done / o).items() if ".csv" in n} for o in ("plain", "fresh")]
    assert tables[0] == tables[1]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("--set nuclei.min_size=40", "holds a batch with other settings: --set"),
        ("--export identities", "holds a batch with other settings: --export"),
        ("--format parquet", "holds a batch with other settings: --table-format"),
    ],
)
def test_other_settings_in_the_same_folder_are_refused(more: str, said: str, done: Path) -> None:
    before = seen(done / "plain")
    refused = typed(f"{LINE} --out plain {more}", done)
    assert refused.code == 2
    assert said in refused.err
    assert "choose another --out, or add --overwrite to begin again" in refused.err
    assert seen(done / "plain") == before


def test_another_project_and_other_images_in_the_same_folder_are_refused(done: Path) -> None:
    put(done, "D01_1", 20)
    other = typed(f"{LINE} --out plain", done)
    assert (
        "holds a batch of other images: D01_1; got 10 images; expected the 9 of then" in other.err
    )
    assert "objclass batch --resume plain goes on with the images of then" in other.err
    (done / "new/D01_1.tif").unlink()
    (done / "new/D01_1.h5").unlink()
    assert typed("run cells.yaml --set classes.estimator.trees=7", done).code == 0
    trained = typed(f"{LINE} --out plain", done)
    assert "plain holds a batch of another project; got" in trained.err
    assert (other.code, trained.code) == (2, 2)
    resumed = typed("batch --resume plain", done)
    assert resumed.code == 0
    assert "cells.objclass.h5 was changed since the batch began" in resumed.out


def test_failed_images_are_tried_again_and_only_they_where_that_is_asked_for(folder: Path) -> None:
    good = (folder / "new/A01_2.tif").read_bytes()
    (folder / "new/A01_2.tif").write_bytes(good[:1000])
    assert typed(f"{OUT} --allow-failures 1%", folder).code == 1
    assert typed(f"{OUT} --allow-failures 12%", folder).code == 0  # one of nine is 11.1 %
    assert typed(f"{OUT} --allow-failures 1", folder).code == 0
    assert status(folder)["A01_2"] == "failed"
    (folder / "new/A01_2.tif").write_bytes(good)
    mended = typed("batch --resume out --failed", folder)
    assert mended.code == 0
    assert [line.split()[1] for line in mended.lines if line[0] == "1"][:1] == ["A01_2"]
    assert set(status(folder).values()) == {"done"}
    assert seen(folder / "out") == seen(folder / "plain")
    assert typed("batch --resume out --failed", folder).code == 0


def test_only_some_images_are_worked_off_by_name(folder: Path) -> None:
    some = typed(f"{OUT} --only well=B03", folder)
    assert some.code == 0
    assert [line.split()[1] for line in some.lines[:-1]] == ["B03_1", "B03_2", "B03_3"]
    assert some.lines[-1] == "3 done, 0 failed, 6 not done; results in out"
    assert typed("batch --resume out --only well=C07 --only site=1", folder).code == 0
    done = [name for name, state in status(folder).items() if state == "done"]
    assert done == ["B03_1", "B03_2", "B03_3", "C07_1"]
    unknown = typed("batch --resume out --only well=C08", folder)
    assert unknown.code == 2
    assert "--only well=C08: no image of this batch has it" in unknown.err
    assert typed("batch --resume out", folder).code == 0
    assert seen(folder / "out") == seen(folder / "plain")


# --- shards ----------------------------------------------------------------------------------


def test_shards_killed_run_again_and_twice_and_two_collects_lose_nothing(folder: Path) -> None:
    assert typed(f"{OUT} --dry-run", folder).code == 0
    killed_at_work(folder, "--resume", "out", "--shard", "1/3", until=lambda: records(folder) > 0)
    jobs = [started(folder, "--resume", "out", "--shard", f"{n}/3") for n in (1, 2, 2, 3)]
    assert [job.wait() for job in jobs] == [0, 0, 0, 0]
    assert not (folder / "out/summary.csv").exists()
    collects = [started(folder, "--resume", "out", "--collect") for _ in range(2)]
    assert [job.wait() for job in collects] == [0, 0]
    assert seen(folder / "out") == seen(folder / "plain")
    left = [p for p in (folder / "out").rglob("*") if p.suffix in (".lock", ".tmp")]
    assert left == []


def test_a_collect_names_the_shards_that_are_lacking(folder: Path) -> None:
    assert typed(f"{OUT} --dry-run", folder).code == 0
    shard = typed("batch --resume out --shard 2/3", folder)
    assert shard.code == 0
    assert shard.lines[-1] == (
        "this was shard 2/3; after all shards, objclass batch --resume out --collect writes "
        "the summary"
    )
    collected = typed("batch --resume out --collect", folder)
    assert collected.code == 1
    assert collected.err.splitlines() == [
        f"shard {n}/3 has not done {', '.join(NAMES[n - 1 :: 3])}; run it again: "
        f"objclass batch --resume out --shard {n}/3"
        for n in (1, 3)
    ]
    assert [n for n, state in status(folder).items() if state == "done"] == NAMES[1::3]


def test_a_shard_without_its_mount_fails_its_images_by_name_and_heals(folder: Path) -> None:
    assert typed(f"{OUT} --dry-run", folder).code == 0
    assert typed("batch --resume out --shard 1/2", folder).code == 0
    (folder / "new").rename(folder / "away")
    lost = typed("batch --resume out --shard 2/2", folder)
    assert lost.code == 1
    assert lost.out.count("FAILED") == len(NAMES[1::2])
    assert "there is no file" in lost.out
    assert typed("batch --resume out --collect", folder).code == 1
    assert [n for n, state in status(folder).items() if state == "failed"] == NAMES[1::2]
    (folder / "away").rename(folder / "new")
    assert typed("batch --resume out --shard 2/2", folder).code == 0
    assert typed("batch --resume out --collect", folder).code == 0
    assert seen(folder / "out") == seen(folder / "plain")


# --- old files -------------------------------------------------------------------------------


def test_old_files_are_marked_and_put_away_where_that_is_asked_for(folder: Path) -> None:
    """Of an image that fails now, of one that is gone, and of a result not asked for any more."""
    assert typed(f"{OUT} --export table,identities,counts", folder).code == 0
    for suffix in ("tif", "h5"):
        (folder / f"new/C07_3.{suffix}").unlink()
    write_raw(folder / "new/A01_1.tif", np.zeros((48, 60), np.uint8))
    kept = typed(f"{OUT} --export table --overwrite", folder)
    assert kept.code == 1
    ids = [f"{name}_ids.tif" for name in NAMES]
    old = {"A01_1_objects.csv", "C07_3_objects.csv", "counts.csv", *ids}
    assert f"{len(old)} old files are no result of this batch" in kept.out
    summary = pd.read_csv(folder / "out/summary.csv").set_index("image")
    assert summary.loc["A01_1", "status"] == "failed"
    assert summary.loc["A01_1", "old_files"] == "A01_1_ids.tif; A01_1_objects.csv"
    assert summary.loc["C07_3", "status"] == "old"
    assert summary.loc["B03_1", "old_files"] == "B03_1_ids.tif"
    told = json.loads((folder / "out/manifest.json").read_text())
    assert {each["file"] for each in told["old_files"]} == old
    mine = {name for image in told["images"] for name in image["files"]}
    assert mine == {f"{name}_objects.csv" for name in NAMES[1:-1]}
    aside = typed("batch --resume out --old-files aside", folder)
    assert "moved aside" in aside.out
    (where,) = (folder / "out").glob("old-*")
    assert {path.name for path in where.iterdir()} == old
    there = {name for name in seen(folder / "out") if not name.startswith("old-")}
    assert there == {*mine, "summary.csv", "wells.csv", "failures.csv", "manifest.json"}
    assert "old_files" not in pd.read_csv(folder / "out/summary.csv").columns


def test_old_files_are_removed_where_that_is_asked_for(folder: Path) -> None:
    assert typed(f"{OUT} --export table,identities", folder).code == 0
    (folder / "out/mine.csv").write_text("mine", encoding="utf-8")
    line = f"{OUT} --export table --overwrite --old-files remove"
    assert typed(line, folder).code == 0
    there = set(seen(folder / "out"))
    assert there == {
        *(f"{n}_objects.csv" for n in NAMES),
        "summary.csv",
        "wells.csv",
        "manifest.json",
        "mine.csv",
    }


# --- what does not go together ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("batch", "Missing PROJECT and --out FOLDER; or --resume FOLDER goes on"),
        ("batch --resume nothing", "--resume nothing: no batch was begun there"),
        ("batch p.h5 --resume plain", "--resume plain knows the rest; leave out PROJECT"),
        ("batch --resume plain --raw x.tif", "--resume plain knows the rest; leave out --raw"),
        ("batch --resume plain --shard 0/3", "--shard: no such shard; got '0/3'"),
        ("batch --resume plain --collect --shard 1/3", "--collect works off nothing"),
        ("batch --resume plain --allow-failures some", "--allow-failures: no share; got 'some'"),
        ("batch --resume plain --only B03", "--only names no value; got B03; expected NAME=VALUE"),
        (f"{OUT} --overwrite --shard 1/3", "--overwrite would begin again with every shard"),
    ],
)
def test_what_does_not_go_together_is_refused(line: str, said: str, done: Path) -> None:
    screen = typed(line, done)
    assert screen.code == 2, screen.out
    assert said in screen.err
