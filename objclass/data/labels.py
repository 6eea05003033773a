"""Label images: each voxel holds the id of its object, 0 is background.

Beside the voxels a label image carries an :class:`Index`, one row an object, at most
64 bytes each (8 more where a file's ids were replaced), so that annotations, tables and
pictures need not read voxels again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.lazy_array import LazyArray, lazy_frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class LabelHeader:
    """What is known of a label image before a voxel is read.

    Parameters
    ----------
    grid
        Shape, crop, spacing and axes.
    dtype
        ``uint32``, or ``uint64`` where a file's ids need it.
    keeps_ids
        True where the ids are those of a file, so that rows which name only an id are legal.
    found_in
        Names of the channels that objects were found in, where these are kept apart; the
        index says which (`Index.channel`).
    """

    grid: Grid
    dtype: str = "uint32"
    keeps_ids: bool = False
    found_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Index:
    """One row per object of a frame, sorted by id; n objects in d dimensions.

    Parameters
    ----------
    ids
        uint64 (n,), ascending.
    start, stop
        int32 (n, d), the bounding box in voxels of the frame; ``stop`` is not inside.
    size
        int64 (n,), number of voxels.
    inside
        int32 (n, d), the deepest voxel of the object (ties: first in raster order).
    touches_border
        bool (n,), true where the object has a voxel at the border of the frame
        (in 3D also at its first and last plane).
    stamp
        bytes ``S11`` (n,), ``o`` and ten hexadecimal digits of the object's place and voxels.
    channel
        uint8 (n,), 1… into the header's ``found_in``; None where objects have one channel.
    original
        uint64 (n,), the ids in the file that the objects come from; None where they have no
        others than `ids`.
    """

    ids: NDArray[np.uint64]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    size: NDArray[np.int64]
    inside: NDArray[np.int32]
    touches_border: NDArray[np.bool_]
    stamp: NDArray[np.bytes_]
    channel: NDArray[np.uint8] | None = None
    original: NDArray[np.uint64] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def row_of(self, object_id: int) -> int:
        """Return the row of an id, or -1 where there is no such object."""
        if not 0 <= object_id < 1 << 8 * self.ids.dtype.itemsize:
            return -1
        row = int(self.ids.searchsorted(self.ids.dtype.type(object_id)))
        return row if row < len(self.ids) and int(self.ids[row]) == object_id else -1

    def only(self, keep: NDArray[np.bool_]) -> Index:
        """Return some of the objects, those where `keep` (n,) is true."""
        arrays = {name: value for name, value in vars(self).items() if value is not None}
        return replace(self, **{name: value[keep] for name, value in arrays.items()})

    def box(self, row: int) -> Region:
        """Return the bounding box of a row."""
        return Region(tuple(map(int, self.start[row])), tuple(map(int, self.stop[row])))


@dataclass(frozen=True)
class LabelImage:
    """The ids of one frame, read on demand, and the index of its objects.

    ``source(region)`` returns an array ``(y, x)`` or ``(z, y, x)`` of the header's dtype.
    """

    header: LabelHeader
    source: Callable[[Region], NDArray[np.generic]]
    load_index: Callable[[], Index]

    def read(self, region: Region | None = None) -> NDArray[np.generic]:
        """Return the ids of `region`, by default of the whole frame."""
        return self.source(region or Region.whole(self.header.grid.shape))

    @property
    def voxels(self) -> LazyArray:
        """The ids of the frame as an array that is read by region."""
        return lazy_frame(self.header.grid, self.header.dtype, self.source)

    @property
    def index(self) -> Index:
        """The objects of this frame."""
        return self.load_index()
