"""What a session stands on: a checked workflow, the classifier that is taught, its images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from objclass.curation.annotated_objects import AnnotatedObjects, Place, prepare_ground
from objclass.curation.label_image_reader import learned_table, objects_of
from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.model import ModelHeader, SelectedClasses
from objclass.data.objects import TableHeader
from objclass.data.wire import Wire
from objclass.engine.graph import Graph
from objclass.engine.kind import Learning
from objclass.engine.look import ImageKey
from objclass.engine.node import Part
from objclass.engine.role import PartRole
from objclass.errors import InputError, Problem
from objclass.io.tables import TEXT_SUFFIXES
from objclass.nodes.annotated import AnnotationFile, ImageAnnotations, TrainingAnnotations
from objclass.run import Job, Request


@dataclass(frozen=True)
class SessionGround:
    """A checked workflow and the classifier that a session teaches; nothing is computed yet.

    Parameters
    ----------
    job
        The workflow.
    classifier
        Name of the node.
    """

    job: Job
    classifier: str

    @cached_property
    def objects(self) -> Wire:
        """The wire to the label image that is annotated."""
        return objects_of(self.job.graph, self.classifier)

    @cached_property
    def table(self) -> TableHeader:
        """The table that the classifier learns from."""
        return learned_table(self.job.graph, self.classifier)[0]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that it uses."""
        return learned_table(self.job.graph, self.classifier)[1]

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """Label image and features: what a frame is made of."""
        parts = (self.table.parts[column.name] for column in self.table.columns)
        return (self.objects, *dict.fromkeys(parts))

    @cached_property
    def scale_wire(self) -> Wire | None:
        """The wire to where the group of an image lies, where features are z-scores of one."""
        part = self.job.graph.of_role(self.classifier, PartRole.SCALE)
        return None if part is None else Wire(self.classifier, part.name)

    @property
    def learning(self) -> Learning:
        """What the classifier learns from, as the workflow says it."""
        found = self.job.graph.nodes[self.classifier].learns
        assert found is not None
        return found

    @cached_property
    def model(self) -> Part:
        """The part that learns."""
        part = self.job.graph.of_role(self.classifier, PartRole.MODEL)
        assert part is not None, "the session looked for a classifier that learns"
        return part

    @property
    def selected(self) -> SelectedClasses | None:
        """Whom the classifier is for; None for all objects."""
        header = self.model.header
        assert isinstance(header, ModelHeader)
        return header.selected

    @property
    def training(self) -> TrainingAnnotations:
        """The annotation files as they were when the workflow was checked."""
        return self.model.held(TrainingAnnotations)

    @property
    def annotations(self) -> Path:
        """Where the annotations lie."""
        return self.job.folder / self.training.files.name

    @cached_property
    def min_probability(self) -> float:
        """Below which the workflow leaves a class open."""
        nodes = self.job.graph.nodes.values()
        asked = (node.predicts for node in nodes if node.predicts is not None)
        mine = (each for each in asked if each.classifier.node == self.classifier)
        return next((each.min_probability for each in mine), 0.0)

    @cached_property
    def keys(self) -> Mapping[str, ImageKey]:
        """Image to what it is made of."""
        return {image.name: image for image in self.job.graph.images}

    @property
    def images(self) -> tuple[str, ...]:
        """The names of all images, in order."""
        return tuple(self.keys)

    @cached_property
    def name_columns(self) -> tuple[str, ...]:
        """The names that images have, such as plate and well."""
        return tuple(dict.fromkeys(name for key in self.keys.values() for name in key.names))

    def part(self, wire: Wire, image: str) -> Part:
        """Return the part that makes what a wire carries."""
        name = wire.part or self.job.graph.nodes[wire.node].main or ""
        return self.job.graph.part(wire.node, name, image)

    def labels(self, image: str) -> LabelHeader:
        """Return what is known of the label images of an image."""
        header = self.part(self.objects, image).header
        assert isinstance(header, LabelHeader)
        return header

    def grid(self, image: str) -> Grid:
        """Return the grid of the objects of an image."""
        return self.labels(image).grid

    def frames(self, image: str) -> tuple[int | None, ...]:
        """Return the frames of an image after cropping; ``(None,)`` without time."""
        return self.part(self.objects, image).times

    def time(self, place: Place) -> int | None:
        """Return the time point of a frame in the uncropped image."""
        image, frame = place
        return None if frame is None else frame + self.grid(image).first_frame

    def check_image(self, image: str) -> None:
        """Raise InputError for an image that does not exist."""
        if image not in self.keys:
            raise InputError(Problem(f"there is no image '{image}'"))

    def place(self, image: str, t: int | None) -> Place:
        """Return image and frame of a time point in the uncropped image.

        Raises
        ------
        InputError
            For an image or time point that does not exist.
        """
        self.check_image(image)
        frame = None if t is None else t - self.grid(image).first_frame
        frames = self.frames(image)
        if frame not in frames:
            known = [self.time((image, each)) for each in frames]
            expected = f"{known[0]} to {known[-1]}" if known != [None] else "none: it has no time"
            raise InputError(Problem(f"image '{image}' has no time point {t}", expected=expected))
        return image, frame

    def raw_header(self, image: str) -> ImageHeader | None:
        """Return the header of the image that objects are measured on; None where there is none."""
        measuring = self.job.graph.nodes[self.table_node].measures
        wire = measuring.image if measuring else None
        header = self.part(wire, image).header if wire is not None else None
        return header if isinstance(header, ImageHeader) else None

    @property
    def table_node(self) -> str:
        """The node that measures."""
        return self.learning.features.node

    def annotated(self, image: str) -> ImageAnnotations:
        """Return what rows of an image are matched with."""
        part = self.job.graph.of_role(self.classifier, PartRole.MATCHES, image)
        assert part is not None
        return part.held(ImageAnnotations)

    def is_learned_from(self, image: str) -> bool:
        """False for an image that is held out."""
        part = self.job.graph.of_role(self.classifier, PartRole.EXAMPLES, image)
        return part is not None and bool(part.reads)

    @cached_property
    def found(self) -> AnnotatedObjects:
        """The workflow as the commands around annotation files see it, without label images."""
        return AnnotatedObjects(self.job, self.classifier, self.training.files, {})

    def alone(self, image: str) -> Graph:
        """Return the graph of one image, so that its frames cost the same among thousands."""
        graph = self.job.graph
        parts = {node: {image: by_image[image]} for node, by_image in graph.parts.items()}
        return replace(graph, images=(self.keys[image],), parts=parts)

    def on_images(self, images: Sequence[str]) -> Job:
        """Return the workflow on some of its images."""
        chosen = tuple(key for key in self.job.graph.images if key.name in set(images))
        return replace(self.job, graph=replace(self.job.graph, images=chosen))


def ground_of(path: Path, request: Request, node: str | None = None) -> SessionGround:
    """Load and check a workflow; nothing is computed.

    Raises
    ------
    InputError
        For what is wrong with the workflow, its files or annotations, and where the
        annotations are no one text table.
    """
    job, classifier = prepare_ground(path, request, node)
    ground = SessionGround(job, classifier)
    _check_file(ground.training.files, job, classifier)
    return ground


def _check_file(file: AnnotationFile, job: Job, classifier: str) -> None:
    """Refuse annotations that cannot be edited as one text."""
    place = job.workflow.place(classifier, "annotations")
    if "{" in file.name:
        what = f"annotations: {file.name}: one file per image cannot be edited in one session"
        fix = "name one file; its column image tells images apart"
        raise InputError(Problem(what, fix=fix, place=place))
    if Path(file.name).suffix.lower() not in TEXT_SUFFIXES:
        what = f"annotations: {file.name} is no text table, so that nothing can be added to it"
        raise InputError(Problem(what, fix="save it as .csv and name that", place=place))
