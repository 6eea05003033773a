"""Everything that can be said of the classifiers of a workflow, made only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from objclass.annotations.matches import Matches
from objclass.annotations.outcome import adopt
from objclass.curation.annotated_objects import classifiers, find_on
from objclass.curation.mistakes import write_mistakes
from objclass.data.dataclass import dataclass
from objclass.engine.artifact import Record
from objclass.engine.graph import Graph
from objclass.engine.node import Part
from objclass.engine.outcome import StepOutcome
from objclass.engine.role import PartRole
from objclass.nodes.annotated import ImageAnnotations
from objclass.nodes.classifier.summary import MatchSummary
from objclass.run import Job, Request, prepare


@dataclass(frozen=True)
class WorkflowAssessment:
    """What was found out of the classifiers of a workflow.

    Parameters
    ----------
    job
        The workflow, with only what the assessment needs.
    outcomes
        What became of every step.
    facts
        Classifier to its assessment; those that stopped or failed are not in it.
    """

    job: Job
    outcomes: tuple[StepOutcome, ...]
    facts: Mapping[str, Mapping[str, Any]]


def assess_workflow(path: Path, request: Request, node: str | None = None) -> WorkflowAssessment:
    """Assess every classifier of a workflow, or one; what is cached is not computed again.

    Parameters
    ----------
    path
        The workflow.
    request
        Overrides and options.
    node
        The classifier; all that learn by default.

    Raises
    ------
    InputError
        Where nothing learns in the workflow, or it has mistakes.
    """
    names = classifiers(path, request.sets, node)
    job = prepare(path, request)
    job = replace(job, graph=_asking(job.graph, names))
    outcomes = job.run()
    return WorkflowAssessment(job, outcomes, assessments(job, outcomes))


def assessments(job: Job, outcomes: Sequence[StepOutcome]) -> dict[str, dict[str, Any]]:
    """Return classifier to its assessment, of those that a run assessed.

    Suspected mistakes have the line of their annotation in the file of now.
    """
    facts = {}
    for outcome in outcomes:
        if outcome.step.part.role is PartRole.ASSESSMENT and outcome.known is not None:
            name = outcome.step.node
            record: Record = job.store.load(outcome.known.artifact, outcome.step.part.header)
            facts[name] = {**record.facts, "mistakes": _located(record, name, outcomes)}
    return facts


def draw_mistakes(found: WorkflowAssessment) -> dict[str, Path]:
    """Write a sheet of the suspected mistakes of every classifier beside its annotation file.

    Returns
    -------
    dict of str to Path
        Classifier to its sheet; those without suspected mistakes are not in it.

    Raises
    ------
    RunError
        Where a sheet cannot be written.
    """
    written: dict[str, Path] = {}
    for name, facts in found.facts.items():
        if facts["mistakes"]:
            mark = f"{name}_mistakes" if len(found.facts) > 1 else "mistakes"
            ground, _ = find_on(found.job, name)
            where = write_mistakes(ground, facts["mistakes"], mark)
            written |= {name: where} if where else {}
    return written


def _asking(graph: Graph, names: Sequence[str]) -> Graph:
    """Return the graph in which only the assessments are asked for, and what they need."""

    def asked(part: Part) -> Part:
        return replace(part, asked=part.role is PartRole.ASSESSMENT)

    parts = {
        node: {image: tuple(map(asked, found)) for image, found in by_image.items()}
        for node, by_image in graph.parts.items()
    }
    return replace(graph, parts=parts, wanted=frozenset(names))


def _located(
    record: Record, classifier: str, outcomes: Sequence[StepOutcome]
) -> list[dict[str, Any]]:
    """Return the suspected mistakes, each with the line of its annotation in the file of now."""
    rows: dict[tuple[str, int, int], tuple[str, str]] = {}
    for image, axes, matches in _matches(classifier, outcomes):
        for match in matches.used:
            rows[image, match.row.t or 0, match.object] = (str(match.row.place), axes)
    found = []
    for each in record.facts["mistakes"]:
        place, axes = rows.get((each["image"], each["t"], each["object"]), ("?", "yx"))
        found.append({**each, "place": place, "axes": axes})
    return found


def _matches(
    classifier: str, outcomes: Sequence[StepOutcome]
) -> Iterator[tuple[str, str, Matches]]:
    """Yield image, axes and annotations of a classifier, with those that were followed."""
    for outcome in outcomes:
        told = outcome.told(MatchSummary)
        held = outcome.step.part.held_if(ImageAnnotations)
        if outcome.step.node == classifier and told is not None and held is not None:
            matches, became = told.restored(held.rows)
            grid = held.header.grid
            axes = ("t" if grid.frames is not None else "") + grid.spatial
            yield outcome.step.image or "", axes, adopt(matches, became)
