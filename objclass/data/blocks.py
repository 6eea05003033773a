"""The only index arithmetic: boxes, block grids, read and write regions.

A *write region* is what a task is responsible for; its *read region* is the write region
grown by the halo and clipped at the image border::

    image   |..........................|
    write            |--------|
    halo          <--|        |-->
    read          |--------------|
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from math import prod

from objclass.data.axes import Grid
from objclass.data.memory_share import within_share

CHUNKS = {2: (512, 512), 3: (64, 64, 64)}
BAND_BYTES = 64 * 2**20
"""What is read at once of a frame that is looked at from end to end."""


@dataclass(frozen=True, order=True)
class Region:
    """A box of voxels: ``start`` is inside, ``stop`` is not."""

    start: tuple[int, ...]
    stop: tuple[int, ...]

    @classmethod
    def whole(cls, shape: tuple[int, ...]) -> Region:
        """The box that covers an image of this shape."""
        return cls((0,) * len(shape), shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Edge lengths, never negative."""
        return tuple(max(0, b - a) for a, b in zip(self.start, self.stop, strict=True))

    @property
    def size(self) -> int:
        """Number of voxels."""
        return prod(self.shape)

    @property
    def slices(self) -> tuple[slice, ...]:
        """The box as an index into the whole image."""
        return tuple(slice(a, b) for a, b in zip(self.start, self.stop, strict=True))

    def grown(self, halo: tuple[int, ...], shape: tuple[int, ...]) -> Region:
        """The read region: this box plus `halo` voxels on every side, inside `shape`."""
        start = tuple(max(0, a - h) for a, h in zip(self.start, halo, strict=True))
        stop = tuple(min(n, b + h) for b, h, n in zip(self.stop, halo, shape, strict=True))
        return Region(start, stop)

    def within(self, outer: Region) -> tuple[slice, ...]:
        """This box as an index into an array that was read from `outer`."""
        return tuple(
            slice(a - o, b - o) for a, b, o in zip(self.start, self.stop, outer.start, strict=True)
        )

    def moved(self, by: tuple[int, ...]) -> Region:
        """This box, `by` voxels further along every axis."""
        start = tuple(a + b for a, b in zip(self.start, by, strict=True))
        return Region(start, tuple(a + b for a, b in zip(self.stop, by, strict=True)))

    def united(self, other: Region) -> Region:
        """The smallest box that holds both."""
        start = tuple(min(a, b) for a, b in zip(self.start, other.start, strict=True))
        stop = tuple(max(a, b) for a, b in zip(self.stop, other.stop, strict=True))
        return Region(start, stop)

    def common(self, other: Region) -> Region:
        """The box that lies in both; the two must meet."""
        start = tuple(max(a, b) for a, b in zip(self.start, other.start, strict=True))
        stop = tuple(min(a, b) for a, b in zip(self.stop, other.stop, strict=True))
        return Region(start, stop)

    def aligned(self, chunk: tuple[int, ...], shape: tuple[int, ...]) -> Region:
        """The smallest box on `chunk` borders (or the image border) that holds this one."""
        start = tuple(a // c * c for a, c in zip(self.start, chunk, strict=True))
        stop = tuple(
            min(n, -(-b // c) * c) for b, c, n in zip(self.stop, chunk, shape, strict=True)
        )
        return Region(start, stop)


def tiles(shape: tuple[int, ...], block: tuple[int, ...] | None) -> Iterator[Region]:
    """Yield the write regions of a block grid aligned to voxel 0, in raster order.

    ``block=None`` is the whole image as one block; blocks at the far border are clipped.
    """
    edges = shape if block is None else block
    starts = [range(0, n, max(1, b)) for n, b in zip(shape, edges, strict=True)]
    for start in product(*starts):
        stop = tuple(min(n, s + b) for n, s, b in zip(shape, start, edges, strict=True))
        yield Region(start, stop)


def chunk_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The storage chunk of an image of this shape: 512 by 512, or 64 cubed."""
    return CHUNKS[len(shape)]


def chunks_in(region: Region, shape: tuple[int, ...]) -> Iterator[Region]:
    """Yield the parts of a region of an image that lie in one storage chunk each."""
    along = zip(region.start, region.stop, chunk_shape(shape), strict=True)
    spans = [pairwise([a, *range(a // edge * edge + edge, b, edge), b]) for a, b, edge in along]
    for span in product(*spans):
        yield Region(tuple(a for a, _ in span), tuple(b for _, b in span))


def slabs(shape: tuple[int, ...]) -> Iterator[Region]:
    """Yield regions of whole chunks along the first axis, so that reading stays bounded."""
    step = chunk_shape(shape)[0]
    for start in range(0, shape[0], step):
        stop = min(shape[0], start + step)
        yield Region((start, *(0,) * (len(shape) - 1)), (stop, *shape[1:]))


def storage_chunk(shape: tuple[int, ...], axes: str) -> tuple[int, ...]:
    """The storage chunk of an image of all frames: one frame and channel, cut as one frame is."""
    lengths = dict(zip(axes, shape, strict=True))
    edge = CHUNKS[3 if lengths.get("z", 1) > 1 else 2][0]
    return tuple(min(n, edge if letter in "zyx" else 1) for letter, n in lengths.items())


def chunk_runs(shape: tuple[int, ...], chunk: tuple[int, ...], most: int) -> Iterator[Region]:
    """Yield regions of whole chunks that follow each other in the raster order of chunks.

    Each has as many chunks as `most` voxels allow, and at least one.
    """
    edges = list(chunk)
    for axis in reversed(range(len(shape))):
        fits = max(1, most // max(1, prod(edges)))
        edges[axis] = min(shape[axis], fits * chunk[axis])
        if edges[axis] < shape[axis]:
            break
    return tiles(shape, tuple(edges))


def raster_slabs(shape: tuple[int, ...], chunk: tuple[int, ...]) -> Iterator[Region]:
    """Yield regions that follow each other in the raster order of voxels.

    Each is a layer of chunks: as thick as a chunk along the first axis on which chunks are
    thicker than one voxel, whole along the axes behind it.
    """
    cut = next((axis for axis, edge in enumerate(chunk) if edge > 1), len(shape) - 1)
    return tiles(shape, (*(1,) * cut, chunk[cut], *shape[cut + 1 :]))


def bands(
    shape: tuple[int, ...], voxel_bytes: int, edges: tuple[int, ...] | None = None
) -> Iterator[Region]:
    """Yield regions of whole rows that cover a frame and are small, however large the frame.

    A band is what fits into `BAND_BYTES`, but at least one plane, or of a picture one row.
    Where the file's own chunks are deeper than that, a band of a volume is cut along y
    instead, so that no chunk is decoded for one plane after the other.

    Parameters
    ----------
    shape
        Of the frame, ``(y, x)`` or ``(z, y, x)``.
    voxel_bytes
        Of one voxel.
    edges
        Edges of the chunks that the file decodes at once, for files that have such.
    """
    deep, own = chunk_shape(shape)[0], min(edges[0], shape[0]) if edges else 1
    fit = max(1, within_share(BAND_BYTES) // (prod(shape[1:]) * voxel_bytes))
    if edges and len(shape) == 3 and fit < own:
        row = deep * shape[2] * voxel_bytes
        rows = max(within_share(BAND_BYTES) // row, edges[1])
        yield from tiles(shape, (deep, max(1, -(-rows // deep)) * deep, shape[2]))
        return
    depth = deep if fit >= deep else max(1, fit // own) * min(own, fit)
    yield from tiles(shape, (depth, *shape[1:]))


def block_shape(block: Mapping[str, int] | None, grid: Grid) -> tuple[int, ...] | None:
    """Return the edges of an execution block; an axis that is not named is not cut."""
    if block is None:
        return None
    lengths = zip(grid.spatial, grid.shape, strict=True)
    return tuple(min(n, block.get(axis, n)) for axis, n in lengths)
