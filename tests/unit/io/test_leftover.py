"""What dead processes left goes; what living ones write stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from objclass.io import leftover
from objclass.io.aside import written_aside
from objclass.io.leftover import host_mark, is_left_behind, is_mine, left_in, mark, temporary_name


def dead_pid() -> int:
    """The pid of a process that is gone."""
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    return child.pid


def name(pid: int, host: str = "", run: str = "0123abcd") -> str:
    """A temporary name as another process makes it."""
    return f".objclass-{host or host_mark()}-{pid}-{run}-00000000.tif"


def test_only_the_names_of_dead_processes_of_this_host_are_left_behind() -> None:
    dead = dead_pid()
    assert is_left_behind(name(dead))
    assert not is_left_behind(name(os.getppid()))
    assert not is_left_behind(name(dead, host="ffffffff"))
    assert not is_left_behind(".4711-0a1b2c3d-a.tif")
    assert not is_left_behind("objclass-notes.txt")


def test_a_dead_process_that_had_our_number_is_told_from_us() -> None:
    assert is_left_behind(name(os.getpid()))
    assert not is_left_behind(temporary_name(".tif"))
    assert is_mine(mark())
    assert not is_mine(name(os.getpid()))


def test_a_number_that_no_process_can_have_is_gone() -> None:
    assert is_left_behind(name(9_999_999_999))


def test_the_next_write_into_a_folder_removes_what_is_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftover, "_swept", set())
    dead, alive = tmp_path / name(dead_pid()), tmp_path / name(os.getppid())
    foreign = tmp_path / ".hidden"
    for path in (dead, alive, foreign):
        path.write_text("half")
    with written_aside(tmp_path / "a.csv") as aside:
        aside.write_text("x")
    assert {path.name for path in tmp_path.iterdir()} == {alive.name, foreign.name, "a.csv"}


def test_a_folder_that_is_not_there_has_nothing_left(tmp_path: Path) -> None:
    assert list(left_in(tmp_path / "no")) == []
