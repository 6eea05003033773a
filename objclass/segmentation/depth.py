"""The deepest voxel of an object: farthest from everything that is not the object.

Distances are exact squared Euclidean ones in voxels, integers, found inside the object's
box: the voxels around the box are never the object, so nothing nearer lies beyond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.kernel import kernel
from objclass.segmentation.grouping import Grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_32_BIT = 90_000


def deepest(objects: Grouped, flat: bool) -> NDArray[np.int32]:
    """Return the deepest voxel ``(z, y, x)`` of each object, int32 (n, 3).

    Parameters
    ----------
    objects
        Runs and boxes.
    flat
        True for a 2D image, where z is no direction to measure in.

    Notes
    -----
    Ties go to the first voxel in raster order. The outside of the image is not the object.
    """
    inside = np.empty((len(objects), 3), np.int32)
    longest = int(objects.edges.max(initial=0))
    room = int(objects.edges.prod(axis=1).max(initial=0))
    cost = np.zeros(room, np.int32 if longest <= LONGEST_32_BIT else np.int64)
    work = np.empty((3, longest + 2), np.int64)
    _deepest(objects.first, objects.table, objects.box, flat, cost, work, inside)
    return inside


@kernel
def _along_segment(cost: Any, at: Any, step: Any, n: Any, work: Any) -> Any:
    """Lower n costs at ``at + i * step`` to the least ``cost[j] + (i - j)²``.

    The voxels before and after the segment are not the object: cost 0 at -1 and n. `work`
    holds the parabolas of the lower envelope: where they stand, how high, from where on
    they are the least.
    """
    site, height, begin = work[0], work[1], work[2]
    site[0], height[0], begin[0] = -1, 0, 0
    top = 0
    for i in range(n + 1):
        c = cost[at + i * step] if i < n else 0
        while True:
            s = site[top]
            meet = (i * i - s * s + c - height[top]) // (2 * (i - s)) + 1
            if meet <= begin[top] and top > 0:
                top -= 1
            else:
                break
        if meet < n:
            top += 1
            site[top], height[top], begin[top] = i, c, max(meet, 0)
    for i in range(n - 1, -1, -1):
        while begin[top] > i:
            top -= 1
        cost[at + i * step] = height[top] + (i - site[top]) * (i - site[top])


@kernel
def _along_axis(cost: Any, outer: Any, n: Any, inner: Any, work: Any) -> Any:
    """Lower the costs along the middle axis of a block (outer, n, inner)."""
    for a in range(outer):
        for b in range(inner):
            at = a * n * inner + b
            i = 0
            while i < n:
                if cost[at + i * inner] == 0:
                    i += 1
                    continue
                begin = i
                while i < n and cost[at + i * inner] != 0:
                    i += 1
                _along_segment(cost, at + begin * inner, inner, i - begin, work)


@kernel
def _write_runs(
    table: Any, a: Any, b: Any, z0: Any, y0: Any, x0: Any, ny: Any, nx: Any, cost: Any
) -> Any:
    """Write the squared distance along x to the end of the run."""
    for i in range(a, b):
        n = table[i, 3]
        at = ((table[i, 0] - z0) * ny + table[i, 1] - y0) * nx + table[i, 2] - x0
        for k in range(n):
            d = min(k + 1, n - k)
            cost[at + k] = d * d


@kernel
def _deepest(first: Any, table: Any, box: Any, flat: Any, cost: Any, work: Any, inside: Any) -> Any:
    for k in range(box.shape[0]):
        z0, y0, x0 = box[k, 0], box[k, 1], box[k, 2]
        nz, ny, nx = box[k, 3] - z0, box[k, 4] - y0, box[k, 5] - x0
        voxels = nz * ny * nx
        cost[:voxels] = 0
        _write_runs(table, first[k], first[k + 1], z0, y0, x0, ny, nx, cost)
        _along_axis(cost, nz, ny, nx, work)
        if not flat:
            _along_axis(cost, 1, nz, ny * nx, work)
        best = 0
        for i in range(1, voxels):
            if cost[i] > cost[best]:
                best = i
        inside[k, 0] = z0 + best // (ny * nx)
        inside[k, 1] = y0 + best // nx % ny
        inside[k, 2] = x0 + best % nx
