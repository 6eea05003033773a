"""Locks that heal themselves."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from objclass.engine import lock
from objclass.engine.lock import hold
from objclass.errors import RunError


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PAUSE", 0.005)
    monkeypatch.setattr(lock, "HALF_MADE", 0.1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "a.lock"


def leave(path: Path, pid: int, host: str = "", age: float = 0.0) -> None:
    """A lock as another process left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": pid, "host": host or socket.gethostname()}))
    os.utime(path, (time.time() - age, time.time() - age))


def dead_pid() -> int:
    """The pid of a process that is gone."""
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    return child.pid


def waits(path: Path, seconds: float = 0.1) -> bool:
    """True where somebody who wants the lock does not get it."""
    got = threading.Event()

    def take() -> None:
        with hold(path):
            got.set()

    threading.Thread(target=take, daemon=True).start()
    return not got.wait(seconds)


def test_a_held_lock_says_who_holds_it_and_is_gone_afterwards(path: Path) -> None:
    with hold(path):
        owner = json.loads(path.read_text())
        assert (owner["pid"], owner["host"]) == (os.getpid(), socket.gethostname())
    assert not path.exists()


def test_a_lock_is_given_back_when_the_work_fails(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold(path):
        _ = 1 / 0
    assert not path.exists()


def test_a_second_one_waits_until_the_first_is_done(path: Path) -> None:
    order = []

    def second() -> None:
        with hold(path):
            order.append("second")

    with hold(path):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.05)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_the_lock_of_a_dead_process_is_taken_over_at_once(path: Path) -> None:
    leave(path, dead_pid())
    with hold(path):
        assert json.loads(path.read_text())["pid"] == os.getpid()


def test_the_lock_of_a_living_process_is_respected(path: Path) -> None:
    leave(path, os.getppid())
    assert waits(path)
    path.unlink()


def test_the_lock_of_another_host_is_respected_while_its_heart_beats(path: Path) -> None:
    leave(path, dead_pid(), host="elsewhere", age=lock.STALE / 2)
    assert waits(path)
    path.unlink()


def test_a_lock_whose_heart_stopped_is_taken_over_whoever_held_it(path: Path) -> None:
    leave(path, os.getppid(), host="elsewhere", age=lock.STALE + 1)
    with hold(path):
        assert json.loads(path.read_text())["pid"] == os.getpid()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_lock_whose_maker_was_killed_before_it_said_who_it_was_is_taken_over(
    path: Path, text: str
) -> None:
    leave(path, 1)
    path.write_text(text)
    assert waits(path, 0.05)
    os.utime(path, (0, time.time() - lock.HALF_MADE - 1))
    with hold(path):
        assert json.loads(path.read_text())["pid"] == os.getpid()


def test_a_lock_that_was_taken_over_is_not_given_back_by_its_first_owner(path: Path) -> None:
    with hold(path):
        leave(path, os.getppid())
    assert path.exists()


def test_a_stale_lock_is_not_cleared_once_somebody_took_it(path: Path) -> None:
    leave(path, os.getppid())
    lock.clear(path)
    assert path.exists()


def test_the_heart_beats_while_a_lock_is_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "HEARTBEAT", 0.01)
    monkeypatch.setattr(lock, "_started", False)
    with hold(path):
        os.utime(path, (0, 0))
        assert becomes_young(path)


def becomes_young(path: Path) -> bool:
    """True where a file's time is brought up to date within some seconds."""
    for _ in range(500):
        if time.time() - path.stat().st_mtime < lock.STALE:
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def forking() -> multiprocessing.context.ForkContext:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system cannot fork")
    return multiprocessing.get_context("fork")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_a_heart_of_its_own(
    path: Path, forking: multiprocessing.context.ForkContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "HEARTBEAT", 0.01)
    with hold(path.with_name("parent.lock")):  # the parent's heart is beating

        def child() -> None:
            with hold(path):
                os.utime(path, (0, 0))
                os._exit(0 if becomes_young(path) else 1)

        process = forking.Process(target=child)
        process.start()
        process.join(20)
        assert process.exitcode == 0


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_many_processes_never_hold_a_lock_at_the_same_time(
    path: Path, tmp_path: Path, forking: multiprocessing.context.ForkContext
) -> None:
    leave(path, dead_pid())
    log = tmp_path / "log"

    def child() -> None:
        for _ in range(5):
            with hold(path), log.open("a") as file:
                for word in ("in", "out"):
                    file.write(f"{word} {os.getpid()}\n")
                    file.flush()
                    time.sleep(0.002)

    children = [forking.Process(target=child) for _ in range(4)]
    for each in children:
        each.start()
    for each in children:
        each.join(60)
    said = [line.split() for line in log.read_text().splitlines()]
    assert len(said) == 40
    for entered, left in zip(said[::2], said[1::2], strict=True):
        assert (entered[0], left[0]) == ("in", "out")
        assert entered[1] == left[1]


# what is no lock


def held_within(path: Path, seconds: float = 5.0) -> bool:
    """True where somebody who wants the lock gets it in time."""
    return not waits(path, seconds)


NONSENSE = ["abc", -1, 0, 10**30, 1.5, None, True, [1], {"a": 1}]


@pytest.mark.parametrize("pid", NONSENSE)
def test_a_lock_of_a_nonsense_pid_heals(path: Path, pid: object) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"pid": pid, "host": socket.gethostname()}))
    assert held_within(path)


@pytest.mark.parametrize("host", [None, 7, ["a"]])
def test_a_lock_of_a_nonsense_host_heals(path: Path, host: object) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"pid": os.getpid(), "host": host}))
    assert held_within(path)


GARBAGE = [b"", b"{", b"\xff\xfe\x00", b"[" * 5000, b"null", b"[]", b"x" * 100_000]


@pytest.mark.parametrize("text", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("age", [0.0, 3.0, -7200.0])
def test_garbage_in_the_place_of_a_lock_heals(path: Path, text: bytes, age: float) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(text)
    os.utime(path, (time.time() - age, time.time() - age))
    assert held_within(path)


def test_a_dangling_link_heals(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to("nowhere")
    assert held_within(path)


def test_a_link_to_a_file_heals_and_the_file_stays(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(parents=True)
    (tmp_path / "mine.txt").write_text("mine")
    path.symlink_to(tmp_path / "mine.txt")
    assert held_within(path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_pipe_heals(path: Path) -> None:
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    assert held_within(path)


def test_an_empty_folder_heals(path: Path) -> None:
    path.mkdir(parents=True)
    assert held_within(path)


def test_a_folder_with_something_in_it_is_named(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "mine.txt").write_text("mine")
    with pytest.raises(RunError) as caught, hold(path):
        pass
    assert str(caught.value) == (
        f"{path} stands in the place of a lock; got Directory not empty; "
        "remove it; nothing in the cache is lost by that"
    )
    assert (path / "mine.txt").exists()


@pytest.mark.parametrize("host", ["", "elsewhere"])
def test_a_lock_from_a_clock_that_is_ahead_heals(path: Path, host: str) -> None:
    leave(path, dead_pid(), host, age=-7200)
    assert held_within(path)


def test_a_lock_that_says_nothing_of_this_host_s_containers_is_not_judged_by_its_pid(
    path: Path,
) -> None:
    path.parent.mkdir(parents=True)
    facts = {"pid": dead_pid(), "host": socket.gethostname(), "space": "another"}
    path.write_text(json.dumps(facts))
    assert waits(path)


def test_a_dead_process_that_had_our_number_is_told_from_us(path: Path) -> None:
    path.parent.mkdir(parents=True)
    facts = {"pid": os.getpid(), "host": socket.gethostname(), "run": "another"}
    path.write_text(json.dumps(facts))
    assert held_within(path)


def test_waiting_says_for_whom(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.0)
    leave(path, 4711, "elsewhere")
    told = []

    def waits_for(holder: lock.Holder) -> None:
        told.append(str(holder))
        path.unlink()

    with hold(path, waits_for):
        pass
    assert told == ["process 4711 on elsewhere"]


def test_who_holds_a_lock_says_since_when() -> None:
    noon = time.mktime((2024, 5, 1, 12, 0, 30, 0, 0, -1))
    assert str(lock.Holder(12, "n1", noon)) == "process 12 on n1, since 12:00:30"


def test_half_a_lock_on_a_full_disk_holds_up_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(value: object, file: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lock.json, "dump", full)
    with pytest.raises(RunError, match="No space left"), hold(path):
        pass
    assert not path.exists()
