"""From a prediction map or a segmentation to objects block by block, with bounded memory.

The result is the same as for the whole frame. A first pass labels every block by itself and
writes these local ids to a scratch array; what touches across block faces is joined; a second
pass replaces the local ids by final ones. Blocks are as large as asked for, rounded up to
whole storage chunks, so that no two blocks write one chunk.

Seeded growth (``merge_objects=False``) is not for blocks: it needs whole components.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from objclass.data.blocks import Region
from objclass.segmentation.cutting import Blocks, MakeScratch, Read, ScratchArray, Write
from objclass.segmentation.pieces import ComponentRuns
from objclass.segmentation.rules import OWN, SegmentationRules
from objclass.segmentation.runs import run_firsts
from objclass.segmentation.settings import (
    DroppedObjects,
    Layer,
    SegmentationReport,
    SegmentationSettings,
)
from objclass.segmentation.sizes import apply, outside, within
from objclass.segmentation.stitching import BlockComponents, JoinedIds, Stitching, faces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Map = NDArray[np.float32]


def threshold_by_block(
    read: Read | Sequence[Read],
    blocks: Blocks,
    settings: SegmentationSettings,
    scratch: MakeScratch,
    write: Write,
    read_core: Read | Sequence[Read] | None = None,
    layer: Layer = "objects",
    rules: SegmentationRules = OWN,
) -> SegmentationReport:
    """Write one layer of the objects of a prediction map, block by block.

    Parameters
    ----------
    read
        Returns the (scaled) prediction map of a region; one function per class keeps
        touching objects of different classes apart.
    blocks
        How the image is cut.
    settings
        As for :func:`objclass.segmentation.whole.threshold_objects`; `merge_objects` must
        be True.
    scratch
        ``scratch(shape, dtype)`` makes an array for the local ids of one pass.
    write
        Called once per block with its final ids (uint32) or smoothed values (float32).
    read_core
        Where cores are searched, by default `read`.
    layer
        Which layer to write.
    rules
        Of objclass or of another program.

    Raises
    ------
    ValueError
        For seeded growth, which needs whole frames.
    """
    maps = _readers(read)
    cores = None if read_core is None else _readers(read_core)
    work = _Work(blocks, settings, rules, maps, cores)
    if layer == "smoothed":
        return work.smooth(write)
    if layer in ("cores", "cores_filtered"):
        high = replace(settings, method="simple", threshold=settings.high)
        work = replace(work, settings=high, maps=cores or maps, cores=None)
        return work.simple(scratch, write, by_size=layer != "cores")
    if settings.method == "simple":
        return work.simple(scratch, write, by_size=layer == "objects")
    if not settings.merge_objects:
        raise ValueError("merge_objects=False works on whole frames")
    return work.hysteresis(scratch, write, by_size=layer == "objects")


def smoothed_reader(
    read: Read, shape: tuple[int, ...], sigma: tuple[float, ...], rules: SegmentationRules = OWN
) -> Read:
    """Return a reader of the smoothed map: any region has the bits of the whole image.

    Parameters
    ----------
    read
        Returns the (scaled) prediction map of a region.
    shape
        Of the image.
    sigma
        In voxels, one per axis.
    rules
        Of objclass or of another program.
    """
    used, halo = rules.sigma(sigma, shape), rules.halo(sigma, shape)

    def smoothed(region: Region) -> NDArray[np.generic]:
        outer = region.grown(halo, shape)
        return rules.smooth(read(outer), used)[region.within(outer)]

    return smoothed


def components_by_block(
    read: Read,
    blocks: Blocks,
    scratch: MakeScratch,
    write: Write,
    connectivity: int = 1,
    min_size: int = 0,
    max_size: int | None = None,
) -> SegmentationReport:
    """Write the components of a segmentation whose size is allowed, block by block.

    Parameters are those of :func:`threshold_by_block` and of
    :func:`objclass.segmentation.whole.component_objects`; `read` returns bool or integers.
    """
    store = scratch(blocks.shape, "uint32")

    def find(region: Region) -> BlockComponents:
        values = read(region)
        return _store_ids(ComponentRuns.of(values, connectivity), values, region, blocks, store)

    stitching = Stitching(blocks.grid, connectivity)
    for piece in blocks.each(find, blocks.regions):
        stitching.add(piece)
    joined = stitching.joined()
    keep = within(joined.sizes, min_size, max_size)
    small, large = outside(joined.sizes, min_size, max_size)
    dropped = DroppedObjects(too_small=small, too_large=large)
    return _write_out(blocks, store, stitching, (joined, keep, dropped), write)


def _write_out(
    blocks: Blocks,
    store: ScratchArray,
    stitching: Stitching,
    found: tuple[JoinedIds, NDArray[np.bool_], DroppedObjects],
    write: Write,
) -> SegmentationReport:
    """Number the kept roots and write their voxels."""
    joined, keep, dropped = found
    table = joined.final(keep)
    rewrite(blocks, store, stitching, table, write)
    values = np.zeros(int(keep.sum()) + 1, np.uint64)
    values[table[keep]] = joined.values[keep]
    return SegmentationReport(len(values) - 1, dropped, values)


def rewrite(
    blocks: Blocks,
    store: ScratchArray,
    stitching: Stitching,
    table: NDArray[np.uint32],
    write: Write,
) -> None:
    """Replace the local ids of every block by what `table` says of its provisional ids."""

    def work(item: tuple[Region, int, int]) -> None:
        region, begin, end = item
        local = np.concatenate([np.zeros(1, np.uint32), table[begin + 1 : end + 1]])
        write(region, apply(np.asarray(store[region.slices]), local))

    blocks.run(work, stitching.spans(blocks.regions))


def _readers(read: Read | Sequence[Read]) -> tuple[Read, ...]:
    return (read,) if callable(read) else tuple(read)


def _store_ids(
    pieces: ComponentRuns,
    values: NDArray[np.generic],
    region: Region,
    blocks: Blocks,
    store: ScratchArray | None,
) -> BlockComponents:
    """Keep the local ids of a block in `store` and return what is joined."""
    label_image = pieces.image()
    if store is not None:
        store[region.slices] = label_image
    first = run_firsts(pieces.found, pieces.ids, pieces.count, region, blocks.shape)
    apart = None if values.dtype == np.bool_ else faces(values)
    return BlockComponents(pieces.sizes, first, faces(label_image), pieces.values, apart)


@dataclass(frozen=True)
class _Found:
    """Low components and cores of a block, and pairs (core, low) of local ids that overlap."""

    low: BlockComponents
    cores: BlockComponents
    overlaps: NDArray[np.uint32]


@dataclass(frozen=True)
class _Work:
    """What is done to the blocks of one frame."""

    blocks: Blocks
    settings: SegmentationSettings
    rules: SegmentationRules
    maps: tuple[Read, ...]
    cores: tuple[Read, ...] | None

    def smoothed(self, reads: Sequence[Read], region: Region) -> list[Map]:
        """Return the smoothed voxels of a region, as they are in the whole image."""
        of = self.blocks.shape, self.settings.sigma, self.rules
        return [np.asarray(smoothed_reader(read, *of)(region), np.float32) for read in reads]

    def smooth(self, write: Write) -> SegmentationReport:
        def work(region: Region) -> None:
            maps = self.smoothed(self.maps, region)
            write(region, maps[0] if len(maps) == 1 else np.maximum.reduce(maps))

        self.blocks.run(work, self.blocks.regions)
        return SegmentationReport(0, DroppedObjects(), np.zeros(1, np.uint64))

    def simple(self, scratch: MakeScratch, write: Write, by_size: bool) -> SegmentationReport:
        store = scratch(self.blocks.shape, "uint32")

        def find(region: Region) -> BlockComponents:
            maps = self.smoothed(self.maps, region)
            values = self.rules.foreground(maps, self.settings.threshold)
            return _store_ids(ComponentRuns.of(values), values, region, self.blocks, store)

        stitching = Stitching(self.blocks.grid)
        for piece in self.blocks.each(find, self.blocks.regions):
            stitching.add(piece)
        joined = stitching.joined()
        found = joined, joined.sizes > 0, DroppedObjects()
        return self.finish(store, stitching, found, write, by_size)

    def hysteresis(self, scratch: MakeScratch, write: Write, by_size: bool) -> SegmentationReport:
        store = scratch(self.blocks.shape, "uint32")

        def find(region: Region) -> _Found:
            return self.low_and_cores(region, store)

        low, cores = Stitching(self.blocks.grid), Stitching(self.blocks.grid)
        overlaps = [np.empty((0, 2), np.int64)]
        for found in self.blocks.each(find, self.blocks.regions):
            overlaps.append(found.overlaps + np.array([cores.offsets[-1], low.offsets[-1]]))
            low.add(found.low)
            cores.add(found.cores)
        joined = low.joined()
        holds, dropped = self.holding(joined, cores.joined(), np.concatenate(overlaps))
        return self.finish(store, low, (joined, holds, dropped), write, by_size)

    def low_and_cores(self, region: Region, store: ScratchArray) -> _Found:
        maps = self.smoothed(self.maps, region)
        core_maps = None if self.cores is None else self.smoothed(self.cores, region)
        values = self.rules.foreground(core_maps or maps, self.settings.high)
        cores = ComponentRuns.of(values)
        core_piece = _store_ids(cores, values, region, self.blocks, None)
        maps = list(self.rules.low_maps(maps, core_maps))
        values = self.rules.foreground(maps, self.settings.threshold)
        low = ComponentRuns.of(values)
        return _Found(
            _store_ids(low, values, region, self.blocks, store), core_piece, low.held(cores)
        )

    def holding(
        self, low: JoinedIds, cores: JoinedIds, pairs: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], DroppedObjects]:
        """Return which low roots hold a core of allowed size."""
        limits = self.settings.min_size, self.settings.max_size
        allowed = within(cores.sizes, *limits)
        held = pairs[allowed[cores.roots[pairs[:, 0]]], 1]
        holds = np.zeros(len(low.roots), bool)
        holds[low.roots[held]] = True
        without = int((low.sizes > 0).sum() - holds.sum())
        return holds, DroppedObjects(*outside(cores.sizes, *limits), without)

    def finish(
        self,
        store: ScratchArray,
        stitching: Stitching,
        found: tuple[JoinedIds, NDArray[np.bool_], DroppedObjects],
        write: Write,
        by_size: bool,
    ) -> SegmentationReport:
        """Filter the kept roots by size, number them and write their voxels."""
        joined, keep, dropped = found
        if by_size:
            limits = self.settings.min_size, self.settings.max_size
            sizes = np.where(keep, joined.sizes, 0)
            small, large = outside(sizes, *limits)
            dropped = replace(dropped, too_small=small, too_large=large)
            keep = within(sizes, *limits)
        return _write_out(self.blocks, store, stitching, (joined, keep, dropped), write)
