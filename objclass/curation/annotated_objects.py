"""What annotations stand on: the label images of now, and the rows matched with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from objclass.annotation_use import learning
from objclass.annotations.matches import Matches
from objclass.annotations.outcome import Reattachment
from objclass.curation.label_image_reader import looking, objects_of
from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.data.wire import Wire
from objclass.engine import outcome as ran
from objclass.engine.artifact import INDEX
from objclass.engine.decide import KnownArtifact
from objclass.engine.graph import Graph, Step
from objclass.engine.pin import by_tag
from objclass.engine.role import PartRole
from objclass.engine.store import Damaged
from objclass.errors import InputError, Problem, RunError, list_some, nearest
from objclass.nodes.annotated import AnnotationFile, TrainingAnnotations
from objclass.nodes.classifier.summary import MatchSummary
from objclass.nodes.earlier_label_images import EarlierLabelImages
from objclass.nodes.placeholder import fill, image_names
from objclass.nodes.registry import KINDS
from objclass.run import Job, Request, prepare, problems_of
from objclass.schema.workflow import Workflow, load

if TYPE_CHECKING:
    from objclass.data.image import Image

Place = tuple[str, int | None]
"""Image and frame (None without time)."""
T = TypeVar("T")
TRIES = 3


@dataclass(frozen=True)
class AnnotatedObjects:
    """The objects and annotations of one classifier.

    Parameters
    ----------
    job
        The workflow.
    classifier
        Name of the classifier.
    file
        Its annotation file, rows by image.
    labels
        Image and frame to the label image, in order; read when asked.
    matches, outcomes
        By image: the rows with their objects, and what became of the invalid ones.
    because
        The changes that made annotations invalid, in words.
    doubts
        What rows seem to be that fit only when they are read otherwise, each with its cure.
    """

    job: Job
    classifier: str
    file: AnnotationFile
    labels: Mapping[Place, LabelImage]
    matches: Mapping[str, Matches] = field(default_factory=dict)
    outcomes: Mapping[str, tuple[Reattachment, ...]] = field(default_factory=dict)
    because: tuple[str, ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> Path:
        """The annotation file on disk."""
        return self.job.folder / self.file.name

    def path_of(self, image: str) -> Path:
        """Return the annotation file of an image, whether it is there or not."""
        identities = self.file.identities
        assert identities is not None
        known = image_names(identities.image(image))
        return self.job.folder / fill(identities.look, "annotations", self.file.name, known)

    @property
    def images(self) -> tuple[str, ...]:
        """The names of all images, in order."""
        return tuple(image.name for image in self.job.graph.images)

    @property
    def grids(self) -> dict[str, Grid]:
        """Image to its grid."""
        return {image: labels.header.grid for (image, _), labels in self.labels.items()}

    @property
    def frame_names(self) -> dict[str, tuple[str, ...]]:
        """Image to the names of its frames; see :func:`frame_names`."""
        return frame_names(self.job.graph)

    def digest(self, image: str, t: int | None) -> str:
        """Return the digest of the voxels of an image, in a frame of the uncropped image."""
        identities = self.file.identities
        assert identities is not None
        return identities.digest(image, t)

    @cached_property
    def _earlier(self) -> EarlierLabelImages:
        return EarlierLabelImages(by_tag(self.job.store.pins()), self.job.store)

    def before(self, stamp: str) -> LabelImage | None:
        """Return the label image in which an annotation with this stamp was valid, if kept."""
        earlier = self._earlier.of(stamp)
        return earlier.labels if earlier else None

    def raw(self, place: Place) -> Image | None:
        """Return the image that the objects are measured on, where it is a file."""
        nodes = self.job.graph.nodes
        learning = nodes[self.classifier].learns
        measuring = nodes[learning.features.node].measures if learning else None
        if measuring is None or measuring.image is None:
            return None
        wire = measuring.image
        name = wire.part or self.job.graph.nodes[wire.node].main or ""
        part = self.job.graph.part(wire.node, name, place[0])
        if part.source is None:
            return None
        image: Image = part.source.open(place[1] if part.times != (None,) else None, _nothing)
        return image


def frame_names(graph: Graph) -> dict[str, tuple[str, ...]]:
    """Return image to the texts of ``{t}`` in its files' names, where each frame has its own."""
    named = {}
    for image in graph.images:
        parts = (part for by_image in graph.parts.values() for part in by_image.get(image.name, ()))
        sources = (part.source for part in parts if part.source)
        if any(source.uncropped().frames == len(image.frame_names) for source in sources):
            named[image.name] = image.frame_names
    return named


def _nothing() -> None:
    """An image has no index to load."""


def chosen_classifier(workflow: Workflow, name: str | None) -> tuple[str, str]:
    """Return the classifier that a person means and its annotation file, as written.

    Raises
    ------
    InputError
        Where there is none, several and no name, or none of that name.
    """
    files = learning(workflow)
    if name is None and len(files) == 1:
        return next(iter(files.items()))
    if not files:
        raise InputError(Problem(f"no classifier of {workflow.file} learns from annotations"))
    if name is None:
        fix = f"add for example --node {next(iter(files))}"
        raise InputError(Problem("which classifier?", expected=list_some(files), fix=fix))
    if name not in files:
        close = nearest(name, files)
        guess = f"did you mean {close}?" if close else None
        what = f"--node {name}: no such classifier learns from annotations"
        raise InputError(Problem(what, expected=list_some(files), fix=guess))
    return name, files[name]


def classifiers(path: Path, sets: tuple[str, ...], name: str | None) -> tuple[str, ...]:
    """Return the classifiers that learn from annotations: all, or the one asked for.

    Raises
    ------
    InputError
        Where there is none, or none of that name.
    """
    workflow = load(path, KINDS, sets)
    files = learning(workflow)
    several = name is None and len(files) > 1
    return tuple(files) if several else (chosen_classifier(workflow, name)[0],)


def annotation_path(path: Path, sets: tuple[str, ...], name: str | None) -> Path:
    """Return where the annotations of a workflow lie, before anything else is looked at."""
    workflow = load(path, KINDS, sets)
    _, text = chosen_classifier(workflow, name)
    if "{" in text:
        what = f"annotations: {text}: one file per image is not written yet"
        raise InputError(Problem(what, fix="name one file; its column image tells images apart"))
    return workflow.file.parent / text


def find_ground(path: Path, request: Request, name: str | None = None) -> AnnotatedObjects:
    """Run a workflow up to the objects of a classifier and match its annotations with them.

    Parameters
    ----------
    path
        The workflow.
    request
        Overrides and options.
    name
        The classifier; may be left out where only one learns.

    Raises
    ------
    InputError
        For what is wrong with workflow, files or annotations.
    RunError
        Where the objects cannot be made, or rows lie outside the image.
    """
    return find_on(*prepare_ground(path, request, name))[0]


def prepare_ground(path: Path, request: Request, name: str | None = None) -> tuple[Job, str]:
    """Return a checked workflow and the classifier that is meant; nothing runs yet.

    Raises
    ------
    InputError
        As :func:`find_ground`.
    """
    job = prepare(path, request)
    return job, chosen_classifier(job.workflow, name)[0]


def find_on(
    job: Job, chosen: str, *, measured: bool = False, trained: bool = False
) -> tuple[AnnotatedObjects, tuple[ran.StepOutcome, ...]]:
    """Run a checked workflow up to the objects of a classifier and match its annotations.

    Parameters
    ----------
    job, chosen
        What :func:`prepare_ground` returned.
    measured, trained
        Run it up to the features that the classifier uses too, and train it. That it cannot
        be trained is no error.

    Returns
    -------
    AnnotatedObjects
        The objects and rows.
    tuple of StepOutcome
        What became of every step.

    Raises
    ------
    RunError
        As :func:`find_ground`, and where features cannot be measured.
    """
    wire = objects_of(job.graph, chosen)
    model = job.graph.of_role(chosen, PartRole.MODEL)
    assert model is not None
    file = model.held(TrainingAnnotations).files
    taught = trained and any(file.rows.values())
    measured = measured or trained
    job = replace(job, graph=looking(job.graph, chosen, measured=measured, trained=taught))
    outcomes = job.run()
    bugs = [outcome.bug for outcome in outcomes if outcome.bug]
    if bugs:
        raise RuntimeError("\n\n".join(bugs))
    problems = problems_of([o for o in outcomes if o.step.part.role is not PartRole.MODEL])
    if problems:
        raise RunError(*problems)
    labels = dict(_labels(job, wire, outcomes))
    mine = (o for o in outcomes if o.step.node == chosen)
    known = {o.step.image or "": told for o in mine if (told := o.told(MatchSummary))}
    said = tuple(dict.fromkeys(told.doubt for told in known.values() if told.doubt))
    return AnnotatedObjects(job, chosen, file, labels, *_find_matches(file, known), said), outcomes


def _is(step: Step, wire: Wire) -> bool:
    return (step.node, step.part.name) == (wire.node, wire.part)


def _labels(
    job: Job, wire: Wire, outcomes: tuple[ran.StepOutcome, ...]
) -> Iterator[tuple[Place, LabelImage]]:
    """Yield the label image of every image and frame."""
    for outcome in outcomes:
        if _is(outcome.step, wire) and outcome.known is not None:
            step = outcome.step
            yield (step.image or "", step.t), loaded(job, step, outcome.known)


def loaded(job: Job, step: Step, known: KnownArtifact) -> LabelImage:
    """Return the label image that a step made or refers to."""
    labels: LabelImage
    if step.part.source is None:
        labels = job.store.load(known.artifact, step.part.header)
    else:
        index = known.artifact.subtrees[INDEX]
        labels = step.part.source.open(step.t, lambda: job.store.load_record(index))
    return labels


def _find_matches(
    file: AnnotationFile, known: Mapping[str, MatchSummary]
) -> tuple[dict[str, Matches], dict[str, tuple[Reattachment, ...]], tuple[str, ...]]:
    """Return matches and outcomes by image with present line numbers, and the causes."""
    matches, outcomes = {}, {}
    causes: dict[str, None] = {}
    for image, each in known.items():
        matches[image], outcomes[image] = each.restored(file.rows.get(image, ()))
        causes[each.because] = None
    return matches, outcomes, tuple(cause for cause in causes if cause)


def whole(store: Any, work: Callable[[], T]) -> T:
    """Do `work`; where it meets damaged content, drop that and do it again."""
    for _ in range(TRIES):
        try:
            return work()
        except Damaged as damage:
            store.forget(damage.digest)
    return work()
