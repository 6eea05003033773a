"""A step that must run, with all that another process needs to do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.engine.decide import Cached, KnownArtifact, Run, RunHistory, rebuild
from objclass.engine.failure import Failure, failure_of
from objclass.engine.graph import Step
from objclass.engine.lock import Holder
from objclass.engine.record import record
from objclass.engine.step import StepRequest, StepResult, run_step
from objclass.engine.store import Store

Make = Callable[[StepRequest, Store], StepResult | Failure]
"""Makes what a step makes: :func:`run_step`, or what stands in for it."""


@dataclass(frozen=True)
class Task:
    """A step that was decided to run.

    Parameters
    ----------
    request
        What to make, from what.
    decision
        The recipe, what it was made of, and why it runs.
    """

    request: StepRequest
    decision: Run

    @property
    def step(self) -> Step:
        """The step."""
        return self.request.step

    def with_threads(self, threads: int) -> Task:
        """Return the task with so many blocks at a time."""
        return replace(self, request=replace(self.request, threads=threads))

    @property
    def output(self) -> Path | None:
        """The file that it writes, or None."""
        return self.step.part.output


@dataclass(frozen=True)
class TaskDone:
    """What became of a task that did not fail.

    Parameters
    ----------
    known
        What is recorded of the artifact.
    ran
        False where another process made it while we waited for its lock.
    seconds, warnings
        Time to compute, and sentences for the user, also those that are said only once.
    """

    known: KnownArtifact
    ran: bool = True
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()


def carry_out(
    task: Task,
    store: Store,
    make: Make = run_step,
    begins: Callable[[], None] = lambda: None,
    waits: Callable[[Holder], None] = lambda holder: None,
) -> TaskDone | Failure:
    """Have a step made and record it, unless another process made it while we waited.

    One lock is held at a time, so two runs never wait for each other.

    Parameters
    ----------
    task
        What to do.
    store
        Where inputs lie and the result goes.
    make
        Makes the step.
    begins
        Called when the lock is held and nobody else has made it.
    waits
        Told for whom the lock is waited for.
    """
    request, decision = task.request, task.decision
    try:
        with store.lock(decision.recipe, waits):
            if decision.reason.because != "forced":
                past = RunHistory(workflow=request.workflow)
                again = rebuild(task.step, decision.recipe, decision.preimage, store, past)
                if isinstance(again, Cached):
                    return TaskDone(again.known, ran=False, warnings=again.known.warnings)
            begins()
            made = make(request, store)
            if isinstance(made, Failure):
                return made
            known = record(store, decision, made, task.output, request.workflow)
    except Exception as error:
        return failure_of(task.step, error)
    return TaskDone(known, True, made.seconds, (*made.warnings, *made.told))
