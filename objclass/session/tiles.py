"""Tiles of a plane: raw values and object ids, strided where they are seen from far away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.errors import InputError, Problem
from objclass.session.answers import Plane
from objclass.session.frames import SessionFrame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.image import Image

BAND = 1 << 22
"""Voxels that are read at a time, so that memory stays bounded however far away one looks."""
MOST = 1 << 29
"""Voxels that a tile may look at: nobody waits for more."""
Read = Callable[[Region], "NDArray[Any]"]


def plane_shape(grid: Grid, plane: Plane) -> tuple[int, int]:
    """Return height and width of a plane in voxels."""
    kept = [n for axis, n in zip(grid.spatial, grid.shape, strict=True) if axis != plane.axis]
    return kept[0], kept[1]


def raw_tile(
    raw: Image | None, plane: Plane, level: int, region: Region, channel: int
) -> NDArray[Any]:
    """Return raw values of a tile.

    Parameters
    ----------
    raw
        The image of a frame; None where there is none.
    plane
        Of the frame.
    level
        Every 2^level-th voxel is shown.
    region
        Rows and columns of the plane at that level; what lies outside is cut off.
    channel
        Its number.

    Raises
    ------
    InputError
        Where there is no such channel or plane.
    """
    if raw is None or not 0 <= channel < len(raw.header.channels):
        count = 0 if raw is None else len(raw.header.channels)
        raise InputError(Problem(f"there is no channel {channel}", expected=f"one of {count}"))
    return _tile(lambda part: raw.read(channel, part), raw.header.grid, plane, level, region)


def label_tile(frame: SessionFrame, plane: Plane, level: int, region: Region) -> NDArray[np.uint32]:
    """Return object ids of a tile: those of single voxels, never mixed.

    Parameters
    ----------
    frame
        Image and time point.
    plane, level, region
        As :func:`raw_tile` has them.

    Raises
    ------
    InputError
        Where there is no such plane, or ids are too large to be shown.
    """
    import numpy as np

    ids = _tile(frame.labels.read, frame.labels.header.grid, plane, level, region)
    if len(frame.ids) and int(frame.ids[-1]) > np.iinfo(np.uint32).max:
        what = f"ids up to {int(frame.ids[-1])} are too large to be shown"
        raise InputError(Problem(what, fix="number the objects of the file anew"))
    return ids.astype(np.uint32, copy=False)


def object_at(frame: SessionFrame, point: Sequence[int]) -> int:
    """Return the id at a voxel ``(y, x)`` or ``(z, y, x)`` of the frame; 0 for none or outside."""
    shape = frame.labels.header.grid.shape
    voxel = tuple(int(v) for v in point)[-len(shape) :]
    if len(voxel) < len(shape) or not all(0 <= v < n for v, n in zip(voxel, shape, strict=True)):
        return 0
    return int(frame.labels.read(Region(voxel, tuple(v + 1 for v in voxel))).flat[0])


def _tile(read: Read, grid: Grid, plane: Plane, level: int, region: Region) -> NDArray[Any]:
    """Read the voxels of a tile in bands of rows."""
    import numpy as np

    step = 1 << min(level, max(grid.shape).bit_length())
    top, left, bottom, right = _edges(plane_shape(grid, plane), step, region)
    if (bottom - top) * (right - left) > MOST:
        what = f"a tile of {bottom - top} by {right - left} voxels is too large to be read"
        raise InputError(Problem(what, fix="look at a smaller part"))
    if top == bottom or left == right:
        return np.zeros((0, 0), np.uint8)
    high = max(1, BAND // (step * min(right - left, BAND))) * step
    bands = []
    for row in range(top, bottom, high):
        stop = min(bottom, row + high)
        part = _slab(grid, plane, (row, left), (stop, right))
        flat = read(part).reshape(stop - row, right - left)
        bands.append(flat[::step, ::step].copy())
    return np.concatenate(bands)


def _edges(shape: tuple[int, int], step: int, region: Region) -> tuple[int, int, int, int]:
    """Return first and last rows and columns of a tile in voxels."""
    starts = [min(max(0, a) * step, n) for a, n in zip(region.start, shape, strict=True)]
    stops = [min(max(0, b) * step, n) for b, n in zip(region.stop, shape, strict=True)]
    return starts[0], starts[1], max(starts[0], stops[0]), max(starts[1], stops[1])


def _slab(grid: Grid, plane: Plane, start: tuple[int, int], stop: tuple[int, int]) -> Region:
    """Return the part of a frame that a rectangle of a plane is."""
    if grid.dimensions == 2:
        if plane.axis != "z" or plane.index != 0:
            raise InputError(Problem("the image has one plane", got=f"{plane.axis} {plane.index}"))
        return Region(start, stop)
    at = grid.spatial.index(plane.axis)
    if not 0 <= plane.index < grid.shape[at]:
        expected = f"0 to {grid.shape[at] - 1}"
        what = f"there is no plane {plane.axis} {plane.index}"
        raise InputError(Problem(what, expected=expected))
    low, high = [*start], [*stop]
    low.insert(at, plane.index)
    high.insert(at, plane.index + 1)
    return Region(tuple(low), tuple(high))
