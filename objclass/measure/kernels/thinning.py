"""Skeletons by removing voxels in order of their distance to the outside.

A voxel goes when it is *simple* (removing it splits nothing and opens no hole) and not the
end of a line on a ridge; Pudney 1998, doi:10.1006/cviu.1998.0680. Simple points: Bertrand and
Malandain 1994, doi:10.1016/0167-8655(94)90046-9. Object voxels touch through corners, outside
ones through faces. A ridge is where the distance to the outside nowhere rises steeply, so the
corners of a blob grow no branches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.heap import pop, push

CENTER = 13
STEEP = 0.6
PLACE = np.array([next((k for k in range(27) if (1 << k) % 37 == r), 0) for r in range(37)])
NEAR = sum(1 << k for k in range(27) if sum(k // 3**a % 3 == 1 for a in range(3)) >= 1)


@kernel
def neighbor_masks(steps: int) -> NDArray[np.int64]:
    """Return for each of 27 places a bit mask of those at most `steps` axes away (1 … 3)."""
    masks = np.zeros(27, np.int64)
    for a in range(27):
        for b in range(27):
            z = abs(a // 9 - b // 9)
            y = abs(a // 3 % 3 - b // 3 % 3)
            x = abs(a % 3 - b % 3)
            if a != b and max(z, max(y, x)) == 1 and z + y + x <= steps:
                masks[a] |= 1 << b
    return masks


@kernel
def connects(start: int, allowed: int, goal: int, masks: NDArray[np.int64]) -> bool:
    """Tell whether all places `goal` are reached from the place bits `start` over `allowed`."""
    reached, edge = start, start
    while edge != 0 and reached & goal != goal:
        bit = edge & -edge
        edge ^= bit
        fresh = masks[PLACE[bit % 37]] & allowed & ~reached
        reached |= fresh
        edge |= fresh
    return reached & goal == goal


@kernel
def lowest(bits: int) -> int:
    """Return the lowest bit that is set."""
    return bits & -bits


@kernel
def is_simple(code: int, corners: NDArray[np.int64], faces: NDArray[np.int64]) -> bool:
    """Tell whether a voxel of a volume may go; `code` has a bit for each of 27 places.

    `corners`, `faces` are the masks of 26 and of 6 neighbours.
    """
    own = code & ~(1 << CENTER)
    outside = ~code & ((1 << 27) - 1)
    beside = outside & faces[CENTER]
    if own == 0 or beside == 0:
        return False
    if not connects(lowest(beside), outside & NEAR, beside, faces):
        return False
    return connects(lowest(own), own, own, corners)


@kernel
def simple_in_plane() -> NDArray[np.bool_]:
    """Return for each of 512 codes of 3 × 3 places whether the middle one may go."""
    corners, faces = neighbor_masks(3), neighbor_masks(1)
    plane = ((1 << 9) - 1) << 9
    middle = 1 << CENTER
    table = np.zeros(512, np.bool_)
    for code in range(512):
        bits = code << 9
        own = bits & ~middle
        outside = ~bits & plane
        beside = outside & faces[CENTER]
        if own == 0 or beside == 0:
            continue
        one_piece = connects(lowest(own), own, own, corners)
        table[code] = one_piece and connects(lowest(beside), outside, beside, faces)
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
    corners: NDArray[np.int64],
    faces: NDArray[np.int64],
) -> bool:
    """Tell whether a voxel is simple and not the end of a line on a ridge."""
    if flat:
        code = plane_code(mask, z, y, x)
        simple, others = bool(table[code]), code & ~(1 << 4)
    else:
        code = code_of(mask, z, y, x)
        simple, others = is_simple(code, corners, faces), code & ~(1 << CENTER)
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
def thin(
    mask: NDArray[np.uint8],
    squares: NDArray[np.float64],
    voxel: NDArray[np.float64],
    flat: bool,
    table: NDArray[np.bool_],
    corners: NDArray[np.int64],
    faces: NDArray[np.int64],
) -> None:
    """Reduce `mask` (margin of one) to its skeleton; `squares` are distances to the outside.

    Border voxels wait in a heap by distance, then raster order; who goes lets its neighbours
    be looked at again.
    """
    depth, height, width = mask.shape
    waiting = np.zeros(mask.shape, np.bool_)
    room = int(mask.sum()) + 1
    keys, items = np.empty(room, np.float64), np.empty(room, np.int64)
    size = 0
    planes = range(depth) if flat else range(1, depth - 1)
    for z in planes:
        for y in range(1, height - 1):
            for x in range(1, width - 1):
                if mask[z, y, x] != 0 and at_border(mask, z, y, x, flat):
                    item = (z * height + y) * width + x
                    size = push(keys, items, size, squares[z, y, x], item)
                    waiting[z, y, x] = True
    reach = 0 if flat else 1
    while size > 0:
        size = pop(keys, items, size)
        item = items[size]
        z, y, x = item // (height * width), item // width % height, item % width
        waiting[z, y, x] = False
        if not may_go(mask, squares, z, y, x, flat, voxel, table, corners, faces):
            continue
        mask[z, y, x] = 0
        for c in range(z - reach, z + reach + 1):
            for b in range(y - 1, y + 2):
                for a in range(x - 1, x + 2):
                    if mask[c, b, a] == 0 or waiting[c, b, a]:
                        continue
                    if at_border(mask, c, b, a, flat):
                        item = (c * height + b) * width + a
                        size = push(keys, items, size, squares[c, b, a], item)
                        waiting[c, b, a] = True
