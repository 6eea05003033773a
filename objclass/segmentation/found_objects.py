"""The objects of an image before they are painted: joined over blocks, filtered, numbered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.scratch import MakeScratch
from objclass.segmentation.cutting import Blocks, Read, Write
from objclass.segmentation.local_ids import LocalIds, local_ids
from objclass.segmentation.pieces import ComponentRuns
from objclass.segmentation.settings import DroppedObjects, SegmentationReport
from objclass.segmentation.sizes import outside, within
from objclass.segmentation.stitching import BlockComponents, JoinedIds, Stitching

if TYPE_CHECKING:
    from numpy.typing import NDArray

Limits = tuple[int, int | None]
ANY_SIZE: Limits = (0, None)


@dataclass(frozen=True)
class FoundObjects:
    """The objects of an image before they are painted.

    Parameters
    ----------
    report
        How many there are, what they are made of and what was dropped.
    sizes
        int64 (count + 1,), voxels of ids 0…count; entry 0 is 0.
    paint
        ``paint(write)`` calls `write` once per block with its ids, uint32, numbered by first
        voxel in the image.
    """

    report: SegmentationReport
    sizes: NDArray[np.int64] = field(repr=False)
    paint: Callable[[Write], None] = field(repr=False)


def label_components(
    read: Read,
    blocks: Blocks,
    scratch: MakeScratch,
    connectivity: int = 1,
    min_size: int = 0,
    max_size: int | None = None,
) -> FoundObjects:
    """Find the components of a segmentation whose size is allowed.

    Parameters
    ----------
    read
        Returns a region, bool or integers; 0 is background.
    blocks, scratch
        As for :func:`objclass.segmentation.segment.segment`.
    connectivity
        As in :func:`objclass.segmentation.components.components`.
    min_size, max_size
        Limits in voxels, both inclusive; None is no limit.
    """
    ids = local_ids(blocks, scratch)
    return find_components(read, blocks, ids, connectivity, (min_size, max_size))


def find_components(
    read: Read, blocks: Blocks, ids: LocalIds, connectivity: int, limits: Limits
) -> FoundObjects:
    """Find the components of what is read, keeping their local ids in `ids`."""

    def find(region: Region) -> BlockComponents:
        values = read(region)
        return ids.keep(ComponentRuns.of(values, connectivity), values, region)

    stitching = Stitching(blocks.grid, connectivity)
    for piece in blocks.each(find, blocks.regions):
        stitching.add(piece)
    joined = stitching.joined()
    every = joined, joined.sizes > 0, DroppedObjects()
    return finished(blocks, ids, stitching, every, limits)


def finished(
    blocks: Blocks,
    ids: LocalIds,
    stitching: Stitching,
    found: tuple[JoinedIds, NDArray[np.bool_], DroppedObjects],
    limits: Limits,
) -> FoundObjects:
    """Filter the kept roots by size and number them by first voxel."""
    joined, keep, dropped = found
    sizes = np.where(keep, joined.sizes, 0)
    small, large = outside(sizes, *limits)
    dropped = replace(dropped, too_small=small, too_large=large)
    keep = within(sizes, *limits)
    table = joined.final(keep)
    count = int(keep.sum())
    values, voxels = np.zeros(count + 1, np.uint64), np.zeros(count + 1, np.int64)
    values[table[keep]], voxels[table[keep]] = joined.values[keep], sizes[keep]
    report = SegmentationReport(count, dropped, values)
    return FoundObjects(report, voxels, partial(_paint, blocks, ids, stitching, table))


def _paint(
    blocks: Blocks, ids: LocalIds, stitching: Stitching, table: NDArray[np.uint32], write: Write
) -> None:
    """Write every block with what `table` says of its provisional ids."""

    def work(item: tuple[Region, int, int]) -> None:
        region, begin, end = item
        local = np.concatenate([np.zeros(1, np.uint32), table[begin + 1 : end + 1]])
        write(region, ids.painted(region, local))

    blocks.run(work, stitching.spans(blocks.regions))
