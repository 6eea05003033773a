"""How good projects are on other images whose objects have a known class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.annotations import Annotations, Row, assign, parse
from objclass.annotations.match import match
from objclass.annotations.matches import Match
from objclass.batch import Batch, BatchRequest, prepare
from objclass.batch.group_scales import with_scales
from objclass.batch.work import strip_places
from objclass.curation.annotated_objects import loaded
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelHeader, LabelImage
from objclass.data.objects import NOT_SELECTED, Prediction, PredictionHeader
from objclass.engine.look import ImageKey
from objclass.engine.memory import MemoryStore
from objclass.engine.outcome import StepOutcome
from objclass.errors import InputError, ObjclassError, Problem, list_some
from objclass.evaluation.assessment import FEWEST_GROUPS, detailed_scores
from objclass.evaluation.paired import compare_paired
from objclass.io.tables import TextTable, read_rows
from objclass.nodes.annotated import voxel_of
from objclass.report.summary import summarize
from objclass.run import Job

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OUT = Path(".objclass-evaluate")
"""Where a batch would write; nothing is written."""
Place = tuple[str, int]
"""File and line of a row of truth."""


@dataclass(frozen=True)
class ScoredObject:
    """An object whose class is known, and what a project says of it.

    Parameters
    ----------
    place
        The row that says its class.
    image
        Its image.
    truth
        Its class.
    probability
        Of every class of the project, in its order.
    """

    place: Place
    image: str
    truth: str
    probability: tuple[float, ...]


@dataclass(frozen=True)
class TruthScore:
    """How good a project is on objects with a known class.

    Parameters
    ----------
    project
        Its file.
    classes
        Its classes.
    objects
        What was scored.
    missed
        Rows of truth without an object of the project.
    notes
        What else a person should know.
    """

    project: Path
    classes: tuple[str, ...]
    objects: tuple[ScoredObject, ...]
    missed: tuple[Place, ...]
    notes: tuple[str, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """Everything as JSON; see :func:`objclass.evaluation.assessment.detailed_scores`."""
        import numpy as np

        truth = np.array([self.classes.index(each.truth) for each in self.objects])
        probability = np.array([each.probability for each in self.objects])
        unit, drawn = drawn_again(self.objects)
        return {
            "project": str(self.project),
            "images": len({each.image for each in self.objects}),
            "missed": [f"{file}:{line}" for file, line in self.missed],
            "notes": list(self.notes),
            "intervals_by": unit,
            "by": "image",
            "drawn": len(np.unique(drawn)),
            **detailed_scores(truth, probability, drawn, self.classes),
        }


def drawn_again(objects: Sequence[ScoredObject]) -> tuple[str, NDArray[np.int64]]:
    """Return what is drawn again for intervals, images or objects, and the one of each object."""
    import numpy as np

    image = np.unique([each.image for each in objects], return_inverse=True)[1]
    if image.max(initial=0) + 1 >= FEWEST_GROUPS:
        return "image", image.astype(np.int64)
    return "object", np.arange(len(objects))


def score_project(request: BatchRequest, truth: Path, node: str | None = None) -> TruthScore:
    """Classify images with a project and score it on the objects with a known class.

    Parameters
    ----------
    request
        The project and its images; nothing is written.
    truth
        A table as an annotation file is.
    node
        The predicting node; may be left out where there is one.

    Raises
    ------
    InputError
        For a project or a table that cannot be used, and where no row fits an object.
    """
    table = read_rows(truth)
    batch = _without_files(prepare(request))
    node = _predicting(batch, node)
    read = _reader(truth, table, batch)
    scored: list[ScoredObject] = []
    missed: list[Place] = []
    notes: dict[str, None] = dict.fromkeys(batch.notes)
    classes: tuple[str, ...] = ()
    others: list[str] = []
    for image, job, outcomes in _images(with_scales(batch, batch.images), notes):
        header, found = _outcomes(job, outcomes, node)
        classes = header.classes
        rows = _rows_of(read(_header(found.labels)), batch, image, notes)
        for each in _matched(found, rows):
            place = (each.row.file, each.row.line)
            if not each.object:
                missed.append(place)
            elif each.row.class_ in classes and each.status not in ("conflict", "ignored"):
                said = found.probability(each.frame, each.object)
                if said is None:
                    others.append(str(header.selected))
                else:
                    scored.append(ScoredObject(place, image.name, each.row.class_, said))
            else:
                notes[f"{truth}: class '{each.row.class_}' is not one of the project's"] = None
    if others:
        notes[f"{truth}: {len(others)} objects are not {others[0]}: not scored"] = None
    if not scored:
        raise InputError(_fits_nothing(truth, table, batch, missed, classes, len(others)))
    return TruthScore(request.project, classes, tuple(scored), tuple(missed), tuple(notes))


def _without_files(batch: Batch) -> Batch:
    """Return a batch that writes nothing."""
    nodes = {name: node for name, node in batch.nodes.items() if not node.writes}
    axes = {name: option for name, option in batch.axes_options.items() if name in nodes}
    return replace(batch, nodes=nodes, axes_options=axes)


def _fits_nothing(
    truth: Path,
    table: TextTable,
    batch: Batch,
    missed: Sequence[Place],
    classes: Sequence[str],
    others: int,
) -> Problem:
    """Say what the rows should have fitted."""
    images = list_some([image.name for image in batch.images], 4)
    got = f"{len(table.rows)} rows, {len(missed)} of them beside all objects"
    got += f", {others} on objects that are not selected" if others else ""
    expected = f"positions or ids of objects of images {images}"
    expected += f", and classes {list_some(classes)}" if classes else ""
    fix = "name the images as the patterns do, in a column image or in columns of their names"
    return Problem(f"{truth}: no row fits an object", got=got, expected=expected, fix=fix)


def _predicting(batch: Batch, node: str | None) -> str:
    """Return the predicting node that is meant."""
    names = [name for name, each in batch.nodes.items() if each.predicts is not None]
    if node is None and len(names) == 1:
        return names[0]
    if node in names:
        return node or ""
    what = "which predictions?" if node is None else f"--node {node}: it predicts nothing"
    fix = f"add for example --node {names[0]}" if names else "train it with a predict node"
    raise InputError(Problem(what, expected=list_some(names) or None, fix=fix))


def _images(
    batch: Batch, notes: dict[str, None]
) -> Iterator[tuple[ImageKey, Job, Sequence[StepOutcome]]]:
    """Yield the images that could be classified; of others a note says why not."""
    for image in batch.images:
        try:
            if image.problems:
                raise InputError(*image.problems)
            job = batch.job(image, MemoryStore())
            outcomes = job.run()
            report = summarize(job, outcomes)
            if report.exit_code:
                raise InputError(*report.problems)
        except ObjclassError as error:
            told = strip_places(error.problems, batch.workflow)
            notes[f"image '{image.name}' is not scored: {told[0]}"] = None
            continue
        yield image, job, outcomes


@dataclass(frozen=True)
class ClassifiedImage:
    """The objects and predictions of one image, frame by frame."""

    labels: Mapping[int | None, LabelImage]
    predictions: Mapping[int | None, Prediction]

    def probability(self, frame: int | None, number: int) -> tuple[float, ...] | None:
        """Return the class probabilities of an object; None where it is not selected."""
        import numpy as np

        found = self.predictions[frame]
        row = int(np.searchsorted(found.ids, number))
        if found.code[row] == NOT_SELECTED:
            return None
        return tuple(float(p) for p in found.probability[row])


def _outcomes(
    job: Job, outcomes: Sequence[StepOutcome], node: str
) -> tuple[PredictionHeader, ClassifiedImage]:
    """Return what was made of one image."""
    predicted = [o for o in outcomes if o.step.node == node]
    header = predicted[0].step.part.header
    assert isinstance(header, PredictionHeader)
    objects = header.objects
    found = [
        o for o in outcomes if o.step.node == objects.node and o.step.part.name == objects.part
    ]

    def load(each: StepOutcome) -> Any:
        assert each.known is not None
        return job.store.load(each.known.artifact, each.step.part.header)

    return header, ClassifiedImage(
        {each.step.t: loaded(job, each.step, each.known) for each in found if each.known},
        {each.step.t: load(each) for each in predicted},
    )


def _reader(truth: Path, table: TextTable, batch: Batch) -> Callable[[LabelHeader], Annotations]:
    """Return what reads the table for label images, once for all that are alike."""
    names = tuple(dict.fromkeys(name for each in batch.images for name in each.names))

    @cache
    def read(*asked: Any) -> Annotations:
        spatial, timed, keeps_ids, voxel = asked
        found = parse(str(truth), table.header, table.rows, spatial, timed, names, keeps_ids, voxel)
        if found.problems:
            raise InputError(*found.problems)
        return found

    def read_for(header: LabelHeader) -> Annotations:
        grid = header.grid
        return read(grid.spatial, grid.frames is not None, header.keeps_ids, voxel_of(header))

    return read_for


def _rows_of(
    found: Annotations, batch: Batch, image: ImageKey, notes: dict[str, None]
) -> tuple[Row, ...]:
    """Return the rows of one image; what fits no image is noted."""
    images = {each.name: dict(each.names) for each in batch.images}
    aliases = {each.name: (each.nickname,) for each in batch.images}
    assigned = assign(found, images, aliases)
    notes.update(dict.fromkeys(f"not scored: {problem}" for problem in assigned.problems))
    return assigned.rows[image.name]


def _header(labels: Mapping[int | None, LabelImage]) -> LabelHeader:
    return next(iter(labels.values())).header


def _matched(found: ClassifiedImage, rows: Sequence[Row]) -> tuple[Match, ...]:
    """Return the rows with their objects, one row an object."""
    header = _header(found.labels)
    frame: Callable[[int | None], LabelImage] = found.labels.__getitem__
    matches = match(rows, frame, header, header.grid)
    kept = {(m.frame, m.object): m for m in reversed(matches.matches) if m.object}
    return (*reversed(kept.values()), *(m for m in matches.matches if not m.object))


def compare_projects(first: TruthScore, second: TruthScore) -> dict[str, Any]:
    """Return how two projects differ on the objects that both found, in pairs.

    Raises
    ------
    InputError
        Where they have other classes, or no object in common.
    """
    import numpy as np

    if set(first.classes) != set(second.classes):
        what = f"{first.project} and {second.project} know other classes"
        got = f"{list_some(first.classes)} and {list_some(second.classes)}"
        raise InputError(Problem(what, got=got, fix="evaluate them one by one"))
    theirs = {each.place: each for each in second.objects}
    pairs = [(each, theirs[each.place]) for each in first.objects if each.place in theirs]
    if not pairs:
        what = f"{first.project} and {second.project} have no scored object in common"
        raise InputError(Problem(what, fix="evaluate them one by one"))
    names = first.classes
    truth = np.array([names.index(a.truth) for a, _ in pairs])
    one = _called(first, [a for a, _ in pairs], names)
    two = _called(second, [b for _, b in pairs], names)
    unit, drawn = drawn_again([a for a, _ in pairs])
    return {"intervals_by": unit, **compare_paired(truth, one, two, drawn, len(names))}


def _called(
    score: TruthScore, objects: Sequence[ScoredObject], names: Sequence[str]
) -> NDArray[np.int64]:
    """Return what a project calls objects, as numbers of classes that are in another order."""
    import numpy as np

    numbers = np.array([names.index(name) for name in score.classes], np.int64)
    return numbers[[int(np.argmax(each.probability)) for each in objects]]
