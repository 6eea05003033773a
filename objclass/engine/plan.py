"""What would run and why: decides every step, computes nothing, writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from objclass.engine.decide import (
    Cached,
    Decision,
    KnownArtifact,
    Pending,
    Run,
    RunHistory,
    decide,
    recall_reference,
)
from objclass.engine.graph import Address, Graph, Step
from objclass.engine.reading import why_read
from objclass.engine.reason import FORCED, Reason
from objclass.engine.store import Store


@dataclass(frozen=True, slots=True)
class Planned:
    """A step and what is decided of it."""

    step: Step
    decision: Decision


def plan(graph: Graph, store: Store, past: RunHistory) -> tuple[Planned, ...]:
    """Decide every step in order.

    Files that were not read in their present state are called ``Run``, and what hangs on
    them ``Pending``: their content may turn out to be what it was.
    """
    known: dict[Address, KnownArtifact] = {}
    planned: list[Planned] = []
    made: set[str] = set()
    for step in graph.steps():
        decision = look_ahead(step, graph, known, store, past)
        if isinstance(decision, Cached):
            known[step.address] = decision.known
        if isinstance(decision, Run):
            decision = _once(step, decision, made)
        planned.append(Planned(step, decision))
    return tuple(planned)


def _once(step: Step, decision: Run, made: set[str]) -> Decision:
    """Let a step wait where an earlier one makes the same, as images of one content do."""
    recipe, own = decision.recipe, decision.reason.because == "forced" or step.part.output
    if recipe in made and not own:
        return Pending((step.node,))
    made.update({recipe} if recipe else ())
    return decision


def look_ahead(
    step: Step, graph: Graph, known: Mapping[Address, KnownArtifact], store: Store, past: RunHistory
) -> Decision:
    """Decide one step without reading any file but the store's own."""
    if step.part.source is None:
        return decide(step, graph, known, store, past)
    forced = step.node in past.forced
    found = recall_reference(step, graph, store)
    if found is not None and not forced:
        return Cached(found)
    if not graph.subtrees.get((step.node, step.part.name)):
        return Pending(())
    reason = FORCED if forced else why_read(step, past.last, past.readings)
    if reason == NEVER_READ:
        return UNREAD  # one for thousands of images
    return Run("", {}, replace(reason, says=SAYS.get(reason.because, reason.says)))


NEVER_READ = Reason("first run")
UNREAD = Run("", {}, Reason("first run", says="not read yet"))
SAYS = {"first run": "not read yet", "file changed": "the file changed"}
"""What a plan says of a file."""
