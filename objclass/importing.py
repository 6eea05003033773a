"""Bringing an ilastik project over: files on disk, and how far a new forest agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from objclass.data.objects import PredictionHeader
from objclass.engine.execute import Outcome
from objclass.ilastik.agreement import Agreement, agreement
from objclass.ilastik.imported import CLASSIFIER, Imported, import_project
from objclass.ilastik.lanes import Given
from objclass.ilastik.project import read_ilp
from objclass.io.new_file import check_new, write_new
from objclass.io.project import write
from objclass.run import Job

WORKFLOW, ANNOTATIONS, STORED = "workflow.yaml", "annotations.csv", "ilastik_forest.objclass.h5"


@dataclass(frozen=True)
class Brought:
    """What an import wrote.

    Parameters
    ----------
    imported
        The project in our files.
    workflow
        The workflow file.
    written
        Every file written.
    """

    imported: Imported
    workflow: Path
    written: tuple[Path, ...]


def bring(project: Path, out: Path, raw: Sequence[str], second: Sequence[str]) -> Brought:
    """Write a project of ilastik as a workflow, annotations and a trained project.

    Parameters
    ----------
    project
        The ``.ilp`` file; it is only read.
    out
        Folder for the files; none of them may be there.
    raw, second
        Training images to use instead of those the project names, one a lane.

    Raises
    ------
    InputError
        For projects that cannot be read or used, and files that are there already.
    """
    found = import_project(read_ilp(project), out, Given(raw, second), ANNOTATIONS)
    texts = {WORKFLOW: found.workflow, ANNOTATIONS: found.annotations.text, **found.files}
    for name in [*texts, *([STORED] if found.trained else [])]:
        check_new(out / name, "choose another folder with -o")
    for name, text in texts.items():
        write_new(out / name, text, "choose another folder with -o")
    written = [out / name for name in texts]
    if found.trained is not None:
        write(out / STORED, found.trained)
        written.append(out / STORED)
    return Brought(found, out / WORKFLOW, tuple(written))


def agreed(job: Job, outcomes: Sequence[Outcome], brought: Brought) -> Agreement | None:
    """Compare what a run predicted with the stored forest, over all images and frames."""
    trained = brought.imported.trained
    if trained is None:
        return None
    stored = trained.classifiers[CLASSIFIER].model
    total = None
    for predicted in outcomes:
        header = predicted.step.part.header
        if not isinstance(header, PredictionHeader) or predicted.known is None:
            continue
        columns, ids = _table(job, outcomes, predicted, header)
        part = agreement(stored, header.classes, _loaded(job, predicted), ids, columns)
        total = part if total is None else total + part
    return total


def _table(
    job: Job, outcomes: Sequence[Outcome], predicted: Outcome, header: PredictionHeader
) -> tuple[Mapping[str, Any], Any]:
    """Return the feature columns of the objects of one frame."""
    nodes = {wire.node for wire in header.features.parts.values()}
    columns: dict[str, Any] = {}
    ids = None
    for each in outcomes:
        same = (each.step.image, each.step.t) == (predicted.step.image, predicted.step.t)
        if each.step.node in nodes and same and each.known is not None:
            table = _loaded(job, each)
            columns |= table.columns
            ids = table.ids
    return columns, ids


def _loaded(job: Job, outcome: Outcome) -> Any:
    assert outcome.known is not None
    return job.store.load(outcome.known.artifact, outcome.step.part.header)
