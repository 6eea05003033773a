"""From what a run was made: versions, parameters, files, models and definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from objclass.data.objects import Column, TableHeader
from objclass.engine.decide import file_digest
from objclass.engine.outcome import StepOutcome
from objclass.engine.role import PartRole
from objclass.io.project.contents import model_digest, provenance
from objclass.lineage.provenance import Provenance, SourceFile
from objclass.project import effective
from objclass.report.project import estimator_text
from objclass.run import Job


def provenance_of(job: Job, outcomes: Sequence[StepOutcome], learning: Sequence[str]) -> Provenance:
    """Return from what a run was made."""
    nodes = {name: node for name, node in job.graph.nodes.items() if name in job.workflow.nodes}
    return Provenance(
        versions=provenance(),
        nodes=effective(nodes),
        workflow=job.workflow.text,
        finding=dict(_finding(job)),
        files=(*_images(job, outcomes), *_annotations(job, learning)),
        models=dict(_models(job, outcomes)),
        columns=columns_told(_columns(outcomes)),
    )


def _finding(job: Job) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the nodes that find objects with the parameters that enter their results."""
    for name, node in job.graph.nodes.items():
        part = job.graph.of_role(name, PartRole.OBJECTS)
        if part is not None and part.source is None:
            yield name, {"kind": node.kind, **part.parameters}


def columns_told(columns: Sequence[Column]) -> tuple[tuple[str, str, str, str], ...]:
    """Return name, unit, definition and source of every column."""
    return tuple((each.name, each.unit, each.definition, each.source) for each in columns)


def _columns(outcomes: Sequence[StepOutcome]) -> list[Column]:
    headers = (outcome.step.part.header for outcome in outcomes)
    tables = [header for header in headers if isinstance(header, TableHeader)]
    return list({c.name: c for header in tables for c in header.columns}.values())


def _images(job: Job, outcomes: Sequence[StepOutcome]) -> Iterator[SourceFile]:
    """Yield the files of every image with the digest of what was read of them."""
    digests = {
        (o.step.node, o.step.image): o.known.artifact.digest
        for o in outcomes
        if o.step.part.source is not None and o.known is not None
    }
    for image in job.graph.images:
        for node, (_, written) in image.files.items():
            names = [written] if isinstance(written, str) else list(written)
            said = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
            digest = digests.get((node, image.name), "")
            yield SourceFile(node, said, digest, image.name)


def _annotations(job: Job, learning: Sequence[str]) -> Iterator[SourceFile]:
    for name in learning:
        learned = job.graph.nodes[name].learns
        text = learned.annotations if learned else None
        if text:
            path = job.folder / text
            yield SourceFile(name, text, file_digest(path) if path.is_file() else "")


def _models(job: Job, outcomes: Sequence[StepOutcome]) -> Iterator[tuple[str, tuple[str, str]]]:
    for each in outcomes:
        if each.step.part.role is PartRole.MODEL and each.known is not None:
            model = job.store.load(each.known.artifact, each.step.part.header)
            said = estimator_text({"estimator": model.estimator, "facts": model.facts})
            yield each.step.node, (model_digest(model), said)
