"""How a graph is run: nothing here changes a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from objclass.engine.failure import Failure
from objclass.engine.graph import Step
from objclass.engine.outcome import LockWait, StepOutcome
from objclass.engine.schedule import Rank, serial
from objclass.engine.step import StepRequest, StepResult, run_step
from objclass.engine.store import Store


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
        another process.
    rank
        The order among steps that are ready.
    make
        Runs a step: here, or wherever a request can be sent.
    """

    workflow: str
    forced: frozenset[str] = frozenset()
    fail_fast: bool = False
    block: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    overwrite: bool = False
    file: Path | None = None
    tell: Callable[[Step | StepOutcome | LockWait], None] = lambda event: None
    rank: Rank = serial
    make: Callable[[StepRequest, Store], StepResult | Failure] = run_step
