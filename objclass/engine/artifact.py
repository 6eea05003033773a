"""What flows over wires: a digest, the digests of its parts, and how contents are packed.

Contents of every kind are packed as named arrays plus small JSON facts, so that the store
needs to know arrays and facts only. A consumer's recipe holds just the subtrees it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from objclass.data import digest
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import Index, LabelHeader, LabelImage
from objclass.data.model import Model, ModelHeader
from objclass.data.objects import (
    FilesHeader,
    ObjectTable,
    Prediction,
    PredictionHeader,
    TableHeader,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMPTY = "empty"
"""Digest of a record that holds nothing and is left out of joins."""

INDEX = "index"
"""Subtree of a label image that lists its objects; of a file, the one content that is kept."""


UNSEEN = "unseen"
"""Array of a model that is no part of its estimator: what it says of its own examples."""


@dataclass(frozen=True)
class FactsHeader:
    """Header of a record that only the nodes of one kind read."""

    about: str


Header = (
    ImageHeader
    | LabelHeader
    | TableHeader
    | ModelHeader
    | PredictionHeader
    | FilesHeader
    | FactsHeader
)


@dataclass(frozen=True)
class Artifact:
    """An immutable result: its digest and the digests of the subtrees consumers may name."""

    digest: str
    subtrees: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, subtrees: Mapping[str, str]) -> Artifact:
        """Make an artifact from its subtrees."""
        return cls(digest.of_tree(subtrees), dict(subtrees))


class Voxels(Protocol):
    """Voxels of one frame that can be written once and read by region."""

    shape: tuple[int, ...]

    def write(self, region: Region, array: NDArray[np.generic]) -> None:
        """Write a region on chunk borders; every voxel is written exactly once."""

    def read(self, region: Region) -> NDArray[np.generic]:
        """Return a region."""

    def digest(self) -> str:
        """Return the digest of all voxels."""


@dataclass(frozen=True)
class Record:
    """Named arrays and JSON facts: how tables, models and the like are kept."""

    arrays: Mapping[str, NDArray[np.generic]]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def artifact(self) -> Artifact:
        """Return the digests of every array and of the facts."""
        subtrees = {name: digest.of_array(array) for name, array in self.arrays.items()}
        return Artifact.of({**subtrees, "facts": digest.of_value(self.facts)})


@dataclass(frozen=True)
class Content:
    """What a step made: voxels by name (channels, ids) and a record."""

    voxels: Mapping[str, Voxels] = field(default_factory=dict)
    record: Record | None = None
    empty: bool = False

    def artifact(self) -> Artifact:
        """Return the digests; the record counts as one subtree beside voxels."""
        if self.empty:
            return Artifact(EMPTY)
        if not self.voxels:
            return self.record.artifact() if self.record else Artifact.of({})
        subtrees = {name: array.digest() for name, array in self.voxels.items()}
        if self.record:
            subtrees[INDEX] = self.record.artifact().digest
        return Artifact.of(subtrees)


INDEX_ARRAYS = ("ids", "start", "stop", "size", "inside", "touches_border", "stamp")


def pack_index(index: Index) -> Record:
    """Return an index as a record."""
    arrays = {name: getattr(index, name) for name in INDEX_ARRAYS}
    more = {"channel": index.channel, "original": index.original}
    return Record(arrays | {name: array for name, array in more.items() if array is not None})


def pack_table(table: ObjectTable) -> Record:
    """Return a feature table as a record; column names are array names."""
    return Record({"ids": table.ids, **table.columns})


def pack_prediction(prediction: Prediction) -> Record:
    """Return predictions as a record."""
    names = ("ids", "code", "probability", "uncertainty")
    return Record({name: getattr(prediction, name) for name in names})


def pack_model(model: Model) -> Record:
    """Return a model as a record."""
    names = ("estimator", "classes", "columns", "units", "facts")
    facts = {name: getattr(model, name) for name in names}
    unseen = {} if model.unseen is None else {UNSEEN: model.unseen}
    return Record(
        {**model.arrays, **unseen},
        {k: list(v) if isinstance(v, tuple) else v for k, v in facts.items()},
    )


def unpack_index(record: Record) -> Index:
    """Return a record as the index it was packed from."""
    return Index(**record.arrays)  # type: ignore[arg-type]


def _table(record: Record) -> ObjectTable:
    columns = {name: array for name, array in record.arrays.items() if name != "ids"}
    return ObjectTable(record.arrays["ids"], columns)  # type: ignore[arg-type]


def _prediction(record: Record) -> Prediction:
    return Prediction(**record.arrays)  # type: ignore[arg-type]


def _model(record: Record) -> Model:
    facts = record.facts
    return Model(
        estimator=facts["estimator"],
        arrays={name: array for name, array in record.arrays.items() if name != UNSEEN},
        classes=tuple(facts["classes"]),
        columns=tuple(facts["columns"]),
        units=tuple(facts["units"]),
        facts=facts["facts"],
        unseen=record.arrays.get(UNSEEN),  # type: ignore[arg-type]
    )


Reader = Callable[[str, Region], "NDArray[np.generic]"]
"""``read(name, region)`` of stored voxels."""


def unpack(header: Header, record: Callable[[], Record], read: Reader) -> Any:
    """Return stored content as the data type its header speaks of.

    Parameters
    ----------
    header
        What the step said it would make.
    record
        Loads the arrays and facts; called when they are needed.
    read
        Reads stored voxels by name and region.
    """
    if isinstance(header, ImageHeader):
        return Image(header, lambda channel, region: read(str(channel), region))
    if isinstance(header, LabelHeader):
        return LabelImage(
            header, lambda region: read("voxels", region), lambda: unpack_index(record())
        )
    makers: dict[type[Any], Callable[[Record], Any]] = {
        TableHeader: _table,
        PredictionHeader: _prediction,
        ModelHeader: _model,
    }
    maker = makers.get(type(header))
    return maker(record()) if maker else record()
