"""Commands on disks that are full, and under limits of file sizes: named, and no report is lost.

Limits are those of a child (``ulimit -f``); small disks need the right to mount.
"""

from __future__ import annotations

import errno
import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import objclass

from objclass.engine import files, record_file
from objclass.engine.disk_store import DiskStore
from objclass.errors import RunError
from workflows import Bench, flat

resource = pytest.importorskip("resource")
MORE = (
    "      predictions: results/{image}_classes.tif\n",
    "      predictions: results/{image}_classes.h5\n      probabilities: results/{image}_p.h5\n"
    "      identities: results/{image}_ids.tif\n",
)
BATCH = ("--raw", "raw.tif", "--prediction-map", "prob.h5", "--out", "out")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A workflow that writes every format, in whose folder we are."""
    monkeypatch.chdir(tmp_path)
    return flat(tmp_path).edit(MORE)


def limited(size: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command that may write files of at most this many bytes."""
    return subprocess.run(
        [sys.executable, "-m", "objclass", *words],
        capture_output=True, text=True, timeout=300, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )  # fmt: skip


def check(done: subprocess.CompletedProcess[str], says: str) -> None:
    """No crash, no traceback, no bug; a refusal that says what the disk said."""
    told = done.stdout + done.stderr
    assert done.returncode == 1, told
    assert says in told
    assert not any(word in told for word in ("Traceback", "Exception ignored", "made a mistake"))


def few(*values: int, slow: Iterable[int]) -> list[Any]:
    """Values of the default session, and those of the slow one besides."""
    return [*values, *(pytest.param(each, marks=pytest.mark.slow) for each in slow)]


@pytest.mark.parametrize("size", few(1_000, 6_000, slow=(3_000, 9_000)))
def test_a_run_under_a_limit_of_file_sizes_names_the_files(bench: Bench, size: int) -> None:
    done = limited(size, "run", "cells.yaml")
    check(done, "cannot be written; got File too large: the limit of this shell is ")
    assert "raw" in done.stdout, "the report is lost"
    assert bench.run().statuses <= {"ran", "cached"}


@pytest.mark.parametrize("size", few(3_000, slow=(1_000, 6_000)))
def test_a_batch_under_a_limit_of_file_sizes_names_the_files(bench: Bench, size: int) -> None:
    bench.run()
    words = ("batch", "cells.objclass.h5", *BATCH, "--export", "table,identities,predictions")
    words = (*words, "--format", "h5")
    check(
        limited(size, *words), "cannot be written; got File too large: the limit of this shell is "
    )
    assert objclass(*words, "--dry-run").code == 0
    done = limited(size, "batch", "--resume", "out")
    check(done, "cannot be written; got File too large: the limit of this shell is ")
    assert "0 done, 1 failed; results in out" in done.stdout
    assert objclass("batch", "--resume", "out").code == 0


@pytest.mark.parametrize("number", few(2, slow=(1, 4)))
def test_a_disk_that_fills_at_some_image_fails_the_rest_by_name_and_the_next_heals(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """One record is the plan; from the n-th on there is no room for those of images."""
    bench.run()
    for name in ("a", "b", "c", "d"):
        for suffix, file in (("tif", "raw.tif"), ("h5", "prob.h5")):
            (bench.folder / f"{name}.{suffix}").write_bytes((bench.folder / file).read_bytes())
    raw = [word for name in "abcd" for word in ("--raw", f"{name}.tif")]
    maps = [word for name in "abcd" for word in ("--prediction-map", f"{name}.h5")]
    words = ("batch", "cells.objclass.h5", *raw, *maps, "--workers", "1", "--export", "table")
    with monkeypatch.context() as patch:
        patch.setattr("objclass.batch.folder.write_json", refusing(number, files.write_json))
        answer = objclass(*words, "--out", "out")
    assert answer.code == 1
    assert answer.out.count("FAILED") == 4 - (number - 1)
    assert "got No space left on device" in answer.out
    again = objclass(*words, "--out", "out")
    assert again.code == 0
    assert "4 done, 0 failed; results in out" in again.out
    assert again.out.count("objects") == 4 - (number - 1), "those with a record are not done again"


@pytest.mark.slow
@pytest.mark.parametrize("size", range(500, 40_000, 1_500))
def test_a_run_under_every_limit(bench: Bench, size: int) -> None:
    done = limited(size, "run", "cells.yaml")
    told = done.stdout + done.stderr
    assert done.returncode in (0, 1), told
    assert not any(word in told for word in ("Traceback", "Exception ignored", "made a mistake"))
    assert bench.run().statuses <= {"ran", "cached"}


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Mount a disk of this many bytes; skip where that is not allowed."""
    folder.mkdir(exist_ok=True)
    options = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    try:
        done = subprocess.run(options, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("this system has no mount")
    if done.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        yield
    finally:
        gc.collect()  # what a command that ended has open
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("size", few(4_096, 20_480, slow=(12_288,)))
def test_results_on_a_small_disk_are_named_with_it(bench: Bench, size: int) -> None:
    with small_disk(bench.folder / "results", size):
        answer = objclass("run", "cells.yaml")
        left = [path.name for path in (bench.folder / "results").iterdir()]
    assert answer.code == 1
    assert f"got No space left on device: on the disk at {bench.folder}/results " in answer.out
    assert not [name for name in left if name.startswith(".")]
    assert bench.run().statuses <= {"ran", "cached"}


@pytest.mark.parametrize("size", few(4_096, 49_152, slow=(24_576, 98_304)))
def test_a_cache_on_a_small_disk_is_named_with_the_ways_on(bench: Bench, size: int) -> None:
    with small_disk(bench.folder / ".objclass", size):
        answer = objclass("run", "cells.yaml")
        cleaned = objclass("cache", "clean", "cells.yaml")
    assert answer.code == 1
    assert "cannot be written; got No space left on device: on the disk at " in answer.out
    assert "nuclei" in answer.out
    assert cleaned.code in (0, 2)
    assert bench.run().statuses <= {"ran", "cached"}


@pytest.mark.slow
@pytest.mark.parametrize("size", range(4_096, 400_000, 12_288))
def test_a_cache_on_disks_of_all_sizes(bench: Bench, size: int) -> None:
    with small_disk(bench.folder / ".objclass", size):
        assert objclass("run", "cells.yaml").code in (0, 1)
    assert bench.run().statuses <= {"ran", "cached"}


# faults at single writes


def refusing(number: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """A call that finds no room the n-th time, and from then on."""
    left = [number]

    def calling(*args: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args, **more)

    return calling


@pytest.mark.parametrize("number", few(0, 2, 9, slow=(1, 5, 14)))
def test_records_that_find_no_room_are_a_note_and_the_results_are_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    expected = bench.run().digests
    with monkeypatch.context() as patch:
        (bench.folder / ".objclass").rename(bench.folder / "old")
        patch.setattr(record_file, "append", refusing(number, record_file.append))
        answer = objclass("run", "cells.yaml")
    assert "; got No space left on device" in answer.out
    assert answer.code in (0, 1)
    assert bench.run().digests == expected


@pytest.mark.parametrize("number", few(0, 14, 42, slow=(7, 21, 28, 35, 49, 56)))
def test_a_flush_that_finds_no_room_is_named_and_the_next_run_heals(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refusing(number, os.fsync))
        answer = objclass("run", "cells.yaml")
    assert answer.code in (0, 1), answer.err
    assert "No space left on device" in answer.out
    assert "nuclei" in answer.out, "the report is lost"
    assert bench.run().statuses <= {"ran", "cached"}


def test_a_batch_whose_summary_finds_no_room_shows_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.run()
    Path("raw.tif").write_bytes(b"no image")

    def refused(batch: Any, done: Any) -> None:
        from objclass.io.disk import refusal

        raise RunError(refusal(Path("out/summary.csv"), OSError(errno.ENOSPC, "No space")))

    monkeypatch.setattr("objclass.batch.write_reports", refused)
    answer = objclass("batch", "cells.objclass.h5", *BATCH)
    assert answer.code == 1
    assert answer.err.startswith("out/summary.csv cannot be written; got No space: on the disk at")
    assert answer.lines[-1] == "0 done, 1 failed; results in out"
    assert answer.lines[-2].startswith("raw: ")


def test_scratch_that_finds_no_room_names_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int, data: bytes, place: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = DiskStore(tmp_path / ".objclass")
    with store.workshop("a" * 32) as workshop:
        array = workshop.scratch((3, 4), "float32")
        rows = slice(1, 3), slice(0, 4)
        array[rows] = np.full((2, 4), 2, np.float32)
        assert array[slice(0, 3), slice(0, 4)].sum() == 16
        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(RunError, match=r"\.objclass cannot be written; got No space left"):
            array[rows] = np.zeros((2, 4), np.float32)


def test_a_bug_report_without_a_temporary_folder_is_shown(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> Any:
        raise ZeroDivisionError("by nobody foreseen")

    def nowhere() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr("objclass.run.prepare", broken)
    monkeypatch.setattr("objclass.cli.bug.tempfile.gettempdir", nowhere)
    answer = objclass("validate", "cells.yaml")
    assert answer.code == 3
    assert "Please report it with this log:" in answer.err
    assert "by nobody foreseen" in answer.err
