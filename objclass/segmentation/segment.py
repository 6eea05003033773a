"""From a prediction map to objects, block by block.

A frame in memory is the case of one block, and every cut gives the same objects. A first pass
labels every block by itself; what touches across block faces is joined; then each block is
painted with the final ids. Blocks are as large as asked for, rounded up to whole storage
chunks, so that no two blocks write one chunk.

Seeded growth (``merge_objects=False``) needs whole components: in several blocks, those that
cores contest are read again, each as a whole (:mod:`objclass.segmentation.contested`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.scratch import MakeScratch
from objclass.segmentation.contested import Growth
from objclass.segmentation.cutting import Blocks, Read, Write
from objclass.segmentation.found_objects import (
    ANY_SIZE,
    FoundObjects,
    Limits,
    find_components,
    finished,
)
from objclass.segmentation.local_ids import LocalIds, describe, local_ids
from objclass.segmentation.pieces import ComponentRuns
from objclass.segmentation.rules import OWN, SegmentationRules
from objclass.segmentation.runs import painted
from objclass.segmentation.settings import (
    DroppedObjects,
    Layer,
    SegmentationReport,
    SegmentationSettings,
)
from objclass.segmentation.sizes import apply, by_first_voxel, counts, outside, renumber, within
from objclass.segmentation.stitching import BlockComponents, JoinedIds, Stitching

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Map = NDArray[np.float32]


def segment(
    read: Read | Sequence[Read],
    blocks: Blocks,
    settings: SegmentationSettings,
    scratch: MakeScratch,
    read_core: Read | Sequence[Read] | None = None,
    layer: Layer = "objects",
    rules: SegmentationRules = OWN,
) -> FoundObjects:
    """Find the objects of a prediction map, or another layer on the way to them.

    Parameters
    ----------
    read
        Returns the (scaled) prediction map of a region; one function per class keeps
        touching objects of different classes apart.
    blocks
        How the image is cut.
    settings
        Smoothing, method, levels and size limits.
    scratch
        ``scratch(shape, dtype)`` makes an array for the local ids of several blocks.
    read_core
        Where cores are searched, by default `read`; smoothed alike.
    layer
        ``cores`` (of hysteresis), ``cores_filtered`` (those of allowed size), ``unfiltered``
        (objects before the size filter) or ``objects``.
    rules
        Of objclass or of another program.

    Raises
    ------
    ValueError
        For hysteresis without a core threshold, and for growth in several blocks by rules
        that need the whole image for it.
    """
    maps = _readers(read)
    cores = None if read_core is None else _readers(read_core)
    work = _Work(blocks, settings, rules, maps, cores)
    limits = settings.limits if layer in ("objects", "cores_filtered") else ANY_SIZE
    if layer in ("cores", "cores_filtered"):
        work = replace(work, maps=cores or maps)
        return work.simple(settings.high, local_ids(blocks, scratch), limits)
    if settings.method == "simple":
        return work.simple(settings.threshold, local_ids(blocks, scratch), limits)
    if settings.merge_objects:
        return work.hysteresis(local_ids(blocks, scratch), limits)
    if blocks.single:
        return work.growth(limits)
    if not rules.grows_apart:
        raise ValueError("these rules grow objects in whole images only")
    return Growth(work.low_and_core_maps, blocks, settings, rules).found(scratch, limits)


def segment_in_memory(
    image: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    settings: SegmentationSettings,
    core_image: NDArray[np.generic] | Sequence[NDArray[np.generic]] | None = None,
    layer: Layer = "objects",
    rules: SegmentationRules = OWN,
) -> tuple[NDArray[np.uint32], SegmentationReport]:
    """Return the label image of a prediction map, made as a single block.

    Parameters
    ----------
    image
        ``(y, x)`` or ``(z, y, x)``, any number type, already scaled. A list of such maps, one
        per class, keeps touching objects of different classes apart.
    core_image
        Where cores are searched, by default `image`.
    settings, layer, rules
        As for :func:`segment`.
    """
    maps = _arrays(image)
    cores = None if core_image is None else [_reader(each) for each in _arrays(core_image)]
    blocks = Blocks(maps[0].shape, maps[0].shape)
    found = segment(
        [_reader(each) for each in maps], blocks, settings, np.zeros, cores, layer, rules
    )
    made: list[NDArray[np.uint32]] = []
    found.paint(lambda region, ids: made.append(ids.astype(np.uint32, copy=False)))
    return made[0] if made else np.zeros(blocks.shape, np.uint32), found.report


def write_smoothed(
    read: Read | Sequence[Read],
    blocks: Blocks,
    sigma: tuple[float, ...],
    write: Write,
    rules: SegmentationRules = OWN,
) -> None:
    """Write the smoothed map, float32; of several maps the brightest value at each voxel.

    Parameters
    ----------
    read, blocks, rules
        As for :func:`segment`.
    sigma
        In voxels, one per axis.
    write
        Called once per block with its values.
    """
    each = [smoothed_reader(one, blocks.shape, sigma, rules) for one in _readers(read)]

    def work(region: Region) -> None:
        maps = [np.asarray(one(region), np.float32) for one in each]
        write(region, maps[0] if len(maps) == 1 else np.maximum.reduce(maps))

    blocks.run(work, blocks.regions)


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


def _readers(read: Read | Sequence[Read]) -> tuple[Read, ...]:
    return (read,) if callable(read) else tuple(read)


def _arrays(
    image: NDArray[np.generic] | Sequence[NDArray[np.generic]],
) -> list[NDArray[np.generic]]:
    return [image] if isinstance(image, np.ndarray) else list(image)


def _reader(image: NDArray[np.generic]) -> Read:
    return lambda region: image[region.slices]


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

    def simple(self, level: float, ids: LocalIds, limits: Limits) -> FoundObjects:
        """Find the components at or above one level."""

        def values(region: Region) -> NDArray[np.generic]:
            return self.rules.foreground(self.smoothed(self.maps, region), level)

        return find_components(values, self.blocks, ids, 1, limits)

    def hysteresis(self, ids: LocalIds, limits: Limits) -> FoundObjects:
        """Find the low components that hold a core of allowed size."""
        low, cores = Stitching(self.blocks.grid), Stitching(self.blocks.grid)
        overlaps = [np.empty((0, 2), np.int64)]
        find = partial(self.low_and_cores, ids)
        for found in self.blocks.each(find, self.blocks.regions):
            overlaps.append(found.overlaps + np.array([cores.offsets[-1], low.offsets[-1]]))
            low.add(found.low)
            cores.add(found.cores)
        joined = low.joined()
        holds, dropped = self.holding(joined, cores.joined(), np.concatenate(overlaps))
        return finished(self.blocks, ids, low, (joined, holds, dropped), limits)

    def low_and_cores(self, ids: LocalIds, region: Region) -> _Found:
        """Find both kinds of components in a block."""
        maps, core_maps = self.both_maps(region)
        values = self.rules.foreground(core_maps or maps, self.settings.high)
        cores = ComponentRuns.of(values)
        core_piece = describe(cores, values, region, self.blocks)
        values = self.rules.foreground(
            list(self.rules.low_maps(maps, core_maps)), self.settings.threshold
        )
        low = ComponentRuns.of(values)
        return _Found(ids.keep(low, values, region), core_piece, low.held(cores))

    def both_maps(self, region: Region) -> tuple[list[Map], list[Map] | None]:
        """Return the smoothed maps, and those of the cores where they are others."""
        maps = self.smoothed(self.maps, region)
        return maps, None if self.cores is None else self.smoothed(self.cores, region)

    def low_and_core_maps(self, region: Region) -> tuple[Sequence[Map], Sequence[Map]]:
        """Return the smoothed maps where the low level is tested, and those of the cores."""
        maps, core_maps = self.both_maps(region)
        return self.rules.low_maps(maps, core_maps), core_maps or maps

    def holding(
        self, low: JoinedIds, cores: JoinedIds, pairs: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], DroppedObjects]:
        """Return which low roots hold a core of allowed size."""
        limits = self.settings.limits
        allowed = within(cores.sizes, *limits)
        held = pairs[allowed[cores.roots[pairs[:, 0]]], 1]
        holds = np.zeros(len(low.roots), bool)
        holds[low.roots[held]] = True
        without = int((low.sizes > 0).sum() - holds.sum())
        return holds, DroppedObjects(*outside(cores.sizes, *limits), without)

    def growth(self, limits: Limits) -> FoundObjects:
        """Grow every core of allowed size inside the low mask of its class."""
        whole = Region.whole(self.blocks.shape)
        maps, core_maps = self.both_maps(whole)
        found = ComponentRuns.of(self.rules.foreground(core_maps or maps, self.settings.high))
        cores = found.kept(within(found.sizes, *self.settings.limits))
        maps = list(self.rules.low_maps(maps, core_maps))
        mask = self.rules.foreground(maps, self.settings.threshold)
        low = ComponentRuns.of(mask)
        without = low.count - len(np.unique(low.held(cores)[:, 1]))
        dropped = DroppedObjects(*outside(found.sizes, *self.settings.limits), without)
        del low
        return _finished_growth(self.grown(cores, maps, mask), cores, dropped, limits)

    def grown(
        self, cores: ComponentRuns, maps: list[Map], mask: NDArray[np.generic]
    ) -> NDArray[np.uint32]:
        """Return one object per core, by the id of the core."""
        level = self.settings.threshold
        if len(maps) == 1:
            return self.rules.grow(cores.image(), maps[0], level)
        out = np.zeros(mask.shape, np.uint32)
        ids = np.arange(cores.count + 1, dtype=np.uint32)
        for k, one in enumerate(maps, start=1):
            inside = np.where(mask == k, one, np.float32(-np.inf))
            seeds = painted(cores.found, np.where(cores.values == k, ids, 0)[cores.ids])
            out += self.rules.grow(seeds, inside, level)
        return out


def _finished_growth(
    grown: NDArray[np.uint32], cores: ComponentRuns, dropped: DroppedObjects, limits: Limits
) -> FoundObjects:
    """Filter one object per core by size and number those that stay by first voxel."""
    highest = int(grown.max(initial=0))
    by_place = by_first_voxel(grown, highest)
    sizes, values = np.zeros(highest + 1, np.int64), np.ones(highest + 1, np.uint64)
    sizes[by_place] = counts(grown, highest)
    values[by_place[: cores.count + 1]] = cores.values[: highest + 1]
    sizes[0] = values[0] = 0
    keep = within(sizes, *limits)
    small, large = outside(sizes, *limits)
    dropped = replace(dropped, too_small=small, too_large=large)
    table = renumber(keep)[by_place]
    keep[0] = True
    report = SegmentationReport(int(keep.sum()) - 1, dropped, values[keep])
    whole = Region.whole(grown.shape)
    return FoundObjects(report, sizes[keep], lambda write: write(whole, apply(grown, table)))
