"""A lesson: the annotated objects of all images as examples, and the model that they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.engine.artifact import Content, FactsHeader, Record
from objclass.engine.node import JoinedInput
from objclass.nodes.classifier.learning import (
    LearnedRows,
    example_record,
    find_stamps,
    joined_rows,
    train,
)
from objclass.nodes.classifier.summary import ExampleSummary
from objclass.nodes.meaning import DEFINITIONS, plain_definitions
from objclass.session.frames import SessionFrames
from objclass.session.standing import AnnotationStanding

if TYPE_CHECKING:
    from objclass.annotations.matches import Matches
    from objclass.data.labels import LabelImage
    from objclass.data.model import Model
    from objclass.data.objects import ObjectTable


@dataclass(frozen=True)
class Lesson:
    """What is learned from: that which the part ``model`` of a run reads.

    Parameters
    ----------
    parameters
        Of that part, with the classes of now and the columns that are used.
    images
        The examples of every image that has some.
    held_out
        Those of images that are scored only.
    """

    parameters: Mapping[str, Any]
    images: tuple[JoinedInput, ...]
    held_out: tuple[JoinedInput, ...] = ()

    @property
    def rows(self) -> LearnedRows:
        """The examples in the order in which they are learned from."""
        return self._joined(self.images)

    @property
    def held_out_rows(self) -> LearnedRows:
        """Those that are scored only."""
        return self._joined(self.held_out)

    def model(self) -> Model:
        """Return what is learned.

        Raises
        ------
        RunError
            Where nothing can be.
        """
        return train(self.rows.examples, self.parameters)

    def _joined(self, images: Sequence[JoinedInput]) -> LearnedRows:
        asked = self.parameters
        rows = asked["use"], asked["units"], asked["missing"]
        return joined_rows(images, *rows, choose=asked.get("choose", False))


class Lessons:
    """Prepares lessons; the examples of an image whose rows did not change are kept."""

    def __init__(self, frames: SessionFrames) -> None:
        self.frames = frames
        self._kept: dict[str, tuple[Any, Record]] = {}

    def lesson(self, standing: AnnotationStanding, use: Sequence[str] | None = None) -> Lesson:
        """Return the lesson of annotations as they stand.

        Parameters
        ----------
        standing
            The annotations.
        use
            Columns to learn from; None for those of the workflow.
        """
        ground = self.frames.ground
        parameters = self._parameters(standing, use)
        images: list[JoinedInput] = []
        held_out: list[JoinedInput] = []
        for image, matches in standing.matches.items():
            follow = ground.learning.follows
            used = standing.used(image, follow=follow)
            record = self._record(image, used, parameters) if used.used else None
            if record is not None:
                kept = images if ground.is_learned_from(image) else held_out
                kept.append(_joined_input(image, record, len(matches.used)))
        return Lesson(parameters, tuple(images), tuple(held_out))

    def _parameters(
        self, standing: AnnotationStanding, use: Sequence[str] | None
    ) -> Mapping[str, Any]:
        ground = self.frames.ground
        said = ground.learning.classes
        classes = standing.class_names if said is None else tuple(each.name for each in said)
        found = {**ground.model.parameters, "classes": list(classes)}
        if use is None:
            return found
        columns = [column for column in ground.table.columns if column.name in set(use)]
        names, units = [c.name for c in columns], [c.unit for c in columns]
        found.pop("choose", None)  # as in a workflow that names them
        found[DEFINITIONS] = plain_definitions(ground.table, columns)
        return {**found, "use": names, "units": units}

    def _record(self, image: str, used: Matches, parameters: Mapping[str, Any]) -> Record:
        wanted = tuple(parameters["use"]), tuple(parameters["classes"])
        key = tuple((m.frame, m.object, m.voxel, m.row.t, m.row.class_) for m in used.used), wanted
        if self._kept.get(image, (None, None))[0] != key:
            self._kept[image] = key, self._gathered(image, used, *wanted)
        return self._kept[image][1]

    def _gathered(
        self, image: str, used: Matches, columns: Sequence[str], classes: Sequence[str]
    ) -> Record:
        def labels(frame: int | None) -> LabelImage:
            return self.frames.frame((image, frame)).labels

        def table(frame: int) -> ObjectTable:
            first = self.frames.ground.frames(image)[0]
            here = self.frames.frame((image, None if first is None else frame))
            return here.table(examples.ids[examples.frames == frame])

        examples, stamps = used.examples(), find_stamps(used, labels)
        return example_record(examples, stamps, [table], columns, classes)


def _joined_input(image: str, record: Record, count: int) -> JoinedInput:
    """Return the examples of an image as a step sees them."""
    artifact = Content(record=record).artifact()
    header, summary = FactsHeader("examples"), ExampleSummary(count)
    return replace(JoinedInput(image, None, artifact, header, summary), load=lambda: record)
