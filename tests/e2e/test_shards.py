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
    assert waited(lambda: any(bench.folder.glob(".objclass/content/*/*")))
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
    assert "after all shards, objclass collect cells.yaml makes the rest" in done.out
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


def test_a_plan_is_another_where_annotations_or_plugins_are(tmp_path: Path) -> None:
    bench = several(tmp_path)
    plans = [typed("plan cells.yaml --shards 3", tmp_path).out.splitlines()[-1]]
    before = bench.annotations.read_text(encoding="utf-8")
    bench.annotations.write_text(before.replace("large", "small", 1), encoding="utf-8")
    plans.append(typed("plan cells.yaml --shards 3", tmp_path).out.splitlines()[-1])
    bench.annotations.write_text(before, encoding="utf-8")
    os.utime(bench.annotations, (1, 1))
    assert typed("plan cells.yaml --shards 3", tmp_path).out.splitlines()[-1] == plans[0]
    bench.edit(("version: 1", "version: 1 # a comment"))
    assert typed("plan cells.yaml --shards 3", tmp_path).out.splitlines()[-1] == plans[0]
    assert plans[0] != plans[1]


def test_shards_at_once_remember_all_that_they_made(tmp_path: Path) -> None:
    """The record of the last run, by which a change is explained, is of every shard."""
    bench = several(tmp_path, NAMES)
    shards = [started(bench, "--shard", f"{n}/4") for n in (1, 2, 3, 4)]
    assert [each.wait() for each in shards] == [0, 0, 0, 0]
    job = bench.job()
    last = job.store.last(job.name)
    assert {f"nuclei.objects|{name}" for name in NAMES} <= {
        f"{step.node}.{step.part.name}|{step.image}"
        for step in job.graph.steps()
        if step.key in last
    }


def test_a_collect_names_what_shards_have_not_made_and_runs_nothing(tmp_path: Path) -> None:
    bench = several(tmp_path, NAMES)
    assert typed("run cells.yaml --shard 2/3", tmp_path).code == 0
    lacking = typed("collect cells.yaml --shards 3", tmp_path)
    assert lacking.code == 2
    assert lacking.err.splitlines() == [
        f"shard {n}/3 has not made {said}; objclass run cells.yaml --shard {n}/3; "
        "objclass run cells.yaml makes it here"
        for n, said in (
            (1, "a (raw, prob, nuclei, measured, classes), d (raw, prob, nuclei, measured)"),
            (3, "c (raw, prob, nuclei, measured)"),
        )
    ]
    assert not (tmp_path / "results").exists()
    for n in (1, 3):
        assert typed(f"run cells.yaml --shard {n}/3", tmp_path).code == 0
    plan = typed("plan cells.yaml --shards 3", tmp_path).out.split()[-1]
    collected = typed(f"collect cells.yaml --shards 3 --plan {plan}", tmp_path)
    assert collected.code == 0, collected.err
    assert "wrote   results/objects.csv" in collected.out
    bench.edit(("threshold: 0.5", "threshold: 0.45"))
    assert (
        "are not those of this plan"
        in typed(f"collect cells.yaml --shards 3 --plan {plan}", tmp_path).err
    )


@pytest.mark.parametrize("said", ["0/3", "4/3", "3", "a/b", "1/0"])
def test_a_shard_that_cannot_be_is_refused(said: str, tmp_path: Path) -> None:
    several(tmp_path)
    done = typed(f"run cells.yaml --shard {said}", tmp_path)
    assert done.code == 2
    assert f"--shard: no such shard; got '{said}'" in done.err
