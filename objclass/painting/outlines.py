"""Outlines of objects along the edges of their pixels: polygons whose area is their size.

Pixels that meet at a corner alone are pieces of their own, so that no ring touches itself and
every polygon is valid by the rules of OGC and JTS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Outlines:
    """The outlines of n objects of a plane.

    Parameters
    ----------
    corners
        int64 (c, 2), ``x, y`` of all corners; pixel ``x, y`` lies from there to ``x + 1, y + 1``.
    ends
        int64 (r,), one past the last corner of every ring.
    owner
        int64 (r,), the object of every ring, ascending, from 0.
    shell
        int64 (r,), the outer ring of the piece that a ring belongs to: itself, or that around a
        hole. Outer rings go from x to y (anticlockwise by the sign of their area), holes the
        other way.
    objects
        n; an object without pixels has no ring.
    """

    corners: NDArray[np.int64]
    ends: NDArray[np.int64]
    owner: NDArray[np.int64]
    shell: NDArray[np.int64]
    objects: int

    def ring(self, number: int) -> NDArray[np.int64]:
        """Return the corners of a ring, (k, 2), the first one not repeated."""
        start = int(self.ends[number - 1]) if number else 0
        return self.corners[start : int(self.ends[number])]

    @property
    def order(self) -> NDArray[np.int64]:
        """The rings by object and piece, each outer ring before its holes."""
        import numpy as np

        numbers = np.arange(len(self.ends))
        return np.lexsort((numbers, self.shell != numbers, self.shell, self.owner))


def outlines(
    labels: NDArray[np.integer[Any]], ids: NDArray[np.uint64], boxes: NDArray[np.int64]
) -> Outlines:
    """Return the outlines of objects of a plane.

    Parameters
    ----------
    labels
        (y, x), ids of objects, 0 for background.
    ids
        uint64 (n,).
    boxes
        int64 (n, 4): first row and column of the box of every object, and one past the last.
    """
    import numpy as np

    from objclass.painting.outline_kernels import shells, trace

    same = ids.astype(labels.dtype)  # else numba would compare them as floats
    corners, rings = trace(labels, same, np.ascontiguousarray(boxes, np.int64))
    shell = shells(corners, rings)
    return Outlines(corners, rings[:, 0], rings[:, 1], shell, len(ids))


def polygon_texts(
    found: Outlines, x: int = 0, y: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Return the ``coordinates`` of all objects as GeoJSON has them.

    Parameters
    ----------
    found
        Of a plane whose first pixel is at `x`, `y` of the image.

    Returns
    -------
    UTF-8 text, where that of every object ends, and how many pieces it has: of one piece these
    are the coordinates of a Polygon, of several those of a MultiPolygon.
    """
    import numpy as np

    from objclass.painting.outline_kernels import write_polygons

    numbers = np.arange(len(found.ends))
    whole = np.where(found.shell == numbers, 1, -1)
    rings = np.stack([found.ends, found.owner, whole], axis=1)
    return write_polygons(found.corners, rings, found.order, found.shell, found.objects, x, y)
