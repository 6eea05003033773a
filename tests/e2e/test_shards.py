"""Shards of a run make its parts, in any order and again; a plain run then makes the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import typed
from test_workers import files, left, waited

from workflows import Bench, Ran, series_of_files, several

NAMES = "abcde"


def started(bench: Bench, *words: str) -> subprocess.Popen[bytes]:
    """A run at work in a process of its own, as a job of an array is."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "objclass", "run", "cells.yaml", *words]
    pipe = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=bench.folder, env=environment, stdout=pipe)


def test_shards_at_once_one_killed_and_run_again_make_what_one_run_makes(tmp_path: Path) -> None:
    plain = several(tmp_path / "plain", NAMES)
    expected = plain.run()
    bench = several(tmp_path / "shards", NAMES)
    plan = json.loads(typed("plan cells.yaml --shards 3 --json", bench.folder).out)
    assert plan["shards"] == {"1": ["a", "d"], "2": ["b", "e"], "3": ["c"]}
    same = ("--plan", plan["plan"])
    killed = started(bench, "--shard", "1/3", *same)
    assert waited(lambda: any(bench.folder.glob(".objclass/traces/**/*.json")))
    killed.kill()
    killed.wait()
    other, again, third = (started(bench, "--shard", f"{n}/3", *same) for n in (2, 1, 3))
    assert [each.wait() for each in (other, again, third)] == [0, 0, 0]
    collects = [started(bench) for _ in range(2)]
    assert [each.wait() for each in collects] == [0, 0]
    ran = bench.run()
    assert ran.statuses == {"cached"}
    assert ran.digests == expected.digests
    assert files(bench.folder / "results") == files(plain.folder / "results")
    assert left(bench.folder) == []


def test_a_shard_makes_the_steps_of_its_images_and_leaves_the_others(tmp_path: Path) -> None:
    bench = several(tmp_path, NAMES)
    done = typed("run cells.yaml --shard 2/3", tmp_path)
    assert done.code == 0, done.err
    assert "after all shards, objclass run cells.yaml makes the rest" in done.out
    ran = bench.run()
    made = {o.step.image for o in ran.of("nuclei") if o.status == "cached"}
    assert made == {"b", "e"}


def test_frames_are_dealt_where_images_are_few(tmp_path: Path) -> None:
    bench = series_of_files(tmp_path)
    plan = json.loads(typed("plan cells.yaml --shards 2 --json", tmp_path).out)["shards"]
    frames = [name for names in plan.values() for name in names]
    assert len(frames) == len(set(frames)) > 1
    assert all(plan.values())
    for number in (1, 2):
        assert typed(f"run cells.yaml --shard {number}/2", tmp_path).code == 0
    job = bench.job()
    assert {o.status for o in Ran(job, job.run()).of("nuclei")} == {"cached"}


def test_a_shard_of_another_plan_is_refused(tmp_path: Path) -> None:
    bench = several(tmp_path)
    plan = json.loads(typed("plan cells.yaml --shards 3 --json", tmp_path).out)["plan"]
    assert typed("plan cells.yaml --shards 3", tmp_path).out.splitlines()[-1] == f"plan {plan}"
    other = typed(f"run cells.yaml --shard 1/2 --plan {plan}", tmp_path)
    bench.edit(("threshold: 0.5", "threshold: 0.45"))
    edited = typed(f"run cells.yaml --shard 1/3 --plan {plan}", tmp_path)
    for refused in (other, edited):
        assert refused.code == 2
        assert f"are not those of this plan; got {plan}" in refused.err
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("said", ["0/3", "4/3", "3", "a/b", "1/0"])
def test_a_shard_that_cannot_be_is_refused(said: str, tmp_path: Path) -> None:
    several(tmp_path)
    done = typed(f"run cells.yaml --shard {said}", tmp_path)
    assert done.code == 2
    assert f"--shard: no such shard; got '{said}'" in done.err
