"""What a run did, node by node: values to print, to write as JSON, or to draw."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from objclass.data.dataclass import dataclass
from objclass.engine.decide import Blocked, Cached, Pending, Run, written_by
from objclass.engine.outcome import StepOutcome
from objclass.engine.plan import Planned
from objclass.engine.reason import Reason
from objclass.engine.summary import Summary, Told
from objclass.errors import Problem
from objclass.nodes.gating import stops_anyhow
from objclass.report.annotated import annotation_notes, is_silent, validity
from objclass.report.columns import column_notes
from objclass.report.reasons import at_risk, name_parts, tell
from objclass.report.shift import shift_warnings
from objclass.report.warnings import told_warnings
from objclass.run import Job

State = Literal["cached", "ran", "STOPPED", "skipped", "FAILED"]


@dataclass(frozen=True)
class NodeReport:
    """What became of one node.

    Parameters
    ----------
    name
        The node.
    state
        The worst of its steps.
    reasons
        Why steps ran or stopped, each once.
    details
        Further lines below a stop.
    ways
        The ways on after a stop; see :class:`objclass.engine.reason.Reason`.
    told
        What its steps tell, merged over images and frames, one of each type.
    told_before
        What the same steps told in the last run; empty where some are new.
    annotations
        How many are valid, where the run ended before anything was learned.
    done, steps
        Steps that were cached, and all steps.
    seconds
        Time spent computing.
    warnings
        Sentences for the user.
    remarks
        Sentences on columns of all images together, which one image alone does not bear.
    """

    name: str
    state: State
    reasons: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()
    told: tuple[Summary, ...] = ()
    told_before: tuple[Summary, ...] = ()
    annotations: str = ""
    cached: int = 0
    steps: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """What its steps tell as JSON: ``objects``, ``classes``, ``dropped``, …."""
        said = {"annotations": self.annotations} if self.annotations else {}
        return _facts(self.told) | said

    @property
    def before(self) -> dict[str, Any]:
        """The facts of the last run."""
        return _facts(self.told_before)

    @property
    def sentences(self) -> Iterator[str]:
        """Yield what its steps tell in words, beside what they told before."""
        for told in self.told:
            yield from told.sentences(of_type(self.told_before, type(told)))
        yield from (self.annotations,) if self.annotations else ()

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {name: getattr(self, name) for name in PLAIN}


PLAIN = (
    "name", "state", "reasons", "details", "ways", "facts", "before", "cached", "steps", "seconds",
    "warnings", "remarks",
)  # fmt: skip
"""What a report of a node says as JSON, in this order."""


def _facts(told: Sequence[Summary]) -> dict[str, Any]:
    return {name: value for each in told for name, value in each.facts.items()}


def of_type(told: Sequence[Summary], kind: type[Told]) -> Told | None:
    """Return the summary of a type, None where there is none."""
    return next((each for each in told if isinstance(each, kind)), None)


@dataclass(frozen=True)
class RunReport:
    """What became of a whole run."""

    nodes: tuple[NodeReport, ...]
    written: tuple[Path, ...]
    outdated: tuple[tuple[Path, str], ...]
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    seconds: float

    @property
    def exit_code(self) -> int:
        """0 where everything is done, else 1."""
        done = all(node.state in ("ran", "cached") for node in self.nodes)
        return 0 if done and not self.problems else 1


ORDER: tuple[State, ...] = ("FAILED", "STOPPED", "skipped", "ran", "cached")
STATES: Mapping[str, State] = {"stopped": "STOPPED", "failed": "FAILED"}


def summarize(job: Job, outcomes: Sequence[StepOutcome]) -> RunReport:
    """Return the report of a run."""
    by_node: dict[str, list[StepOutcome]] = {}
    for outcome in outcomes:
        by_node.setdefault(outcome.step.node, []).append(outcome)
    told_of = [n for n in job.graph.order if n in by_node and not is_silent(by_node[n])]
    nodes = tuple(_node(job, name, by_node[name]) for name in told_of)
    return RunReport(
        nodes=tuple(_blame(node, nodes) for node in nodes),
        written=tuple(path for o in outcomes if o.status == "ran" for path in _output(o)),
        outdated=tuple(_find_outdated(job, outcomes)),
        notes=job.notes,
        problems=tuple(
            dict.fromkeys((*job.left_out, *(_place(job, p) for o in outcomes for p in o.problems)))
        ),
        seconds=sum(o.seconds for o in outcomes),
    )


def _place(job: Job, problem: Problem) -> Problem:
    """Return a problem with the place of its node, where it is about nothing nearer."""
    known = problem.node in job.workflow.nodes
    return problem.at(job.workflow.place(problem.node)) if problem.node and known else problem


def _blame(node: NodeReport, nodes: Sequence[NodeReport]) -> NodeReport:
    """Name only the nodes that failed or stopped as the reason of a skipped one."""
    if node.state != "skipped":
        return node
    held = {each.name for each in nodes if each.state in ("FAILED", "STOPPED")}
    return replace(node, reasons=tuple(n for n in node.reasons if n in held) or node.reasons)


def _node(job: Job, name: str, outcomes: Sequence[StepOutcome]) -> NodeReport:
    states = [STATES.get(o.status, o.status) for o in outcomes]
    state = next(s for s in ORDER if s in states)
    if state == "skipped":
        waits = dict.fromkeys(n for o in outcomes if o.reason for n in o.reason.upstream)
        waits.pop(name, None)
        return NodeReport(name, state, tuple(waits), steps=len(states))
    telling = [o for o in outcomes if o.reason and STATES.get(o.status, o.status) == state]
    told_of = [(o.step.part.name, o.reason) for o in telling if o.reason]
    cached = {o.step.part.name for o in outcomes if o.status == "cached"}
    details = dict.fromkeys(
        line for o in telling for line in (o.reason.details if o.reason else ())
    )
    main = [o for o in outcomes if o.known is not None]
    return NodeReport(
        name=name,
        state=state,
        reasons=tuple(tell(told_of, cached, name_parts(o.step.part for o in outcomes))),
        details=tuple(details),
        ways=tuple(dict.fromkeys(way for o in telling if o.reason for way in o.reason.ways)),
        told=merge([o.known.summary for o in main if o.known], main),
        told_before=earlier(main),
        annotations=validity(outcomes),
        cached=states.count("cached"),
        steps=len(states),
        seconds=sum(o.seconds for o in outcomes),
        warnings=tuple(
            dict.fromkeys(
                (
                    *told_warnings(outcomes),
                    *annotation_notes(job, name, outcomes),
                    *shift_warnings(outcomes, len(job.graph.images) > 1),
                )
            )
        ),
        remarks=tuple(column_notes(outcomes)),
    )


def earlier(outcomes: Sequence[StepOutcome]) -> tuple[Summary, ...]:
    """Return what the last run told over the same images and frames.

    A cached step counts as it did then. Where a step is new there is nothing to compare.
    """
    told = [o for o in outcomes if o.known and o.known.summary]
    if all(o.status == "cached" for o in told) or any(
        o.status != "cached" and not o.before for o in told
    ):
        return ()
    said = [o.known.summary if o.status == "cached" and o.known else o.before for o in told]
    return merge(said, told)


def merge(
    summaries: Sequence[Summary | None], outcomes: Sequence[StepOutcome]
) -> tuple[Summary, ...]:
    """Merge what the steps of one node tell: over images and frames, then over its parts.

    Parameters
    ----------
    summaries
        One a step.
    outcomes
        The steps.
    """
    by_part: dict[tuple[type[Summary], str], list[Summary]] = {}
    for summary, outcome in zip(summaries, outcomes, strict=True):
        if summary is not None:
            by_part.setdefault((type(summary), outcome.step.part.name), []).append(summary)
    by_type: dict[type[Summary], list[Summary]] = {}
    for (kind, _), told in by_part.items():
        by_type.setdefault(kind, []).append(kind.merged(told))
    return tuple(kind.across(told) for kind, told in by_type.items())


def _output(outcome: StepOutcome) -> tuple[Path, ...]:
    return (outcome.step.part.output,) if outcome.step.part.output else ()


def _find_outdated(job: Job, outcomes: Sequence[StepOutcome]) -> Iterator[tuple[Path, str]]:
    """Yield files of skipped exports that are still there from an earlier run."""
    for outcome in outcomes:
        if outcome.status == "skipped":
            for path in _output(outcome):
                record = job.store.export(path)
                if path.exists() and not written_by(path, record, job.file):
                    written = record["written"] if record else path.stat().st_mtime
                    yield path, time.strftime("%H:%M", time.localtime(written))


@dataclass(frozen=True)
class NodePlan:
    """What is planned for one node."""

    name: str
    state: Literal["cached", "will run", "at risk", "waits", "STOPPED"]
    reasons: tuple[str, ...] = ()
    cached: int = 0
    steps: int = 0


def planned_nodes(job: Job, planned: Sequence[Planned]) -> tuple[NodePlan, ...]:
    """Return the plan node by node."""
    by_node: dict[str, list[Planned]] = {}
    for each in planned:
        by_node.setdefault(each.step.node, []).append(each)
    return tuple(_plan_node(job, n, by_node[n]) for n in job.graph.order if n in by_node)


def _plan_node(job: Job, name: str, steps: Sequence[Planned]) -> NodePlan:
    cached = sum(isinstance(s.decision, Cached) for s in steps)
    runs = [s.decision for s in steps if isinstance(s.decision, Run)]
    blocked = [s.decision for s in steps if isinstance(s.decision, Blocked)]
    waits = [s.decision for s in steps if isinstance(s.decision, Pending)]
    if blocked:
        return NodePlan(name, "STOPPED", _texts([b.reason for b in blocked]), cached, len(steps))
    anyhow = [r for s in steps if (r := stops_anyhow(s.step.part)) is not None]
    if anyhow:
        return NodePlan(name, "STOPPED", _texts(anyhow), cached, len(steps))
    if runs:
        found = [
            (s.step.part.name, s.decision.reason) for s in steps if isinstance(s.decision, Run)
        ]
        known = {s.step.part.name for s in steps if isinstance(s.decision, Cached)}
        called = name_parts(s.step.part for s in steps)
        return NodePlan(name, "will run", tuple(tell(found, known, called)), cached, len(steps))
    if waits:
        names = dict.fromkeys(wire for w in waits for wire in w.wires if wire != name)
        after = (f"after {', '.join(names)}",) if names else ()
        risk = tuple(at_risk([s.step for s in steps if isinstance(s.decision, Pending)]))
        return NodePlan(name, "at risk" if risk else "waits", risk or after, cached, len(steps))
    return NodePlan(name, "cached", (), cached, len(steps))


def _texts(reasons: Sequence[Reason]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(reason) for reason in reasons))
