"""Objects inside an area of a plane, such as a box or a lasso."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from objclass.data.blocks import Region
from objclass.errors import InputError, Problem
from objclass.session.answers import Plane
from objclass.session.frames import SessionFrame
from objclass.session.tiles import label_tile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Corner = tuple[float, float]
"""Row and column of a plane, in voxels of the frame."""
CORNERS = 3


def objects_within(
    frame: SessionFrame, plane: Plane, polygon: Sequence[Corner]
) -> NDArray[np.uint64]:
    """Return the ids of objects in a polygon, ascending.

    In a 2D image these are the objects whose deepest voxel lies inside, so that what is touched
    at its rim is not meant. In a plane of a volume these are the objects most of whose voxels
    in that plane, as far as they are seen in the polygon's box, lie inside.

    Raises
    ------
    InputError
        For a polygon without an area, or a plane that does not exist.
    """
    import numpy as np

    if len(polygon) < CORNERS:
        what = f"an area has at least {CORNERS} corners"
        raise InputError(Problem(what, got=str(len(polygon))))
    corners = np.asarray(polygon, np.float64)
    if frame.labels.header.grid.dimensions == 2:
        middles = frame.index.inside.astype(np.float64)
        return frame.ids[is_inside(middles, corners)]
    low, high = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int) + 1
    start = (max(0, int(low[0])), max(0, int(low[1])))
    region = Region(start, (max(start[0], int(high[0])), max(start[1], int(high[1]))))
    ids = label_tile(frame, plane, 0, region)
    rows, columns = np.indices(ids.shape)
    points = np.stack([rows.ravel() + start[0], columns.ravel() + start[1]], axis=1)
    return _mostly(ids.ravel(), is_inside(points.astype(np.float64), corners))


def _mostly(ids: NDArray[np.uint32], inside: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return the ids most of whose voxels are inside."""
    import numpy as np

    seen, counts = np.unique(ids, return_counts=True)
    there, hits = np.unique(ids[inside], return_counts=True)
    of = counts[np.searchsorted(seen, there)]
    return there[(2 * hits > of) & (there > 0)].astype(np.uint64)


def is_inside(points: NDArray[np.float64], polygon: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points lie in a polygon, by the number of its edges that a ray crosses.

    Parameters
    ----------
    points, polygon
        float64 (n, 2) and (m, 2), rows and columns; the polygon is closed by itself.
    """
    import numpy as np

    inside = np.zeros(len(points), np.bool_)
    y, x = points[:, 0], points[:, 1]
    for (ay, ax), (by, bx) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if ay == by:
            continue
        crosses = (ay > y) != (by > y)
        inside ^= crosses & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return inside
