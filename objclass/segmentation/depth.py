"""The deepest voxel of an object: farthest from everything that is not the object.

Distances are exact squared Euclidean ones in voxels, integers, found inside the object's
box: the voxels around the box are never the object, so nothing nearer lies beyond.
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.kernel import kernel
from objclass.segmentation.fragments import Fragments, may_be_scattered
from objclass.segmentation.grouping import GroupedRuns

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_32_BIT = 90_000
LARGEST_BOX = 2**24
SEARCHED = 64
"""Boxes up to this edge in 3D are searched; in larger ones all distances are found."""
SEARCHED_FLAT = 256
"""And in 2D. How long a search takes grows with the depth, in 3D with its square."""


def deepest(objects: GroupedRuns, flat: bool) -> NDArray[np.int32]:
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
    Boxes above 2²⁴ voxels are measured slab by slab, and objects in several pieces piece by
    piece, with the same result: all voxels nearer than the nearest one outside are connected.
    """
    sparse = may_be_scattered(objects)
    if not sparse.any():
        return _deepest_of(objects, flat)[0]
    inside = np.empty((len(objects), 3), np.int32)
    inside[~sparse] = _deepest_of(objects.only(~sparse), flat)[0]
    found = Fragments.of(objects.only(sparse))
    places, depth = _deepest_of(found.pieces, flat)
    order = np.lexsort((*places.T[::-1], -depth, found.owner))
    best = np.unique(found.owner[order], return_index=True)[1]
    inside[sparse] = places[order][best]
    return inside


def _deepest_of(objects: GroupedRuns, flat: bool) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the deepest voxel of each object and its squared depth; large boxes by slab."""
    small = objects.edges.max(axis=1) <= (SEARCHED_FLAT if flat else SEARCHED)
    if small.all():
        return _search_deepest(objects, flat)
    large = objects.edges.prod(axis=1) > LARGEST_BOX
    inside, depth = np.empty((len(objects), 3), np.int32), np.empty(len(objects), np.int64)
    for find, chosen in ((_search_deepest, small), (_find_deepest, ~small & ~large)):
        inside[chosen], depth[chosen] = find(objects.only(chosen), flat)
    tables = objects.tables()
    for k in np.flatnonzero(large):
        inside[k], depth[k] = _by_slab(tables[k], flat)
    return inside, depth


def _find_deepest(
    objects: GroupedRuns, flat: bool, rows: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the deepest voxel of each object and its squared depth.

    `rows`, int64 (n, 2), limits the search to some planes (in 2D: rows) of each object.
    """
    n, axis = len(objects), 1 if flat else 0
    if rows is None:
        rows = objects.box[:, [axis, axis + 3]].astype(np.int64)
    inside, depth = np.empty((n, 3), np.int32), np.empty(n, np.int64)
    longest = int(objects.edges.max(initial=0))
    room = int(objects.edges.prod(axis=1).max(initial=0))
    cost = np.zeros(room, np.int32 if longest <= LONGEST_32_BIT else np.int64)
    work = np.empty((3, longest + 2), np.int64)
    _deepest(objects.first, objects.table, objects.box, flat, rows, cost, work, inside, depth)
    return inside, depth


def _search_deepest(
    objects: GroupedRuns, flat: bool
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return what :func:`_find_deepest` does, for small objects without all their distances."""
    n = len(objects)
    inside, depth = np.empty((n, 3), np.int32), np.empty(n, np.int64)
    cost = np.zeros(int(objects.edges.prod(axis=1).max(initial=0)), np.int32)
    _search(objects.first, objects.table, objects.box, flat, cost, inside, depth)
    return inside, depth


def _by_slab(table: NDArray[np.int32], flat: bool) -> tuple[NDArray[np.int32], int]:
    """Return the deepest voxel of one object and its squared depth, some planes at a time.

    In 2D it looks at some rows. No voxel is deeper than within its plane (row) alone. With that
    many planes of context a slab shows the true depths of the planes in its middle.
    """
    whole = GroupedRuns.of(np.array([0, len(table)]), table)
    axis = 1 if flat else 0
    begin, end = int(whole.box[0, axis]), int(whole.box[0, axis + 3])
    context = _limit_depth(table, begin, end, flat)
    room = LARGEST_BOX // int(np.delete(whole.edges[0], axis).prod())
    thick = max(1, context, room - 2 * context)
    best, found = -1, table[0, :3]
    for low in range(begin, end, thick):
        high = min(end, low + thick)
        slab = _slab(table, axis, low - context, high + context)
        if len(slab.table):
            rows = np.clip([[low, high]], slab.box[0, axis], slab.box[0, axis + 3])
            inside, depth = _find_deepest(slab, flat, rows)
            if depth[0] > best:
                best, found = int(depth[0]), inside[0]
    return found, best


def _limit_depth(table: NDArray[np.int32], begin: int, end: int, flat: bool) -> int:
    """Return a depth that no voxel exceeds: of the longest run, in 3D of the deepest plane."""
    if flat:
        return int(table[:, 3].max() + 1) // 2
    planes = (_slab(table, 0, z, z + 1) for z in range(begin, end))
    depths = [int(_find_deepest(plane, True)[1][0]) for plane in planes if len(plane.table)]
    return isqrt(max(depths)) + 1


def _slab(table: NDArray[np.int32], axis: int, low: int, high: int) -> GroupedRuns:
    """Return the runs of one object between two planes (rows)."""
    a, b = np.searchsorted(table[:, axis], [low, high])
    return GroupedRuns.of(np.array([0, b - a]), np.ascontiguousarray(table[a:b]))


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
def _deepest(
    first: Any, table: Any, box: Any, flat: Any, rows: Any, cost: Any, work: Any,
    inside: Any, depth: Any,
) -> None:  # fmt: skip
    for k in range(box.shape[0]):
        z0, y0, x0 = box[k, 0], box[k, 1], box[k, 2]
        nz, ny, nx = box[k, 3] - z0, box[k, 4] - y0, box[k, 5] - x0
        cost[: nz * ny * nx] = 0
        _write_runs(table, first[k], first[k + 1], z0, y0, x0, ny, nx, cost)
        _along_axis(cost, nz, ny, nx, work)
        if flat:
            begin, end = (rows[k, 0] - y0) * nx, (rows[k, 1] - y0) * nx
        else:
            _along_axis(cost, 1, nz, ny * nx, work)
            begin, end = (rows[k, 0] - z0) * ny * nx, (rows[k, 1] - z0) * ny * nx
        best, most = begin, -1
        for i in range(begin, end):
            if cost[i] > most:
                best, most = i, cost[i]
        depth[k] = most
        inside[k, 0] = z0 + best // (ny * nx)
        inside[k, 1] = y0 + best // nx % ny
        inside[k, 2] = x0 + best % nx


@kernel
def _squared_depth(
    cost: Any, nz: Any, ny: Any, nx: Any, flat: Any, z: Any, y: Any, x: Any, least: Any
) -> Any:
    """Return the squared distance of a voxel to the outside, or a number up to `least`.

    It looks at rows near by in order of distance along y, then z, and stops where no other
    can be nearer, or where the voxel is known not to be deeper than `least`.
    """
    value = cost[(z * ny + y) * nx + x]
    reach = 1 if flat else max(nz, ny, nx) + 1
    for dz in range(reach):
        if dz * dz >= value:
            break
        for side in range(1 if dz == 0 else 2):
            plane = z + dz if side == 0 else z - dz
            if plane < 0 or plane >= nz:
                value = min(value, dz * dz)
                continue
            dy = 0
            while dz * dz + dy * dy < value:
                away = dz * dz + dy * dy
                below = cost[(plane * ny + y - dy) * nx + x] if y >= dy else 0
                above = cost[(plane * ny + y + dy) * nx + x] if y + dy < ny else 0
                value = min(value, away + min(below, above))
                if value <= least:
                    return value
                dy += 1
    return value


@kernel
def _search(
    first: Any, table: Any, box: Any, flat: Any, cost: Any, inside: Any, depth: Any
) -> None:
    """Search the deepest voxel of each object: first in the middles of its runs, then beside.

    Along x no voxel is deeper than it is far from the ends of its run, so that most of them
    are never looked at. The second pass finds the first in raster order of the deepest.
    """
    for k in range(box.shape[0]):
        z0, y0, x0 = box[k, 0], box[k, 1], box[k, 2]
        nz, ny, nx = box[k, 3] - z0, box[k, 4] - y0, box[k, 5] - x0
        cost[: nz * ny * nx] = 0
        _write_runs(table, first[k], first[k + 1], z0, y0, x0, ny, nx, cost)
        most = 0
        for i in range(first[k], first[k + 1]):
            z, y, n = table[i, 0] - z0, table[i, 1] - y0, table[i, 3]
            if (n + 1) // 2 * ((n + 1) // 2) > most:
                x = table[i, 2] - x0 + (n - 1) // 2
                most = max(most, _squared_depth(cost, nz, ny, nx, flat, z, y, x, most))
        least = most - 1
        for i in range(first[k], first[k + 1]):
            z, y, n = table[i, 0] - z0, table[i, 1] - y0, table[i, 3]
            for step in range(n):
                edge = min(step + 1, n - step)
                if edge * edge <= least:
                    continue
                x = table[i, 2] - x0 + step
                value = _squared_depth(cost, nz, ny, nx, flat, z, y, x, least)
                if value > least:
                    least = value
                    inside[k, 0], inside[k, 1], inside[k, 2] = z + z0, y + y0, x + x0
        depth[k] = least
