"""A run that is killed leaves a store from which the next run reaches the same results.

Most kills hit a forked child, so that they cost no start of Python: at a random moment, or
at one of the calls that make something durable (``fsync``, ``rename``, …), counted. Some hit
the command itself.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import workflows
from objclass.engine.outcome import LockWait
from objclass.io.project import model_digest, read
from workflows import Bench

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]

BEFORE, AFTER = (), ("nuclei.threshold=0.3", "classes.if_objects_changed=reattach")
"""The run that is complete before a kill, and the run that is killed."""


@dataclass(frozen=True)
class Results:
    """All that a run leaves behind for people."""

    digests: dict[str, str]
    files: dict[str, bytes]
    models: dict[str, str]
    stamps: dict[str, list[str]]


def results(bench: Bench, *sets: str) -> Results:
    """Run to completion and return what there is then."""
    ran = bench.run(*sets)
    assert ran.statuses <= {"ran", "cached"}, [o.problems for o in ran.outcomes if o.problems]
    return Results(ran.digests, written(bench), models(bench), roots(ran.job.store))


def written(bench: Bench) -> dict[str, bytes]:
    """Exported files under their final names."""
    found = sorted((bench.folder / "results").glob("[!.]*"))
    return {path.name: path.read_bytes() for path in found}


def models(bench: Bench) -> dict[str, str]:
    """Digests of the models in the project file."""
    project = read(bench.folder / "cells.objclass.h5")
    return {name: model_digest(each.model) for name, each in project.classifiers.items()}


def roots(store: Any) -> dict[str, tuple[str, ...]]:
    """Stamps of valid annotations by label image."""
    return {pin.artifact.digest: pin.tags for pin in store.pins()}


@contextmanager
def fresh(make: Callable[[Path], Bench] = workflows.flat) -> Iterator[Bench]:
    """A bench with stamped annotations and an empty cache."""
    with workflows.quick_folder() as folder:
        bench = make(Path(folder))
        bench.annotations.write_text(stamped(make))
        yield bench


_stamped: dict[Any, str] = {}


def stamped(make: Callable[[Path], Bench]) -> str:
    """The annotation file with stamps; made once."""
    if make not in _stamped:
        with workflows.quick_folder() as folder:
            _stamped[make] = make(Path(folder)).stamp().annotations.read_text()
    return _stamped[make]


@pytest.fixture(scope="module")
def clean() -> tuple[Results, Results, float]:
    """What the two runs leave behind undisturbed, and how long the second takes."""
    with fresh() as bench:
        first = results(bench, *BEFORE)
        begun = time.perf_counter()
        second = results(bench, *AFTER)
        return first, second, time.perf_counter() - begun


def forked(work: Callable[[], Any]) -> int:
    """Start some work in a child and return its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setpgid(0, 0)
            work()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return pid


def killed_after(seconds: float, work: Callable[[], Any]) -> None:
    """Do some work in a child that is killed after a while, or before if it is done."""
    pid = forked(work)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


DURABLE = (
    (os, "fsync"),
    (os, "rename"),
    (os, "replace"),
    (os, "unlink"),
    (os, "mkdir"),
    (os, "open"),
)


def killed_at(number: int, work: Callable[[], Any]) -> bool:
    """Do some work in a child that kills itself at a durable call; False if it was done before."""

    def counting() -> None:
        left = [number]
        for module, name in DURABLE:
            setattr(module, name, counted(getattr(module, name), left))
        work()

    _, status = os.waitpid(forked(counting), 0)
    return os.WIFSIGNALED(status)


def counted(call: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    """A call that kills the process when its turn has come, before it or after it."""

    def calling(*args: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **more)

    return calling


def check_files(bench: Bench, first: Results, second: Results) -> None:
    """Every file under its final name is whole: the old one or the new one."""
    for name, text in written(bench).items():
        assert text in (first.files.get(name), second.files[name]), f"{name} is half written"
    if (bench.folder / "cells.objclass.h5").exists():
        assert models(bench) in (first.models, second.models)


def leftovers(bench: Bench) -> list[str]:
    """What is neither a record, nor a content, nor a file of a person."""
    found = [*bench.folder.rglob(".objclass-*"), *bench.folder.rglob("*.tmp")]
    found += [*bench.folder.glob(".objclass/building/*"), *bench.folder.glob(".objclass/locks/*")]
    return [path.relative_to(bench.folder).as_posix() for path in found]


def check_kill(clean: tuple[Results, Results, float], kill: Callable[[Bench], Any]) -> None:
    """Run, kill the next run, run again, and compare with what was never killed."""
    first, second, _ = clean
    with fresh() as bench:
        assert results(bench, *BEFORE) == first
        kill(bench)
        check_files(bench, first, second)
        bench.told.clear()
        assert results(bench, *AFTER) == second
        waited = [event for event in bench.told if isinstance(event, LockWait)]
        assert waited == [], "it waited for the lock of a dead process"
        assert bench.run(*AFTER).statuses == {"cached"}
        assert leftovers(bench) == []


def random_kill(clean: tuple[Results, Results, float], seed: int) -> None:
    """Kill at a random moment of the run."""
    seconds = random.Random(seed).uniform(0, 1.1) * clean[2]
    check_kill(clean, lambda bench: killed_after(seconds, lambda: bench.run(*AFTER)))


def counted_kill(clean: tuple[Results, Results, float], number: int) -> None:
    """Kill at a durable call."""

    def kill(bench: Bench) -> None:
        assert killed_at(number, lambda: bench.run(*AFTER)), "the run has fewer durable calls"

    check_kill(clean, kill)


@pytest.mark.parametrize("seed", range(4))
def test_a_run_killed_at_a_random_moment(clean: tuple[Results, Results, float], seed: int) -> None:
    random_kill(clean, seed)


@pytest.mark.parametrize("number", [2, 41, 127, 211])
def test_a_run_killed_at_a_call_that_makes_something_durable(
    clean: tuple[Results, Results, float], number: int
) -> None:
    counted_kill(clean, number)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_a_run_killed_at_two_hundred_random_moments(
    clean: tuple[Results, Results, float], seed: int
) -> None:
    random_kill(clean, seed)


@pytest.mark.slow
def test_a_run_killed_at_every_call_that_makes_something_durable(
    clean: tuple[Results, Results, float],
) -> None:
    number = 1
    alive = True
    while alive:

        def kill(bench: Bench, number: int = number) -> None:
            nonlocal alive
            alive = killed_at(number, lambda: bench.run(*AFTER))

        check_kill(clean, kill)
        number += 1
    assert number > 50


def test_a_first_run_killed_again_and_again_gets_done(
    clean: tuple[Results, Results, float],
) -> None:
    first = clean[0]
    with fresh() as bench:
        for number in (3, 9, 20, 34, 55, 80):
            assert killed_at(number, lambda: bench.run(*BEFORE))
            check_files(bench, first, first)
        assert results(bench, *BEFORE) == first
        assert leftovers(bench) == []


def test_two_runs_of_which_one_is_killed(clean: tuple[Results, Results, float]) -> None:
    first, second, seconds = clean
    with fresh() as bench:
        assert results(bench, *BEFORE) == first
        pids = [forked(lambda: bench.run(*AFTER)) for _ in range(2)]
        time.sleep(seconds / 2)
        os.kill(pids[0], signal.SIGKILL)
        ends = [os.waitpid(pid, 0)[1] for pid in pids]
        assert os.WIFSIGNALED(ends[0]) or ends[0] == 0
        assert ends[1] == 0
        assert results(bench, *AFTER) == second


def test_two_runs_at_once_make_what_one_makes(clean: tuple[Results, Results, float]) -> None:
    first, second, _ = clean
    with fresh() as bench:
        pids = [forked(lambda s=s: bench.run(*s)) for s in (BEFORE, BEFORE, BEFORE)]
        assert [os.waitpid(pid, 0)[1] for pid in pids] == [0, 0, 0]
        assert results(bench, *BEFORE) == first
        assert results(bench, *AFTER) == second


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_command_itself_is_killed(clean: tuple[Results, Results, float], share: float) -> None:
    def kill(bench: Bench) -> None:
        sets = [word for each in AFTER for word in ("--set", each)]
        command = [sys.executable, "-m", "objclass", "run", str(bench.file), *sets]
        lasted = 1.2  # imports and the first steps
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(share * lasted)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    check_kill(clean, kill)


def started(bench: Bench) -> subprocess.Popen[str]:
    """The command, at work: it holds a lock."""
    sets = [word for each in AFTER for word in ("--set", each)]
    command = [sys.executable, "-m", "objclass", "run", str(bench.file), *sets]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(6000):
        if child.poll() is not None or any(bench.folder.glob(".objclass/locks/*.lock")):
            return child
        time.sleep(0.002)
    raise AssertionError("the command never began")


@pytest.mark.parametrize(
    ("number", "name", "code"),
    [(signal.SIGTERM, "SIGTERM", 143), (signal.SIGHUP, "SIGHUP", 129)],
)
def test_a_command_that_is_asked_to_stop_cleans_up_and_says_so(
    number: int, name: str, code: int
) -> None:
    with fresh() as bench:
        child = started(bench)
        child.send_signal(number)
        _, err = child.communicate(timeout=60)
        if child.returncode == 0:
            pytest.skip("it was done before the signal came")
        assert child.returncode == code, err
        assert err.splitlines()[-1] == f"stopped by {name}; what was finished is kept"
        assert leftovers(bench) == []


def test_nohup_is_respected() -> None:
    with fresh() as bench:
        command = [sys.executable, "-c", NOHUP, str(bench.file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr


NOHUP = """
import os, signal, sys
from objclass.cli import main
signal.signal(signal.SIGHUP, signal.SIG_IGN)
main.app.callback = lambda: os.kill(os.getpid(), signal.SIGHUP)
main.main(["validate", sys.argv[1]])
"""
