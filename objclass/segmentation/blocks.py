"""From a prediction map or a segmentation to objects block by block, with bounded memory.

The result is the same as for the whole frame. A first pass labels every block by itself and
writes these local ids to a scratch array; what touches across block faces is joined; a second
pass replaces the local ids by final ones. Blocks are as large as asked for, rounded up to
whole storage chunks, so that no two blocks write one chunk.

Seeded growth (``merge_objects=False``) is not for blocks: it needs whole components.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from objclass.data.blocks import Region, chunk_shape, tiles
from objclass.segmentation.components import run_components
from objclass.segmentation.hysteresis import touching
from objclass.segmentation.runs import Runs, painted, run_counts, run_firsts, runs
from objclass.segmentation.settings import Dropped, Layer, Report, Settings
from objclass.segmentation.sizes import apply, outside, within
from objclass.segmentation.smooth import gaussian, halo
from objclass.segmentation.stitching import Joined, Piece, Stitching, faces
from objclass.segmentation.threshold import level

if TYPE_CHECKING:
    from numpy.typing import NDArray

_A = TypeVar("_A")
_B = TypeVar("_B")

Read = Callable[[Region], "NDArray[np.generic]"]
Write = Callable[[Region, "NDArray[np.generic]"], None]


class Scratch(Protocol):
    """An array on disk or in memory that is read and written by slices."""

    def __getitem__(self, index: tuple[slice, ...], /) -> Any: ...

    def __setitem__(self, index: tuple[slice, ...], value: Any, /) -> None: ...


MakeScratch = Callable[[tuple[int, ...], str], Scratch]


class Each(Protocol):
    """Applies a function to items and yields the results in order, as ``map`` does."""

    def __call__(self, function: Callable[[_A], _B], items: Iterable[_A], /) -> Iterable[_B]: ...


@dataclass(frozen=True)
class Blocks:
    """How an image is cut, and how the blocks are worked on.

    Parameters
    ----------
    shape
        Of the image, ``(y, x)`` or ``(z, y, x)``.
    block
        Wanted size; rounded up to whole chunks.
    chunk
        Of the storage, by default that of :func:`objclass.data.blocks.chunk_shape`.
    each
        ``map``, or the ``map`` of a thread pool or cluster that keeps the order.
    """

    shape: tuple[int, ...]
    block: tuple[int, ...]
    chunk: tuple[int, ...] | None = None
    each: Each = map

    @property
    def edges(self) -> tuple[int, ...]:
        """The size of a block in whole chunks."""
        chunk = self.chunk or chunk_shape(self.shape)
        wanted = zip(self.block, chunk, strict=True)
        return tuple(-(-max(1, b) // c) * c for b, c in wanted)

    @property
    def grid(self) -> tuple[int, ...]:
        """The number of blocks along each axis."""
        return tuple(-(-n // e) for n, e in zip(self.shape, self.edges, strict=True))

    @property
    def regions(self) -> list[Region]:
        """The blocks in raster order."""
        return list(tiles(self.shape, self.edges))


def threshold_by_block(
    read: Read,
    blocks: Blocks,
    settings: Settings,
    scratch: MakeScratch,
    write: Write,
    read_core: Read | None = None,
    layer: Layer = "objects",
) -> Report:
    """Write one layer of the objects of a prediction map, block by block.

    Parameters
    ----------
    read
        Returns the (scaled) prediction map of a region.
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

    Raises
    ------
    ValueError
        For seeded growth, which needs whole frames.
    """
    if layer == "smoothed":
        return _smoothed(read, blocks, settings, write)
    if layer in ("cores", "cores_filtered"):
        cores = replace(settings, method="simple", threshold=settings.high)
        return _simple(read_core or read, blocks, cores, scratch, write, layer != "cores")
    if settings.method == "simple":
        return _simple(read, blocks, settings, scratch, write, layer == "objects")
    if not settings.merge_objects:
        raise ValueError("merge_objects=False works on whole frames")
    return _hysteresis(read, read_core, blocks, settings, scratch, write, layer == "objects")


def components_by_block(
    read: Read, blocks: Blocks, scratch: MakeScratch, write: Write, connectivity: int = 1
) -> int:
    """Write the connected components of an integer image block by block; return their number.

    Parameters are those of :func:`threshold_by_block`; `read` returns bool or integers.
    """
    store = scratch(blocks.shape, "uint32")
    stitching = Stitching(blocks.grid, connectivity)
    find = partial(_find_equal, read, blocks.shape, store, connectivity)
    for piece in blocks.each(find, blocks.regions):
        stitching.add(piece)
    joined = stitching.joined()
    _rewrite(blocks, store, stitching, joined.final(joined.sizes > 0), write)
    return int((joined.sizes > 0).sum())


def _find_equal(
    read: Read, shape: tuple[int, ...], store: Scratch, connectivity: int, region: Region
) -> Piece:
    values = read(region)
    piece = _stored(runs(values), region, shape, store, connectivity)
    return replace(piece, values=faces(values))


def _stored(
    found: Runs,
    region: Region,
    shape: tuple[int, ...],
    store: Scratch | None,
    connectivity: int = 1,
) -> Piece:
    """Label the runs of a block, keep the local ids in `store` and return what is joined."""
    ids, count = run_components(found, connectivity)
    label_image = painted(found, ids)
    if store is not None:
        store[region.slices] = label_image
    sizes = run_counts(found, ids, count)
    return Piece(sizes, run_firsts(found, ids, count, region, shape), faces(label_image))


def _smooth_region(read: Read, blocks: Blocks, settings: Settings, region: Region) -> Any:
    """Return the smoothed voxels of a region, as they are in the whole image."""
    outer = region.grown(halo(settings.sigma), blocks.shape)
    return gaussian(read(outer), settings.sigma)[region.within(outer)]


def _smoothed(read: Read, blocks: Blocks, settings: Settings, write: Write) -> Report:
    def work(region: Region) -> None:
        write(region, _smooth_region(read, blocks, settings, region))

    for _ in blocks.each(work, blocks.regions):
        pass
    return Report(0, Dropped())


def _simple(
    read: Read,
    blocks: Blocks,
    settings: Settings,
    scratch: MakeScratch,
    write: Write,
    by_size: bool,
) -> Report:
    store = scratch(blocks.shape, "uint32")

    def find(region: Region) -> Piece:
        mask = level(_smooth_region(read, blocks, settings, region), settings.threshold)
        return _stored(runs(mask), region, blocks.shape, store)

    stitching = Stitching(blocks.grid)
    for piece in blocks.each(find, blocks.regions):
        stitching.add(piece)
    joined = stitching.joined()
    present = joined.sizes > 0
    return _finish(blocks, store, stitching, joined, present, settings, write, by_size, Dropped())


def _finish(
    blocks: Blocks,
    store: Scratch,
    stitching: Stitching,
    joined: Joined,
    keep: NDArray[np.bool_],
    settings: Settings,
    write: Write,
    by_size: bool,
    dropped: Dropped,
) -> Report:
    """Filter the kept roots by size, number them and write their voxels."""
    if by_size:
        sizes = np.where(keep, joined.sizes, 0)
        small, large = outside(sizes, settings.min_size, settings.max_size)
        dropped = replace(dropped, too_small=small, too_large=large)
        keep = within(sizes, settings.min_size, settings.max_size)
    _rewrite(blocks, store, stitching, joined.final(keep), write)
    return Report(int(keep.sum()), dropped)


def _rewrite(
    blocks: Blocks,
    store: Scratch,
    stitching: Stitching,
    table: NDArray[np.uint32],
    write: Write,
) -> None:
    """Replace the local ids of every block by final ones."""

    def work(item: tuple[Region, int, int]) -> None:
        region, begin, end = item
        local = np.concatenate([np.zeros(1, np.uint32), table[begin + 1 : end + 1]])
        write(region, apply(np.asarray(store[region.slices]), local))

    ends = zip(stitching.offsets, stitching.offsets[1:], strict=False)
    items = [(region, a, b) for region, (a, b) in zip(blocks.regions, ends, strict=True)]
    for _ in blocks.each(work, items):
        pass


@dataclass(frozen=True)
class _Found:
    """Low components and cores of a block, and pairs (core, low) of local ids that overlap."""

    low: Piece
    cores: Piece
    overlaps: NDArray[np.uint32]


def _hysteresis(
    read: Read,
    read_core: Read | None,
    blocks: Blocks,
    settings: Settings,
    scratch: MakeScratch,
    write: Write,
    by_size: bool,
) -> Report:
    store = scratch(blocks.shape, "uint32")
    find = partial(_find_both, read, read_core, blocks, settings, store)
    low, cores, overlaps = Stitching(blocks.grid), Stitching(blocks.grid), []
    for found in blocks.each(find, blocks.regions):
        overlaps.append(found.overlaps + np.array([cores.offsets[-1], low.offsets[-1]]))
        low.add(found.low)
        cores.add(found.cores)
    pairs = np.concatenate([np.empty((0, 2), np.int64), *overlaps])
    joined, joined_cores = low.joined(), cores.joined()
    allowed = within(joined_cores.sizes, settings.min_size, settings.max_size)
    held = pairs[allowed[joined_cores.roots[pairs[:, 0]]], 1]
    holds = np.zeros(len(joined.roots), bool)
    holds[joined.roots[held]] = True
    small, large = outside(joined_cores.sizes, settings.min_size, settings.max_size)
    without = int((joined.sizes > 0).sum() - holds.sum())
    dropped = Dropped(small, large, without)
    return _finish(blocks, store, low, joined, holds, settings, write, by_size, dropped)


def _find_both(
    read: Read,
    read_core: Read | None,
    blocks: Blocks,
    settings: Settings,
    store: Scratch,
    region: Region,
) -> _Found:
    smoothed = _smooth_region(read, blocks, settings, region)
    low = runs(level(smoothed, settings.threshold))
    low_piece = _stored(low, region, blocks.shape, store)
    if read_core is not None:
        smoothed = _smooth_region(read_core, blocks, settings, region)
    core = runs(level(smoothed, settings.high))
    core_piece = _stored(core, region, blocks.shape, None)
    low_ids, _ = run_components(low)
    core_ids, _ = run_components(core)
    return _Found(low_piece, core_piece, touching(low, low_ids, core, core_ids))
