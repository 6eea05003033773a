"""A command that failed leaves nothing that stands in the way of the corrected one."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from commands import objclass
from written_ilp import write_ilp, write_inputs

import objclass as package
from objclass.io import new_file, output
from workflows import Bench, discs, flat, write_map, write_raw

INIT = ("init", "--raw", "raw.tif", "--prediction-map", "prob.h5", "--axes", "prob=yxc")
IMPORT = ("import", "p.ilp", "-o", "new")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with images and projects, in which we are."""
    raw, probability = discs()
    write_raw(tmp_path / "raw.tif", raw)
    write_map(tmp_path / "prob.h5", probability)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A workflow, in whose folder we are."""
    monkeypatch.chdir(tmp_path)
    return flat(tmp_path)


def names(folder: Path) -> set[str]:
    """What is in a folder, but caches."""
    return {path.name for path in folder.iterdir() if path.name != ".objclass"}


def full_disk(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the n-th file that is flushed find no room."""
    left = [number]
    real = os.fsync

    def fsync(handle: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(new_file.os, "fsync", fsync)


def test_init_on_files_that_do_not_fit_each_other_leaves_no_workflow(folder: Path) -> None:
    write_map(folder / "prob.h5", np.full((10, 12), 0.5, np.float32))
    before = names(folder)
    assert objclass(*INIT).code == 2
    assert names(folder) == before
    write_map(folder / "prob.h5", discs()[1])
    assert objclass(*INIT).code == 0


def test_init_that_is_interrupted_leaves_no_workflow(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path) -> Any:
        raise KeyboardInterrupt

    before = names(folder)
    with monkeypatch.context() as patch:
        patch.setattr("objclass.run.prepare", interrupted)
        assert objclass(*INIT).code == 130
    assert names(folder) == before
    assert objclass(*INIT).code == 0


def test_init_on_a_full_disk_leaves_no_workflow(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = names(folder)
    with monkeypatch.context() as patch:
        full_disk(patch, 1)
        answer = objclass(*INIT)
    assert answer.code == 1
    assert answer.err.startswith("cells.yaml cannot be written; got No space left on device: on ")
    assert names(folder) == before
    assert objclass(*INIT).code == 0


@pytest.mark.parametrize("number", [1, 2, 3])
def test_import_on_a_full_disk_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    write_ilp(folder / "p.ilp")
    write_inputs(folder)
    with monkeypatch.context() as patch:
        full_disk(patch, number)
        answer = objclass(*IMPORT, "--no-run")
    assert answer.code == 1
    assert "cannot be written; got No space left on device" in answer.err
    assert names(folder / "new") == set()
    assert objclass(*IMPORT, "--no-run").code == 0


def test_import_whose_run_fails_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_ilp(folder / "p.ilp")
    write_inputs(folder)

    def full(handle: int, data: Any, at: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    calls = [0]
    real = os.pwrite

    def later(handle: int, data: Any, at: int) -> int:
        calls[0] += 1
        return real(handle, data, at)

    with monkeypatch.context() as patch:
        patch.setattr(output.os, "pwrite", later)
        assert objclass(*IMPORT, "--no-run").code == 0
    for path in (folder / "new").iterdir():
        path.unlink()
    stored = calls[0]

    def at_last(handle: int, data: Any, at: int) -> int:
        calls[0] -= 1
        return full(handle, data, at) if calls[0] < 0 else real(handle, data, at)

    with monkeypatch.context() as patch:
        calls[0] = stored
        patch.setattr(output.os, "pwrite", at_last)
        answer = objclass(*IMPORT)
    assert answer.code == 1
    assert answer.lines[-1] == (
        "removed what was imported: mend what is said above, and import again"
    )
    assert not names(folder / "new") & {"workflow.yaml", "annotations.csv"}
    assert objclass(*IMPORT, "--no-run").code == 0


def test_import_that_is_interrupted_while_it_runs_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_ilp(folder / "p.ilp")
    write_inputs(folder)

    def interrupted(*job: Any, **how: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("objclass.run.Job.run", interrupted)
        assert objclass(*IMPORT).code == 130
    assert names(folder / "new") == set()
    assert objclass(*IMPORT, "--no-run").code == 0


def test_annotations_without_room_for_their_picture_are_not_started(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, rgb: Any) -> Path:
        raise package.RunError(package.Problem("no room"))

    new = ("annotations", "new", "cells.yaml", "-o", "new.csv")
    with monkeypatch.context() as patch:
        patch.setattr("objclass.curation.starting.write_picture", refused)
        assert objclass(*new).code == 1
    assert "new.csv" not in names(bench.folder)
    assert objclass(*new).code == 0


def test_extracting_a_project_on_a_full_disk_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.run()
    extract = ("project", "extract", "cells.objclass.h5", "-o", "new")
    with monkeypatch.context() as patch:
        full_disk(patch, 2)
        assert objclass(*extract).code == 1
    assert names(bench.folder / "new") == set()
    assert objclass(*extract).code == 0


HARMS = {
    "no YAML": ("workflow", "nodes: [", "line 1: this is not YAML"),
    "a kind": ("workflow", "version: 1\nnodes:\n  a: {kind: b}\n", "line 3: node 'a': there is no"),
    "nothing": ("workflow", "", "is empty"),
    "parameters": ("parameters", '{"nodes": 5}', "its parameters are not those of nodes"),
}


@pytest.mark.parametrize(("place", "text", "said"), HARMS.values(), ids=HARMS.keys())
def test_a_damaged_project_is_named_itself(bench: Bench, place: str, text: str, said: str) -> None:
    bench.run()
    with h5py.File("cells.objclass.h5", "a") as file:
        del file[place]
        file[place] = np.frombuffer(text.encode(), np.uint8)
    answer = objclass(
        "batch", "cells.objclass.h5", "--raw", "raw.tif", "--prediction-map", "prob.h5",
        "--out", "out",
    )  # fmt: skip
    assert answer.code == 2
    start = "project file 'cells.objclass.h5' is damaged: in its workflow"
    assert answer.err.startswith(start)
    assert said in answer.err
    assert answer.err.endswith("; copy it again, or write it again with 'objclass run'\n")
    assert "cells.yaml" not in answer.err
