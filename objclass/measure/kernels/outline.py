"""Perimeter, surface area and Euler number from neighbouring voxels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.elementary import PI, arctangent
from objclass.measure.kernels.pieces import pieces_of

ROOT2 = 1.4142135623730951
PERIMETER, CROFTON, EULER = 0, 1, 2
GRID = 96
TIE = 1e-9


@kernel
def draw(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Return one object as a mask of its box with one voxel of background around it."""
    mask = np.zeros(
        (stop[0] - start[0] + 2, stop[1] - start[1] + 2, stop[2] - start[2] + 2), np.uint8
    )
    for i in range(begin, end):
        x = runs[i, 2] - start[2] + 1
        line = mask[runs[i, 0] - start[0] + 1, runs[i, 1] - start[1] + 1]
        for k in range(runs[i, 3]):
            line[x + k] = 1
    return mask


@kernel
def is_edge(plane: NDArray[np.uint8], y: int, x: int) -> bool:
    """Tell whether a voxel of the object has a background voxel at one of its four sides."""
    if plane[y, x] == 0:
        return False
    inner = plane[y - 1, x] & plane[y + 1, x] & plane[y, x - 1] & plane[y, x + 1]
    return bool(inner == 0)


@kernel
def edges_of(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return which voxels of the object have a side towards the outside."""
    height, width = plane.shape
    edge = np.zeros((height, width), np.uint8)
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            edge[y, x] = is_edge(plane, y, x)
    return edge


@kernel
def count_edges(plane: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
    """Add the edge voxels whose neighbours lie straight, diagonal and mixed to `counts` (3,)."""
    edge = edges_of(plane)
    height, width = plane.shape
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            if edge[y, x] == 0:
                continue
            sides = edge[y - 1, x] + edge[y + 1, x] + edge[y, x - 1] + edge[y, x + 1]
            corners = (
                edge[y - 1, x - 1] + edge[y - 1, x + 1] + edge[y + 1, x - 1] + edge[y + 1, x + 1]
            )
            if (sides == 2 or sides == 3) and corners <= 2:
                counts[0] += 1
            elif (sides == 0 and corners == 2) or (sides == 1 and corners == 3):
                counts[1] += 1
            elif sides == 1 and (corners == 1 or corners == 2):
                counts[2] += 1


@kernel
def perimeter(counts: NDArray[np.int64]) -> float:
    """Return the length of the outline through the centres of edge voxels.

    Each edge voxel counts 1, √2 or (1 + √2)/2 by how its edge neighbours lie (Benkrid and
    Crookes 2000, as scikit-image); `counts` are those of :func:`count_edges`.
    """
    return float(counts[0] + counts[1] * ROOT2 + counts[2] * (1.0 + ROOT2) / 2.0)


@kernel
def crossings(mask: NDArray[np.uint8], z: int, y: int, x: int) -> int:
    """Return how many steps (z, y, x), to and fro, lead out of the object."""
    count = 0
    depth, height, width = mask.shape
    for k in range(1, depth - 1) if depth > 1 else range(1):
        for j in range(1, height - 1):
            for i in range(1, width - 1):
                if mask[k, j, i] != 0:
                    count += 2 - mask[k + z, j + y, i + x] - mask[k - z, j - y, i - x]
    return count


@kernel
def count_crossings_2d(plane: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
    """Add the crossings of the outline along x, along y and aslant to `counts` (3,)."""
    mask = plane.reshape((1, plane.shape[0], plane.shape[1]))
    counts[0] += crossings(mask, 0, 0, 1)
    counts[1] += crossings(mask, 0, 1, 0)
    counts[2] += crossings(mask, 0, 1, 1) + crossings(mask, 0, 1, -1)


@kernel
def crofton_2d(counts: NDArray[np.int64], height: float, width: float) -> float:
    """Return the perimeter from the crossings with lines in four directions.

    Cauchy-Crofton: each direction weighs by its share of all angles and by the distance of
    its lines; `height` and `width` are those of a voxel. With square voxels this is
    scikit-image's ``perimeter_crofton``.
    """
    slope = arctangent(height / width)
    diagonal = height * width / np.sqrt(height * height + width * width)
    along_x = counts[0] * height * slope
    along_y = counts[1] * width * (PI / 2.0 - slope)
    slanted = counts[2] * diagonal * (PI / 4.0)
    return float(0.5 * (along_x + along_y + slanted))


@kernel
def euler_2d(plane: NDArray[np.uint8]) -> int:
    """Return objects minus holes, diagonal neighbours connected.

    The voxels are closed squares: corners − edges + squares of their union, counted in
    windows of 2 × 2.
    """
    four = 0
    for y in range(plane.shape[0] - 1):
        for x in range(plane.shape[1] - 1):
            a, b = plane[y, x], plane[y, x + 1]
            c, d = plane[y + 1, x], plane[y + 1, x + 1]
            squares = np.int64(a) + b + c + d
            if squares == 0:
                continue
            edges = np.int64(a | b) + (c | d) + (a | c) + (b | d)
            four += 4 - 2 * edges + squares
    return four // 4


@kernel
def outlines_2d(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    voxel: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return ``(n, 3)``: perimeter (NaN unless voxels are square), Crofton perimeter, Euler.

    All three are made of counts that look one voxel far, so those of an object are the sums of
    those of its pieces.
    """
    n = first.size - 1
    result = np.full((n, 3), np.nan)
    edges, crossed = np.empty(3, np.int64), np.empty(3, np.int64)
    margin = np.ones(3, np.int64)
    for row in range(n):
        edges[:] = 0
        crossed[:] = 0
        euler = 0
        own, begin, low, high = pieces_of(
            runs, first[row], first[row + 1], start[row], stop[row], 1, margin
        )
        for k in range(low.shape[0]):
            plane = draw(own, begin[k], begin[k + 1], low[k], high[k])[1]
            count_edges(plane, edges)
            count_crossings_2d(plane, crossed)
            euler += euler_2d(plane)
        if voxel[1] == voxel[2]:
            result[row, PERIMETER] = perimeter(edges) * voxel[1]
        result[row, CROFTON] = crofton_2d(crossed, voxel[1], voxel[2])
        result[row, EULER] = euler
    return result


@kernel
def directions() -> NDArray[np.int64]:
    """Return the 13 directions to half of a voxel's 26 neighbours as z, y, x."""
    result = np.empty((13, 3), np.int64)
    count = 0
    for z in range(-1, 2):
        for y in range(-1, 2):
            for x in range(-1, 2):
                if z * 9 + y * 3 + x > 0:
                    result[count, 0], result[count, 1], result[count, 2] = z, y, x
                    count += 1
    return result


@kernel
def add_to_nearest(
    unit: NDArray[np.float64], z: float, y: float, x: float, weights: NDArray[np.float64]
) -> None:
    """Give the angle around (z, y, x) to the unit vectors that make the smallest angle with ±it.

    Equally near ones share it, so that no direction is preferred.
    """
    square = z * z + y * y + x * x
    angle = 1.0 / (square * np.sqrt(square))
    largest, count = 0.0, 0
    for k in range(unit.shape[0]):
        largest = max(largest, abs(unit[k, 0] * z + unit[k, 1] * y + unit[k, 2] * x))
    for k in range(unit.shape[0]):
        count += abs(unit[k, 0] * z + unit[k, 1] * y + unit[k, 2] * x) >= largest - TIE
    for k in range(unit.shape[0]):
        if abs(unit[k, 0] * z + unit[k, 1] * y + unit[k, 2] * x) >= largest - TIE:
            weights[k] += angle / count


@kernel
def direction_weights(voxel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each direction's share of the sphere over the density of its lines ``(13,)``.

    The shares are summed over a grid on half a cube, each cell weighing by the angle it
    fills, ``(1 + u² + v²)^(−3/2)``.
    """
    steps = directions() * voxel
    length = np.empty(13, np.float64)
    for k in range(13):
        length[k] = np.sqrt(steps[k, 0] ** 2 + steps[k, 1] ** 2 + steps[k, 2] ** 2)
    unit = steps / length.reshape((13, 1))
    weights = np.zeros(13, np.float64)
    for i in range(GRID):
        for j in range(GRID):
            u, v = (2.0 * i + 1.0) / GRID - 1.0, (2.0 * j + 1.0) / GRID - 1.0
            add_to_nearest(unit, 1.0, u, v, weights)
            add_to_nearest(unit, u, 1.0, v, weights)
            add_to_nearest(unit, u, v, 1.0, weights)
    weights *= voxel[0] * voxel[1] * voxel[2] / weights.sum()
    weights /= length
    return weights


@kernel
def count_crossings(
    mask: NDArray[np.uint8], steps: NDArray[np.int64], counts: NDArray[np.int64]
) -> None:
    """Add for every direction how many steps, to and fro, lead out of the object."""
    depth, height, width = mask.shape
    for z in range(1, depth - 1):
        for y in range(1, height - 1):
            for x in range(1, width - 1):
                if mask[z, y, x] == 0:
                    continue
                for k in range(13):
                    c, b, a = steps[k, 0], steps[k, 1], steps[k, 2]
                    counts[k] += 2 - mask[z + c, y + b, x + a] - mask[z - c, y - b, x - a]


@kernel
def corner_terms() -> NDArray[np.int64]:
    """Return eight times what a 2 × 2 × 2 window adds to the Euler number ``(256,)``.

    The voxels are closed cubes: corners − edges + faces − cubes of their union.
    """
    terms = np.zeros(256, np.int64)
    for code in range(1, 256):
        edges, faces, cubes = 0, 0, 0
        for a in range(8):
            cubes += (code >> a) & 1
            for axis in range(3):
                b = a ^ (1 << axis)
                if b > a:
                    faces += ((code >> a) | (code >> b)) & 1
        for axis in range(3):
            for side in range(2):
                touched = 0
                for a in range(8):
                    if (a >> axis) & 1 == side:
                        touched |= (code >> a) & 1
                edges += touched
        terms[code] = 8 - 4 * edges + 2 * faces - cubes
    return terms


@kernel
def euler_3d(mask: NDArray[np.uint8], terms: NDArray[np.int64]) -> int:
    """Return objects minus tunnels plus cavities, all 26 neighbours connected."""
    depth, height, width = mask.shape
    eight = 0
    for z in range(depth - 1):
        for y in range(height - 1):
            code = 0
            for x in range(width):
                code = (code >> 1) & 0x55
                code |= (mask[z, y, x] << 1) | (mask[z, y + 1, x] << 3)
                code |= (mask[z + 1, y, x] << 5) | (mask[z + 1, y + 1, x] << 7)
                if x > 0:
                    eight += terms[code]
    return eight // 8


@kernel
def outlines_3d(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    voxel: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return ``(n, 2)``: surface area by 13 directions of lines, and Euler number.

    Both are made of counts that look one voxel far: those of an object's pieces are added.
    """
    n = first.size - 1
    steps, weights, terms = directions(), direction_weights(voxel), corner_terms()
    counts, margin = np.empty(13, np.int64), np.ones(3, np.int64)
    result = np.empty((n, 2), np.float64)
    for row in range(n):
        counts[:] = 0
        euler = 0
        own, begin, low, high = pieces_of(
            runs, first[row], first[row + 1], start[row], stop[row], 1, margin
        )
        for k in range(low.shape[0]):
            mask = draw(own, begin[k], begin[k + 1], low[k], high[k])
            count_crossings(mask, steps, counts)
            euler += euler_3d(mask, terms)
        area = 0.0
        for k in range(13):
            area += 2.0 * counts[k] * weights[k]
        result[row, 0] = area
        result[row, 1] = euler
    return result
