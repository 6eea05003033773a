"""ilastik's blocks: each is seen with its halo and nothing else, and judges the pieces in it.

The label image is cut at the edge of the halo, and what holds together there is a piece. A
block writes the pieces it shows, so an object that crosses a border has one piece in every
block, numbered through the frame in the order of blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from objclass.data.blocks import Region, tiles
from objclass.data.dataclass import dataclass
from objclass.data.labels import Index
from objclass.measure.frame import Frame, OtherLabels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.measure.frame import Reader


@dataclass(frozen=True)
class HaloBlock:
    """A block: its number from 1 in raster order, what it writes, and what it sees."""

    number: int
    write: Region
    read: Region


@dataclass(frozen=True)
class BlockPieces:
    """What a block sees.

    Parameters
    ----------
    seen
        uint32, the pieces of the read region, 1…n in raster order.
    shown
        int64 (m,), ascending: those that have a voxel in the write region.
    owner
        uint64 (m,): the object of the whole image that each is a piece of.
    """

    seen: NDArray[np.uint32]
    shown: NDArray[np.int64]
    owner: NDArray[np.uint64]


def halo_blocks(
    shape: tuple[int, ...], block: tuple[int, ...], halo: tuple[int, ...]
) -> Iterator[HaloBlock]:
    """Yield the blocks of a frame in raster order, aligned to its first voxel."""
    for number, write in enumerate(tiles(shape, block), 1):
        yield HaloBlock(number, write, write.grown(halo, shape))


def find_pieces(labels: NDArray[np.generic], block: HaloBlock) -> BlockPieces:
    """Return the pieces of a block.

    Parameters
    ----------
    labels
        The label image in the block's read region. Voxels hold together over faces, where
        they have one id: an id that lies in two places is two pieces, as in ilastik.
    block
        Which one.
    """
    import numpy as np

    from objclass.segmentation.components import components

    seen, count = components(labels)
    owner = np.zeros(count + 1, np.uint64)
    owner[seen] = labels
    there = np.unique(seen[block.write.within(block.read)])
    shown = there[there > 0].astype(np.int64)
    return BlockPieces(seen, shown, owner[shown])


def shown_sizes(block: HaloBlock, pieces: BlockPieces) -> NDArray[np.int64]:
    """Return the voxels that the shown pieces have in the write region, int64 (m,)."""
    import numpy as np

    count = int(pieces.seen.max(initial=0)) + 1
    inside = np.bincount(pieces.seen[block.write.within(block.read)].ravel(), minlength=count)
    return inside[pieces.shown].astype(np.int64)


def numbered(pieces: BlockPieces, block: HaloBlock, first: int) -> NDArray[np.uint32]:
    """Return what a block writes: its pieces numbered from `first` on."""
    import numpy as np

    ids = np.zeros(int(pieces.seen.max(initial=0)) + 1, np.uint32)
    ids[pieces.shown] = np.arange(first, first + len(pieces.shown), dtype=np.uint32)
    written: NDArray[np.uint32] = ids[pieces.seen[block.write.within(block.read)]]
    return written


def frame_in(whole: Frame, block: HaloBlock, pieces: BlockPieces, index: Index) -> Frame:
    """Return what a block sees as if it were an image of its own.

    Positions count from the corner of the read region, as if the whole image began there.

    Parameters
    ----------
    whole
        The frame that the block is cut from.
    block, pieces
        The block.
    index
        Of the objects to measure, in coordinates of the read region.
    """
    layers = {name: _layer_in(layer, block.read) for name, layer in whole.layers.items()}
    images = {name: _within(read, block.read) for name, read in whole.images.items()}
    seen = pieces.seen
    return Frame(
        block.read.shape, whole.origin, lambda region: seen[region.slices], images, index, layers
    )


def _within(read: Reader, area: Region) -> Reader:
    """Return a reader of an area that reads it once."""

    @cache
    def voxels() -> NDArray[np.generic]:
        return read(area)

    return lambda region: voxels()[region.slices]


def _layer_in(layer: OtherLabels, area: Region) -> OtherLabels:
    from objclass.segmentation.index import index

    labels = _within(layer.labels, area)
    return OtherLabels(labels, index(labels(Region.whole(area.shape))))


def rows_of(index: Index, rows: NDArray[np.int64]) -> Index:
    """Return some rows of an index of pieces, which know no channel and no other ids."""
    return Index(
        index.ids[rows],
        index.start[rows],
        index.stop[rows],
        index.size[rows],
        index.inside[rows],
        index.touches_border[rows],
        index.stamp[rows],
    )
