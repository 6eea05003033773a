"""Runs a graph: decides its steps in the order of a schedule, and has a scheduler make them.

A failed step leaves its dependants skipped; other branches and images go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from objclass.data.digest import of_value
from objclass.engine.attempt import StepAttempts
from objclass.engine.failure import Failure
from objclass.engine.graph import Graph, Step
from objclass.engine.options import Options
from objclass.engine.outcome import StepOutcome, in_serial_order
from objclass.engine.reading import remember_readings
from objclass.engine.schedule import Schedule
from objclass.engine.schedulers import Scheduler, open_scheduler
from objclass.engine.shard import OtherShards
from objclass.engine.store import Store
from objclass.engine.task import Task
from objclass.errors import RunError
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
        self._numbers = {address: number for number, address in enumerate(self.steps)}
        self._stop = len(self.steps)  # the number of the first step that is not wanted any more
        self._image: str | None = None
        self._others = OtherShards(graph, store, options.shard)
        self._damage: Counter[str] = Counter()
        self._damaged: set[str] = set()
        self._scheduler: Scheduler | None = None

    def run(self) -> tuple[StepOutcome, ...]:
        """Work off every step and return the outcomes in the serial order."""
        self.store.tidy()
        sweep_again()
        if self.options.address:  # nobody may answer there, which is said though all is cached
            self._open()
        try:
            while not self._went_through():
                pass
        finally:
            if self._scheduler is not None:
                self._scheduler.close()
            self.attempts.files.close()
        self._note_last()
        found = in_serial_order(self.steps.values(), self.outcomes, self.attempts.instead)
        return tuple(each for each in found if self._numbers[each.step.address] < self._stop)

    def _open(self) -> Scheduler:
        """Return the scheduler, which is opened when the first step must be made."""
        if self._scheduler is None:
            self._scheduler = open_scheduler(self.store, self.options, self._left)
        return self._scheduler

    def _left(self) -> int:
        return len(self.steps) - len(self.outcomes)

    def _went_through(self) -> bool:
        """Work off every step; False where damaged content was found, so that it is made again."""
        self.attempts.known.clear()
        self._damaged.clear()
        self._others.begin()
        schedule = Schedule(self.graph, [*self.steps.values()], self.options.rank)
        under_way: dict[str, list[Step]] = {}
        while True:
            self._hand_out(schedule, under_way)
            done = self._scheduler.completed() if self._scheduler else ()
            if not done:
                return not self._damaged
            for task, result in done:
                self._settle(schedule, task.step, self.attempts.finish(task, result))
                for step in under_way.pop(task.decision.recipe):
                    schedule.put_back(step)

    def _hand_out(self, schedule: Schedule, under_way: dict[str, list[Step]]) -> None:
        """Submit what is ready and must be made, until the scheduler has enough.

        Images of one content make one result: who comes second waits in `under_way`, which is
        recipe to the steps that wait for it, and then finds it.
        """
        while self._is_free() and not self._damaged and (step := schedule.take()):
            if self._numbers[step.address] >= self._stop:
                continue
            if step.image != self._image:  # so that a thousand images do not stay open
                self.attempts.files.close()
                self._image = step.image
            if self._others.have(step, self.attempts.known, self.attempts.last):
                schedule.settle(step)
                continue
            found = self.attempts.begin(step)
            if not isinstance(found, Task):
                self._settle(schedule, step, found)
            elif found.decision.recipe in under_way:
                under_way[found.decision.recipe].append(step)
            else:
                under_way[found.decision.recipe] = []
                self._open().submit(found)

    def _is_free(self) -> bool:
        return self._scheduler is None or self._scheduler.free

    def _settle(self, schedule: Schedule, step: Step, found: StepOutcome | Failure) -> None:
        """Note what became of a step; damaged content is dropped, and then all begins again."""
        if isinstance(found, Failure) and self._may_be_mended(found):
            self.store.forget(found.damaged)
            return
        outcome = self._failed(step, found) if isinstance(found, Failure) else found
        self._keep(outcome)
        schedule.settle(step)
        if outcome.status == "failed" and self.options.fail_fast:
            self._stop = min(self._stop, self._numbers[step.address] + 1)

    def _may_be_mended(self, failure: Failure) -> bool:
        """Return True where damaged content was not yet made again too often."""
        if not failure.damaged:
            return False
        if failure.damaged not in self._damaged:  # several steps may meet it at a time
            self._damage[failure.damaged] += 1
        if self._damage[failure.damaged] > TRIES:
            return False
        self._damaged.add(failure.damaged)
        return True

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
        name, read = self.options.workflow, self.attempts.read
        if self._last_of(self.attempts.last) == self.attempts.last:
            remember_readings(self.store, name, read)
            return
        try:
            with self.store.lock(f"last-{of_value(name)}"):  # shards add to it at the same time
                self.store.set_last(name, self._last_of(self.store.last(name)))
                remember_readings(self.store, name, read)
        except RunError as refused:  # the next run explains less; what this one made stays told
            self.store.unwritten.extend(refused.problems)

    def _last_of(self, last: Mapping[str, str]) -> dict[str, str]:
        """Return step key to recipe: what was made now, and of before what is not of another."""
        keys = {step.key for step in self.steps.values()}
        whole = self.graph.wanted == frozenset(self.graph.order)
        before = {key: recipe for key, recipe in last.items() if key in keys or not whole}
        made = {o.step.key: o.known.recipe for o in self.outcomes.values() if o.known}
        return {**before, **made}
