"""Runs a graph: attempts its steps in the order of a schedule, and tells what happened.

A failed step leaves its dependants skipped; other branches and images go on.
"""

from __future__ import annotations

from collections import Counter

from objclass.engine.attempt import StepAttempts
from objclass.engine.failure import Failure
from objclass.engine.graph import Graph, Step
from objclass.engine.options import Options
from objclass.engine.outcome import StepOutcome
from objclass.engine.reading import remember_readings
from objclass.engine.schedule import Schedule
from objclass.engine.store import Store
from objclass.io.leftover import sweep_again

TRIES = 2
"""How often one content is made again within a run."""


class Execution:
    """One run of a graph; :attr:`outcomes` grows as steps finish."""

    def __init__(self, graph: Graph, store: Store, options: Options) -> None:
        self.graph = graph
        self.store = store
        self.options = options
        self.attempts = StepAttempts(graph, store, options)
        self.steps = {step.address: step for step in graph.steps()}
        self.outcomes: dict[str, StepOutcome] = {}
        self._damage: Counter[str] = Counter()

    def run(self) -> tuple[StepOutcome, ...]:
        """Work off every step and return the outcomes in the serial order."""
        self.store.tidy()
        sweep_again()
        try:
            while not self._went_through():
                pass
        finally:
            self.attempts.files.close()
        self._note_last()
        keys = (step.key for step in self.steps.values())
        return tuple(self.outcomes[key] for key in keys if key in self.outcomes)

    def _went_through(self) -> bool:
        """Work off every step; False where damaged content was found, so that it is made again."""
        self.attempts.known.clear()
        image = None
        for step in Schedule(self.graph, [*self.steps.values()], self.options.rank).one_by_one():
            if step.image != image:  # so that a thousand images do not stay open
                self.attempts.files.close()
                image = step.image
            found = self.attempts.at(step)
            if isinstance(found, Failure) and self._may_be_mended(found):
                self.store.forget(found.damaged)
                return False
            outcome = self._failed(step, found) if isinstance(found, Failure) else found
            self._keep(outcome)
            if outcome.status == "failed" and self.options.fail_fast:
                break
        return True

    def _may_be_mended(self, failure: Failure) -> bool:
        """Return True where damaged content was not yet made again too often."""
        if not failure.damaged:
            return False
        self._damage[failure.damaged] += 1
        return self._damage[failure.damaged] <= TRIES

    def _failed(self, step: Step, failure: Failure) -> StepOutcome:
        """Return a failure; its problems name the node, and where there are several, the image."""
        images = (step.image,) if step.image and len(self.graph.images) > 1 else ()
        told = tuple(each.at(node=step.node).of(images, step.t) for each in failure.problems)
        return StepOutcome(step, "failed", problems=told, bug=failure.bug)

    def _keep(self, outcome: StepOutcome) -> None:
        """Note what became of a step; that it ran stays said when the run begins again."""
        if outcome.known is not None:
            self.attempts.known[outcome.step.address] = outcome.known
        earlier = self.outcomes.get(outcome.step.key)
        if earlier is None or earlier.status != "ran":
            self.outcomes[outcome.step.key] = outcome
            self.options.tell(outcome)

    def _note_last(self) -> None:
        """Remember what was made; of what a whole run no longer has, nothing."""
        keys = {step.key for step in self.steps.values()}
        whole = self.graph.wanted == frozenset(self.graph.order)
        last = self.attempts.last
        before = {key: recipe for key, recipe in last.items() if key in keys or not whole}
        made = {o.step.key: o.known.recipe for o in self.outcomes.values() if o.known}
        if {**before, **made} != last:
            self.store.set_last(self.options.workflow, {**before, **made})
        remember_readings(self.store, self.options.workflow, self.attempts.read)
