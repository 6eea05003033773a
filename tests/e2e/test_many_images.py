"""What many images cost: files in the cache, what is opened, and how a plan grows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from terminal import typed

from objclass import prepare
from objclass.engine.disk_store import DiskStore
from objclass.engine.record_room import RecordRoom
from objclass.io import stack
from objclass.nodes.features import FeaturesNode
from objclass.nodes.predict import PredictNode
from workflows import discs, flat, write_map, write_raw

TEXT = """\
version: 1
nodes:
  raw: {kind: input, path: "img/{name}_raw.tif"}
  ids: {kind: input, path: "img/{name}_mask.tif", role: segmentation}
  nuclei: {kind: components, image: ids}
  measured: {kind: features, objects: nuclei, image: raw, measure: [size, intensity]}
  save: {kind: export, from: measured, write: {table: "results/{image}.csv"}}
"""
FILES, INODES = 9, 15
"""What the label image and the feature table of one image take in the cache: files, and
files with their folders."""
SHARED = 3
"""Rooms of records, each one file however many images there are."""


def write_images(folder: Path, first: int, last: int) -> Path:
    """Write images that all differ, each with one square; return the workflow."""
    (folder / "img").mkdir(exist_ok=True)
    for number in range(first, last):
        raw, mask = np.zeros((2, 16, 16), np.uint8)
        raw.flat[:] = np.arange(256) + number
        mask[4:9, 4:9] = 1
        mask.flat[number] = 1
        tifffile.imwrite(folder / f"img/i{number:03}_raw.tif", raw)
        tifffile.imwrite(folder / f"img/i{number:03}_mask.tif", mask)
    (folder / "cells.yaml").write_text(TEXT)
    return folder / "cells.yaml"


def count_files(folder: Path) -> Counter[str]:
    """Files in the cache: of results, of records, and all entries of the room of results."""
    found: Counter[str] = Counter()
    for path in (folder / ".objclass").rglob("*"):
        room = path.relative_to(folder / ".objclass").parts[0]
        found[room] += path.is_file()
        inside = room == "content" and len(path.name) != 2
        found["inodes"] += inside
    return found


def test_an_image_more_is_nine_files_more_in_the_cache(tmp_path: Path) -> None:
    prepare(write_images(tmp_path, 0, 4)).run()
    few = count_files(tmp_path)
    prepare(write_images(tmp_path, 4, 12)).run()
    many = count_files(tmp_path)
    assert many["content"] - few["content"] == 8 * FILES
    assert many["inodes"] - few["inodes"] == 8 * INODES
    assert sum(many[room] for room in ("traces", "memo", "exports")) == SHARED


ASKED = ((RecordRoom, "find"), (DiskStore, "has"), (os, "open"), (os, "fsync"))


def count_calls(
    monkeypatch: pytest.MonkeyPatch, work: Any, watched: Sequence[tuple[Any, str]] = ASKED
) -> Counter[str]:
    """How often a piece of work asks the store, opens a file, and waits for the disk."""
    found: Counter[str] = Counter()

    def watch(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def counting(*args: Any, **more: Any) -> Any:
            found[name] += 1
            return real(*args, **more)

        patch.setattr(owner, name, counting)

    with monkeypatch.context() as patch:
        for owner, name in watched:
            watch(owner, name)
        work()
    return found


def costs(folder: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> dict[str, Counter[str]]:
    """What a first plan, a cached plan and a cached run of so many images do."""
    folder.mkdir()
    file = write_images(folder, 0, count)
    first = count_calls(monkeypatch, lambda: prepare(file).plan())
    prepare(file).run()
    cached = count_calls(monkeypatch, lambda: prepare(file).plan())
    again = count_calls(monkeypatch, lambda: prepare(file).run())
    return {"first plan": first, "cached plan": cached, "cached run": again}


def test_a_plan_and_a_cached_run_grow_with_the_images_and_no_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, some, many = (costs(tmp_path / str(n), monkeypatch, n) for n in (4, 8, 16))
    for what in few:
        for call in few[what] | many[what]:
            grown = some[what][call] - few[what][call]
            assert many[what][call] - some[what][call] <= 2 * grown, (what, call)
    assert many["first plan"]["fsync"] == many["cached plan"]["fsync"] == 0
    assert many["cached run"]["fsync"] == few["cached run"]["fsync"]
    assert many["cached run"]["open"] == few["cached run"]["open"], "it opens no image"


def test_what_a_first_run_remembers_of_files_waits_for_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = []
    for count in (2, 12):
        (tmp_path / str(count)).mkdir()
        jobs.append(prepare(write_images(tmp_path / str(count), 0, count)))
    few, many = (count_calls(monkeypatch, job.memo.save) for job in jobs)
    assert few["fsync"] == many["fsync"] == 0
    assert few["open"] == many["open"]


OF_BATCH = (
    (FeaturesNode, "check"),
    (PredictNode, "check"),
    (stack, "describe"),
    (os, "open"),
    (os, "fsync"),
    (os, "replace"),
)


def batch_costs(folder: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> Counter[str]:
    """What a batch of so many images does."""
    for number in range(count):
        raw, probability = discs(number)
        write_raw(folder / f"new{count}/i{number:02}.tif", raw)
        write_map(folder / f"new{count}/i{number:02}.h5", probability)
    files = f"--raw 'new{count}/{{name}}.tif' --prediction-map 'new{count}/{{name}}.h5'"
    line = f"batch cells.objclass.h5 {files} --out out{count} --workers 1"
    return count_calls(monkeypatch, lambda: _done(line, folder), OF_BATCH)


def _done(line: str, folder: Path) -> None:
    screen = typed(line, folder)
    assert screen.code == 0, screen


def test_images_of_one_kind_are_checked_once_in_a_batch_and_each_costs_few_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat(tmp_path)
    _done("run cells.yaml", tmp_path)
    few, many = (batch_costs(tmp_path, monkeypatch, count) for count in (4, 12))
    assert few["check"] == many["check"] == 2, "features and predictions of the first image"
    each = {name: (many[name] - few[name]) / 8 for name in many}
    assert each["describe"] <= 4, "each of two files for its axes and for its header"
    assert each["fsync"] <= 5, "two results, their folders, and the record"
    assert each["replace"] <= 3, "two results and the record"
    assert each["open"] <= 10
