"""Makes and measures the pieces that ilastik's blocks see; see :mod:`objclass.nodes.halo`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from objclass.data.blocks import slabs
from objclass.data.labels import LabelImage
from objclass.data.objects import ObjectTable
from objclass.engine.artifact import Content, pack_table
from objclass.engine.node import Made, Part, View
from objclass.measure.family import Family
from objclass.measure.frame import Frame
from objclass.nodes.families import FamilyPart
from objclass.nodes.features.measuring import complaints, frame_seen, measure_family
from objclass.nodes.halo import (
    BlockPieces,
    HaloBlock,
    find_pieces,
    frame_in,
    halo_blocks,
    numbered,
    rows_of,
    shown_sizes,
)
from objclass.nodes.piece_table import BLOCK, OBJECT, SEEN, SIZE, MeasuredFamilies, PieceSummary
from objclass.nodes.segmenting import IndexedLabels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.generic]]


def label_pieces(view: View) -> Made:
    """Make the label image of the pieces of one frame."""
    import numpy as np

    labels: LabelImage = view.one("objects")
    shape = labels.header.grid.shape
    ids = view.scratch(shape, "uint32")  # the store takes whole chunks, which blocks are not
    owners, sizes, count = [], [], 0
    for block, pieces in _blocks(view, labels):
        ids[block.write.slices] = numbered(pieces, block, count + 1)
        owners.append(pieces.owner)
        sizes.append(shown_sizes(block, pieces))
        count += len(pieces.shown)
    made = IndexedLabels.of(view, np.arange(1, count + 1, dtype=np.uint64), np.concatenate(sizes))
    for slab in slabs(shape):
        made.write(slab, ids[slab.slices])
    whole = len(np.unique(np.concatenate(owners)))
    return replace(made.made({}), summary=PieceSummary(count, whole))


def measure_pieces(part: Part, view: View) -> Made:
    """Measure every piece of one frame in what its block sees."""
    import numpy as np

    labels: LabelImage = view.one("objects")
    whole = frame_seen(part, view, labels)
    with complaints() as told:
        found = [
            measure_block(whole, block, pieces, part.held(MeasuredFamilies).parts)
            for block, pieces in _blocks(view, labels)
            if len(pieces.shown) or block.number == 1  # an empty frame has columns too
        ]
    columns = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
    ids = np.arange(1, len(columns[BLOCK]) + 1, dtype=np.uint64)
    return Made(Content(record=pack_table(ObjectTable(ids, columns))), warnings=tuple(told))


def _blocks(view: View, labels: LabelImage) -> Iterator[tuple[HaloBlock, BlockPieces]]:
    """Yield the blocks of a frame with their pieces."""
    grid = labels.header.grid
    block, halo = (
        tuple(view.parameters[name][axis] for axis in grid.spatial) for name in ("block", "halo")
    )
    for each in halo_blocks(grid.shape, block, halo):
        yield each, find_pieces(labels.read(each.read), each)


def measure_block(
    whole: Frame, block: HaloBlock, pieces: BlockPieces, families: Sequence[Part]
) -> dict[str, NDArray[np.generic]]:
    """Return the columns of the pieces that a block shows.

    Parameters
    ----------
    whole
        The frame, with the other label images under ``part/name``.
    block, pieces
        Where to measure what.
    families
        One part of a features node for each family.
    """
    import numpy as np

    from objclass.segmentation.index import index

    everything = index(pieces.seen)
    rows = pieces.shown - 1
    columns = _told(block, pieces, everything.size[rows])
    seen = frame_in(whole, block, pieces, everything)
    for part in families:
        alone = isinstance(part.held(FamilyPart).family, Family)
        frame = replace(
            seen,
            index=rows_of(everything, rows) if alone else everything,
            layers={
                name: seen.layers[f"{part.name}/{name}"] for name in part.held(FamilyPart).layers
            },
        )
        values = measure_family(part, frame)
        for name in part.parameters["measure"]:
            column = np.asarray(values[name])
            columns[name] = column if alone else column[rows]
    return columns


def _told(
    block: HaloBlock, pieces: BlockPieces, sizes: NDArray[np.int64]
) -> dict[str, NDArray[np.generic]]:
    """Return what a table says of the pieces of a block beside their features."""
    import numpy as np

    return {
        BLOCK: np.full(len(pieces.shown), block.number, np.int64),
        OBJECT: pieces.owner,
        SIZE: shown_sizes(block, pieces),
        SEEN: sizes,
    }
