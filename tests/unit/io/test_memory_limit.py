"""How much memory a command may take, from files as containers and clusters show them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from objclass.data.memory_share import KEPT_BYTES, WORKER_BYTES, MemoryShare, within_share
from objclass.data.memory_share import memory_shared as shared
from objclass.errors import InputError
from objclass.io.memory_limit import allowed_memory, bytes_of, memory_limit_of

GIB = 2**30


@pytest.fixture(autouse=True)
def sixteen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with 16 GiB, no cluster."""
    known = {"SC_PHYS_PAGES": 4 * 2**20, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", known.__getitem__)
    for name in ("MEM_PER_NODE", "MEM_PER_CPU", "CPUS_ON_NODE", "CPUS_PER_TASK"):
        monkeypatch.delenv(f"SLURM_{name}", raising=False)
    monkeypatch.delenv("OBJCLASS_MEMORY", raising=False)


def groups(folder: Path, mine: str, **files: str) -> int:
    """What is allowed where /proc and /sys look like this; ``a__b`` is the path a/b."""
    (folder / "mine").write_text(mine)
    for name, text in files.items():
        path = folder / "groups" / name.replace("__", "/").replace("memory_", "memory.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return allowed_memory(folder / "groups", folder / "mine").bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GiB", 4 * GIB),
        ("4 GiB", 4 * GIB),
        ("1.5GiB", 3 * GIB // 2),
        ("500MB", 500 * 10**6),
        ("3gb", 3 * 10**9),
        ("2048KiB", 2 * 2**20),
        ("1TiB", 2**40),
        ("300000000", 300_000_000),
        ("9kB", 9000),
    ],
)
def test_a_size_is_a_number_and_a_unit(text: str, size: int) -> None:
    assert bytes_of(text, "--memory") == size


@pytest.mark.parametrize("text", ["", "much", "-1GiB", "4 Gibibytes", "1,5GiB", "4GiB each", "²GB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"--memory: no size.*a size such as 4GiB"):
        bytes_of(text, "--memory")


def test_a_unit_that_may_mean_two_is_answered_with_both() -> None:
    with pytest.raises(InputError, match=r"got 4G; .*write 4GiB or 4GB"):
        bytes_of("4G", "--memory")


def test_less_than_a_process_needs_for_itself_is_refused() -> None:
    with pytest.raises(InputError, match=r"got 4; expected at least 220\.0 MB, as 250MB"):
        memory_limit_of("4")


def test_what_a_person_says_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory_limit_of("64GiB").bytes == 64 * GIB
    monkeypatch.setenv("OBJCLASS_MEMORY", "3GiB")
    assert memory_limit_of(None).bytes == 3 * GIB
    assert memory_limit_of("2GiB").bytes == 2 * GIB
    monkeypatch.setenv("OBJCLASS_MEMORY", "lots")
    with pytest.raises(InputError, match="OBJCLASS_MEMORY: no size; got lots"):
        memory_limit_of(None)


def test_the_computer_is_the_limit_where_there_is_no_other(tmp_path: Path) -> None:
    assert groups(tmp_path, "0::/user\n") == 16 * GIB


@pytest.mark.parametrize(("text", "size"), [(f"{2 * GIB}\n", 2 * GIB), ("max\n", 16 * GIB)])
def test_a_group_of_version_2_has_a_limit_or_none(tmp_path: Path, text: str, size: int) -> None:
    assert groups(tmp_path, "0::/job/step\n", job__step__memory_max=text) == size


def test_a_limit_further_up_holds_as_well(tmp_path: Path) -> None:
    files = {"job__memory_max": f"{GIB}", "job__step__memory_max": "max"}
    assert groups(tmp_path, "0::/job/step\n", **files) == GIB


@pytest.mark.parametrize(("text", "size"), [(f"{GIB}", GIB), ("9223372036854771712", 16 * GIB)])
def test_a_group_of_version_1_has_a_limit_or_none(tmp_path: Path, text: str, size: int) -> None:
    folder = tmp_path / "groups/memory/job"
    folder.mkdir(parents=True)
    (folder / "memory.limit_in_bytes").write_text(text)
    assert groups(tmp_path, "4:memory:/job\n3:cpu,cpuacct:/other\n") == size


def test_slurm_gives_a_job_memory_on_each_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_MEM_PER_NODE", "4096")
    assert groups(tmp_path, "") == 4 * GIB
    monkeypatch.setenv("SLURM_MEM_PER_NODE", "0")  # all that the computer has
    assert groups(tmp_path, "") == 16 * GIB


def test_slurm_gives_memory_for_each_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_MEM_PER_CPU", "1024")
    assert groups(tmp_path, "") == GIB
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "3")
    assert groups(tmp_path, "") == 3 * GIB


def test_what_is_kept_gets_smaller_with_what_a_process_may_take() -> None:
    assert MemoryShare(WORKER_BYTES + 4 * 10**7).kept == 10**7
    assert MemoryShare(10**12).kept == KEPT_BYTES
    assert within_share(10**9) == 10**9
    with shared(MemoryShare(WORKER_BYTES + 16 * 10**6)):
        assert within_share(10**9) == 3 * 10**6
    assert within_share(10**9) == 10**9
