"""Gathers what a project file tells: its classifiers, their scores, and what they learned from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from objclass.data.model import Model
from objclass.data.objects import Column
from objclass.io.project import ProjectFile, TrainedClassifier, model_digest, read
from objclass.io.project.contents import ASSESSMENT
from objclass.lineage.provenance import Provenance, SourceFile
from objclass.report.project import estimator_text, objects_of, title_of
from objclass.report_page.content import ClassifierFacts, ReportContent
from objclass.report_page.spread import main_columns, spreads

NO_IMAGES = (
    "A project holds no images: this page tells what its classifiers learned. The report of its "
    "workflow, or of a batch, shows images too."
)


def project_content(path: Path) -> ReportContent:
    """Return everything that a project file tells.

    Raises
    ------
    InputError
        For a file that is no project, or is damaged.
    """
    project = read(path)
    return ReportContent(
        title=title_of(project) or path.name,
        subject=path.name,
        images=0,
        provenance=project_provenance(project),
        notes=(NO_IMAGES,),
        classifiers=tuple(classifiers_of(project)),
    )


def project_provenance(project: ProjectFile) -> Provenance:
    """Return from what a project was made, with the versions that made it."""
    return Provenance(
        versions=project.provenance,
        nodes=_nodes(project),
        workflow=project.workflow,
        finding=objects_of(project),
        files=tuple(SourceFile("annotations", each.name) for each in project.annotations),
        models={
            name: (model_digest(each.model), _estimator(each.model))
            for name, each in project.classifiers.items()
        },
    )


def _estimator(model: Model) -> str:
    return estimator_text({"estimator": model.estimator, "facts": model.facts})


def _nodes(project: ProjectFile) -> dict[str, Mapping[str, Any]]:
    try:
        found = json.loads(project.parameters).get("nodes", {})
    except (ValueError, AttributeError):  # a project that somebody else wrote
        return {}
    nodes = found.items() if isinstance(found, dict) else ()
    return {str(name): node for name, node in nodes if isinstance(node, dict)}


def classifiers_of(project: ProjectFile) -> Iterator[ClassifierFacts]:
    """Yield what a project tells of its classifiers."""
    for name, trained in project.classifiers.items():
        model, kept = trained.model, trained.evaluation
        assessed = kept.get(ASSESSMENT) or {}
        facts = {**assessed, "evaluation": kept} if assessed else {"evaluation": kept}
        columns = main_columns(facts, columns_of(model))
        table = {c.name: trained.examples.X[:, model.columns.index(c.name)] for c in columns}
        yield ClassifierFacts(
            name,
            dict(zip(model.classes, trained.colors, strict=True)),
            facts,
            statuses=_statuses(kept),
            spreads=tuple(spreads(columns, table, _codes(trained), model.classes)),
            spread_of="annotated objects by class",
            columns=model.columns,
        )


def _codes(trained: TrainedClassifier) -> Any:
    return trained.examples.y + 1


def _statuses(kept: Mapping[str, Any]) -> dict[str, int]:
    used = kept.get("annotations") or {}
    if not used:
        return {}
    return {"used": used["used"], "not used": used["asked"] - used["used"]}


def columns_of(model: Model) -> list[Column]:
    """Return the features of a model; a project says their units, and not how they are defined."""
    units = model.units or [""] * len(model.columns)
    known = zip(model.columns, units, strict=True)
    return [_column(name, unit) for name, unit in known]


def _column(name: str, unit: str) -> Column:
    family, channel = name.partition("_")[0], name.rpartition("-")[2] if "-" in name else None
    return Column(name, family, name, "shape", unit, "", "", channel)
