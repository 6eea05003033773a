"""Schedulers: wherever tasks are carried out, a run comes out the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_nodes import (
    Join,
    Killer,
    Number,
    Sum,
    computed,
    execute,
    graph_of,
    never_ready,
    statuses,
    value,
)

import workflows
from objclass.cli import live
from objclass.data.wire import Wire
from objclass.engine import schedulers
from objclass.engine.disk_store import DiskStore
from objclass.engine.graph import Step
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Node
from objclass.engine.options import Options
from objclass.engine.outcome import StepOutcome, WorkerLost, WorkersStarted
from objclass.engine.schedulers import processes
from objclass.engine.schedulers.processes import ProcessScheduler
from objclass.engine.schedulers.serial import SerialScheduler
from objclass.io.leftover import alive


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / ".objclass")


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Toys need nothing but the engine."""
    monkeypatch.setattr("objclass.engine.nursery.loaded_modules", lambda: [processes.__name__])


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are worth their start from the first two tasks on."""
    monkeypatch.setattr("objclass.engine.schedulers.processes.LARGE", 0)


def numbers(images: str = "abcd", **sums: Any) -> Any:
    """Numbers that differ by image, a sum that adds 1, and a join; of b and d alike."""
    own = {"a": 1.0, "b": 10.0, "c": 20.0, "d": 10.0}
    nodes: dict[str, Node] = {
        "n": Number(value=0.0, for_image=own),
        "s": Sum(of=(Wire("n"),), plus=1.0, **sums),
        "j": Join(of=Wire("s")),
    }
    return graph_of(nodes, images)


def digests(found: dict[str, StepOutcome]) -> dict[str, str]:
    """Step key to digest."""
    return {key: o.known.artifact.digest for key, o in found.items() if o.known}


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_number_of_workers_changes_nothing(store: DiskStore, workers: int) -> None:
    found = execute(numbers(), store, workers=workers)
    assert bool(computed) == (workers == 1), "what runs in workers is not counted here"
    plain = execute(numbers())
    assert value(found["j.all||"]) == (1 + 10 + 20 + 10) + 4
    assert digests(found) == digests(plain)
    assert list(found) == list(plain)
    again = execute(numbers(), store, workers=workers)
    assert set(statuses(again).values()) == {"cached"}


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(("images", "started"), [("ac", 2), ("acb", 3), ("acbd", 3)])
def test_no_more_workers_start_than_there_are_tasks_and_their_number_is_told(
    store: DiskStore, images: str, started: int
) -> None:
    """Of eight: a and c are two tasks at a time, and d is the same one as b."""
    told: list[Any] = []
    execute(numbers(images), store, workers=8, tell=told.append)
    found = [event.number for event in told if isinstance(event, WorkersStarted)]
    assert found
    assert max(found) == started
    assert found == sorted(set(found))


def test_short_runs_start_no_workers(store: DiskStore) -> None:
    """What the first task of a kind takes is mostly what it imports."""
    told: list[Any] = []
    execute(numbers(), store, workers=2, tell=told.append)
    assert not [event for event in told if isinstance(event, WorkersStarted)]


@pytest.mark.usefixtures("eager")
def test_two_images_of_one_content_are_computed_once(store: DiskStore) -> None:
    """The second waits for the first, whichever process has it."""
    found = statuses(execute(numbers(), store, workers=3))
    assert found == statuses(execute(numbers(), DiskStore(store.root.parent / "other")))
    assert (found["n.value|b|"], found["n.value|d|"]) == ("ran", "cached")


@pytest.mark.usefixtures("eager")
def test_a_failure_in_a_worker_is_told_like_here(store: DiskStore) -> None:
    found = execute(numbers(fails_on="c"), store, workers=2)
    plain = execute(numbers(fails_on="c"))
    assert statuses(found) == statuses(plain)
    assert found["s.total|c|"].problems == plain["s.total|c|"].problems


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("workers", [1, 3])
def test_fail_fast_tells_what_comes_before_the_first_failure(
    store: DiskStore, workers: int
) -> None:
    """What other workers were at, and what comes later in the order, is not told."""
    found = statuses(execute(numbers(fails_on="b"), store, workers=workers, fail_fast=True))
    assert found == {
        "n.value|a|": "ran", "s.total|a|": "ran", "n.value|b|": "ran", "s.total|b|": "failed",
    }  # fmt: skip


@pytest.mark.usefixtures("eager")
def test_a_killed_worker_costs_nothing_but_time(store: DiskStore, tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    killer = Killer(folder=str(tmp_path / "left"), times=1, spared=os.getpid())
    graph = graph_of({"k": killer, "j": Join(of=Wire("k"))}, "abc")
    found = execute(graph, store, workers=2)
    assert set(statuses(found).values()) == {"ran"}
    assert value(found["j.all||"]) == ord("a") + ord("b") + ord("c")
    (pid,) = (int(path.name) for path in (tmp_path / "left").iterdir())
    assert not alive(pid)
    assert list((store.root / "locks").iterdir()) == []
    assert list((store.root / "building").iterdir()) == []


@pytest.mark.usefixtures("eager")
def test_a_step_whose_workers_are_killed_fails_and_others_go_on(
    store: DiskStore, tmp_path: Path
) -> None:
    (tmp_path / "left").mkdir()
    killer = Killer(folder=str(tmp_path / "left"), times=9, spared=os.getpid())
    told: list[Any] = []
    found = execute(graph_of({"k": killer}, "abcd"), store, workers=2, tell=told.append)
    assert statuses(found) == {
        "k.value|a|": "ran", "k.value|b|": "failed", "k.value|c|": "ran", "k.value|d|": "ran",
    }  # fmt: skip
    (problem,) = found["k.value|b|"].problems
    assert problem.what.startswith("k.value: the worker was killed (out of memory?), twice")
    lost = [event for event in told if isinstance(event, WorkerLost)]
    assert [(each.step.image, each.again) for each in lost] == [("b", True)]
    assert (
        live.lost(lost[0]) == "a worker died while it made k.value  b; it is begun once more, alone"
    )
    assert (problem.node, problem.images) == ("k", ("b",))
    assert problem.fix
    assert "by block" in problem.fix
    assert len(list((tmp_path / "left").iterdir())) == 2


@pytest.mark.usefixtures("eager")
def test_a_kind_that_cannot_be_sent_is_made_here(store: DiskStore) -> None:
    class Local(Number):
        """A kind that no other process can import."""

    nodes: dict[str, Node] = {"n": Local(value=2.0), "j": Join(of=Wire("n"))}
    nodes["m"] = Local(value=3.0)
    found = execute(graph_of(nodes, "ab"), store, workers=2)
    assert value(found["j.all||"]) == 2.0 + 2.0
    assert "failed" not in statuses(found).values()


@pytest.mark.usefixtures("eager")
def test_a_run_goes_on_here_where_no_worker_gets_ready(store: DiskStore) -> None:
    found = execute(numbers(), store, workers=2, setup=never_ready)
    assert digests(found) == digests(execute(numbers()))


def test_a_small_run_starts_no_process(store: DiskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr("subprocess.Popen", lambda *given, **named: started.append(given))
    execute(numbers(), store, workers=4)
    execute(numbers(), store, workers=4)
    assert started == []


def test_one_worker_is_this_process_and_so_is_a_store_in_memory(store: DiskStore) -> None:
    many, one = Options("toy", workers=2), Options("toy")
    found = [
        schedulers.open_scheduler(*given, lambda: 0)
        for given in ((store, one), (MemoryStore(), many), (store, many))
    ]
    assert [type(each) for each in found] == [SerialScheduler, SerialScheduler, ProcessScheduler]


def test_another_scheduler_is_one_line_of_the_table(
    store: DiskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the serial one under another name; it is handed every task."""
    home = "objclass.engine.schedulers.serial"
    monkeypatch.setitem(schedulers.SCHEDULERS, "elsewhere", home)
    told: list[Any] = []
    execute(numbers(), store, workers=2, scheduler="elsewhere", tell=told.append)
    begun = [event.key for event in told if isinstance(event, Step)]
    assert begun[:4] == ["n.value|a|", "s.total|a|", "n.value|b|", "s.total|b|"]


HERE = [name for name in schedulers.SCHEDULERS if name != "dask"]
"""Those that need no servers; what a cluster makes is compared in e2e/test_cluster.py."""


@pytest.mark.parametrize("name", HERE)
@settings(max_examples=3, deadline=None)
@given(values=st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_every_scheduler_makes_what_the_serial_one_makes(name: str, values: list[int]) -> None:
    own = {image: float(number) for image, number in zip("abcd", values, strict=True)}
    nodes: dict[str, Node] = {
        "n": Number(value=0.0, for_image=own),
        "s": Sum(of=(Wire("n"),), plus=1.0),
        "t": Sum(of=(Wire("n"), Wire("s"))),
        "j": Join(of=Wire("t"), as_set=True),
    }
    graph = graph_of(nodes, "abcd")
    with pytest.MonkeyPatch.context() as patch, workflows.quick_folder() as folder:
        patch.setattr("objclass.engine.schedulers.processes.LARGE", 0)
        found = execute(graph, DiskStore(Path(folder)), workers=2, scheduler=name)
    assert digests(found) == digests(execute(graph))


def test_of_images_of_one_content_the_first_is_told_to_have_run_in_any_order(
    store: DiskStore,
) -> None:
    found = execute(numbers(), store, rank=lambda number: -number)
    plain = execute(numbers(), DiskStore(store.root.parent / "other"))
    assert statuses(found) == statuses(plain)
    assert [str(o.reason) for o in found.values()] == [str(o.reason) for o in plain.values()]
