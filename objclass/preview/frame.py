"""One frame with all that is known of its objects: made, loaded, or said to be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from objclass.annotations.matches import Match
from objclass.curation.annotated_objects import loaded
from objclass.curation.label_image_reader import objects_of
from objclass.data.dataclass import dataclass
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import Index, LabelHeader, LabelImage
from objclass.data.model import ModelHeader
from objclass.data.objects import Prediction, PredictionHeader
from objclass.data.wire import Wire
from objclass.engine.graph import Address, Graph
from objclass.engine.node import Part
from objclass.engine.outcome import StepOutcome
from objclass.engine.role import PartRole
from objclass.errors import InputError, Problem, RunError, list_some, nearest
from objclass.nodes.annotated import ImageAnnotations
from objclass.nodes.classifier.summary import MatchSummary
from objclass.preview.target import PreviewTarget, stands_for
from objclass.run import Job, problems_of


@dataclass(frozen=True)
class PictureFrame:
    """All that one picture is made of.

    Parameters
    ----------
    labels
        The objects.
    raw
        The image under them; None where there is none.
    prediction
        Their classes, where they could be made.
    classes
        Class name to colour: those of the predictions, else of the classifiers of the objects.
    annotated
        One match for each annotated object.
    t
        Time point in the uncropped image, None without time.
    note
        Why there are no predictions though they were asked for.
    """

    labels: LabelImage
    raw: Image | None
    prediction: Prediction | None
    classes: Mapping[str, str]
    annotated: tuple[Match, ...]
    t: int | None = None
    note: str = ""

    @property
    def index(self) -> Index:
        """The objects of the frame."""
        return self.labels.index


def chosen_image(graph: Graph, name: str | None) -> str:
    """Return the image of this name; by default the first."""
    names = [image.name for image in graph.images]
    if name is None or name in names:
        return name or names[0]
    close = nearest(name, names)
    fix = f"did you mean {close}?" if close else None
    what = f"--image {name}: there is no such image"
    raise InputError(Problem(what, expected=list_some(names, 6), fix=fix))


def chosen_frame(
    graph: Graph, target: PreviewTarget, image: str, wanted: int | None, names: Sequence[str] = ()
) -> int | None:
    """Return a frame after cropping (None without time), by default the one in the middle.

    Parameters
    ----------
    graph, target, image
        What is shown.
    wanted
        The frame in the uncropped image.
    names
        Of the frames of the uncropped image, where each has a file of its own.

    Raises
    ------
    InputError
        For a frame that does not exist; it may be the number of a file.
    """
    part = graph.part(*_address(target.objects), image)
    assert isinstance(part.header, LabelHeader)
    first, times = part.header.grid.first_frame, part.times
    if wanted is None:
        return times[len(times) // 2]
    if times == (None,):
        what = f"--frame {wanted}: the image has no time axis"
        raise InputError(Problem(what, fix="leave --frame out"))
    if wanted - first in times:
        return wanted - first
    last = first + len(times) - 1
    here = {k: name for k, name in enumerate(names) if first <= k <= last}
    files = f" (files {here[first]} to {here[last]})" if here else ""
    meant = [k for k, name in here.items() if name.isdecimal() and int(name) == wanted]
    what = f"--frame {wanted}: there is no such frame"
    fix = f"--frame {meant[0]} shows file {here[meant[0]]}" if meant else None
    raise InputError(Problem(what, expected=f"{first} to {last}{files}", fix=fix))


def chosen_plane(
    labels: LabelImage, wanted: int | Literal["max"] | None, object_id: int | None = None
) -> int | Literal["max"] | None:
    """Return the plane to show, in the uncropped image; None in 2D.

    By default the first of those that most objects cross, or the one that the object is
    deepest in.

    Raises
    ------
    InputError
        For a plane that does not exist, or that the object does not reach.
    """
    grid = labels.header.grid
    if grid.dimensions == 2:
        if wanted is None or wanted == "max":
            return None
        what = f"--plane {wanted}: the image has no z axis"
        raise InputError(Problem(what, fix="leave --plane out"))
    low, depth = grid.origin[0], grid.shape[0]
    row = -1 if object_id is None else labels.index.row_of(object_id)
    if wanted is None:
        middle = int(labels.index.inside[row][0]) if row >= 0 else None
        return low + (_most_crossed(labels.index, depth) if middle is None else middle)
    if wanted == "max":
        return wanted
    if row >= 0:
        _check_reached(labels, row, wanted)
    if low <= wanted < low + depth:
        return wanted
    what = f"--plane {wanted}: there is no such plane"
    raise InputError(Problem(what, expected=f"{low} to {low + depth - 1}, or max"))


def _check_reached(labels: LabelImage, row: int, plane: int) -> None:
    """Refuse a plane that an object does not reach."""
    low, index = labels.header.grid.origin[0], labels.index
    first, last = low + int(index.start[row][0]), low + int(index.stop[row][0]) - 1
    if not first <= plane <= last:
        what = f"--plane {plane}: object {int(index.ids[row])} is not there"
        fix = f"--plane {low + int(index.inside[row][0])} shows its middle"
        raise InputError(Problem(what, expected=f"{first} to {last}", fix=fix))


def _most_crossed(index: Index, depth: int) -> int:
    import numpy as np

    steps = np.zeros(depth + 1, np.int64)
    np.add.at(steps, index.start[:, 0], 1)
    np.add.at(steps, index.stop[:, 0], -1)
    return int(np.cumsum(steps)[:depth].argmax())


def frame_of(
    job: Job, target: PreviewTarget, image: str, frame: int | None, outcomes: Sequence[StepOutcome]
) -> PictureFrame:
    """Return what a run made of one frame.

    Raises
    ------
    RunError
        Where its objects could not be made.
    """
    known = {o.step.address: o for o in outcomes if o.known is not None}
    objects = known.get(_at(target.objects, image, frame))
    if objects is None or objects.known is None:
        raise RunError(*problems_of(outcomes) or [Problem(f"{target.objects} cannot be made")])
    labels = loaded(job, objects.step, objects.known)
    made = known.get(_at(target.prediction, image, frame)) if target.prediction else None
    prediction = None
    if made is not None and made.known is not None:
        prediction = job.store.load(made.known.artifact, made.step.part.header)
    note = _hold_back(outcomes) if target.prediction and made is None else ""
    first = labels.header.grid.first_frame
    return PictureFrame(
        labels,
        _raw(job.graph, target, image, frame),
        prediction,
        _classes(job.graph, target),
        tuple(_find_annotated(job, target, image, frame, outcomes)),
        None if frame is None else frame + first,
        note,
    )


def _address(wire: Wire) -> tuple[str, str]:
    return wire.node, wire.part or ""


def _at(wire: Wire, image: str, frame: int | None) -> Address:
    return (*_address(wire), image, frame)


def _hold_back(outcomes: Sequence[StepOutcome]) -> str:
    """Say why there are no predictions: the first step that stopped or failed."""
    for outcome in outcomes:
        objects = outcome.step.part.role is PartRole.OBJECTS
        if outcome.status in ("stopped", "failed") and not objects:
            why = outcome.reason or "; ".join(str(problem) for problem in outcome.problems)
            return f"no predictions: {outcome.step.node} {outcome.status}: {why}"
    return "no predictions yet"


def _find_annotated(
    job: Job, target: PreviewTarget, image: str, frame: int | None, outcomes: Sequence[StepOutcome]
) -> Iterator[Match]:
    """Yield one match of every annotated object in this frame."""
    for outcome in outcomes:
        step = outcome.step
        told = outcome.told(MatchSummary) if step.image == image else None
        if told is not None and objects_of(job.graph, step.node) == target.objects:
            found = told.matched(step.part.held(ImageAnnotations).rows)
            yield from (match for match in found.used if match.frame == frame)


def _classes(graph: Graph, target: PreviewTarget) -> Mapping[str, str]:
    """Return class to colour: of the predictions, else of all classifiers of these objects."""
    if target.prediction:
        header = graph.part(*_address(target.prediction), graph.images[0].name).header
        assert isinstance(header, PredictionHeader)
        return dict(zip(header.classes, header.colors, strict=True))
    found: dict[str, str] = {}
    for name, node in graph.nodes.items():
        if node.learns and objects_of(graph, name) == target.objects:
            for part in next(iter(graph.parts[name].values()), ()):
                if isinstance(part.header, ModelHeader):
                    found |= dict(zip(part.header.classes, part.header.colors, strict=True))
    return found


def _raw(graph: Graph, target: PreviewTarget, image: str, frame: int | None) -> Image | None:
    """Return the image under the objects: what they are measured on, else a raw image."""
    objects = graph.part(*_address(target.objects), image).header
    assert isinstance(objects, LabelHeader)
    for part in _images(graph, target, image):
        header, source = part.header, part.source
        if isinstance(header, ImageHeader) and source and header.grid.shape == objects.grid.shape:
            t = frame if header.grid.frames is not None else None
            found: Image = source.open(t, _no_index)
            return found
    return None


def _images(graph: Graph, target: PreviewTarget, image: str) -> Iterator[Part]:
    """Yield the images that may be shown under the objects, the best first."""
    for name, node in graph.nodes.items():
        image_wire = node.measures.image if node.measures else None
        if image_wire is not None:
            measured = stands_for(graph, name)
            if measured is not None and measured.objects == target.objects:
                main = graph.nodes[image_wire.node].main
                yield graph.part(image_wire.node, image_wire.part or main or "", image)
    inputs = [part for by_image in graph.parts.values() for part in by_image.get(image, ())]
    images = [part for part in inputs if isinstance(part.header, ImageHeader)]
    yield from sorted(images, key=lambda part: getattr(part.header, "role", "") != "raw")


def _no_index() -> None:
    """An image has no index to load."""
