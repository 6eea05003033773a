"""One step of a run: decided, looked up, or to be made, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from objclass.engine.decide import (
    Blocked,
    Cached,
    KnownArtifact,
    Pending,
    Run,
    RunHistory,
    decide,
    give_inputs,
    read_trace,
    why,
)
from objclass.engine.failure import Failure, failure_of
from objclass.engine.graph import Address, Graph, Step
from objclass.engine.input_files import InputFilesRead
from objclass.engine.options import Options
from objclass.engine.outcome import StepOutcome
from objclass.engine.pin import Pin, by_tag
from objclass.engine.reading import reading, readings, why_read
from objclass.engine.reason import FORCED, Reason
from objclass.engine.step import StepRequest
from objclass.engine.store import Store
from objclass.engine.summary import Summary
from objclass.engine.task import Task, TaskDone


class StepAttempts:
    """Attempts the steps of one run, one at a time; :attr:`known` says what they may read."""

    def __init__(self, graph: Graph, store: Store, options: Options) -> None:
        self.graph = graph
        self.store = store
        self.options = options
        self.files = InputFilesRead(graph, store, options.forced)
        self.last = store.last(options.workflow)
        self.known: dict[Address, KnownArtifact] = {}
        self.read: dict[str, Any] = {}
        self._ran: set[str] = set()

    def begin(self, step: Step) -> StepOutcome | Failure | Task:
        """Decide a step; return what became of it, or the task of making it."""
        try:
            if step.part.source is not None:
                return self._refer(step)
            found = self._decided(step)
            return Task(self._request(step, found), found) if isinstance(found, Run) else found
        except Exception as error:
            return failure_of(step, error)

    def finish(self, task: Task, done: TaskDone | Failure) -> StepOutcome | Failure:
        """Return what became of a step whose task was carried out."""
        step = task.step
        if isinstance(done, Failure):
            return done
        if not done.ran:
            return _cached(step, done.known)
        self._ran.add(step.key)
        reason, before = task.decision.reason, self._before(step)
        return StepOutcome(step, "ran", reason, done.known, before, done.seconds, done.warnings)

    def instead(self, step: Step, other: StepOutcome) -> tuple[StepOutcome, StepOutcome]:
        """Return what becomes of two steps of one result where the first, not the other, ran."""
        known = other.known
        assert known is not None
        past = RunHistory(self.last)
        reason = why(step, known.recipe, known.preimage, self.store, past)
        ran = replace(other, step=step, reason=reason, before=self._before(step))
        return ran, _cached(other.step, known)

    def _decided(self, step: Step) -> StepOutcome | Run:
        """Decide a step; what is forced runs once, though a run may begin again."""
        forced = frozenset() if step.key in self._ran else self.options.forced
        past = RunHistory(self.last, forced, self.options.file)
        decision = decide(step, self.graph, self.known, self.store, past)
        if isinstance(decision, Pending):
            return StepOutcome(step, "skipped", Reason("upstream", upstream=decision.wires))
        if isinstance(decision, Blocked):
            return StepOutcome(step, "stopped", decision.reason)
        if isinstance(decision, Cached):
            return _cached(step, decision.known)
        return decision

    def _request(self, step: Step, decision: Run) -> StepRequest:
        inputs = give_inputs(step, self.graph, self.known)
        self.files.use(each.source for found in inputs.values() for each in found)
        return StepRequest(
            step=step,
            node=self.graph.nodes[step.node],
            recipe=decision.recipe,
            inputs=inputs,
            block=self.options.block.get(step.node),
            pins=self._pins if step.part.recalls else {},
            overwrite=self.options.overwrite,
            workflow=self.options.file,
        )

    @cached_property
    def _pins(self) -> Mapping[str, Pin]:
        """Tag to pin, as earlier runs left them: read before this run pins anything.

        What a step finds so does not depend on which steps came before it.
        """
        return by_tag(self.store.pins())

    def _before(self, step: Step) -> Summary | None:
        recipe = self.last.get(step.key)
        trace = self.store.trace(recipe) if recipe else None
        known = read_trace(step.part, recipe, trace) if recipe and trace else None
        return known.summary if known else None

    def _refer(self, step: Step) -> StepOutcome:
        """Take what is remembered of a file, or read it; note how."""
        outcome = self._referred(step)
        assert outcome.known is not None
        self.read[step.key] = reading(step, outcome.known.state)
        return outcome

    def _referred(self, step: Step) -> StepOutcome:
        known = self.files.look_up(step)
        if known is not None and not self.files.was_read(step):
            return _cached(step, known)
        if known is not None:
            return StepOutcome(step, "ran", self._why_read(step), known, warnings=known.warnings)
        reason = self._why_read(step)
        self.options.tell(step)
        begun = time.perf_counter()
        known = self.files.read(step)
        seconds = time.perf_counter() - begun
        return StepOutcome(step, "ran", reason, known, seconds=seconds, warnings=known.warnings)

    def _why_read(self, step: Step) -> Reason:
        if step.node in self.options.forced:
            return FORCED
        return why_read(step, self.last, self._readings)

    @cached_property
    def _readings(self) -> Mapping[str, Any]:
        return readings(self.store, self.options.workflow)


def _cached(step: Step, known: KnownArtifact) -> StepOutcome:
    return StepOutcome(step, "cached", known=known, warnings=known.warnings)
