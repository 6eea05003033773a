"""What all outputs share that hold outlines: objects plane by plane, a tile at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from objclass.data.blocks import Region, storage_chunk
from objclass.data.dataclass import dataclass
from objclass.data.labels import Index, LabelImage
from objclass.data.objects import Prediction
from objclass.engine.node import JoinedInput, View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.painting.outlines import Outlines

TILE = 1024
"""Objects that begin in a square of so many pixels are read at once, with all their voxels."""


@dataclass(frozen=True)
class OutlinedPlane:
    """The outlines of some objects in one plane of a frame.

    Parameters
    ----------
    rows
        Their rows in the index of the frame.
    outlines
        One entry per row, in coordinates of what was read.
    z, y, x
        The plane, and its first pixel, in the uncropped image.
    """

    rows: NDArray[np.int64]
    outlines: Outlines
    z: int
    y: int
    x: int


def outlined_planes(labels: LabelImage) -> Iterator[OutlinedPlane]:
    """Yield the outlines of all objects of a frame; of a volume, plane after plane.

    Memory holds the objects that begin in one tile, with their boxes.
    """
    index, grid = labels.index, labels.header.grid
    depth = storage_chunk(grid.shape, grid.spatial)[0] if grid.dimensions == 3 else 1
    planes = grid.shape[0] if grid.dimensions == 3 else 1
    for first in range(0, planes, depth):
        for rows in _tiles(index, first, min(first + depth, planes)):
            yield from _planes(labels, rows, first, min(first + depth, planes))


def _tiles(index: Index, first: int, last: int) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of objects that begin in a tile and reach into some planes."""
    import numpy as np

    rows = np.arange(len(index))
    if index.start.shape[1] == 3:
        rows = rows[(index.start[:, 0] < last) & (index.stop[:, 0] > first)]
    tile = index.start[rows, -2:] // TILE
    order = np.lexsort((rows, tile[:, 1], tile[:, 0]))
    changes = np.flatnonzero(np.any(np.diff(tile[order], axis=0), axis=1)) + 1
    yield from (each for each in np.split(rows[order], changes) if len(each))


def _planes(
    labels: LabelImage, rows: NDArray[np.int64], first: int, last: int
) -> Iterator[OutlinedPlane]:
    """Yield the outlines of objects in some planes, which are read at once."""
    import numpy as np

    from objclass.painting.outlines import outlines

    index, grid = labels.index, labels.header.grid
    low, high = index.start[rows, -2:].min(axis=0), index.stop[rows, -2:].max(axis=0)
    deep = grid.dimensions == 3
    start, stop = (tuple(map(int, each)) for each in (low, high))
    region = Region((first, *start), (last, *stop)) if deep else Region(start, stop)
    voxels: NDArray[Any] = labels.read(region)
    boxes = np.concatenate([index.start[rows, -2:] - low, index.stop[rows, -2:] - low], axis=1)
    z, y, x = grid.origin
    for plane in range(first, last):
        here = np.ones(len(rows), np.bool_)
        if deep:
            here = (index.start[rows, 0] <= plane) & (index.stop[rows, 0] > plane)
        ids = index.ids[rows[here]]
        found = outlines(voxels[plane - first] if deep else voxels, ids, boxes[here])
        yield OutlinedPlane(rows[here], found, z + plane, y + start[0], x + start[1])


def codes(view: View, given: JoinedInput, index: Index) -> NDArray[np.int64]:
    """Return the class of every object of a frame, counted from 1; 0 where none is predicted."""
    import numpy as np

    if "prediction" not in view.given:
        return np.zeros(len(index), np.int64)
    found: Prediction = view.at("prediction", given).load()
    return found.code.astype(np.int64)
