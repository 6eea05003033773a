"""What becomes of steps, as a run tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from objclass.engine.decide import KnownArtifact
from objclass.engine.graph import Step
from objclass.engine.lock import Holder
from objclass.engine.reason import Reason
from objclass.errors import Problem

Status = Literal["cached", "ran", "stopped", "skipped", "failed"]


@dataclass(frozen=True)
class StepOutcome:
    """What became of one step."""

    step: Step
    status: Status
    reason: Reason | None = None
    known: KnownArtifact | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    bug: str = ""


@dataclass(frozen=True)
class LockWait:
    """A step waits for another process that makes the same."""

    step: Step
    holder: Holder
