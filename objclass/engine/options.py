"""How a graph is run: nothing here changes a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.engine.graph import Step
from objclass.engine.outcome import LockWait, StepOutcome, WorkerLost, WorkersStarted
from objclass.engine.schedule import Rank, serial
from objclass.engine.shard import Shard
from objclass.engine.step import run_step
from objclass.engine.task import Make

Event = Step | StepOutcome | LockWait | WorkerLost | WorkersStarted
"""What a run tells while it goes."""


def nothing() -> None:
    """Need no setup."""


@dataclass(frozen=True)
class Options:
    """How to run.

    Parameters
    ----------
    workflow
        Name under which the last run is remembered.
    fail_fast
        Stop at the first failure.
    block
        Node to the execution block its steps use.
    overwrite
        Replace files that are not ours, instead of renaming them first.
    file
        The workflow's file; what another one wrote is not ours.
    tell
        Called with every step before it runs, every outcome, and where a step waits for
        another process, or loses its worker; also when workers start.
    rank
        The order among steps that are ready.
    make
        Makes a step in this process.
    workers
        How many processors may be used: by so many processes, or by threads that share the
        blocks of a step; with 1 it is this process alone.
    scheduler
        Name of the scheduler for several workers; see :mod:`objclass.engine.schedulers`.
    address
        Of the scheduler of a cluster, whose workers then make all steps.
    shard
        Make only the steps of this part of the run, and use what is cached of the others.
    setup
        What a new process must do before it can take a step. It is sent there.
    """

    workflow: str
    forced: frozenset[str] = frozenset()
    fail_fast: bool = False
    block: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    overwrite: bool = False
    file: Path | None = None
    tell: Callable[[Event], None] = lambda event: None
    rank: Rank = serial
    make: Make = run_step
    workers: int = 1
    scheduler: str = "processes"
    address: str | None = None
    shard: Shard | None = None
    setup: Callable[[], None] = nothing
