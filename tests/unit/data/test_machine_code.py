"""Kernels are kept in a private folder where nothing else can be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from objclass.data.machine_code import is_private

PROGRAM = """
from objclass.data import kernel_cache

kernel_cache.takes_files = lambda folder: False

from objclass.cli.live import teller
from objclass.segmentation.components import _root
import numpy

with teller():
    _root(numpy.zeros(1, numpy.int64), 0)
"""


def told_by(program: str, temporary: Path) -> list[str]:
    """Lines that a process tells whose package and home are read-only."""
    empty = temporary / "read-only"
    environment = {**os.environ, "TMPDIR": str(temporary), "NUMBA_CACHE_DIR": str(empty)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return done.stderr.splitlines()


def test_a_read_only_package_and_home_compile_once_and_say_where(tmp_path: Path) -> None:
    folder = tmp_path / f"objclass-kernels-{os.getuid()}"
    first = told_by(PROGRAM, tmp_path)
    assert len(first) == 1
    assert first[0].endswith(f"(kept in {folder}; NUMBA_CACHE_DIR names another folder)")
    assert told_by(PROGRAM, tmp_path) == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_can_write_is_not_trusted_with_machine_code(tmp_path: Path) -> None:
    folder = tmp_path / f"objclass-kernels-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    for _ in range(2):
        (told,) = told_by(PROGRAM, tmp_path)
        assert "kept nowhere, since no folder takes them" in told
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o750, 0o705])
def test_only_a_folder_closed_to_others_is_private(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "kernels"
    folder.mkdir(mode=0o700)
    assert is_private(folder)
    folder.chmod(mode)
    assert not is_private(folder)


def test_a_link_is_not_private_wherever_it_leads(tmp_path: Path) -> None:
    folder = tmp_path / "kernels"
    folder.mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(folder)
    assert not is_private(tmp_path / "link")


def test_a_folder_of_somebody_else_is_not_private() -> None:
    if os.getuid() == 0:
        pytest.skip("root owns every folder that is certain to exist")
    assert not is_private(Path("/"))
