"""Details of one object: its features and where they stand, what is predicted and annotated."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from objclass.annotations.match import in_image
from objclass.data.objects import NOT_SELECTED, UNCLASSIFIED
from objclass.errors import InputError, Problem
from objclass.session.answers import FeatureStanding, ObjectDetails, ObjectRef
from objclass.session.frames import SessionFrame
from objclass.session.ground import SessionGround
from objclass.session.lesson import Lesson
from objclass.session.predictions import SessionPredictions
from objclass.session.standing import AnnotationStanding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = Mapping[str, Mapping[str, NDArray[np.float64]]]


def describe(
    ground: SessionGround,
    frame: SessionFrame,
    ref: ObjectRef,
    standing: AnnotationStanding,
    predictions: SessionPredictions | None,
    lesson: Lesson | None,
) -> ObjectDetails:
    """Return all that is known of an object.

    Parameters
    ----------
    ground, frame, ref
        The workflow, its frame and the object.
    standing, predictions
        What people and the model say.
    lesson
        What was learned from: the distribution of each class; None where there is nothing yet.

    Raises
    ------
    InputError
        Where there is no such object.
    """
    row = frame.index.row_of(ref.object)
    if row < 0:
        raise InputError(Problem(f"image '{ref.image}' has no object {ref.object}"))
    index, said = frame.index, standing.of(frame.place, ref.object)
    low, high = _voxel(index.start[row]), _voxel(index.stop[row])
    used = set(lesson.parameters["use"] if lesson else ground.columns)
    features = tuple(_features(ground, frame, row, examples_of(lesson), used))
    probabilities, predicted, uncertainty = _predicted(frame, row, predictions)
    return ObjectDetails(
        ref, in_image(index.inside[row], frame.labels.header.grid), (low, high),
        int(index.size[row]), index.stamp[row].decode(), bool(index.touches_border[row]),
        features, probabilities, predicted, uncertainty,
        said.class_ if said else "", said.line if said else None,
        frame.selected is None or bool(frame.selected[row]),
    )  # fmt: skip


def _voxel(position: NDArray[np.int32]) -> tuple[int, int, int]:
    """Return ``(z, y, x)``; z is 0 in a plain 2D image."""
    z, y, x = [0] * (3 - len(position)) + [int(v) for v in position]
    return z, y, x


def examples_of(lesson: Lesson | None) -> Values:
    """Return column to class to the values of its annotated objects."""
    if lesson is None:
        return {}
    rows, classes = lesson.rows.examples, lesson.parameters["classes"]
    return {
        name: {
            class_: np.sort(values[~np.isnan(values)])
            for k, class_ in enumerate(classes)
            if len(values := rows.X[rows.y == k, column])
        }
        for column, name in enumerate(rows.columns)
    }


def _features(
    ground: SessionGround, frame: SessionFrame, row: int, examples: Values, used: Collection[str]
) -> Iterator[FeatureStanding]:
    at, names = np.array([row]), [column.name for column in ground.table.columns]
    measured = frame.measured.rows(names, at)
    learned = frame.learned(used, at)
    for column in ground.table.columns:
        value = float(measured[column.name][0])
        seen = float(learned[column.name][0]) if column.name in used else value
        among = examples.get(column.name, {})
        shares = {
            class_: float(np.searchsorted(values, seen) / len(values))
            for class_, values in among.items()
            if len(values) and not np.isnan(seen)
        }
        yield FeatureStanding(
            column.name, column.unit, column.definition, value, shares, column.name in used
        )


def _predicted(
    frame: SessionFrame, row: int, predictions: SessionPredictions | None
) -> tuple[dict[str, float], str, float | None]:
    """Return class to probability, the class, and the uncertainty."""
    if predictions is None:
        return {}, "", None
    found, classes = predictions.of(frame, np.array([row])), predictions.model.classes
    code = int(found.code[row])
    if code == NOT_SELECTED:
        return {}, "", None
    name = classes[code - 1] if 0 < code <= len(classes) else UNCLASSIFIED
    shares = dict(zip(classes, found.probability[row].tolist(), strict=True))
    return shares, name, float(found.uncertainty[row])
