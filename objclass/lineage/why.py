"""Walks back from an object to voxels, parameters, annotations, model and versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from objclass.annotations.match import in_image
from objclass.curation.annotated_objects import frame_names
from objclass.curation.label_image_reader import ending_at
from objclass.data.dataclass import dataclass
from objclass.data.objects import Column, PredictionHeader, called
from objclass.engine.outcome import StepOutcome
from objclass.engine.role import PartRole
from objclass.errors import InputError, Problem, list_some
from objclass.lineage.file_image import image_in_batch, image_in_graph
from objclass.lineage.origin import find_origin
from objclass.lineage.provenance import Provenance
from objclass.lineage.reference import ObjectReference, read_reference
from objclass.lineage.sources import provenance_of
from objclass.preview.frame import PictureFrame, chosen_frame, chosen_image, frame_of
from objclass.preview.target import PreviewTarget, target_of
from objclass.run import Job, Request, prepare

SAME = 1e-6
"""Numbers that differ by less than this share are the same: tables are written with few digits."""


@dataclass(frozen=True)
class MeasuredFeature:
    """One feature of an object: its value, unit, definition and source."""

    name: str
    value: float
    unit: str
    definition: str
    source: str


@dataclass(frozen=True)
class ObjectLineage:
    """Where an object and its class come from.

    Parameters
    ----------
    made_by
        The workflow or batch.
    row
        The row of a table that was asked for; empty where none was.
    image, t, object_id
        Which object.
    size, start, stop, inside, stamp, touches_border
        Its voxels: how many, the box ``(z, y, x)`` from `start` up to and without `stop`, and a
        voxel inside, all in the uncropped image.
    features
        What was measured of it.
    predicted_by, class_, probabilities, uncertainty
        The node that predicts, what it calls the object, and how sure it is; empty without one.
    note
        Why nothing is predicted; empty where something is.
    annotations
        Rows of people about this object: where they stand, and their class.
    learned
        Classifier to the objects of every class that it learned from.
    differences
        What the row says otherwise: title, its cell, and what is so now.
    provenance
        Files of the image, parameters, models and versions.
    """

    made_by: str
    row: str
    image: str
    t: int | None
    object_id: int
    size: int
    start: tuple[int, int, int]
    stop: tuple[int, int, int]
    inside: tuple[int, int, int]
    stamp: str
    touches_border: bool
    features: tuple[MeasuredFeature, ...]
    predicted_by: str
    class_: str
    probabilities: Mapping[str, float]
    uncertainty: float | None
    note: str
    annotations: tuple[tuple[str, str], ...]
    learned: Mapping[str, Mapping[str, int]]
    differences: tuple[tuple[str, str, str], ...]
    provenance: Provenance


def why(
    what: str, of: Path | None = None, request: Request | None = None, *, frame: int | None = None
) -> ObjectLineage:
    """Say where an object and its class come from.

    What is not cached of its image is made again; nothing is written but the cache.

    Parameters
    ----------
    what
        ``TABLE:LINE`` or ``IMAGE:OBJECT``.
    of
        The workflow, or the folder of a batch; by default what wrote the table, or the one
        workflow of this folder.
    request
        Overrides and options of a workflow.
    frame
        Time point of the object, where its image has several.

    Raises
    ------
    InputError
        Where there is no such row, image or object, and where `request` asks of a batch what
        only a workflow can do.
    """
    reference = read_reference(what, frame)
    made_by = of or find_origin(reference.file)
    if made_by.is_dir():
        _refuse_idle(made_by, request or Request())
        return _trace(_batch_job(made_by, reference), reference, made_by)
    return _trace(prepare(made_by, request), reference, made_by)


def _refuse_idle(out: Path, request: Request) -> None:
    """Refuse what only a workflow can be asked."""
    given = {"--set": request.sets, "--cache": request.cache}
    idle = [name for name, value in given.items() if value]
    if idle:
        what = f"{list_some(idle)}: has no effect, since batch {out} made it"
        raise InputError(Problem(what, fix="leave it out, or name a workflow: --of cells.yaml"))


def _batch_job(out: Path, reference: ObjectReference) -> Job:
    """Return the job of one image of a batch, which keeps nothing."""
    from objclass.batch import resume
    from objclass.engine.memory import MemoryStore

    batch = resume(out)
    names = [image.name for image in batch.images]
    only = names[0] if len(names) == 1 else ""
    name = reference.image or only or image_in_batch(batch, reference.file)
    found = next((image for image in batch.images if image.name == name), None)
    if found is None:
        what = f"the batch has no image '{name}'" if name else "the row does not name its image"
        raise InputError(Problem(what, expected=list_some(names, 6)))
    return batch.job(found, MemoryStore())


def _trace(job: Job, reference: ObjectReference, made_by: Path) -> ObjectLineage:
    target = target_of(job.graph, None)
    image = _image(job, reference)
    names = frame_names(job.graph).get(image, ())
    t = chosen_frame(job.graph, target, image, reference.t, names)
    part_of = replace(job, graph=ending_at(job.graph, target.wires, image, t))
    outcomes = part_of.run()
    frame = frame_of(part_of, target, image, t, outcomes)
    row = frame.index.row_of(reference.object_id)
    if row < 0:
        what = f"image '{image}' has no object {reference.object_id}"
        got = f"{len(frame.index)} objects"
        raise InputError(Problem(what, got=got, expected=list_some(frame.index.ids.tolist(), 6)))
    found = _lineage(part_of, reference, made_by, target, frame, row, image, outcomes)
    found = replace(found, features=tuple(_features(part_of, outcomes, target, (image, t), row)))
    return replace(found, differences=tuple(_differences(found, reference.cells or {})))


def _image(job: Job, reference: ObjectReference) -> str:
    """Return the image of the object; a table of one image need not name it."""
    name = reference.image
    if name is None and reference.file is not None:
        name = image_in_graph(job.graph, reference.file)
    if name is None and len(job.graph.images) > 1:
        what = f"{reference.file}:{reference.line} does not name its image"
        raise InputError(Problem(what, fix="ask by IMAGE:OBJECT"))
    return chosen_image(job.graph, name)


def _lineage(
    job: Job,
    reference: ObjectReference,
    made_by: Path,
    target: PreviewTarget,
    frame: PictureFrame,
    row: int,
    image: str,
    outcomes: Sequence[StepOutcome],
) -> ObjectLineage:
    index, grid = frame.index, frame.labels.header.grid
    predicted, codes = frame.prediction, {}
    if predicted is not None:
        codes = dict(zip(frame.classes, map(float, predicted.probability[row]), strict=True))
    name = called(predicted.code[row : row + 1], list(frame.classes))[0] if predicted else ""
    box = (in_image(index.start[row], grid), in_image(index.stop[row] - 1, grid))
    return ObjectLineage(
        made_by=str(made_by),
        row=f"{reference.file}:{reference.line}" if reference.file else "",
        image=image,
        t=frame.t,
        object_id=reference.object_id,
        size=int(index.size[row]),
        start=box[0],
        stop=(box[1][0] + 1, box[1][1] + 1, box[1][2] + 1),
        inside=in_image(index.inside[row], grid),
        stamp=index.stamp[row].decode(),
        touches_border=bool(index.touches_border[row]),
        features=(),
        predicted_by=target.node if predicted else "",
        class_=name,
        probabilities=codes,
        uncertainty=float(predicted.uncertainty[row]) if predicted else None,
        note=frame.note,
        annotations=tuple(_annotations(frame, reference.object_id)),
        learned=dict(_learned(outcomes)),
        differences=(),
        provenance=_sources(job, outcomes, image),
    )


def _sources(job: Job, outcomes: Sequence[StepOutcome], image: str) -> Provenance:
    """Return what this image was made from, with the annotations of its classifiers."""
    learning = [n for n, node in job.graph.nodes.items() if node.learns is not None]
    every = provenance_of(job, outcomes, learning)
    mine = tuple(each for each in every.files if each.image in ("", image))
    return replace(every, files=mine)


def _features(
    job: Job,
    outcomes: Sequence[StepOutcome],
    target: PreviewTarget,
    place: tuple[str, int | None],
    row: int,
) -> Iterator[MeasuredFeature]:
    """Yield what was measured of an object, as far as its prediction needs it.

    A classifier needs the tables of all images and frames with annotations; `place` says in
    which image and frame the object is.
    """
    image, t = place
    header: Any = (
        target.prediction
        and job.graph.part(target.prediction.node, target.prediction.part or "", image).header
    )
    if not isinstance(header, PredictionHeader):
        return
    known = {o.step.address: o for o in outcomes if o.known is not None}
    tables: dict[str, Any] = {}
    for column in header.features.columns:
        wire = header.features.parts[column.name]
        made = known.get((wire.node, wire.part or "", image, t))
        if made is None or made.known is None:
            continue
        if str(wire) not in tables:
            tables[str(wire)] = job.store.load(made.known.artifact, made.step.part.header)
        values = tables[str(wire)].columns.get(column.name)
        if values is not None:
            yield _feature(column, float(values[row]))


def _feature(column: Column, value: float) -> MeasuredFeature:
    return MeasuredFeature(column.name, value, column.unit, column.definition, column.source)


def _annotations(frame: PictureFrame, object_id: int) -> Iterator[tuple[str, str]]:
    for match in frame.annotated:
        if match.object == object_id:
            yield str(match.row.place), match.row.class_


def _learned(outcomes: Sequence[StepOutcome]) -> Iterator[tuple[str, Mapping[str, int]]]:
    from objclass.nodes.classifier.summary import ModelSummary

    for outcome in outcomes:
        told = outcome.told(ModelSummary)
        if told is not None and outcome.step.part.role is PartRole.MODEL:
            yield outcome.step.node, told.examples


def _differences(found: ObjectLineage, cells: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield what a row says otherwise than what is so now."""
    now: dict[str, str] = {"stamp": found.stamp, "predicted_class": found.class_}
    for title, value in now.items():
        if cells.get(title, value) != value and (value or title == "stamp"):
            yield title, cells[title], value
    numbers = {each.name: each.value for each in found.features}
    numbers |= {f"probability-{name}": p for name, p in found.probabilities.items()}
    for title, number in numbers.items():
        cell = cells.get(title, "")
        if cell and not _same(cell, number):
            yield title, cell, f"{number:g}"


def _same(cell: str, number: float) -> bool:
    try:
        said = float(cell)
    except ValueError:
        return True  # another dialect: a decimal comma, a word
    return said != said or number != number or abs(said - number) <= SAME * max(1.0, abs(number))
