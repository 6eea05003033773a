"""One standing for an object and all its turned and mirrored twins.

Of the 8 (in space 48) ways to lay down a box by quarter turns and mirrorings, the standard one
has the smallest voxel sizes, then the smallest shape, then the smallest values in raster order.
Whatever breaks ties by place is done there, so that a turned object is the same object. An
object that is its own mirror image has several standard ways; a place is the mean over them.

Way w = 8·p + f: axis k of the standing box is axis ``ORDERS[p, k]`` of the box as it lies,
backwards where bit k of f is set.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.sorting import sort_part

_Voxel = TypeVar("_Voxel", bound=np.generic)
ORDERS = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
WAYS = 48


@kernel
def is_backwards(way: int, k: int) -> bool:
    """Tell whether a way reads axis `k` of the standing box from its end."""
    return (way >> k) & 1 == 1


@kernel
def is_way(way: int, flat: bool) -> bool:
    """Tell whether a way exists: in the plane z stays where it is."""
    return not flat or (way < 16 and not is_backwards(way, 0))


@kernel
def precedes(a: int, b: int, shape: NDArray[np.int64], voxel: NDArray[np.float64]) -> int:
    """Compare voxel sizes and shapes of two ways: −1 where `a` comes first, 1 where `b` does."""
    for k in range(3):
        own, other = voxel[ORDERS[a // 8, k]], voxel[ORDERS[b // 8, k]]
        if own != other:
            return -1 if own < other else 1
    for k in range(3):
        mine, theirs = shape[ORDERS[a // 8, k]], shape[ORDERS[b // 8, k]]
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0


@kernel
def steps_of(
    way: int, shape: NDArray[np.int64], strides: NDArray[np.int64], out: NDArray[np.int64]
) -> int:
    """Write the flat step along each axis of a way into `out`; return where it starts."""
    first = 0
    for k in range(3):
        axis = ORDERS[way // 8, k]
        out[k] = strides[axis]
        if is_backwards(way, k):
            first += (shape[axis] - 1) * strides[axis]
            out[k] = -strides[axis]
    return first


@kernel
def compare_values(
    values: NDArray[np.generic],
    first: NDArray[np.int64],
    steps: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> int:
    """Compare two ways of reading `values` in raster order: −1, 0 or 1.

    `first` (2,) is where each starts in the flat `values`, `steps` (2, 3) its steps, `shape`
    that of the standing box.
    """
    for i in range(shape[0]):
        for j in range(shape[1]):
            p = first[0] + i * steps[0, 0] + j * steps[0, 1]
            q = first[1] + i * steps[1, 0] + j * steps[1, 1]
            for _ in range(shape[2]):
                if values[p] != values[q]:
                    return -1 if values[p] < values[q] else 1
                p += steps[0, 2]
                q += steps[1, 2]
    return 0


@kernel
def find_ways(
    box: NDArray[np.generic], voxel: NDArray[np.float64], flat: bool, found: NDArray[np.int64]
) -> int:
    """Write the standard ways of a contiguous ``(z, y, x)`` box into `found` (WAYS,).

    Returns how many there are: one, or more where the object is its own turned image. All of
    them give the same standing box.
    """
    shape, strides = np.empty(3, np.int64), np.empty(3, np.int64)
    shape[0], shape[1], shape[2] = box.shape
    strides[0], strides[1], strides[2] = shape[1] * shape[2], shape[2], 1
    values = box.ravel()
    first, steps, standing = np.empty(2, np.int64), np.empty((2, 3), np.int64), shape.copy()
    count = 0
    for way in range(WAYS):
        if not is_way(way, flat):
            continue
        order = -1 if count == 0 else precedes(way, found[0], shape, voxel)
        if order > 0:
            continue
        first[0] = steps_of(way, shape, strides, steps[0])
        if order == 0:
            order = compare_values(values, first, steps, standing)
        if order < 0:
            count = 0
            first[1] = first[0]
            steps[1] = steps[0]
            for k in range(3):
                standing[k] = shape[ORDERS[way // 8, k]]
        if order <= 0:
            found[count] = way
            count += 1
    return count


@kernel
def standing_places(
    places: NDArray[np.int64], way: int, shape: NDArray[np.int64], out: NDArray[np.int64]
) -> None:
    """Write where `places` (v, 3) of a box stand in raster order after a way, sorted."""
    order = ORDERS[way // 8]
    for p in range(places.shape[0]):
        flat = 0
        for k in range(3):
            own = places[p, order[k]]
            if is_backwards(way, k):
                own = shape[order[k]] - 1 - own
            flat = flat * shape[order[k]] + own
        out[p] = flat
    sort_part(out, 0, out.size)


@kernel
def compare_places(mine: NDArray[np.int64], theirs: NDArray[np.int64]) -> int:
    """Compare two masks by the sorted places of their voxels as :func:`compare_values` does.

    Where they first differ, the one whose next voxel comes later has the smaller value there.
    """
    for p in range(mine.size):
        if mine[p] != theirs[p]:
            return -1 if mine[p] > theirs[p] else 1
    return 0


@kernel
def find_ways_of_places(
    places: NDArray[np.int64],
    shape: NDArray[np.int64],
    voxel: NDArray[np.float64],
    flat: bool,
    found: NDArray[np.int64],
) -> int:
    """Write the standard ways of a mask as :func:`find_ways` does, from its voxels (v, 3) alone.

    Time grows with the voxels, not with the box of this `shape` that holds them.
    """
    own, best = np.empty(places.shape[0], np.int64), np.empty(places.shape[0], np.int64)
    count = 0
    for way in range(WAYS):
        if not is_way(way, flat):
            continue
        order = -1 if count == 0 else precedes(way, found[0], shape, voxel)
        if order > 0:
            continue
        standing_places(places, way, shape, own)
        if order == 0:
            order = compare_places(own, best)
        if order < 0:
            count = 0
            own, best = best, own
        if order <= 0:
            found[count] = way
            count += 1
    return count


@kernel
def stand(box: NDArray[_Voxel], way: int) -> NDArray[_Voxel]:
    """Return a contiguous ``(z, y, x)`` box as it stands after a way."""
    shape, strides = np.empty(3, np.int64), np.empty(3, np.int64)
    shape[0], shape[1], shape[2] = box.shape
    strides[0], strides[1], strides[2] = shape[1] * shape[2], shape[2], 1
    steps = np.empty(3, np.int64)
    first = steps_of(way, shape, strides, steps)
    order = ORDERS[way // 8]
    result = np.empty((shape[order[0]], shape[order[1]], shape[order[2]]), box.dtype)
    values = box.ravel()
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            p = first + i * steps[0] + j * steps[1]
            for k in range(result.shape[2]):
                result[i, j, k] = values[p]
                p += steps[2]
    return result


@kernel
def stand_sizes(sizes: NDArray[np.float64], way: int) -> NDArray[np.float64]:
    """Return sizes (3,) per axis as they are after a way."""
    result = np.empty(3, np.float64)
    for k in range(3):
        result[k] = sizes[ORDERS[way // 8, k]]
    return result


@kernel
def lay_place(
    place: NDArray[np.float64],
    ways: NDArray[np.int64],
    shape: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Write where a place of the standing box lies: the mean over all its ways.

    `shape` (3,) is that of the box as it lies.
    """
    out[:] = 0.0
    for way in ways:
        for k in range(3):
            axis = ORDERS[way // 8, k]
            out[axis] += shape[axis] - 1 - place[k] if is_backwards(way, k) else place[k]
    for k in range(3):
        out[k] /= ways.size


@kernel
def lay_vector(
    vector: NDArray[np.float64], ways: NDArray[np.int64], out: NDArray[np.float64]
) -> None:
    """Write where a vector of the standing box points: the mean over all its ways."""
    out[:] = 0.0
    for way in ways:
        for k in range(3):
            sign = -1.0 if is_backwards(way, k) else 1.0
            out[ORDERS[way // 8, k]] += sign * vector[k]
    for k in range(3):
        out[k] /= ways.size
