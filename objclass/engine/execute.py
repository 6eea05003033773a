"""Runs a graph: decides each step, makes what must be made, and tells what happened.

A failed step leaves its dependants skipped; other branches and images go on.
"""

from __future__ import annotations

import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from objclass.engine.artifact import Artifact
from objclass.engine.decide import (
    Blocked,
    Cached,
    Known,
    Past,
    Pending,
    Run,
    decide,
    file_digest,
    given,
)
from objclass.engine.edited import Aside, set_aside
from objclass.engine.files import stat
from objclass.engine.graph import Address, Graph, Step
from objclass.engine.lock import Holder
from objclass.engine.node import Made, View
from objclass.engine.pin import Pin, by_tag
from objclass.engine.reason import Reason
from objclass.engine.referred import Referred
from objclass.engine.store import Damaged, Store, Workshop
from objclass.errors import ObjclassError, Problem
from objclass.io.disk import REFUSALS, refusal
from objclass.io.leftover import sweep_again

Status = Literal["cached", "ran", "stopped", "skipped", "failed"]
TRIES = 2
"""How often one content is made again within a run."""


@dataclass(frozen=True)
class Outcome:
    """What became of one step."""

    step: Step
    status: Status
    reason: Reason | None = None
    known: Known | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    bug: str = ""


@dataclass(frozen=True)
class Waiting:
    """A step waits for another process that makes the same."""

    step: Step
    holder: Holder


@dataclass(frozen=True)
class Options:
    """How to run: nothing here changes a result.

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
    """

    workflow: str
    forced: frozenset[str] = frozenset()
    fail_fast: bool = False
    block: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    overwrite: bool = False
    file: Path | None = None
    tell: Callable[[Step | Outcome | Waiting], None] = lambda event: None


class Execution:
    """One run of a graph; :attr:`outcomes` grows as steps finish."""

    def __init__(self, graph: Graph, store: Store, options: Options) -> None:
        self.graph = graph
        self.store = store
        self.options = options
        self.files = Referred(graph, store)
        self.last = store.last(options.workflow)
        self.known: dict[Address, Known] = {}
        self.steps: dict[Address, Step] = {}
        self.outcomes: dict[str, Outcome] = {}
        self._damage: Counter[str] = Counter()

    def run(self) -> tuple[Outcome, ...]:
        """Work off every step and return the outcomes in order."""
        self.store.tidy()
        sweep_again()
        try:
            while not self._went_through():
                pass
        finally:
            self.files.close()
        recipes = {o.step.key: o.known.recipe for o in self.outcomes.values() if o.known}
        now = {**self._still_there(), **recipes}
        if now != self.last:
            self.store.set_last(self.options.workflow, now)
        return tuple(self.outcomes.values())

    def _still_there(self) -> dict[str, str]:
        """Return what the last run made, without steps that a whole run no longer has."""
        if self.graph.wanted != frozenset(self.graph.order):
            return self.last
        keys = {step.key for step in self.graph.steps()}
        return {key: recipe for key, recipe in self.last.items() if key in keys}

    def _went_through(self) -> bool:
        """Work off every step; False where damaged content was found, so that it is made again."""
        try:
            self._pass()
        except Damaged as damage:
            self.store.forget(damage.digest)
            return False
        return True

    def _pass(self) -> None:
        self.known.clear()
        image = None
        for step in self.graph.steps():
            if step.image != image:  # so that a thousand images do not stay open
                self.files.close()
                image = step.image
            self.steps[step.address] = step
            outcome = self._work_off(step)
            if outcome.known is not None:
                self.known[step.address] = outcome.known
            earlier = self.outcomes.get(step.key)
            if earlier is None or earlier.status != "ran":
                self.outcomes[step.key] = outcome
                self.options.tell(outcome)
            if outcome.status == "failed" and self.options.fail_fast:
                return

    def _work_off(self, step: Step) -> Outcome:
        try:
            return self._decided(step)
        except Damaged as damage:
            self._damage[damage.digest] += 1
            if self._damage[damage.digest] <= TRIES:
                raise
            fix = "check the disk of the cache; objclass cache verify says what is damaged"
            problem = Problem(f"{damage}; making it again does not help", fix=fix)
            return self._failed(step, problem)
        except ObjclassError as error:
            return self._failed(step, *error.problems)
        except MemoryError:
            return self._failed(step, _out_of_memory(step))
        except OSError as error:
            return self._failed(step, _refused(error))
        except Exception as error:
            says = f"{type(error).__name__}: {error}"
            problem = Problem(f"unexpected: {says}", fix="please report this")
            return replace(self._failed(step, problem), bug=traceback.format_exc())

    def _failed(self, step: Step, *problems: Problem) -> Outcome:
        """Return a failure; its problems name the node, and where there are several, the image."""
        images = (step.image,) if step.image and len(self.graph.images) > 1 else ()
        told = tuple(problem.at(node=step.node).of(images, step.t) for problem in problems)
        return Outcome(step, "failed", problems=told)

    def _decided(self, step: Step) -> Outcome:
        tell = self.options.tell
        if step.part.source is not None:
            return self._refer(step)
        already = self.outcomes.get(step.key)
        redone = already is not None and already.status == "ran"
        forced = frozenset() if redone else self.options.forced
        decision = decide(step, self.graph, self.known, self.store, self._past_of(forced))
        if isinstance(decision, Pending):
            return Outcome(step, "skipped", Reason("upstream", upstream=decision.wires))
        if isinstance(decision, Blocked):
            return Outcome(step, "stopped", decision.reason)
        if isinstance(decision, Cached):
            known = decision.known
            return Outcome(step, "cached", known=known, warnings=known.warnings)
        with self.store.lock(decision.recipe, lambda holder: tell(Waiting(step, holder))):
            return self._run(step, decision)

    def _past_of(self, forced: frozenset[str]) -> Past:
        return Past(self.last, forced, self.options.file)

    def _run(self, step: Step, decision: Run) -> Outcome:
        forced = decision.reason.because == "forced"
        if not forced:
            again = decide(step, self.graph, self.known, self.store, self._past_of(frozenset()))
            if isinstance(again, Cached):  # another process made it while we waited
                return Outcome(step, "cached", known=again.known, warnings=again.known.warnings)
        self.options.tell(step)
        begun = time.perf_counter()
        with self._aside(step) as aside, self.store.workshop(decision.recipe) as workshop:
            made = self._compute(step, workshop)
            files = self._files_read(step)
            self.files.check(files)
            made = replace(made, warnings=(*made.warnings, *self.files.told(files)))
            seconds = time.perf_counter() - begun
            for pin in made.pins:
                self.store.add_pin(pin)
            if step.part.output is not None:
                known = self._export(step, step.part.output, decision, made, seconds)
            else:
                known = self._record(decision, made, workshop, seconds)
        before = self._before(step)
        warnings = (*made.warnings, *aside.told)
        return Outcome(step, "ran", decision.reason, known, before, seconds, warnings)

    def _aside(self, step: Step) -> AbstractContextManager[Aside]:
        """Protect what a person or another workflow did to the file that a step writes."""
        path = step.part.output
        if path is None or self.options.overwrite:
            return nullcontext(Aside())
        return set_aside(path, self.store.export(path), self.options.file)

    def _files_read(self, step: Step) -> list[Step]:
        """Return the steps whose files a step reads."""
        reads = (a for read in step.part.reads for a in self.graph.addresses(step, read))
        return [self.steps[a] for a in reads if self.steps[a].part.source is not None]

    def _before(self, step: Step) -> Mapping[str, Any]:
        recipe = self.last.get(step.key)
        trace = self.store.trace(recipe) if recipe else None
        return trace["summary"] if trace else {}

    def _compute(self, step: Step, workshop: Workshop) -> Made:
        view = View(
            part=step.part,
            image=step.image,
            t=step.t,
            given=given(step, self.graph, self.known, self._load),
            new_voxels=workshop.new_voxels,
            scratch=workshop.scratch,
            block=self._block(step),
            pins=self._pins if step.part.recalls else {},
            shelf=self.store,
        )
        return self.graph.nodes[step.node].compute(step.part, view)

    def _block(self, step: Step) -> Mapping[str, int] | None:
        return self.options.block.get(step.node)

    def _load(self, address: Address) -> Any:
        step, known = self.steps[address], self.known[address]
        if step.part.source is None:
            return self.store.load(known.artifact, step.part.header)
        return self.files.open(step, known)

    def _record(self, decision: Run, made: Made, workshop: Workshop, seconds: float) -> Known:
        artifact = workshop.keep(made.content)
        known = Known(
            artifact, made.summary, decision.preimage, decision.recipe, seconds, made.warnings
        )
        self.store.record(decision.recipe, _trace(known))
        return known

    def _export(self, step: Step, path: Path, decision: Run, made: Made, seconds: float) -> Known:
        digest = file_digest(path)
        record = {
            "recipe": decision.recipe,
            "stat": stat([path]),
            "digest": digest,
            "summary": dict(made.summary),
            "seconds": seconds,
            "warnings": list(made.warnings),
            "written": time.time(),
            "workflow": self.options.file and os.path.relpath(self.options.file, path.parent),
        }
        self.store.set_export(path, record)
        known = Known(
            Artifact(digest), made.summary, decision.preimage, decision.recipe, seconds,
            made.warnings,
        )  # fmt: skip
        self.store.record(decision.recipe, _trace(known))
        return known

    def _refer(self, step: Step) -> Outcome:
        reason = Reason("first run" if step.key not in self.last else "file changed")
        known = self.files.look_up(step)
        if known is not None and self.files.was_read(step):
            return Outcome(step, "ran", reason, known, warnings=known.warnings)
        if known is not None:
            return Outcome(step, "cached", known=known, warnings=known.warnings)
        self.options.tell(step)
        begun = time.perf_counter()
        known = self.files.read(step)
        seconds = time.perf_counter() - begun
        return Outcome(step, "ran", reason, known, seconds=seconds, warnings=known.warnings)

    @cached_property
    def _pins(self) -> Mapping[str, Pin]:
        """Tag to pin, as earlier runs left them: read before this run pins anything.

        What a step finds so does not depend on which steps came before it.
        """
        return by_tag(self.store.pins())


def _trace(known: Known) -> dict[str, Any]:
    return {
        "digest": known.artifact.digest,
        "subtrees": dict(known.artifact.subtrees),
        "preimage": dict(known.preimage),
        "summary": dict(known.summary),
        "seconds": round(known.seconds, 4),
        "peak": _peak(),
        "warnings": list(known.warnings),
    }


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _refused(error: OSError) -> Problem:
    """Say what the system refused: a full disk, a missing permission, a lost drive."""
    if error.errno in REFUSALS and error.filename:
        return refusal(Path(error.filename), error)
    fix = "make room on the disks of results, cache and temporary files"
    what = str(error.filename or "a file")
    return Problem(
        f"{what}: {error.strerror or error}", fix=fix if error.errno in REFUSALS else None
    )


def _out_of_memory(step: Step) -> Problem:
    fix = "crop the input, or run it by block"
    return Problem(f"not enough memory for {step.node}.{step.part.name}", fix=fix)
