"""Machine code is found wherever it lies, and never taken for that of another processor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from objclass.data import kernel_cache
from objclass.data.kernel_cache import KernelFile, KernelFiles

PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
from objclass.data.compiling import compiling_told
told = []
with compiling_told(told.append):
    from kernels_of_a_test import tripled
    assert tripled(2) == 6
print(len(told))
"""
KERNELS = """
from objclass.data.kernel import kernel

@kernel
def doubled(x):
    return 2 * x

@kernel
def tripled(x):
    return doubled(x) + x
"""


def file_in(folder: Path, stamp: str = "now") -> KernelFile:
    """The machine code of one kernel in a folder."""
    return KernelFile(str(folder), "kernel", stamp)


def files_in(*folders: Path) -> KernelFiles:
    """The machine code of one kernel in several folders."""
    return KernelFiles(folders, "spare", file_in)


def test_what_lies_in_a_read_only_folder_is_used_and_what_is_new_goes_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, home = tmp_path / "package", tmp_path / "home"
    files_in(package).save("a", 1)
    monkeypatch.setattr(kernel_cache, "takes_files", lambda folder: folder != package)
    both = files_in(package, home)
    before = sorted(package.iterdir())
    both.save("b", 2)
    assert (both.load("a"), both.load("b"), both.load("c")) == (1, 2, None)
    assert sorted(package.iterdir()) == before
    assert file_in(home).load("b") == 2


def test_two_processes_that_begin_at_once_never_write_into_one_file(tmp_path: Path) -> None:
    names = []
    for key in ("skylake", "generic"):  # each has seen an empty folder, and takes the first name
        file_in(tmp_path / key).save(key, key)
        names += [path.name for path in (tmp_path / key).glob("*.nbc")]
    assert len(set(names)) == 2


def test_code_of_several_processors_lies_side_by_side(tmp_path: Path) -> None:
    for key in ("skylake", "generic"):
        file_in(tmp_path).save(key, f"code for {key}")
    assert file_in(tmp_path).load("skylake") == "code for skylake"
    assert file_in(tmp_path).load("generic") == "code for generic"


def test_code_of_other_sources_is_not_used_and_is_removed_by_what_replaces_it(
    tmp_path: Path,
) -> None:
    file_in(tmp_path, "before").save("a", 1)
    assert file_in(tmp_path, "now").load("a") is None
    file_in(tmp_path, "now").save("a", 2)
    assert len(list(tmp_path.glob("*.nbc"))) == 1
    assert file_in(tmp_path, "now").load("a") == 2


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_a_damaged_file_is_compiled_again(tmp_path: Path, suffix: str) -> None:
    file_in(tmp_path).save("a", 1)
    (damaged,) = tmp_path.glob(f"*.{suffix}")
    damaged.write_bytes(b"half a fi")
    assert file_in(tmp_path).load("a") is None


def compiled(folder: Path, processor: str) -> int:
    """How many kernels a process compiles that has such a processor."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "shared")}
    if processor:
        environment["NUMBA_CPU_NAME"] = processor
    (folder / "kernels_of_a_test.py").write_text(KERNELS, encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM.format(folder=str(folder))]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_processors_of_two_kinds_share_a_folder(tmp_path: Path) -> None:
    kinds = ["", "generic", "", "generic"]
    assert [compiled(tmp_path, kind) for kind in kinds] == [2, 2, 0, 0]
