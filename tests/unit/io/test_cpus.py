"""How many processors a process may use, from files as containers and clusters show them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from objclass.errors import InputError
from objclass.io.cpus import allowed, workers_of


@pytest.fixture(autouse=True)
def sixteen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with sixteen processors, no cluster."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    monkeypatch.delenv("OBJCLASS_WORKERS", raising=False)


def groups(folder: Path, mine: str, **files: str) -> int:
    """What is allowed where /proc and /sys look like this; ``a__b`` is the path a/b."""
    (folder / "mine").write_text(mine)
    for name, text in files.items():
        path = folder / "groups" / name.replace("__", "/").replace("cpu_", "cpu.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return allowed(folder / "groups", folder / "mine")


def test_affinity_is_the_limit_where_there_is_no_other(tmp_path: Path) -> None:
    assert groups(tmp_path, "0::/user\n") == 16


@pytest.mark.parametrize(
    ("quota", "count"),
    [("200000 100000", 2), ("250000 100000", 3), ("50000 100000", 1), ("max 100000", 16)],
)
def test_a_quota_of_version_2_is_rounded_up(tmp_path: Path, quota: str, count: int) -> None:
    assert groups(tmp_path, "0::/job/step\n", job__step__cpu_max=f"{quota}\n") == count


def test_a_quota_further_up_holds_as_well(tmp_path: Path) -> None:
    files = {"job__cpu_max": "400000 100000\n", "job__step__cpu_max": "max 100000\n"}
    assert groups(tmp_path, "0::/job/step\n", **files) == 4


def test_a_container_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    assert groups(tmp_path, "0::/docker/abc\n", cpu_max="300000 100000\n") == 3


@pytest.mark.parametrize(("quota", "count"), [("150000", 2), ("-1", 16)])
def test_a_quota_of_version_1_is_found(tmp_path: Path, quota: str, count: int) -> None:
    mine = "4:memory:/job\n3:cpu,cpuacct:/job\n"
    folder = tmp_path / "groups/cpu,cpuacct/job"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_quota_us").write_text(quota)
    (folder / "cpu.cfs_period_us").write_text("100000")
    assert groups(tmp_path, mine) == count


def test_slurm_gives_a_task_its_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "8")
    assert groups(tmp_path, "") == 8
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "64")
    assert groups(tmp_path, "") == 16


def test_what_a_person_says_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert workers_of(40) == 40
    monkeypatch.setenv("OBJCLASS_WORKERS", "5")
    assert (workers_of(None), workers_of(2)) == (5, 2)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "²"])
def test_what_is_no_number_of_workers_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("OBJCLASS_WORKERS", text)
    with pytest.raises(InputError, match=r"OBJCLASS_WORKERS: no number of workers.*1 or more"):
        workers_of(None)
    with pytest.raises(InputError, match="workers: no number of workers; got 0"):
        workers_of(0)
