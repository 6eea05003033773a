"""Progress: one line that moves on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from objclass.data.compiling import KernelCompilation, compiling_told
from objclass.engine.graph import Step
from objclass.engine.outcome import LockWait, StepOutcome, WorkerLost, WorkersStarted
from objclass.engine.role import PartRole
from objclass.errors import list_some

T = TypeVar("T")
WAIT = 2.0
"""Seconds between plain lines."""


@contextmanager
def teller(quiet: bool = False) -> Iterator[Callable[[Any], None]]:
    """Yield a function that takes steps as they start and outcomes as they end."""
    if quiet:
        yield lambda event: None
    elif sys.stderr.isatty():
        yield from _moving()
    else:
        yield from _plain()


def describe(step: Step) -> str:
    """Return a step in words: ``nuclei.objects  A_t  frame 3``."""
    is_main = step.part.role in (PartRole.OBJECTS, PartRole.IMAGE)
    name = step.node if is_main else f"{step.node}.{step.part.name}"
    where = [step.image] if step.image else []
    where += [f"t {step.t}"] if step.t is not None else []
    return "  ".join([name, *where])


def waiting(event: LockWait) -> str:
    """Return for whom a step waits."""
    return f"waiting for {event.holder}, which makes {describe(event.step)}"


def lost(event: WorkerLost) -> str:
    """Return which worker died with which step."""
    who = f"worker {event.worker}" if event.worker else "a worker"
    alone = "" if event.worker else ", alone"
    again = f"; it is begun once more{alone}" if event.again else ""
    return f"{who} died while it made {describe(event.step)}{again}"


def compiling(event: KernelCompilation) -> str:
    """Return that kernels are compiled, and how far that is."""
    note = f" ({event.note})" if event.note and event.number == 1 else ""
    return f"compiling kernels, once: {event.number} of {event.total}{note}"


def shown_compiling(items: Iterable[T]) -> Iterator[T]:
    """Yield the items, and say meanwhile that kernels are compiled."""
    with contextmanager(_plain)():
        yield from items


class StepsUnderWay:
    """Counts the steps that are done, and says which are under way."""

    def __init__(self) -> None:
        self.done = 0
        self._now: dict[str, Step] = {}
        self._workers = 0

    def see(self, event: Step | StepOutcome | WorkersStarted) -> None:
        """Note that a step began or ended, or that workers started."""
        if isinstance(event, WorkersStarted):
            self._workers = event.number
        elif isinstance(event, StepOutcome):
            self.done += 1
            self._now.pop(event.step.key, None)
        else:
            self._now[event.key] = event

    def __str__(self) -> str:
        """Return the step under way, or their number and images."""
        steps = list(self._now.values())
        workers = f" ({self._workers} workers)" if self._workers else ""
        if len(steps) == 1:
            return describe(steps[0]) + workers
        images = dict.fromkeys(step.image or step.node for step in steps)
        return f"{len(steps)} at a time{workers}: {list_some(images, 4)}"


def _moving() -> Iterator[Callable[[Any], None]]:
    steps = StepsUnderWay()

    def tell_compiling(event: KernelCompilation) -> None:
        click.echo(f"\r\x1b[2K{compiling(event)}", nl=False, err=True)

    def tell(event: Any) -> None:
        if isinstance(event, WorkerLost):
            click.echo(f"\r\x1b[2K{lost(event)}", err=True)
            return
        if not isinstance(event, LockWait):
            steps.see(event)
        if not isinstance(event, StepOutcome | WorkersStarted):
            now = waiting(event) if isinstance(event, LockWait) else steps
            click.echo(f"\r\x1b[2K{steps.done} steps done · {now}", nl=False, err=True)

    try:
        with compiling_told(tell_compiling):
            yield tell
    finally:
        click.echo("\r\x1b[2K", nl=False, err=True)


def _plain() -> Iterator[Callable[[Any], None]]:
    steps, last = StepsUnderWay(), time.monotonic()

    def tell_compiling(event: KernelCompilation) -> None:
        nonlocal last
        if event.number == 1 or time.monotonic() - last > WAIT:
            last = time.monotonic()
            click.echo(compiling(event), err=True)

    def tell(event: Any) -> None:
        nonlocal last
        if isinstance(event, LockWait | WorkerLost):
            says = waiting(event) if isinstance(event, LockWait) else lost(event)
            click.echo(says, err=True)
            return
        steps.see(event)
        if isinstance(event, Step) and time.monotonic() - last > WAIT:
            last = time.monotonic()
            click.echo(f"{steps.done} steps done, now {steps}", err=True)

    with compiling_told(tell_compiling):
        yield tell
