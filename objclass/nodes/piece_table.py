"""The table of the pieces that ilastik's blocks see: its columns, and who measures them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Final, Self

from objclass.data.dataclass import dataclass
from objclass.data.objects import Column, TableHeader
from objclass.data.wire import Wire
from objclass.engine.look import Look
from objclass.engine.node import Part, Read
from objclass.engine.summary import Summary
from objclass.nodes.families import FamilyPart
from objclass.nodes.predict import PredictionSummary

PIECES, FEATURES = "pieces", "features"
"""Parts of a node that sees blocks with a halo."""
BLOCK: Final = "blockwise_block"
OBJECT: Final = "blockwise_object"
SIZE: Final = "blockwise_size"
SEEN: Final = "blockwise_seen"
COLUMNS: Final = (
    Column(
        BLOCK, "blockwise", BLOCK, "location", "",
        "number of the block that judged the piece, from 1, x fastest",
    ),
    Column(
        OBJECT, "blockwise", OBJECT, "location", "",
        "id of the object in the whole image that it is a piece of",
    ),
    Column(
        SIZE, "blockwise", SIZE, "shape", "voxel",
        "voxels inside the block, which get the piece's class",
    ),
    Column(
        SEEN, "blockwise", SEEN, "shape", "voxel",
        "voxels inside the block and its halo, which it was judged by",
    ),
)  # fmt: skip
"""What a table says of a piece beside its features."""


@dataclass(frozen=True)
class MeasuredFamilies:
    """The families that measure pieces: one part of a features node for each."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class PieceSummary(Summary):
    """How many pieces there are, and of how many objects."""

    kind: ClassVar[str] = "pieces"

    pieces: int
    whole: int

    @classmethod
    def merged(cls, told: Sequence[Self]) -> Self:
        """Return the sums."""
        return cls(sum(each.pieces for each in told), sum(each.whole for each in told))

    @property
    def facts(self) -> dict[str, int]:
        """``pieces`` and ``objects_in_pieces``."""
        return {"pieces": self.pieces, "objects_in_pieces": self.whole}

    def sentences(self, before: Self | None = None) -> Iterator[str]:
        """Yield both numbers."""
        yield f"{self.pieces} pieces of {self.whole} objects"


class PiecePredictionSummary(PredictionSummary):
    """What is told of the predictions of pieces, which were counted before."""

    def sentences(self, before: PredictionSummary | None = None) -> Iterator[str]:
        """Yield how many there are of each class."""
        yield from list(super().sentences(None))[1:]


def measured_part(look: Look, table: TableHeader, columns: Sequence[Column]) -> Part:
    """Return the part that measures pieces: the families that make these columns, once a block."""
    by_wire: dict[Wire, list[str]] = {}
    for column in columns:
        by_wire.setdefault(table.parts[column.name], []).append(column.name)
    families = [_family(look.part(wire), names) for wire, names in by_wire.items()]
    told = (*COLUMNS, *columns)
    here = {column.name: Wire(look.name, FEATURES) for column in told}
    channels = sorted({c for each in families for c in each.parameters.get("channels", ())})
    facts = {part.name: {"version": part.version, **part.parameters} for part in families}
    return Part(
        FEATURES,
        TableHeader(told, Wire(look.name, PIECES), here),
        {"families": facts, "channels": channels},
        tuple(_reads(families)),
        payload=MeasuredFamilies(tuple(families)),
    )


def is_measured(part: Part) -> bool:
    """Return True for a part that a family measures, which can be measured on pieces too."""
    return part.held_if(FamilyPart) is not None


def _family(part: Part, names: Sequence[str]) -> Part:
    """Return a family's part that measures these columns only."""
    return replace(part, parameters={**part.parameters, "measure": list(names)})


def _reads(families: Sequence[Part]) -> Iterator[Read]:
    """Yield the channels and other label images that some family reads."""
    channels: dict[Wire, dict[str, None]] = {}
    for part in families:
        for read in part.reads:
            if read.name == "image":
                channels.setdefault(read.wire, {}).update(dict.fromkeys(read.subtrees or ()))
            elif read.name != "objects":
                kind, name = read.name.split(":", 1)
                yield replace(read, name=f"{kind}:{part.name}/{name}")
    yield from (Read("image", wire, tuple(sorted(names))) for wire, names in channels.items())


def table_of(part: Part) -> TableHeader:
    """Return the table that a part of a node makes."""
    assert isinstance(part.header, TableHeader)
    return part.header
