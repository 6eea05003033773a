"""A skeleton as a graph of voxels: which are linked, which branches are mere spurs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

SPUR = 1.5


@kernel
def axes_apart(a: NDArray[np.int64], b: NDArray[np.int64]) -> int:
    """Return along how many axes two neighbours differ; 0 where they are not neighbours."""
    count = 0
    for k in range(3):
        off = abs(a[k] - b[k])
        if off > 1:
            return 0
        count += off
    return count


@kernel
def voxels_of(mask: NDArray[np.uint8], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return z, y, x of the skeleton's voxels in raster order; `number` gets their numbers."""
    count = int(mask.sum())
    voxels = np.empty((count, 3), np.int64)
    count = 0
    depth, height, width = mask.shape
    for z in range(depth):
        for y in range(height):
            for x in range(width):
                number[z, y, x] = -1
                if mask[z, y, x] != 0:
                    number[z, y, x] = count
                    voxels[count, 0], voxels[count, 1], voxels[count, 2] = z, y, x
                    count += 1
    return voxels


@kernel
def neighbors_of(
    voxels: NDArray[np.int64], number: NDArray[np.int64], flat: bool
) -> NDArray[np.int64]:
    """Return the numbers of each voxel's neighbours ``(v, 26)`` in raster order, -1 behind them."""
    count = voxels.shape[0]
    result = np.full((count, 26), -1, np.int64)
    reach = 0 if flat else 1
    for p in range(count):
        z, y, x = voxels[p]
        place = 0
        for c in range(z - reach, z + reach + 1):
            for b in range(y - 1, y + 2):
                for a in range(x - 1, x + 2):
                    if number[c, b, a] >= 0 and number[c, b, a] != p:
                        result[p, place] = number[c, b, a]
                        place += 1
    return result


@kernel
def is_detour(voxels: NDArray[np.int64], near: NDArray[np.int64], p: int, q: int) -> bool:
    """Tell whether the step p–q cuts a corner: p and q have a common neighbour r that is nearer.

    Of three voxels equally far apart the step opposite the first one is left out.
    """
    # Near a corner three voxels are neighbours of each other and would close a little loop,
    # counted as a cycle. The longest side of such a triangle goes. Its sides are 1, 1, 2 or
    # 1, 2, 3 axes, or three face diagonals: then the numbers of the voxels decide, and just one
    # side goes, so that a way always remains.
    far = axes_apart(voxels[p], voxels[q])
    for k in range(26):
        r = near[p, k]
        if r < 0:
            return False
        if r == q:
            continue
        first, second = axes_apart(voxels[p], voxels[r]), axes_apart(voxels[q], voxels[r])
        if second == 0:
            continue
        if first < far and second < far:
            return True
        if first == far and second == far and r < p and r < q:
            return True
    return False


@kernel
def link(voxels: NDArray[np.int64], near: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the neighbours without steps that cut a corner."""
    count = voxels.shape[0]
    result = np.full((count, 26), -1, np.int64)
    for p in range(count):
        place = 0
        for k in range(26):
            q = near[p, k]
            if q < 0:
                break
            if not is_detour(voxels, near, p, q):
                result[p, place] = q
                place += 1
    return result


@kernel
def degree(links: NDArray[np.int64], alive: NDArray[np.bool_], p: int) -> int:
    """Return how many neighbours of a voxel are left."""
    count = 0
    for k in range(26):
        if links[p, k] < 0:
            break
        count += alive[links[p, k]]
    return count


@kernel
def step_length(voxels: NDArray[np.int64], p: int, q: int, voxel: NDArray[np.float64]) -> float:
    """Return the distance of two voxels."""
    square = 0.0
    for k in range(3):
        square += ((voxels[p, k] - voxels[q, k]) * voxel[k]) ** 2
    return float(np.sqrt(square))


@kernel
def next_on(links: NDArray[np.int64], alive: NDArray[np.bool_], p: int, before: int) -> int:
    """Return the neighbour of `p` that is left other than `before`, -1 where there is none."""
    for k in range(26):
        q = links[p, k]
        if q < 0:
            break
        if q != before and alive[q]:
            return int(q)
    return -1


@kernel
def spur(
    voxels: NDArray[np.int64],
    links: NDArray[np.int64],
    alive: NDArray[np.bool_],
    degrees: NDArray[np.int64],
    radius: NDArray[np.float64],
    end: int,
    voxel: NDArray[np.float64],
    path: NDArray[np.int64],
) -> int:
    """Follow the branch of an end to its junction; return its voxels if it is a mere spur, else 0.

    A spur is at most SPUR times as long as the largest ball around its junction is thick.
    """
    # A branch without a junction is the whole skeleton and no spur, however short it is.
    count, length, before, at = 0, 0.0, -1, end
    while True:
        path[count] = at
        count += 1
        ahead = next_on(links, alive, at, before)
        if ahead < 0:
            return 0
        length += step_length(voxels, at, ahead, voxel)
        if degrees[ahead] >= 3:
            return count if length <= SPUR * radius[ahead] else 0
        before, at = at, ahead


@kernel
def prune(
    voxels: NDArray[np.int64],
    links: NDArray[np.int64],
    alive: NDArray[np.bool_],
    radius: NDArray[np.float64],
    voxel: NDArray[np.float64],
) -> None:
    """Remove spurs, all at once, until there are none."""
    count = voxels.shape[0]
    path = np.empty(count + 1, np.int64)
    degrees = np.empty(count, np.int64)
    gone = np.empty(count, np.bool_)
    # Spurs of one round are all found before any is removed: of two at one junction neither is
    # spared for having been looked at last, so the result knows no order of voxels.
    changed = True
    while changed:
        changed = False
        gone[:] = False
        for p in range(count):
            degrees[p] = degree(links, alive, p) if alive[p] else 0
        for p in range(count):
            if degrees[p] != 1:
                continue
            length = spur(voxels, links, alive, degrees, radius, p, voxel, path)
            for k in range(length):
                gone[path[k]] = True
                changed = True
        for p in range(count):
            if gone[p]:
                alive[p] = False


@kernel
def pieces(links: NDArray[np.int64], alive: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> int:
    """Return how many connected pieces the chosen voxels form."""
    seen = np.zeros(alive.size, np.bool_)
    stack = np.empty(alive.size, np.int64)
    count = 0
    for p in range(alive.size):
        if not chosen[p] or seen[p]:
            continue
        count += 1
        stack[0], size = p, 1
        seen[p] = True
        while size > 0:
            size -= 1
            at = stack[size]
            for k in range(26):
                q = links[at, k]
                if q < 0:
                    break
                if chosen[q] and not seen[q]:
                    seen[q] = True
                    stack[size] = q
                    size += 1
    return count
