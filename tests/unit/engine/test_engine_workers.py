"""Workers: they answer, survive their own death, and end with who started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import conftest
import pytest
import work_there

import objclass.data.kernel  # noqa: F401
from objclass.engine import nursery
from objclass.engine.workers import ONE_THREAD, NoWorker, WorkerError, WorkerKilled, Workers
from objclass.io.leftover import alive

TESTS = Path(work_there.__file__).parent
LOADED = {name: getattr(nursery, name) for name in ("loaded_modules", "loaded_kernels")}


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is called here needs nothing of the package."""
    monkeypatch.setattr(nursery, "loaded_modules", tuple)


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Two workers, ready or not."""
    found = Workers(2, work_there.ready)
    found.start()
    yield found
    found.close()


def answers(workers: Workers) -> dict[Any, Any]:
    """Every answer that is still to come."""
    found: dict[Any, Any] = {}
    while done := workers.completed():
        found.update(done)
    return found


def test_every_call_is_answered_once(workers: Workers) -> None:
    for number in range(10):
        workers.submit(number, work_there.square, number)
    assert answers(workers) == {number: number * number for number in range(10)}


def test_what_a_worker_tells_is_told_with_the_key_of_its_call() -> None:
    told: list[tuple[Any, Any]] = []
    workers = Workers(1, work_there.ready, told=lambda key, event: told.append((key, event)))
    workers.start()
    workers.submit("seven", work_there.square, 7)
    assert answers(workers) == {"seven": 49}
    workers.close()
    assert told == [("seven", 7)]


def test_calls_go_to_other_processes_which_use_one_thread_each(workers: Workers) -> None:
    for key in range(2):
        workers.submit(key, work_there.who)
    found = answers(workers)
    assert os.getpid() not in [pid for pid, _ in found.values()]
    for _, environment in found.values():
        assert environment["OMP_NUM_THREADS"] == environment["BLOSC_NTHREADS"] == "1"


def test_a_worker_does_not_run_the_script_that_started_it(workers: Workers) -> None:
    workers.submit(0, work_there.imported)
    assert answers(workers) == {0: False}


def test_what_a_call_raises_is_its_answer(workers: Workers) -> None:
    workers.submit("bad", work_there.fail)
    workers.submit("good", work_there.square, 3)
    found = answers(workers)
    assert found["good"] == 9
    assert isinstance(found["bad"], WorkerError)
    assert str(found["bad"]) == "ValueError: no such thing"


def test_the_call_of_a_killed_worker_is_taken_up_once(tmp_path: Path) -> None:
    lost: list[Any] = []
    workers = Workers(2, work_there.ready, lost=lambda *what: lost.append(what))
    workers.start()
    workers.submit("once", work_there.die, tmp_path, 1)
    workers.submit("other", work_there.square, 3)
    assert answers(workers) == {"once": "done", "other": 9}
    workers.close()
    assert lost == [("once", True)]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_call_that_kills_two_workers_is_given_up(workers: Workers, tmp_path: Path) -> None:
    workers.submit("always", work_there.die, tmp_path, 99)
    workers.submit("other", work_there.square, 3)
    found = answers(workers)
    assert found == {"always": WorkerKilled(-signal.SIGKILL), "other": 9}
    twice = "the worker was killed (out of memory?), twice, at last with nothing beside it"
    assert str(found["always"]) == twice
    assert len(list(tmp_path.iterdir())) == 2
    workers.submit("later", work_there.square, 4)
    assert answers(workers) == {"later": 16}


def test_a_worker_that_leaves_is_told_by_its_exit_code(workers: Workers) -> None:
    workers.submit("leaving", work_there.leave, 3)
    says = str(answers(workers)["leaving"])
    assert says.startswith("the worker ended with exit code 3, twice")
    assert str(WorkerKilled(-signal.SIGSEGV)).startswith("the worker was killed by SIGSEGV")


def test_the_call_of_a_killed_worker_is_taken_up_smaller_and_alone(tmp_path: Path) -> None:
    """What waits and what is at work takes memory; so nothing is, the second time."""
    log = tmp_path / "log"
    workers = Workers(3, work_there.ready)
    workers.start()
    workers.submit("large", work_there.die_unless, 1, log, smaller=(0, log))
    for key in range(8):
        workers.submit(key, work_there.work_a_while, log)
    found = answers(workers)
    workers.close()
    assert found == {"large": "done", **dict.fromkeys(range(8), "done")}
    lines = log.read_text().splitlines()
    at = lines.index("begins large")
    assert lines[at + 1] == "ends large"
    assert lines[:at].count("begins") == lines[:at].count("ends")
    assert lines.count("begins") == lines.count("ends") == 8


@pytest.mark.parametrize("setup", [work_there.not_ready, work_there.die_at_once])
def test_calls_come_back_where_no_worker_gets_ready(setup: Any) -> None:
    workers = Workers(2, setup)
    workers.start()
    for key in range(3):
        workers.submit(key, work_there.square, key)
    found = answers(workers)
    assert sorted(found) == [0, 1, 2]
    assert {type(answer) for answer in found.values()} == {NoWorker}
    workers.close()


def test_what_cannot_be_sent_is_refused_at_once(workers: Workers) -> None:
    with pytest.raises(Exception, match="pickle"):
        workers.submit(0, lambda made, tell: 1)
    assert answers(workers) == {}


def appears(path: Path) -> bool:
    """Wait until a file is there."""
    for _ in range(600):
        if path.exists():
            return True
        time.sleep(0.05)
    return False


def test_a_worker_at_work_is_ended_and_cleans_up(workers: Workers, tmp_path: Path) -> None:
    workers.submit(0, work_there.sleep, tmp_path / "at work")
    while not ((tmp_path / "at work").exists() and all(each.ready for each in workers._workers)):
        workers.are_ready
        workers._assign()
    pids = [each.process.pid for each in workers._workers]
    begun = time.monotonic()
    workers.close()
    assert time.monotonic() - begun < 10
    assert list(tmp_path.iterdir()) == []
    assert not any(alive(pid) for pid in pids)


PARENT = """
import sys
from pathlib import Path
import work_there
from objclass.engine.workers import Workers
workers = Workers(1, work_there.ready)
workers.start()
while not workers.are_ready:
    pass
workers.submit(0, getattr(work_there, sys.argv[1]), Path(sys.argv[2]))
print(workers._workers[0].process.pid, flush=True)
workers.completed()
"""


@pytest.mark.parametrize("work", ["sleep", "block"])
def test_a_worker_ends_within_seconds_where_its_parent_was_killed(
    work: str, tmp_path: Path
) -> None:
    """Also where it is deep in a library and hears no signal."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    command = [sys.executable, "-c", PARENT, work, str(tmp_path / "at work")]
    environment = {**os.environ, "PYTHONPATH": path}
    parent = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    assert appears(tmp_path / "at work")
    parent.kill()
    parent.communicate()
    end = time.monotonic() + 20
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.1)
    assert not alive(pid)


# --- where workers come from -------------------------------------------------------------------


def test_workers_are_forked_from_one_process_that_has_loaded_what_this_one_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They have imported kernels before they are asked for anything."""
    for name, real in LOADED.items():
        monkeypatch.setattr(nursery, name, real)
    workers = Workers(3, work_there.ready)
    workers.start()
    for key in range(3):
        workers.submit(key, work_there.parent_and_modules)
    found = answers(workers)
    workers.close()
    assert len({parent for parent, _ in found.values()}) == 1
    assert {parent for parent, _ in found.values()} != {os.getpid()}
    assert all("objclass.data.kernel" in modules for _, modules in found.values())


@pytest.mark.parametrize("name", conftest.LOADED)
def test_what_workers_of_tests_load_is_a_module_that_exists(name: str) -> None:
    """Who loads it goes on without what is not there, and tests would wait for it each time."""
    assert find_spec(name) is not None


def test_where_nothing_can_be_forked_workers_are_fresh_interpreters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nursery, "START", "raise SystemExit(3)")
    workers = Workers(2, work_there.ready)
    workers.start()
    workers.submit("seven", work_there.square, 7)
    assert answers(workers) == {"seven": 49}
    workers.close()


def test_workers_go_on_where_the_process_they_were_forked_from_is_killed(tmp_path: Path) -> None:
    """They die with it, and their calls are begun once more."""
    workers = Workers(1, work_there.ready)
    workers.start()
    while not workers.are_ready:
        time.sleep(0.01)
    workers.submit(0, work_there.first_waits, tmp_path / "waits")
    assert appears(tmp_path / "waits")
    assert workers._nursery is not None
    workers._nursery._process.kill()
    assert answers(workers) == {0: "again"}
    workers.close()


THREADS = """
import os
from contextlib import suppress
from importlib import import_module
from objclass.engine.nursery import LIBRARIES
for name in LIBRARIES:
    with suppress(ImportError):
        import_module(name)
print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not nursery.is_possible(), reason="nothing is forked here")
def test_what_is_imported_before_workers_are_forked_starts_no_thread() -> None:
    done = subprocess.run(
        [sys.executable, "-c", THREADS],
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "1", done.stderr
