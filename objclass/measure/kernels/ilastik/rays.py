"""What a cube looks like from its centre: the mean along rays, as sphericaltexture casts them.

A ray is sampled in steps of STEP; every voxel that a sample falls into counts once. Only the
samples at which a ray enters a voxel are visited, found by division and then put right by the
same arithmetic, so that the voxels are those of every sample looked at.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.ilastik.cube import SIDE

STEP = 0.003
CENTER = SIDE / 2.0
END = SIDE - 0.4
ANGLES = 251
LATITUDES = ANGLES + 1
LONGITUDES = 2 * ANGLES + 1


@kernel
def length_of(ray: NDArray[np.float64]) -> float:
    """Return how far a unit vector reaches from the centre to a face of the cube."""
    nearest = np.inf
    for axis in range(3):
        if abs(ray[axis]) > 1e-6:
            face = END if ray[axis] > 0.0 else 0.0
            nearest = min(nearest, -(CENTER - face) / ray[axis])
    return nearest


@kernel
def sample(k: int, count: int, step: float, end: float) -> float:
    """Return one coordinate of sample `k` of `count`."""
    return end if k == count - 1 else CENTER + k * step


@kernel
def next_voxel(at: int, count: int, step: float, end: float) -> int:
    """Return the first sample beyond voxel `at` along one axis; `count` where there is none."""
    if step == 0.0:
        return count
    guess = (at + 1 - CENTER) / step if step > 0.0 else (at - CENTER) / step + 1.0
    k = int(min(max(math.ceil(guess), 1.0), float(count)))
    while k > 1 and int(sample(k - 1, count, step, end)) != at:
        k -= 1
    while k < count and int(sample(k, count, step, end)) == at:
        k += 1
    return k


@kernel
def ray_mean(cube: NDArray[np.float64], ray: NDArray[np.float64]) -> float:
    """Return the mean from the centre to the first voxel below 0, which is outside.

    Where the centre itself is outside it counts, with its value, and the ray ends at the next
    voxel that is outside.
    """
    steps = length_of(ray) / STEP
    count = int(steps)
    end, step = np.empty(3, np.float64), np.empty(3, np.float64)
    at, crossing = np.empty(3, np.int64), np.empty(3, np.int64)
    for axis in range(3):
        end[axis] = steps * (ray[axis] * STEP) + CENTER
        step[axis] = (end[axis] - CENTER) / (count - 1)
        at[axis] = int(CENTER)
        crossing[axis] = next_voxel(at[axis], count, step[axis], end[axis])
    total, met = 0.0, 0
    while True:
        value = cube[at[0], at[1], at[2] if cube.shape[2] > 1 else 0]
        if value < 0.0 and met > 0:
            break
        total += value
        met += 1
        k = min(crossing[0], min(crossing[1], crossing[2]))
        if k >= count:
            break
        for axis in range(3):
            if crossing[axis] == k:
                at[axis] = int(sample(k, count, step[axis], end[axis]))
                crossing[axis] = next_voxel(at[axis], count, step[axis], end[axis])
    return total / met


@kernel
def look_around_circle(
    plane: NDArray[np.float64], around: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the means ``(n,)`` along rays in a plane; `around` has their x and y ``(n, 2)``."""
    view = np.empty(around.shape[0], np.float64)
    ray = np.zeros(3, np.float64)
    for k in range(view.size):
        ray[0], ray[1] = around[k, 0], around[k, 1]
        view[k] = ray_mean(plane, ray)
    return view


@kernel
def look_around_sphere(
    cube: NDArray[np.float64], around: NDArray[np.float64], down: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the means ``(m, n)`` along rays in space.

    `around` ``(n, 2)`` holds cosine and sine of the longitudes, `down` ``(m, 2)`` those of the
    angles from the pole.
    """
    view = np.empty((down.shape[0], around.shape[0]), np.float64)
    ray = np.empty(3, np.float64)
    for j in range(view.shape[1]):
        for i in range(view.shape[0]):
            ray[0], ray[1] = down[i, 1] * around[j, 0], down[i, 1] * around[j, 1]
            ray[2] = down[i, 0]
            view[i, j] = ray_mean(cube, ray)
    return view
