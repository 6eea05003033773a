"""What becomes of steps, as a run tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from objclass.engine.decide import KnownArtifact
from objclass.engine.graph import Step
from objclass.engine.lock import Holder
from objclass.engine.reason import Reason
from objclass.engine.summary import Summary, Told, told_as
from objclass.errors import Problem

Status = Literal["cached", "ran", "stopped", "skipped", "failed"]


@dataclass(frozen=True)
class StepOutcome:
    """What became of one step."""

    step: Step
    status: Status
    reason: Reason | None = None
    known: KnownArtifact | None = None
    before: Summary | None = None
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    bug: str = ""

    def told(self, kind: type[Told]) -> Told | None:
        """Return what the step tells where it is of this type, else None."""
        return told_as(self.known.summary, kind) if self.known else None


@dataclass(frozen=True)
class WorkerLost:
    """The worker that made a step is gone; `again` where the step is begun once more."""

    step: Step
    worker: str
    again: bool


@dataclass(frozen=True)
class LockWait:
    """A step waits for another process that makes the same."""

    step: Step
    holder: Holder
