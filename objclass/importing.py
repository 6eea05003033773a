"""Bringing an ilastik project over: files on disk, and how far a new forest agrees."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from objclass.annotations.class_names import plain, reserved_problem
from objclass.data.dataclass import dataclass
from objclass.data.objects import PredictionHeader
from objclass.engine.outcome import StepOutcome
from objclass.errors import Problem, list_some, raise_all
from objclass.ilastik.agreement import Agreement, agreement
from objclass.ilastik.contents import IlastikProject
from objclass.ilastik.imported import CLASSIFIER, ImportedProject, import_project
from objclass.ilastik.lanes import LaneFiles
from objclass.ilastik.project import read_ilp
from objclass.io.new_file import all_or_none, check_new, write_new
from objclass.io.project import write
from objclass.run import Job

WORKFLOW, ANNOTATIONS, STORED = "workflow.yaml", "annotations.csv", "ilastik_forest.objclass.h5"


@dataclass(frozen=True)
class ImportedFiles:
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

    imported: ImportedProject
    workflow: Path
    written: tuple[Path, ...]


def bring(
    project: Path,
    out: Path,
    raw: Sequence[str],
    second: Sequence[str],
    rename: Sequence[str] = (),
) -> ImportedFiles:
    """Write a project of ilastik as a workflow, annotations and a trained project.

    Parameters
    ----------
    project
        The ``.ilp`` file; it is only read.
    out
        Folder for the files; none of them may be there.
    raw, second
        Training images to use instead of those the project names, one a lane.
    rename
        ``OLD=NEW`` names of classes.

    Raises
    ------
    InputError
        For projects that cannot be read or used, and files that are there already.
    """
    renamed = with_class_names(read_ilp(project), rename)
    found = import_project(renamed, out, LaneFiles(raw, second), ANNOTATIONS)
    texts = {WORKFLOW: found.workflow, ANNOTATIONS: found.annotations.text, **found.files}
    for name in [*texts, *([STORED] if found.trained else [])]:
        check_new(out / name, "choose another folder with -o")
    with all_or_none() as written:
        for name, text in texts.items():
            write_new(out / name, text, "choose another folder with -o")
            written.append(out / name)
        if found.trained is not None:
            write(out / STORED, found.trained)
            written.append(out / STORED)
    return ImportedFiles(found, out / WORKFLOW, tuple(written))


def with_class_names(project: IlastikProject, rename: Sequence[str]) -> IlastikProject:
    """Return a project with other names of classes; ours mean something by a few words.

    Raises
    ------
    InputError
        For classes that are not there, and names that no class may have.
    """
    pairs = dict(text.partition("=")[::2] for text in rename)
    known = [each.name for each in project.classes]
    problems = [
        Problem(
            f"--rename {text}: there is no such class",
            expected=f"OLD=NEW, OLD one of {list_some(known)}",
        )
        for text in rename
        if text.partition("=")[0] not in known or not text.partition("=")[2]
    ]
    raise_all(problems)
    names = [pairs.get(name, name) for name in known]
    raise_all(_cannot_be_called(names, known))
    classes = zip(project.classes, names, strict=True)
    return replace(project, classes=tuple(replace(each, name=name) for each, name in classes))


def _cannot_be_called(names: Sequence[str], known: Sequence[str]) -> Iterator[Problem]:
    """Yield the problems of names that mean something else, or that two classes have."""
    for name, before in zip(names, known, strict=True):
        found = reserved_problem(name)
        if found:
            fix = f"add for example --rename {shlex.quote(f'{before}={plain(name)}_class')}"
            yield replace(found, fix=fix)
        elif names.count(name) > 1 and before != name:
            yield Problem(f"--rename {before}={name}: another class is called so")


def find_agreement(
    job: Job, outcomes: Sequence[StepOutcome], brought: ImportedFiles
) -> Agreement | None:
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
        part = agreement(stored, header.classes, _load(job, predicted), ids, columns)
        total = part if total is None else total + part
    return total


def _table(
    job: Job, outcomes: Sequence[StepOutcome], predicted: StepOutcome, header: PredictionHeader
) -> tuple[Mapping[str, Any], Any]:
    """Return the feature columns of the objects of one frame."""
    nodes = {wire.node for wire in header.features.parts.values()}
    columns: dict[str, Any] = {}
    ids = None
    for each in outcomes:
        same = (each.step.image, each.step.t) == (predicted.step.image, predicted.step.t)
        if each.step.node in nodes and same and each.known is not None:
            table = _load(job, each)
            columns |= table.columns
            ids = table.ids
    return columns, ids


def _load(job: Job, outcome: StepOutcome) -> Any:
    assert outcome.known is not None
    return job.store.load(outcome.known.artifact, outcome.step.part.header)
