"""A worker of a cluster that is gone with an answer, and a scheduler that is gone: told apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from toy_nodes import Number, execute, graph_of, value

from objclass.engine.disk_store import DiskStore
from objclass.engine.outcome import WorkerLost
from objclass.engine.schedulers import dask
from objclass.errors import Problem, RunError


class Answer:
    """What a worker answers: the step is made at once, its answer may be lost with the worker."""

    def __init__(self, made: bytes, status: str) -> None:
        self.made = made
        self.status = status

    def add_done_callback(self, told: Callable[[Any], None]) -> None:
        told(self)

    def result(self, timeout: float) -> bytes:
        return self.made

    def cancel(self) -> None:
        pass


class Servers:
    """A scheduler with two workers; the first `lost` answers are lost with their worker."""

    def __init__(self, lost: int, scheduler: bool = True) -> None:
        self.client = self
        self.lost_answers = lost
        self.scheduler = scheduler
        self.there = ["one", "two", "three"]
        self.made_by: list[str] = []

    def workers(self) -> list[str]:
        if not self.scheduler and self.made_by:
            raise self.lost()
        return list(self.there)

    def lost(self) -> RunError:
        return RunError(Problem("the scheduler does not answer any more"))

    def submit(self, call: Callable[..., bytes], *given: Any, workers: list[str], **_: Any) -> Any:
        self.made_by += workers
        is_lost = len(self.made_by) <= self.lost_answers
        if is_lost:
            self.there.remove(workers[0])
        return Answer(call(*given), "lost" if is_lost else "finished")

    def cancel(self, futures: list[Any]) -> None:
        pass

    def close(self) -> None:
        pass


def run_on(servers: Servers, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Run a graph of one step on these servers; return its outcome and what was told."""
    monkeypatch.setattr(dask, "Cluster", lambda address, folder: servers)
    told: list[Any] = []
    graph, store = graph_of({"n": Number(value=2.0)}, "a"), DiskStore(folder / ".objclass")
    found = execute(graph, store, address="tcp://servers", tell=told.append)
    return found["n.value|a|"], [each for each in told if isinstance(each, WorkerLost)]


def test_a_step_whose_answer_is_lost_with_its_worker_is_found_by_the_next_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = Servers(lost=1)
    outcome, lost = run_on(servers, tmp_path, monkeypatch)
    assert servers.made_by == ["one", "two"]
    assert outcome.status == "cached"
    assert value(outcome) == 2.0
    assert [(each.worker, each.again) for each in lost] == [("one", True)]


def test_a_step_whose_answers_are_all_lost_fails_and_names_the_last_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome, lost = run_on(Servers(lost=2), tmp_path, monkeypatch)
    assert outcome.status == "failed"
    assert "worker two died, as the one before it did" in str(outcome.problems[0])
    assert [each.again for each in lost] == [True, False]


def test_an_answer_that_is_lost_with_the_scheduler_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RunError, match="the scheduler does not answer any more"):
        run_on(Servers(lost=1, scheduler=False), tmp_path, monkeypatch)
