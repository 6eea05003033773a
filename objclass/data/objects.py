"""Tables of objects: columns with a meaning, one row an object, sorted by id."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Final, Literal

from objclass.data.dataclass import dataclass
from objclass.data.definition import Definition
from objclass.data.lengths import is_length
from objclass.data.model import SelectedClasses
from objclass.data.wire import Wire

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Group = Literal["location", "shape", "intensity"]


@dataclass(frozen=True)
class Column:
    """One column of a feature table.

    Parameters
    ----------
    name
        ``[region_]family_feature[_k][-channel]``; lives for ever in people's files.
    family
        The feature family that measures it.
    feature
        ``family_feature`` without component and channel: what a selection names.
    group
        location, shape or intensity.
    unit
        Such as ``voxel``, ``um``, ``um^2``; empty for a plain number.
    definition
        One sentence.
    source
        Paper, standard or "objclass".
    channel
        Name of the channel it was measured in, or None.
    portable
        True where law B holds: the same bytes on every x86-64 machine.
    axis_vector
        True for components of direction vectors, whose sign is a convention.
    image_wide
        True where the value depends on the whole image, not on the object alone.
    histogram
        True for the count of one bin of a histogram: many columns that say little each.
    """

    name: str
    family: str
    feature: str
    group: Group
    unit: str
    definition: str
    source: str = "objclass"
    channel: str | None = None
    portable: bool = True
    axis_vector: bool = False
    image_wide: bool = False
    histogram: bool = False


_RANGED: Final = re.compile(r"(?<!own_range_)texture_|_histogram_")


def needed_field(column: str, unit: str) -> Literal["pixel_size", "value_range"] | None:
    """Return the field of an input without which a column may not be there.

    Parameters
    ----------
    column
        Name of a column that is missing.
    unit
        Its unit where it is there.
    """
    if _RANGED.search(column):
        return "value_range"
    return "pixel_size" if is_length(unit.partition("^")[0]) else None


@dataclass(frozen=True)
class TableHeader:
    """What is known of a feature table before anything is measured.

    Parameters
    ----------
    columns
        Every column in order.
    objects
        Wire to the label image the rows are objects of.
    parts
        Column name to the wire of the part that measures it.
    definitions
        Part to what its columns stand for.
    """

    columns: tuple[Column, ...]
    objects: Wire
    parts: Mapping[str, Wire]
    definitions: Mapping[str, Definition] = field(default_factory=dict)


@dataclass(frozen=True)
class ObjectTable:
    """Columns of one frame: ``ids`` uint64 (n,) ascending and arrays (n,) by column name."""

    ids: NDArray[np.uint64]
    columns: Mapping[str, NDArray[np.generic]]


UNCLASSIFIED = "unclassified"
"""What an object below ``min_probability`` is called."""
NOT_SELECTED = 0
"""Code of an object that the classifier is not for."""


def code_names(classes: Sequence[str]) -> tuple[str, ...]:
    """Return what the codes 1…K + 1 are called: the classes, and what is below the least
    probability, under a name that no class has.
    """
    name = UNCLASSIFIED
    while name in classes:
        name = f"{name}_below_min_probability"
    return (*classes, name)


def called(codes: NDArray[np.integer], classes: Sequence[str]) -> list[str]:
    """Return what objects with these codes are called; nothing where they are not selected."""
    names = ("", *code_names(classes))
    return [names[code] for code in codes]


@dataclass(frozen=True)
class PredictionHeader:
    """What is known of predictions: the classes and which objects they are of.

    Objects of the `uncounted` classes are left out of counts. Only the `selected` objects have
    a class; None where all have.
    """

    classes: tuple[str, ...]
    colors: tuple[str, ...]
    objects: Wire
    features: TableHeader
    model: Wire
    min_probability: float = 0.0
    uncounted: tuple[str, ...] = ()
    selected: SelectedClasses | None = None


@dataclass(frozen=True)
class Prediction:
    """Class, probabilities and uncertainty of the objects of one frame.

    Parameters
    ----------
    ids
        uint64 (n,), ascending.
    code
        uint8 (n,): 1…K is the class, K + 1 is "unclassified", 0 an object that is not selected.
    probability
        float64 (n, K), rows sum to one; NaN where an object is not selected.
    uncertainty
        float64 (n,), 1 − (p1 − p2) of the two largest probabilities; NaN where an object is not
        selected.
    """

    ids: NDArray[np.uint64]
    code: NDArray[np.uint8]
    probability: NDArray[np.float64]
    uncertainty: NDArray[np.float64]


@dataclass(frozen=True)
class FilesHeader:
    """What is known of an export: the kind of file and where it will lie."""

    what: str
    path: str
