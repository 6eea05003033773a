"""Skeletons by removing voxels in order of their distance to the outside.

A voxel goes when it is *simple* (removing it splits nothing and opens no hole) and not the
end of a line on a ridge; Pudney 1998, doi:10.1006/cviu.1998.0680. Simple points: Bertrand and
Malandain 1994, doi:10.1016/0167-8655(94)90046-9. Object voxels touch through corners, outside
ones through faces. A ridge is where the distance to the outside nowhere rises steeply, so the
corners of a blob grow no branches. Of voxels at one distance those in the middle of the object
go before those at its tips (the end of a rod two voxels wide must not be eaten along the rod),
and those that lay at the border before those that came to lie there (a plate shrinks evenly).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.heap import pop, push

CENTER = 13
STEEP = 0.6
ALL = (1 << 27) - 1
PLACES = tuple((k // 9, k // 3 % 3, k % 3) for k in range(27))
LOW_X = sum(1 << k for k, (_, _, x) in enumerate(PLACES) if x > 0)
HIGH_X = sum(1 << k for k, (_, _, x) in enumerate(PLACES) if x < 2)
LOW_Y = sum(1 << k for k, (_, y, _) in enumerate(PLACES) if y > 0)
HIGH_Y = sum(1 << k for k, (_, y, _) in enumerate(PLACES) if y < 2)
BESIDE = sum(1 << k for k, place in enumerate(PLACES) if place.count(1) == 2)
NEAR = sum(1 << k for k, place in enumerate(PLACES) if place.count(1) >= 1)


@kernel
def grown_through_faces(bits: int) -> int:
    """Return the bits of 27 places and of those that share a face with them."""
    grown = bits | (bits & HIGH_X) << 1 | (bits & LOW_X) >> 1
    grown |= (bits & HIGH_Y) << 3 | (bits & LOW_Y) >> 3
    return (grown | bits << 9 | bits >> 9) & ALL


@kernel
def grown_through_corners(bits: int) -> int:
    """Return the bits of 27 places and of all their neighbours."""
    bits |= (bits & HIGH_X) << 1 | (bits & LOW_X) >> 1
    bits |= (bits & HIGH_Y) << 3 | (bits & LOW_Y) >> 3
    return (bits | bits << 9 | bits >> 9) & ALL


@kernel
def connects(allowed: int, goal: int, corners: bool) -> bool:
    """Tell whether all places `goal` are in one piece of the places `allowed`.

    Places touch through corners or through faces only.
    """
    reached, before = lowest(goal), 0
    while reached != before and reached & goal != goal:
        before = reached
        grown = grown_through_corners(reached) if corners else grown_through_faces(reached)
        reached = grown & allowed
    return reached & goal == goal


@kernel
def lowest(bits: int) -> int:
    """Return the lowest bit that is set."""
    return bits & -bits


@kernel
def is_simple(code: int) -> bool:
    """Tell whether a voxel of a volume may go; `code` has a bit for each of 27 places."""
    own = code & ~(1 << CENTER)
    outside = ~code & ALL
    if own == 0 or outside & BESIDE == 0:
        return False
    if not connects(outside & NEAR, outside & BESIDE, False):
        return False
    return connects(own, own, True)


@kernel
def simple_in_plane() -> NDArray[np.bool_]:
    """Return for each of 512 codes of 3 × 3 places whether the middle one may go."""
    plane = ((1 << 9) - 1) << 9
    table = np.zeros(512, np.bool_)
    for code in range(512):
        bits = code << 9
        own = bits & ~(1 << CENTER)
        outside = ~bits & plane
        beside = outside & BESIDE
        if own != 0 and beside != 0:
            table[code] = connects(own, own, True) and connects(outside, beside, False)
    return table


@kernel
def code_of(mask: NDArray[np.uint8], z: int, y: int, x: int) -> int:
    """Return the bits of the 27 places around a voxel; the mask has a margin of one."""
    code, place = 0, 0
    for c in range(z - 1, z + 2):
        for b in range(y - 1, y + 2):
            for a in range(x - 1, x + 2):
                code |= int(mask[c, b, a]) << place
                place += 1
    return code


@kernel
def plane_code(mask: NDArray[np.uint8], z: int, y: int, x: int) -> int:
    """Return the bits of the 9 places around a voxel in its plane."""
    code, place = 0, 0
    for b in range(y - 1, y + 2):
        for a in range(x - 1, x + 2):
            code |= int(mask[z, b, a]) << place
            place += 1
    return code


@kernel
def may_go(
    mask: NDArray[np.uint8],
    squares: NDArray[np.float64],
    z: int,
    y: int,
    x: int,
    flat: bool,
    voxel: NDArray[np.float64],
    table: NDArray[np.bool_],
) -> bool:
    """Tell whether a voxel is simple and not the end of a line on a ridge."""
    if flat:
        code = plane_code(mask, z, y, x)
        simple, others = bool(table[code]), code & ~(1 << 4)
    else:
        code = code_of(mask, z, y, x)
        simple, others = is_simple(code), code & ~(1 << CENTER)
    return simple and (several(others) or not on_ridge(squares, z, y, x, voxel))


@kernel
def on_ridge(
    squares: NDArray[np.float64], z: int, y: int, x: int, voxel: NDArray[np.float64]
) -> bool:
    """Tell whether the distance rises by less than STEEP per unit towards all voxels two away."""
    depth, height, width = squares.shape
    own = np.sqrt(squares[z, y, x])
    for c in range(max(0, z - 2), min(depth, z + 3)):
        for b in range(max(0, y - 2), min(height, y + 3)):
            for a in range(max(0, x - 2), min(width, x + 3)):
                if max(abs(c - z), max(abs(b - y), abs(a - x))) < 2:
                    continue
                away = ((c - z) * voxel[0]) ** 2 + ((b - y) * voxel[1]) ** 2
                away = np.sqrt(away + ((a - x) * voxel[2]) ** 2)
                if np.sqrt(squares[c, b, a]) - own >= STEEP * away:
                    return False
    return True


@kernel
def several(bits: int) -> bool:
    """Tell whether at least two bits are set."""
    return bits & (bits - 1) != 0


@kernel
def at_border(mask: NDArray[np.uint8], z: int, y: int, x: int, flat: bool) -> bool:
    """Tell whether a voxel of the object has a face towards the outside."""
    inner = mask[z, y - 1, x] & mask[z, y + 1, x] & mask[z, y, x - 1] & mask[z, y, x + 1]
    if not flat:
        inner &= mask[z - 1, y, x] & mask[z + 1, y, x]
    return bool(inner == 0)


@kernel
def line_up(
    mask: NDArray[np.uint8],
    squares: NDArray[np.float64],
    order: NDArray[np.int64],
    place: tuple[int, int, int],
    turn: int,
    keys: NDArray[np.float64],
    items: NDArray[np.int64],
    size: int,
) -> int:
    """Let a voxel wait in the heap; return how many wait."""
    z, y, x = place
    at = (z * mask.shape[1] + y) * mask.shape[2] + x
    # One number holds turn, order and place, in this order of weight: among voxels equally far
    # from the outside the heap gives those of earlier turns first, then inner ones, then the
    # first in raster order. No two are equal, so the result depends on nothing else.
    return push(keys, items, size, squares[z, y, x], turn + order[at] * mask.size + at)


@kernel
def line_up_border(
    mask: NDArray[np.uint8],
    squares: NDArray[np.float64],
    order: NDArray[np.int64],
    flat: bool,
    waiting: NDArray[np.bool_],
    keys: NDArray[np.float64],
    items: NDArray[np.int64],
) -> int:
    """Let all voxels at the border wait in the heap; return how many there are."""
    depth, height, width = mask.shape
    reach, size = 0 if flat else 1, 0
    for z in range(reach, depth - reach):
        for y in range(1, height - 1):
            for x in range(1, width - 1):
                if mask[z, y, x] != 0 and at_border(mask, z, y, x, flat):
                    size = line_up(mask, squares, order, (z, y, x), 0, keys, items, size)
                    waiting[z, y, x] = True
    return size


@kernel
def thin(
    mask: NDArray[np.uint8],
    squares: NDArray[np.float64],
    order: NDArray[np.int64],
    voxel: NDArray[np.float64],
    flat: bool,
    table: NDArray[np.bool_],
) -> None:
    """Reduce `mask` (margin of one) to its skeleton.

    `squares` are distances to the outside, `order` breaks ties (flat). Border voxels
    wait in a heap; who goes lets its neighbours be looked at again, one turn later.
    """
    height, width = mask.shape[1], mask.shape[2]
    waiting = np.zeros(mask.shape, np.bool_)
    # A voxel waits at most once at a time, so the heap never holds more than the object.
    room = int(mask.sum()) + 1
    keys, items = np.empty(room, np.float64), np.empty(room, np.int64)
    turn = mask.size * (int(order.max()) + 1)
    size = line_up_border(mask, squares, order, flat, waiting, keys, items)
    reach = 0 if flat else 1
    while size > 0:
        size = pop(keys, items, size)
        later, at = (items[size] // turn + 1) * turn, items[size] % mask.size
        z, y, x = at // (height * width), at // width % height, at % width
        waiting[z, y, x] = False
        if not may_go(mask, squares, z, y, x, flat, voxel, table):
            continue  # it may wait again when a neighbour goes, which can make it simple
        mask[z, y, x] = 0
        for c in range(z - reach, z + reach + 1):
            for b in range(y - 1, y + 2):
                for a in range(x - 1, x + 2):
                    if mask[c, b, a] == 0 or waiting[c, b, a]:
                        continue
                    if at_border(mask, c, b, a, flat):
                        place = (c, b, a)
                        size = line_up(mask, squares, order, place, later, keys, items, size)
                        waiting[c, b, a] = True
