"""Puts plans and reports into words; nothing here decides anything."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from objclass.annotation_use import learning
from objclass.cli import json_document
from objclass.engine.outcome import StepOutcome
from objclass.engine.plan import Planned
from objclass.nodes.classifier.summary import EvaluationSummary
from objclass.report.scores import score_lines
from objclass.report.summary import (
    NodePlan,
    NodeReport,
    RunReport,
    of_type,
    planned_nodes,
    summarize,
)
from objclass.run import Job

GAP = "  "
Ways = Sequence[tuple[str, str]]
"""What to type or to do, and what that does."""
MOST_FILES = 6
"""Files of one kind in one folder that are named one by one."""


def run_screen(job: Job, outcomes: Sequence[StepOutcome]) -> tuple[str, int]:
    """Return what a run prints at its end, and its exit code."""
    report = summarize(job, outcomes)
    lines = [f"note: {note}" for note in report.notes]
    width = max((len(node.name) for node in report.nodes), default=0)
    for node in report.nodes:
        lines += _node_lines(job, node, width)
    if not report.nodes and not report.problems:
        lines.append("nothing to compute: the nodes that use an input read it")
    lines += [f"{problem}" for problem in report.problems]
    lines += _ways_on(job, report)
    lines += _files(report)
    lines += _looks(job, report)
    return "\n".join(lines), report.exit_code


def _node_lines(job: Job, node: NodeReport, width: int) -> Iterator[str]:
    facts = "; ".join(node.sentences)
    words = [node.name.ljust(width), f"{node.state:<7}"]
    words += ["; ".join(node.reasons)] if node.reasons and node.state != "skipped" else []
    words += [facts] if facts else []
    words += [f"{node.cached} of {node.steps} cached"] if 0 < node.cached < node.steps else []
    words += [f"{node.seconds:.1f} s"] if node.seconds >= 0.05 else []
    if node.state == "skipped":
        words += [f"after {', '.join(node.reasons)}"]
    yield GAP.join(words).rstrip()
    indent = " " * (width + len(GAP) + 7 + len(GAP))
    for detail in node.details:
        yield indent + detail
    for warning in (*node.warnings, *node.remarks):
        yield f"{indent}warning: {warning}"
    evaluated = of_type(node.told, EvaluationSummary)
    for line in score_lines(evaluated.scores if evaluated else {}):
        yield indent + line


def _ways_on(job: Job, report: RunReport) -> Iterator[str]:
    """Say how to go on after a stop."""
    for node in report.nodes:
        if node.state == "STOPPED":
            yield from ways_lines(_ways_of(job, node))


def _ways_of(job: Job, node: NodeReport) -> Ways:
    """Return the ways on of a node, as a person types them."""
    words = job.request.typed(os.path.relpath(job.workflow.file))
    several = len(learning(job.workflow)) > 1
    return typed_ways(node.ways, words, node.name if several else None)


def typed_ways(ways: Ways, workflow: str, node: str | None = None) -> Ways:
    """Return ways on with the words that name the workflow, and its node where that is needed."""
    chosen = f" --node {node}" if node else ""
    return [
        (what.replace("{node}", chosen).replace("{workflow}", workflow), does)
        for what, does in ways
    ]


def ways_lines(ways: Ways) -> Iterator[str]:
    """Yield the ways on, each with what it does."""
    word = "choose" if len(ways) > 1 else "next"
    for number, (what, does) in enumerate(ways):
        yield f"{'' if number else word:<8}{what}"
        yield from (f"{GAP * 6}{does}",) if does else ()


def _looks(job: Job, report: RunReport) -> Iterator[str]:
    """Say how to see what was made until a node, as no export ran."""
    until = job.request.until
    lacking = {node.name for node in report.nodes if node.state not in ("ran", "cached")}
    if not until or until in lacking or until not in job.graph.parts:
        return
    from objclass.preview.target import stands_for

    if stands_for(job.graph, until):
        words = job.request.typed(os.path.relpath(job.workflow.file))
        yield f"look    objclass look {words} --node {until}"


def _files(report: RunReport) -> Iterator[str]:
    folders: dict[tuple[Path, str], list[Path]] = {}
    for path in report.written:
        folders.setdefault((path.parent, path.suffix), []).append(path)
    for (folder, suffix), paths in folders.items():
        shown = paths if len(paths) <= MOST_FILES else paths[:2]
        yield from (f"wrote   {_short(path)}" for path in shown)
        if len(shown) < len(paths):
            more = len(paths) - len(shown)
            yield f"wrote   {more} more {suffix} files in {_short(folder)}"
    for path, when in report.outdated:
        yield f"old     {_short(path)} is from {when}: out of date"


def _short(path: Path) -> str:
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def add_run(job: Job, outcomes: Sequence[StepOutcome]) -> int:
    """Add a run's report to the document, and return its exit code."""
    report = summarize(job, outcomes)
    json_document.add(
        nodes=[_node_facts(job, node) for node in report.nodes],
        written=report.written,
        outdated=[path for path, _ in report.outdated],
        notes=report.notes,
        seconds=round(report.seconds, 3),
    )
    json_document.add_problems(report.problems)
    return report.exit_code


def tell_run(job: Job, outcomes: Sequence[StepOutcome], *, as_json: bool) -> int:
    """Say what a run did, to a person or to programs, and return its exit code."""
    if as_json:
        return add_run(job, outcomes)
    text, code = run_screen(job, outcomes)
    click.echo(text)
    return code


def _node_facts(job: Job, node: NodeReport) -> dict[str, Any]:
    """Return what became of a node as JSON has it; states are in lower case there."""
    return {**node.as_json(), "state": node.state.lower(), "ways": _ways_of(job, node)}


def plan_screen(job: Job, planned: Sequence[Planned]) -> str:
    """Return what ``plan`` prints."""
    nodes, foretold = planned_nodes(job, planned), job.forecast()
    width = max((len(node.name) for node in nodes), default=0)
    lines = [f"note: {note}" for note in (*job.notes, *foretold.notes)]
    lines += [_plan_line(node, width) for node in nodes]
    if any(node.state != "cached" for node in nodes):
        lines += [f"memory  {foretold}"]
    return "\n".join(lines + [str(problem) for problem in job.left_out])


def _plan_line(node: NodePlan, width: int) -> str:
    words = [node.name.ljust(width), f"{node.state:<8}", "; ".join(node.reasons)]
    words += [f"{node.cached} of {node.steps} cached"] if 0 < node.cached < node.steps else []
    return GAP.join(word for word in words if word).rstrip()


def add_plan(job: Job, planned: Sequence[Planned]) -> None:
    """Add a plan to the document."""
    nodes = [asdict(node) | {"state": node.state.lower()} for node in planned_nodes(job, planned)]
    foretold = job.forecast()
    notes = [*job.notes, *foretold.notes]
    json_document.add(nodes=nodes, notes=notes, memory=foretold.as_json())
    json_document.add_problems(job.left_out)


def add_workflow(job: Job) -> None:
    """Add what a workflow names to the document."""
    images = [image.name for image in job.graph.images]
    json_document.add(nodes=list(job.workflow.nodes), images=images, notes=job.notes)


def images_line(job: Job) -> str:
    """Return the number of images in words."""
    count = len(job.graph.images)
    return f"image '{job.graph.images[0].name}'" if count == 1 else f"{count} images"
