"""Distances between objects: of centres and of edges, and who touches whom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.distance import FAR, squared_distances
from objclass.measure.kernels.pieces import pieces_of
from objclass.measure.kernels.rings import draw_window, window_of
from objclass.measure.kernels.sorting import sort_part


@kernel
def squared_gap(
    start: NDArray[np.int64], stop: NDArray[np.int64], a: int, b: int, voxel: NDArray[np.float64]
) -> float:
    """Return the squared distance between the closest voxel centres of two boxes."""
    total = 0.0
    for k in range(3):
        apart = max(start[a, k] - stop[b, k] + 1, start[b, k] - stop[a, k] + 1, 0)
        total += (apart * voxel[k]) ** 2
    return total


@kernel
def squared_distance(points: NDArray[np.float64], a: int, b: int) -> float:
    """Return the squared distance of two points."""
    total = 0.0
    for k in range(3):
        total += (points[a, k] - points[b, k]) ** 2
    return total


@kernel
def cells_of(points: NDArray[np.float64], side: float) -> NDArray[np.int64]:
    """Return the grid cell of every point ``(n, 3)``; cells are cubes of this side."""
    cells = np.empty(points.shape, np.int64)
    for k in range(3):
        low = points[:, k].min()
        for i in range(points.shape[0]):
            cells[i, k] = int(np.floor((points[i, k] - low) / side))
    return cells


@kernel
def nearest_points(
    points: NDArray[np.float64],
    cell: NDArray[np.int64],
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    grid: NDArray[np.int64],
    side: float,
) -> NDArray[np.float64]:
    """Return the squared distance of every point to the nearest other one; infinite if alone.

    `cell` (n, 3) is each point's grid cell, `order` the points sorted by flat cell, `first`
    where each cell starts. Shells of cells are searched until none can hold a nearer one.
    """
    n = points.shape[0]
    result = np.full(n, np.inf)
    widest = max(grid[0], max(grid[1], grid[2]))
    for i in range(n):
        for shell in range(widest + 1):
            if shell > 0 and result[i] <= ((shell - 1) * side) ** 2:
                break
            search_shell(points, cell, order, first, grid, i, shell, result)
    return result


@kernel
def search_shell(
    points: NDArray[np.float64],
    cell: NDArray[np.int64],
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    grid: NDArray[np.int64],
    i: int,
    shell: int,
    result: NDArray[np.float64],
) -> None:
    """Look for a nearer point in the cells exactly `shell` cells away."""
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    for k in range(3):
        low[k] = max(0, cell[i, k] - shell)
        high[k] = min(grid[k] - 1, cell[i, k] + shell)
    for z in range(low[0], high[0] + 1):
        for y in range(low[1], high[1] + 1):
            rim = abs(z - cell[i, 0]) == shell or abs(y - cell[i, 1]) == shell
            step = 1 if rim or shell == 0 else 2 * shell
            x = low[2] if rim or shell == 0 else cell[i, 2] - shell
            while x <= high[2]:
                if x >= low[2]:
                    at = (z * grid[1] + y) * grid[2] + x
                    for m in range(first[at], first[at + 1]):
                        if order[m] != i:
                            square = squared_distance(points, i, order[m])
                            result[i] = min(result[i], square)
                x += step


@kernel
def touching(
    labels: NDArray[np.generic],
    runs: NDArray[np.int32],
    own: np.uint64,
    ids: NDArray[np.uint64],
) -> tuple[int, int, int]:
    """Return voxel faces towards other objects, all outer faces, and ids written to `ids`.

    `runs` are the object's. `ids` gets one entry per face (as far as there is room), unsorted.
    Faces at the image border are not counted.
    """
    faces, outer, count = 0, 0, 0
    shape = labels.shape
    for i in range(runs.shape[0]):
        for k in range(runs[i, 3]):
            for side in range(6):
                step = 1 if side % 2 == 0 else -1
                c = runs[i, 0] + (step if side // 2 == 0 else 0)
                b = runs[i, 1] + (step if side // 2 == 1 else 0)
                a = runs[i, 2] + k + (step if side // 2 == 2 else 0)
                if not (0 <= c < shape[0] and 0 <= b < shape[1] and 0 <= a < shape[2]):
                    continue
                other = np.uint64(labels[c, b, a])
                if other == own:
                    continue
                outer += 1
                if other != 0:
                    faces += 1
                    if count < ids.size:
                        ids[count] = other
                    count += 1
    return faces, outer, count


@kernel
def distinct(values: NDArray[np.uint64]) -> int:
    """Return how many different values there are; sorts them."""
    sort_part(values, 0, values.size)
    count = 0
    for k in range(values.size):
        if k == 0 or values[k] != values[k - 1]:
            count += 1
    return count


@kernel
def nearby(
    labels: NDArray[np.generic],
    squares: NDArray[np.float64],
    low: NDArray[np.int64],
    own: np.uint64,
    within: float,
    ids: NDArray[np.uint64],
    count: int,
) -> tuple[float, NDArray[np.uint64], int]:
    """Return the squared distance to the nearest other object, and the ids of those within.

    They are appended to `ids`, of which `count` are filled, some of them several times.
    """
    nearest, last = np.inf, np.uint64(0)
    for z in range(squares.shape[0]):
        for y in range(squares.shape[1]):
            line = labels[low[0] + z, low[1] + y]
            last = np.uint64(0)
            for x in range(squares.shape[2]):
                other = np.uint64(line[low[2] + x])
                if other == 0 or other == own:
                    last = np.uint64(0)
                    continue
                square = squares[z, y, x]
                nearest = min(nearest, square)
                if square <= within and other != last:
                    if count == ids.size:
                        ids = pack(ids)
                        count = count_packed(ids)
                    ids[count] = other
                    count += 1
                    last = other
    return nearest, ids, count


@kernel
def nearby_pieces(
    labels: NDArray[np.generic],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    voxel: NDArray[np.float64],
    reach: NDArray[np.int64],
    own: np.uint64,
    within: float,
) -> tuple[float, int]:
    """Return the squared distance to the nearest other object and how many lie within.

    `runs`, `first` and boxes are those of the object's pieces: what is nearest to an object
    is nearest to one of them, and what lies within of one lies within of the object.
    """
    nearest, ids, count = np.inf, np.empty(64, np.uint64), 0
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    shape = np.array(labels.shape, np.int64)
    for piece in range(start.shape[0]):
        window_of(start[piece], stop[piece], reach, shape, low, high)
        inside = draw_window(runs, first[piece], first[piece + 1], low, high)
        squares = squared_distances(inside, voxel, FAR)
        mine, ids, count = nearby(labels, squares, low, own, within, ids, count)
        nearest = min(nearest, mine)
    return nearest, distinct(ids[:count])


@kernel
def pack(ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the different ids, sorted, in a buffer of twice their number and at least 64.

    What is behind them is 0.
    """
    sort_part(ids, 0, ids.size)
    count = 0
    for k in range(ids.size):
        if k == 0 or ids[k] != ids[k - 1]:
            ids[count] = ids[k]
            count += 1
    result = np.zeros(max(64, 2 * count), np.uint64)
    for k in range(count):
        result[k] = ids[k]
    return result


@kernel
def count_packed(ids: NDArray[np.uint64]) -> int:
    """Return how many ids stand before the zeros."""
    count = 0
    while count < ids.size and ids[count] != 0:
        count += 1
    return count


@kernel
def measure_neighbors(
    labels: NDArray[np.generic],
    ids: NDArray[np.uint64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    voxel: NDArray[np.float64],
    reach: NDArray[np.int64],
    within: float,
) -> NDArray[np.float64]:
    """Return ``(n, 4)``: count within, touching, touching share, distance to the nearest edge.

    `reach` (n, 3) is how far each object must look, `within` a squared distance.
    """
    n = first.size - 1
    result = np.full((n, 4), np.nan)
    room = np.empty(0, np.uint64)
    for row in range(n):
        mine = runs[first[row] : first[row + 1]]
        faces, outer, count = touching(labels, mine, ids[row], room[:0])
        room = np.empty(count, np.uint64)
        touching(labels, mine, ids[row], room)
        parts, begin, low, high = pieces_of(
            runs, first[row], first[row + 1], start[row], stop[row], 1, reach[row]
        )
        nearest, close = nearby_pieces(
            labels, parts, begin, low, high, voxel, reach[row], ids[row], within
        )
        result[row, 0] = close
        result[row, 1] = distinct(room)
        if outer > 0:
            result[row, 2] = faces / outer
        if nearest < np.inf:
            result[row, 3] = np.sqrt(nearest)
    return result
