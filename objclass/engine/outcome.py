"""What becomes of steps, as a run tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from objclass.data.dataclass import dataclass
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
    """The worker that made a step is gone; `again` where the step is begun once more.

    `worker` is its address, or nothing where it was a process of this computer.
    """

    step: Step
    worker: str = ""
    again: bool = False


@dataclass(frozen=True)
class WorkersStarted:
    """So many processes work for the run from now on."""

    number: int


@dataclass(frozen=True)
class LockWait:
    """A step waits for another process that makes the same."""

    step: Step
    holder: Holder


def in_serial_order(
    steps: Iterable[Step],
    outcomes: Mapping[str, StepOutcome],
    instead: Callable[[Step, StepOutcome], tuple[StepOutcome, StepOutcome]],
) -> tuple[StepOutcome, ...]:
    """Return the outcomes that there would be if one step had run after the other.

    Of steps that make one result, as images of one content do, the first one runs then.

    Parameters
    ----------
    steps
        All steps in the serial order.
    outcomes
        Step key to what became of it, in any order.
    instead
        Tells what would have become of an earlier step and of the one that ran.
    """
    found = {step.key: outcomes[step.key] for step in steps if step.key in outcomes}
    first: dict[str, StepOutcome] = {}
    for key, outcome in list(found.items()):
        if outcome.known is None or outcome.step.part.source or outcome.step.part.output:
            continue
        earlier = first.setdefault(outcome.known.recipe, outcome)
        if outcome.status == "ran" and earlier.status == "cached":
            pair = instead(earlier.step, outcome)
            found[earlier.step.key], found[key] = pair
            first[outcome.known.recipe] = pair[0]
    return tuple(found.values())
