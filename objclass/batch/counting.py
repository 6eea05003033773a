"""How many objects a result has, per frame and class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelHeader, LabelImage
from objclass.engine.outcome import StepOutcome
from objclass.nodes.counted import ObjectSummary
from objclass.results import Result
from objclass.run import Job


@dataclass(frozen=True)
class FrameCounts:
    """The objects of one frame.

    Parameters
    ----------
    t
        Frame of the uncropped image, None without time.
    objects
        How many are counted.
    classes
        How many of each class; empty where nothing is predicted.
    not_counted
        How many are of classes that are left out; None where there are no such classes.
    not_selected
        How many more there are that the classifier is not for; None where it is for all.
    """

    t: int | None
    objects: int
    classes: Mapping[str, int]
    not_counted: int | None = None
    not_selected: int | None = None


@dataclass(frozen=True)
class ImageCounts:
    """The objects of one result in one image, frame by frame."""

    frames: tuple[FrameCounts, ...] = ()

    @property
    def objects(self) -> int:
        """How many in all frames."""
        return sum(frame.objects for frame in self.frames)

    @property
    def not_counted(self) -> int | None:
        """How many in all frames are of classes that are left out; None without such classes."""
        found = [each.not_counted for each in self.frames if each.not_counted is not None]
        return sum(found) if found else None

    @property
    def not_selected(self) -> int | None:
        """How many in all frames the classifier is not for; None where it is for all."""
        found = [each.not_selected for each in self.frames if each.not_selected is not None]
        return sum(found) if found else None

    @property
    def classes(self) -> Mapping[str, int]:
        """How many of each class in all frames; classes without objects are 0."""
        names = dict.fromkeys(name for frame in self.frames for name in frame.classes)
        return {name: sum(f.classes.get(name, 0) for f in self.frames) for name in names}


def count(result: Result, job: Job, outcomes: Sequence[StepOutcome]) -> ImageCounts:
    """Return the objects of one result, from what the steps of a finished run told."""
    first = next(_first_frames(job), 0)
    by_time = dict(_from_file(result, job)) or _summaries(result, outcomes)
    return ImageCounts(
        tuple(_counted(None if t is None else t + first, told) for t, told in by_time.items())
    )


def _counted(t: int | None, told: ObjectSummary) -> FrameCounts:
    left_out = told.not_counted
    return FrameCounts(t, told.objects - (left_out or 0), told.counts, left_out, told.others)


def _summaries(result: Result, outcomes: Sequence[StepOutcome]) -> dict[int | None, ObjectSummary]:
    """Return what was told of every frame; the families of a feature table tell the same."""
    wire = result.wire
    return {
        o.step.t: told
        for o in outcomes
        if o.step.node == wire.node
        and wire.part in (None, o.step.part.name)
        and (told := o.told(ObjectSummary)) is not None
    }


def _first_frames(job: Job) -> Iterator[int]:
    """Yield the frame that the images begin with."""
    for by_image in job.graph.parts.values():
        for parts in by_image.values():
            headers = (part.header for part in parts)
            yield from (h.grid.first_frame for h in headers if isinstance(h, LabelHeader))


def _from_file(result: Result, job: Job) -> Iterator[tuple[int | None, ObjectSummary]]:
    """Yield the objects of every frame of a label image that is a file."""
    import numpy as np

    name = job.graph.images[0].name
    parts = job.graph.parts[result.wire.node][name]
    (part, *_) = [p for p in parts if result.wire.part in (None, p.name)]
    if part.source is None:
        return
    for t in part.times:
        labels: LabelImage = part.source.open(t, lambda: None)
        yield t, ObjectSummary(len(np.setdiff1d(np.unique(labels.read()), [0])))
