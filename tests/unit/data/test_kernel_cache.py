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
    return KernelFile(folder, "kernel-12.py311", stamp)


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


def test_code_of_a_kernel_that_was_moved_within_its_file_does_not_pile_up(tmp_path: Path) -> None:
    for line in (12, 14):
        KernelFile(tmp_path, f"kernel-{line}.py311", "now").save("a", line)
    assert [path.name.partition(".")[0] for path in tmp_path.iterdir()] == ["kernel-14"]


def test_a_damaged_file_is_compiled_again(tmp_path: Path) -> None:
    file_in(tmp_path).save("a", 1)
    (damaged,) = tmp_path.iterdir()
    whole = damaged.read_bytes()
    for part in (b"", whole[:9], whole[:-1]):
        damaged.write_bytes(part)
        assert file_in(tmp_path).load("a") is None
    damaged.write_bytes(whole)
    assert file_in(tmp_path).load("a") == 1


def test_code_of_which_one_byte_is_another_is_compiled_again(tmp_path: Path) -> None:
    file_in(tmp_path).save("a", b"code" * 100)
    (damaged,) = tmp_path.iterdir()
    whole = bytearray(damaged.read_bytes())
    whole[whole.index(b"codecode") + 200] ^= 1
    damaged.write_bytes(whole)
    assert file_in(tmp_path).load("a") is None


def test_code_for_something_else_is_not_used_whatever_its_file_is_called(tmp_path: Path) -> None:
    file_in(tmp_path).save("a", 1)
    (file,) = tmp_path.iterdir()
    file_in(tmp_path).save("b", 2)
    (other,) = set(tmp_path.iterdir()) - {file}
    file.replace(other)
    assert file_in(tmp_path).load("b") is None


SAVING = """
import sys
from pathlib import Path
from objclass.data.kernel_cache import KernelFile
folder, mine = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
for k in range(40):
    KernelFile(folder, "kernel-12.py311", "now").save((mine, k), [mine, k] * 1000)
    KernelFile(folder, "kernel-12.py311", "now").save("both", list(range(5000)))
"""


def test_two_processes_that_save_at_once_lose_nothing_and_tear_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SAVING, str(tmp_path)]
    both = [subprocess.Popen([*command, name], stdin=subprocess.PIPE) for name in "ab"]
    for process in both:  # both have loaded numba by the time that they read the line
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
    assert [process.wait(60) for process in both] == [0, 0]
    made = file_in(tmp_path)
    assert all(made.load((name, k)) == [name, k] * 1000 for name in "ab" for k in range(40))
    assert made.load("both") == list(range(5000))
    assert len(list(tmp_path.iterdir())) == 81


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
