"""Commands where nothing but the temporary folder can be written, as in a container.

Read-only folders are mounts of their own, since a superuser writes wherever permissions forbid.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workflows import flat

MOUNT = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && shift && exec "$@"'


def read_only(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder that is read-only for it."""
    environment = {k: v for k, v in os.environ.items() if k != "OBJCLASS_CACHE"}
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", MOUNT, "sh", str(folder), *command],
        capture_output=True, text=True, timeout=300, check=False, env=environment,
    )  # fmt: skip


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    """The folder of a workflow, where such a mount can be made."""
    folder = tmp_path / "cells"
    folder.mkdir()
    flat(folder)
    if shutil.which("unshare") is None or read_only(folder, "true").returncode:
        pytest.skip("a read-only mount needs the right to mount")
    return folder


def objclass(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run objclass there."""
    return read_only(folder, sys.executable, "-m", "objclass", *words)


@pytest.mark.parametrize("command", ["run", "annotations status"])
def test_a_workflow_on_a_read_only_disk_names_the_option_for_its_cache(
    workflow: Path, command: str
) -> None:
    done = objclass(workflow, *command.split(), "cells.yaml")
    told = done.stdout + done.stderr
    assert done.returncode == 1, told
    assert ".objclass/locks cannot be written; got Read-only file system" in told
    assert "keep the cache elsewhere, with --cache FOLDER or OBJCLASS_CACHE" in told


def test_with_the_cache_elsewhere_all_is_made_and_only_results_have_no_place(
    workflow: Path, tmp_path: Path
) -> None:
    done = objclass(workflow, "run", "cells.yaml", "--cache", str(tmp_path / "cache"))
    told = done.stdout + done.stderr
    assert done.returncode == 1, told
    assert "keep the cache elsewhere" not in told
    assert "results/" in told
    until = objclass(
        workflow, "run", "cells.yaml", "--until", "predicted", "--cache", str(tmp_path / "cache")
    )
    assert until.returncode == 0, until.stdout + until.stderr
    assert "cached" in until.stdout
