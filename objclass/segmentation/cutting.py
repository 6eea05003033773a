"""How an image is cut into blocks and how the blocks are worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeVar

from objclass.data.blocks import Region, chunk_shape, tiles
from objclass.data.dataclass import dataclass
from objclass.data.ordered import OrderedMap, ThreadedMap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_A = TypeVar("_A")

Read = Callable[[Region], "NDArray[np.generic]"]
Write = Callable[[Region, "NDArray[np.generic]"], None]


@dataclass(frozen=True)
class Blocks:
    """The blocks of one frame.

    Parameters
    ----------
    shape
        Of the image, ``(y, x)`` or ``(z, y, x)``.
    block
        Wanted size; rounded up to whole chunks.
    chunk
        Of the storage, by default that of :func:`objclass.data.blocks.chunk_shape`.
    each
        ``map``, or one whose calls run side by side.
    most_bytes
        What may be held at once of something that cannot be cut; None is no limit.
    """

    shape: tuple[int, ...]
    block: tuple[int, ...]
    chunk: tuple[int, ...] | None = None
    each: OrderedMap = map
    most_bytes: int | None = None

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
    def single(self) -> bool:
        """True where no block has a neighbour: the image is worked on in memory."""
        return prod(self.grid) <= 1

    @property
    def regions(self) -> list[Region]:
        """The blocks in raster order."""
        return list(tiles(self.shape, self.edges))

    @property
    def at_a_time(self) -> int:
        """How many blocks may be worked on at a time."""
        return self.each.threads if isinstance(self.each, ThreadedMap) else 1

    def meeting(self, region: Region) -> Iterator[int]:
        """Yield the numbers, in raster order, of the blocks that share voxels with `region`."""
        along = [
            range(a // edge, -(-b // edge))
            for a, b, edge in zip(region.start, region.stop, self.edges, strict=True)
        ]
        steps = [prod(self.grid[axis + 1 :]) for axis in range(len(along))]
        for place in product(*along):
            yield sum(p * step for p, step in zip(place, steps, strict=True))

    def run(self, function: Callable[[_A], None], items: Iterable[_A]) -> None:
        """Apply `function` to every item."""
        for _ in self.each(function, items):
            pass
