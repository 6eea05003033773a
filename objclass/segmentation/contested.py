"""One object per core in an image of several blocks: growth component by component.

A component of the low mask with one core is that core's object, wherever it lies; no voxel of
it is looked at again. One that several cores contest is grown in a region that holds it whole::

    block      |--------|--------|
    low mask      (a)  (b b b)         only b has two cores
    read              |-----|          b alone, or with other contested ones of its block

The voxels are those of the whole image at once, ties included. Growth never steps out of a
component, so nothing outside of it asks for its voxels. Inside, the queue is in the order of
brightness, then of asking; seeds ask in raster order and neighbours in one fixed order. A box
that is cut out keeps the raster order of its voxels and the bits of the smoothed map, and what
is asked for in other components in between only moves all later numbers up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.scratch import MakeScratch, ScratchArray
from objclass.errors import Problem, RunError
from objclass.segmentation.components import raster_numbering
from objclass.segmentation.cutting import Blocks, Write
from objclass.segmentation.found_objects import FoundObjects, Limits
from objclass.segmentation.grouping import by_value, group, run_table
from objclass.segmentation.growth import owners
from objclass.segmentation.local_ids import ScratchIds
from objclass.segmentation.pieces import ComponentRuns
from objclass.segmentation.rules import SegmentationRules
from objclass.segmentation.runs import runs
from objclass.segmentation.settings import (
    DroppedObjects,
    SegmentationReport,
    SegmentationSettings,
)
from objclass.segmentation.sizes import apply, outside, within
from objclass.segmentation.stitching import BlockComponents, JoinedIds, Stitching

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Maps = Sequence[NDArray[np.float32]]

BYTES_PER_VOXEL = 64
"""What growth takes at most per voxel of the region that it reads."""


@dataclass(frozen=True)
class Growth:
    """How one object per core is grown.

    Parameters
    ----------
    maps
        ``maps(region)`` returns the smoothed maps where the low level is tested, and those
        where cores are searched.
    blocks
        How the image is cut.
    settings, rules
        Levels and sizes; rules whose growth stays inside a component.
    """

    maps: Callable[[Region], tuple[Maps, Maps]]
    blocks: Blocks
    settings: SegmentationSettings
    rules: SegmentationRules

    def found(self, scratch: MakeScratch, limits: Limits) -> FoundObjects:
        """Find the objects, keeping what waits between passes in arrays made by `scratch`."""
        components = _in_blocks(self, scratch)
        sizes, first = components.owned()
        grown = scratch(self.blocks.shape, "uint32")
        flood = partial(_flooded, self, components)
        together, alone = components.batches(self.blocks)
        for region, ids in chain(self.blocks.each(flood, together), map(flood, alone)):
            # One region after the other: they overlap, and so do the chunks they lie in.
            grown[region.slices] = np.where(ids, ids, grown[region.slices])
            _count(ids, region, self.blocks.shape, sizes, first)
        keep = within(sizes, *limits)
        small, large = outside(sizes, *limits)
        dropped = replace(components.dropped, too_small=small, too_large=large)
        final = np.zeros(len(sizes), np.uint32)
        final[keep] = raster_numbering(first[keep])
        order = np.zeros(int(keep.sum()) + 1, np.int64)
        order[final[keep]] = np.flatnonzero(keep)
        report = SegmentationReport(len(order) - 1, dropped, components.cores.values[order])
        paint = partial(_paint, self.blocks, components, grown, final)
        return FoundObjects(report, sizes[order], paint)


@dataclass(frozen=True)
class _Piece:
    """Low components and cores of a block, the boxes of the former, and which overlap."""

    low: BlockComponents
    cores: BlockComponents
    boxes: NDArray[np.int32]
    overlaps: NDArray[np.uint32]


@dataclass(frozen=True)
class _Batch:
    """Contested components ``first … last − 1`` and the region that holds them."""

    first: int
    last: int
    region: Region


@dataclass(frozen=True)
class _Ids:
    """Provisional ids of all blocks: local ones in an array, and how many lie before each."""

    blocks: Blocks
    local: ScratchIds
    spans: list[tuple[Region, int, int]]

    def read(self, region: Region, table: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return `region` with provisional id k as ``table[k]``."""
        out = np.zeros(region.shape, np.uint32)
        for number in self.blocks.meeting(region):
            block, begin, end = self.spans[number]
            if end > begin:
                common = block.common(region)
                of_block = np.concatenate([np.zeros(1, np.uint32), table[begin + 1 : end + 1]])
                out[common.within(region)] = self.local.painted(common, of_block)
        return out


@dataclass(frozen=True)
class _Components:
    """The low components of an image and the cores in them; tables by provisional id.

    Parameters
    ----------
    low, cores
        After the union over blocks.
    low_ids, core_ids
        Where they lie.
    core_of
        uint32, by low id the one core of its component; 0 where there is none, or several.
    rank_of
        uint32, by low id the rank 1… of a contested component; 0 for others.
    seed_of
        uint32, by core id its root where the core is of allowed size, else 0.
    roots
        int64, by rank the root of each contested component, entry 0 unused.
    regions
        By rank the box of each; the ranks of a block follow each other.
    dropped
        Cores that are not of allowed size, and components without a core.
    """

    low: JoinedIds
    cores: JoinedIds
    low_ids: _Ids
    core_ids: _Ids
    core_of: NDArray[np.uint32]
    rank_of: NDArray[np.uint32]
    seed_of: NDArray[np.uint32]
    roots: NDArray[np.int64]
    boxes: NDArray[np.int64]
    dropped: DroppedObjects

    def owned(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return voxels and first voxel of each core in what no other core contests."""
        sizes = np.zeros(len(self.cores.roots), np.int64)
        first = np.full(len(sizes), np.iinfo(np.int64).max)
        whole = np.flatnonzero((self.core_of != 0) & (self.low.sizes > 0))
        np.add.at(sizes, self.core_of[whole], self.low.sizes[whole])
        np.minimum.at(first, self.core_of[whole], self.low.first[whole])
        return sizes, first

    def batches(self, blocks: Blocks) -> tuple[list[_Batch], list[_Batch]]:
        """Return what is grown at once: all that begin in a block, or one that exceeds a block.

        The first may be grown side by side, each of the second has all memory for itself.
        """
        found: tuple[list[_Batch], list[_Batch]] = [], []
        keys = _keys(self.boxes, blocks)
        cuts = np.flatnonzero((np.diff(keys) != 0) | (keys[1:] < 0)) + 1
        ends = [0, *cuts.tolist(), len(keys)] if len(keys) else [0]
        d = len(blocks.shape)
        for a, b in pairwise(ends):
            low, high = self.boxes[a:b, :d].min(axis=0), self.boxes[a:b, d:].max(axis=0)
            region = Region(tuple(low.tolist()), tuple(high.tolist()))
            check_room(region, blocks.most_bytes)
            share = blocks.most_bytes and blocks.most_bytes // blocks.at_a_time
            alone = share is not None and BYTES_PER_VOXEL * region.size > share
            found[alone].append(_Batch(a + 1, b + 1, region))
        return found


def check_room(region: Region, most_bytes: int | None) -> None:
    """Refuse growth in a region that takes more than `most_bytes`; None is no limit.

    Raises
    ------
    RunError
        With the box, the bytes it needs and those there are.
    """
    needed = BYTES_PER_VOXEL * region.size
    if most_bytes is None or needed <= most_bytes:
        return
    box = " × ".join(f"{a}:{b}" for a, b in zip(region.start, region.stop, strict=True))
    axes = ", ".join("zyx"[-len(region.shape) :])
    raise RunError(
        Problem(
            f"the component of the low mask at {axes} = {box} does not fit into memory: "
            "merge_objects: false grows several cores in it, and needs it whole",
            got=f"{needed} bytes",
            expected=f"at most {most_bytes} bytes",
            fix="raise the threshold, so that it falls apart, use merge_objects: true, "
            "or let the process take more memory (--memory, or fewer --workers)",
        )
    )


def _in_blocks(growth: Growth, scratch: MakeScratch) -> _Components:
    """Find cores and low components block by block, and join them."""
    blocks = growth.blocks
    local = ScratchIds(blocks, scratch), ScratchIds(blocks, scratch)
    low, cores = Stitching(blocks.grid), Stitching(blocks.grid)
    overlaps, boxes = [np.empty((0, 2), np.int64)], [np.zeros((1, 6), np.int32)]
    for piece in blocks.each(partial(_find, growth, local), blocks.regions):
        overlaps.append(piece.overlaps + np.array([cores.offsets[-1], low.offsets[-1]]))
        boxes.append(piece.boxes)
        low.add(piece.low)
        cores.add(piece.cores)
    ids = [
        _Ids(blocks, each, stitching.spans(blocks.regions))
        for each, stitching in zip(local, (low, cores), strict=True)
    ]
    both, pairs = (low.joined(), cores.joined()), np.concatenate(overlaps)
    return _contested(growth, both, ids, pairs, np.concatenate(boxes))


def _find(growth: Growth, local: tuple[ScratchIds, ScratchIds], region: Region) -> _Piece:
    """Find the low components and the cores of a block."""
    maps, core_maps = growth.maps(region)
    levels = growth.settings.threshold, growth.settings.high
    mask, high = (
        growth.rules.foreground(each, level)
        for each, level in zip((maps, core_maps), levels, strict=True)
    )
    low, cores = ComponentRuns.of(mask), ComponentRuns.of(high)
    boxes = group(run_table(low.found), low.ids.astype(np.int64) - 1, low.count)
    return _Piece(
        local[0].keep(low, mask, region),
        local[1].keep(cores, high, region),
        boxes.moved(region.start).box,
        low.held(cores),
    )


def _contested(
    growth: Growth,
    both: tuple[JoinedIds, JoinedIds],
    ids: list[_Ids],
    pairs: NDArray[np.int64],
    boxes: NDArray[np.int32],
) -> _Components:
    """Tell which component belongs to which core, and which several cores contest."""
    low, cores = both
    limits = growth.settings.limits
    allowed = within(cores.sizes, *limits)
    seed_of = np.where(allowed[cores.roots], cores.roots, 0).astype(np.uint32)
    pairs = np.stack([seed_of[pairs[:, 0]], low.roots[pairs[:, 1]]], axis=1)
    pairs = pairs[pairs[:, 0] != 0]
    owner, contested = owners(pairs, len(low.roots) - 1)
    without = int((low.sizes > 0).sum()) - int((owner != 0).sum()) - int(contested.sum())
    roots = np.flatnonzero(contested)
    joined = _joined_boxes(boxes, low.roots, len(growth.blocks.shape))[roots]
    order = np.argsort(_keys(joined, growth.blocks), kind="stable")
    rank = np.zeros(len(low.roots), np.uint32)
    rank[roots[order]] = np.arange(1, len(roots) + 1, dtype=np.uint32)
    dropped = DroppedObjects(*outside(cores.sizes, *limits), without)
    return _Components(
        low, cores, ids[0], ids[1], owner[low.roots], rank[low.roots], seed_of,
        np.concatenate([np.zeros(1, np.int64), roots[order]]), joined[order], dropped,
    )  # fmt: skip


def _joined_boxes(
    boxes: NDArray[np.int32], roots: NDArray[np.int64], dimensions: int
) -> NDArray[np.int64]:
    """Return by provisional id the box at its root, int64 (n, 2 · dimensions): start, stop."""
    start, stop = (part[:, -dimensions:].astype(np.int64) for part in np.hsplit(boxes, 2))
    np.minimum.at(start, roots, start.copy())
    np.maximum.at(stop, roots, stop.copy())
    return np.hstack([start, stop])


def _keys(boxes: NDArray[np.int64], blocks: Blocks) -> NDArray[np.int64]:
    """Return the block each box begins in, by number; −1 for one that is longer than a block."""
    d = len(blocks.shape)
    start, edges = boxes[:, :d], np.array(blocks.edges)
    owner = np.ravel_multi_index(tuple((start // edges).T), blocks.grid)
    alone = (boxes[:, d:] - start > edges).any(axis=1)
    return np.where(alone, -1, owner).astype(np.int64)


def _flooded(
    growth: Growth, components: _Components, batch: _Batch
) -> tuple[Region, NDArray[np.uint32]]:
    """Return the region of a batch and the core that each voxel of its components goes to."""
    region = batch.region
    ranks = components.low_ids.read(region, components.rank_of)
    seeds = components.core_ids.read(region, components.seed_of)
    mine = (ranks >= batch.first) & (ranks < batch.last)
    maps, level = growth.maps(region)[0], growth.settings.threshold
    out = np.zeros(region.shape, np.uint32)
    for k, one in enumerate(maps, start=1):
        here, seeded = mine, mine
        if len(maps) > 1:
            here = mine & (components.low.values[components.roots][ranks] == k)
            seeded = here & (components.cores.values[seeds] == k)
        inside = np.where(here, one, np.float32(-np.inf))
        out += growth.rules.grow(np.where(seeded, seeds, np.uint32(0)), inside, level)
    return region, out


def _count(
    ids: NDArray[np.uint32],
    region: Region,
    shape: tuple[int, ...],
    sizes: NDArray[np.int64],
    first: NDArray[np.int64],
) -> None:
    """Add the voxels of a region to the sizes of its objects, and see where they begin."""
    found, groups = by_value(runs(ids))
    groups = groups.moved(region.start)
    rows = found.astype(np.int64)
    z, y, x, _ = groups.table[groups.first[:-1]].astype(np.int64).T
    sizes[rows] += groups.size
    first[rows] = np.minimum(first[rows], (z * shape[-2] + y) * shape[-1] + x)


def _paint(
    blocks: Blocks,
    components: _Components,
    grown: ScratchArray,
    final: NDArray[np.uint32],
    write: Write,
) -> None:
    """Write every block: what no other core contests, and what was grown."""
    table = final[components.core_of]

    def work(item: tuple[Region, int, int]) -> None:
        region, begin, end = item
        local = np.concatenate([np.zeros(1, np.uint32), table[begin + 1 : end + 1]])
        contested = apply(np.asarray(grown[region.slices]), final)
        write(region, components.low_ids.local.painted(region, local) + contested)

    blocks.run(work, components.low_ids.spans)
