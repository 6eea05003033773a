"""Skeletons by removing voxels in order of their distance to the outside.

A voxel goes when it is *simple* (removing it splits nothing and opens no hole) and not the
end of a line; Pudney 1998, doi:10.1006/cviu.1998.0680. Simple points: Bertrand and Malandain
1994, doi:10.1016/0167-8655(94)90046-9. Object voxels touch through corners, outside ones
through faces.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.heap import pop, push

CENTER = 13


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
def spread(start: int, allowed: int, masks: NDArray[np.int64]) -> int:
    """Return all allowed places that are connected to the place bits `start`."""
    reached, edge = start, start
    while edge != 0:
        grown = 0
        for place in range(27):
            if (edge >> place) & 1:
                grown |= masks[place]
        edge = grown & allowed & ~reached
        reached |= edge
    return reached


@kernel
def lowest(bits: int) -> int:
    """Return the lowest bit that is set."""
    return bits & -bits


@kernel
def is_simple(code: int, corners: NDArray[np.int64], faces: NDArray[np.int64]) -> bool:
    """Tell whether a voxel of a volume may go; `code` has a bit for each of 27 places.

    `corners`, `faces` are the masks of 26 and of 6 neighbours.
    """
    object_bits = code & ~(1 << CENTER)
    if object_bits == 0:
        return False
    if spread(lowest(object_bits), object_bits, corners) != object_bits:
        return False
    outside = ~code & ((1 << 27) - 1)
    beside = outside & faces[CENTER]
    if beside == 0:
        return False
    near = 0
    for place in range(27):
        z, y, x = place // 9 - 1, place // 3 % 3 - 1, place % 3 - 1
        if abs(z) + abs(y) + abs(x) <= 2:
            near |= 1 << place
    return bool((spread(lowest(beside), outside & near, faces) & beside) == beside)


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
        one_piece = spread(lowest(own), own, corners) == own
        open_once = (spread(lowest(beside), outside, faces) & beside) == beside
        table[code] = one_piece and open_once
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
    z: int,
    y: int,
    x: int,
    flat: bool,
    table: NDArray[np.bool_],
    corners: NDArray[np.int64],
    faces: NDArray[np.int64],
) -> bool:
    """Tell whether a voxel is simple and has at least two neighbours."""
    if flat:
        code = plane_code(mask, z, y, x)
        return bool(table[code] and several(code & ~(1 << 4)))
    code = code_of(mask, z, y, x)
    return several(code & ~(1 << CENTER)) and is_simple(code, corners, faces)


@kernel
def several(bits: int) -> bool:
    """Tell whether at least two bits are set."""
    return bits & (bits - 1) != 0


@kernel
def thin(
    mask: NDArray[np.uint8],
    squares: NDArray[np.float64],
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
                if mask[z, y, x] == 0:
                    continue
                outer = mask[z, y - 1, x] & mask[z, y + 1, x]
                outer &= mask[z, y, x - 1] & mask[z, y, x + 1]
                if not flat:
                    outer &= mask[z - 1, y, x] & mask[z + 1, y, x]
                if outer == 0:
                    item = (z * height + y) * width + x
                    size = push(keys, items, size, squares[z, y, x], item)
                    waiting[z, y, x] = True
    reach = 0 if flat else 1
    while size > 0:
        size = pop(keys, items, size)
        item = items[size]
        z, y, x = item // (height * width), item // width % height, item % width
        waiting[z, y, x] = False
        if not may_go(mask, z, y, x, flat, table, corners, faces):
            continue
        mask[z, y, x] = 0
        for c in range(z - reach, z + reach + 1):
            for b in range(y - 1, y + 2):
                for a in range(x - 1, x + 2):
                    if mask[c, b, a] != 0 and not waiting[c, b, a]:
                        item = (c * height + b) * width + a
                        size = push(keys, items, size, squares[c, b, a], item)
                        waiting[c, b, a] = True
