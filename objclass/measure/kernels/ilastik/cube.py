"""An object and its surroundings stretched to a cube, as scikit-image resizes them.

Arrays are x, y, z. An axis that shrinks is blurred first; beyond an edge the image is
mirrored about its last voxel. Sums have the order of scipy's, so that directions that look
alike there look alike here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.elementary import exponential

SIDE = 80
OUTSIDE = -1.0


@kernel
def mirror(k: int, count: int) -> int:
    """Return the voxel that stands at `k`, which may lie beyond either end."""
    if count == 1:
        return 0
    k = abs(k) % (2 * count - 2)
    return k if k < count else 2 * count - 2 - k


@kernel
def bell(sigma: float) -> NDArray[np.float64]:
    """Return a Gaussian's weights, cut off at four `sigma`; their sum is 1."""
    radius = int(4.0 * sigma + 0.5)
    weights = np.empty(2 * radius + 1, np.float64)
    for k in range(-radius, radius + 1):
        weights[k + radius] = exponential(-0.5 / (sigma * sigma) * k * k)
    result: NDArray[np.float64] = weights / weights.sum()
    return result


@kernel
def blur(lines: NDArray[np.float64], sigma: float, single: bool) -> NDArray[np.float64]:
    """Blur ``(before, n, after)`` along the middle axis; `single` rounds to float32."""
    weights = bell(sigma)
    radius, count = weights.size // 2, lines.shape[1]
    result = np.empty_like(lines)
    for a in range(lines.shape[0]):
        for i in range(count):
            for b in range(lines.shape[2]):
                total = lines[a, i, b] * weights[radius]
                for k in range(-radius, 0):
                    low, high = mirror(i + k, count), mirror(i - k, count)
                    total += (lines[a, low, b] + lines[a, high, b]) * weights[k + radius]
                result[a, i, b] = np.float32(total) if single else total
    return result


@kernel
def place_in(k: int, count: int) -> float:
    """Return where the middle of voxel `k` of the cube lies among `count` voxels."""
    place = (k + 0.5) * (count / SIDE) - 0.5
    if count == 1:
        return 0.0
    return -place if place < 0.0 else place


@kernel
def stretch(box: NDArray[np.float64], single: bool, out: NDArray[np.float64]) -> None:
    """Write a box ``(x, y, z)``, linearly interpolated, into the cube.

    `out` is ``(SIDE, SIDE, SIDE)``, or ``(SIDE, SIDE, 1)`` for a plane.
    """
    index = np.zeros((3, SIDE, 2), np.int64)
    weight = np.empty((3, SIDE, 2), np.float64)
    for axis in range(3):
        for k in range(SIDE):
            place = place_in(k, box.shape[axis])
            first = int(np.floor(place))
            index[axis, k, 0] = mirror(first, box.shape[axis])
            index[axis, k, 1] = mirror(first + 1, box.shape[axis])
            weight[axis, k, 0] = 1.0 - (place - first)
            weight[axis, k, 1] = place - first
    for i in range(SIDE):
        for j in range(SIDE):
            for k in range(out.shape[2]):
                value = interpolate(box, index[0, i], index[1, j], index[2, k],
                                    weight[0, i], weight[1, j], weight[2, k])  # fmt: skip
                out[i, j, k] = np.float32(value) if single else value


@kernel
def interpolate(
    box: NDArray[np.float64],
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    z: NDArray[np.int64],
    along_x: NDArray[np.float64],
    along_y: NDArray[np.float64],
    along_z: NDArray[np.float64],
) -> float:
    """Return the sum of the eight voxels around, each with its weights."""
    total = 0.0
    for a in range(2):
        for b in range(2):
            for c in range(2):
                total += box[x[a], y[b], z[c]] * along_x[a] * along_y[b] * along_z[c]
    return total


@kernel
def cut_out(mask: NDArray[np.bool_], out: NDArray[np.float64]) -> None:
    """Write OUTSIDE wherever the nearest voxel of a mask ``(x, y, z)`` is not the object's."""
    nearest = np.empty((3, SIDE), np.int64)
    for axis in range(3):
        for k in range(SIDE):
            nearest[axis, k] = int(np.floor(place_in(k, mask.shape[axis]) + 0.5))
    for i in range(SIDE):
        for j in range(SIDE):
            for k in range(out.shape[2]):
                if not mask[nearest[0, i], nearest[1, j], nearest[2, k]]:
                    out[i, j, k] = OUTSIDE
