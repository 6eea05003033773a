"""Bringing a project of ilastik over: workflow, annotations, sheet and trained classifier."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some
from objclass.ilastik.annotated import AnnotationText, annotation_text
from objclass.ilastik.contents import IlastikProject, Lane
from objclass.ilastik.frames import LabelImages
from objclass.ilastik.inputs import RAW, SECOND
from objclass.ilastik.lanes import LaneFiles, LaneInput, places_of, sheet_text
from objclass.ilastik.raw_images import RawImages
from objclass.ilastik.trained import ImageContract, contract_of, model_of, unknown_features
from objclass.ilastik.workflow import NODES, TrainingShape, WorkflowInputs, workflow_text

if TYPE_CHECKING:
    from objclass.io.project import ProjectFile

CLASSIFIER: Final = "classes"
"""The classifier's node in an imported workflow."""
SHEET: Final = "images.csv"


@dataclass(frozen=True)
class ImportedProject:
    """A project in our files; nothing is written yet.

    Parameters
    ----------
    workflow
        YAML text.
    annotations
        The annotations file and what is to say about it.
    files
        Other texts by file name: the sheet of images, where there are several.
    trained
        The project file with the stored forest; None where there is none, or where it cannot
        be used (see `notes`).
    missing
        Training inputs that are not here.
    notes
        What a person should know, in sentences.
    """

    workflow: str
    annotations: AnnotationText
    files: Mapping[str, str] = field(default_factory=dict)
    trained: ProjectFile | None = None
    missing: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def import_project(
    project: IlastikProject,
    out: Path,
    given: LaneFiles | None = None,
    annotations: str = "annotations.csv",
) -> ImportedProject:
    """Turn a project into a workflow with annotations.

    Parameters
    ----------
    project
        As :func:`objclass.ilastik.project.read_ilp` read it.
    out
        Folder the workflow will lie in; its paths are relative to it.
    given
        Files to use instead of those the project names.
    annotations
        Name of the annotations file.

    Raises
    ------
    InputError
        For features that are not known here, and a wrong number of files.
    """
    places = places_of(project, given or LaneFiles(), out)
    contract, notes = _contract(project)
    shape = TrainingShape(contract.dimensions, contract.channels) if contract else None
    paths = {key: place.path for key, place in places.items()}
    raw = RawImages(project, places)
    with closing(LabelImages(project, paths)) as finder:
        text = annotation_text(project, finder.frame, raw.names, raw.digest)
    sheet = sheet_text(project, places)
    sources = _sources(project, places, finder, annotations)
    workflow = workflow_text(project, sources, shape)
    trained = None
    if project.forests and contract is not None:
        trained = _project_file(project, workflow, contract)
    return ImportedProject(
        workflow,
        text,
        {SHEET: sheet} if sheet else {},
        trained,
        tuple(place.missing for place in places.values() if place.missing),
        (*project.notes, *notes, *finder.notes, *raw.notes, *_describe(text)),
    )


def project_file(project: IlastikProject) -> ProjectFile:
    """Return a project as one of ours, ready to classify other images.

    Its inputs are roles, not the files the project was trained on, which need not exist; their
    axes are those of whole training images, though these were stacks of files.

    Raises
    ------
    InputError
        Where there is no stored forest, or one that does not fit its features.
    """
    contract = contract_of(project) if project.forests else None
    info = {role: project.input(role) for role in (RAW, SECOND[project.variant])}
    names = {r: list_some(i.files, 1) if i and i.files else f"{r}.h5" for r, i in info.items()}
    sources = WorkflowInputs(names[RAW], names[SECOND[project.variant]])
    shape = TrainingShape(contract.dimensions, contract.channels) if contract else None
    bare = {role: replace(i, files=(), subvolume=None) for role, i in info.items() if i}
    text = workflow_text(replace(project, lanes=(Lane(bare),)), sources, shape)
    return _project_file(project, text, contract)


def _project_file(
    project: IlastikProject, workflow: str, contract: ImageContract | None
) -> ProjectFile:
    import numpy as np

    from objclass.io.project.contents import (
        ExampleRows,
        ProjectFile,
        TrainedClassifier,
        provenance,
    )

    model = model_of(project, contract)
    nothing = ExampleRows(
        X=np.empty((0, len(model.columns))),
        y=np.empty(0, np.int32),
        image=(),
        t=np.empty(0, np.int64),
        position=np.empty((0, 3), np.int64),
        stamp=np.empty(0, "S11"),
    )
    colors = tuple(each.color for each in project.classes)
    trained = TrainedClassifier(model, colors, nothing)
    origin = {"ilastik": project.version, "imported_from": project.path.name}
    return ProjectFile(
        workflow, classifiers={CLASSIFIER: trained}, provenance={**provenance(), **origin}
    )


def _contract(project: IlastikProject) -> tuple[ImageContract | None, list[str]]:
    """Return the contract; where the forest cannot be used, why the model must be retrained."""
    strange = list(unknown_features(project))
    try:
        return contract_of(project), []
    except InputError as error:
        if strange:
            raise
        return None, [
            f"the stored forest is not used: {problem.what}" for problem in error.problems
        ]


def _sources(
    project: IlastikProject,
    places: Mapping[tuple[int, str], LaneInput],
    finder: LabelImages,
    annotations: str,
) -> WorkflowInputs:
    second = SECOND[project.variant]
    scale = finder.scale_to_say() if project.variant == "prediction_map" else None
    if not project.lanes:
        return WorkflowInputs("raw.h5", f"{NODES[project.variant]}.h5", annotations=annotations)
    if len(project.lanes) > 1:
        return WorkflowInputs(
            "{raw_file}", "{second_file}", annotations=annotations, sheet=SHEET,
            value_range=scale,
        )  # fmt: skip
    raw, other = places[0, RAW], places[0, second]
    lost = "not found when imported"
    return WorkflowInputs(
        raw.text, other.text, lost if raw.missing else "", lost if other.missing else "",
        annotations, None, scale,
    )  # fmt: skip


def _describe(text: AnnotationText) -> list[str]:
    """Say what happened to the annotations."""
    said = []
    if text.lost:
        said.append(f"{text.lost} annotations name objects that are not there; they are left out")
    if text.without_position:
        said.append(
            f"{text.without_position} of {text.rows} annotations have no position, because "
            "their label image is not at hand: give the missing files and import again"
        )
    return said
