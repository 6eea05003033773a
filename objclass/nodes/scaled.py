"""Reading where the group of an image lies, and features as z-scores of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from objclass.classification.normalizing import GroupScale
from objclass.data.wire import Wire
from objclass.engine.artifact import Record
from objclass.engine.look import Look
from objclass.engine.node import Read, View
from objclass.engine.role import PartRole

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = "scale"
"""What a part reads of a classifier that normalises, and the array that it holds."""


def scale_reads(look: Look, classifier: str) -> tuple[Read, ...]:
    """Return the read of the scale of an image's group; none where nothing is normalised."""
    part = look.of_role(classifier, PartRole.SCALE)
    return () if part is None else (Read(SCALE, Wire(classifier, part.name)),)


def read_scale(view: View) -> GroupScale | None:
    """Return the scale that a step reads, None where it reads none."""
    return scale_in(view.one(SCALE)) if SCALE in view.given else None


def scale_in(record: Record) -> GroupScale:
    """Return the scale that a record holds."""
    center, spread = record.arrays[SCALE].astype("float64")
    return GroupScale(tuple(record.facts["columns"]), center, spread)


def normalized(view: View, values: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
    """Return columns as z-scores of the image's group, where a step reads a scale."""
    scale = read_scale(view)
    return values if scale is None else scale.normalize_columns(values)
