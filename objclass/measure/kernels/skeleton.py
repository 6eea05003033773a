"""Skeletons of objects, pruned and measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.distance import FAR, squared_distances
from objclass.measure.kernels.outline import draw
from objclass.measure.kernels.paths import (
    linked,
    longest_path,
    measure_graph,
    neighbors_of,
    prune,
    voxels_of,
)
from objclass.measure.kernels.thinning import neighbor_masks, simple_in_plane, thin


@kernel
def skeleton_of(
    mask: NDArray[np.uint8],
    voxel: NDArray[np.float64],
    flat: bool,
    table: NDArray[np.bool_],
    corners: NDArray[np.int64],
    faces: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Thin `mask` in place; return the squared distances to the outside."""
    squares = squared_distances(mask == 0, voxel, FAR)
    thin(mask, squares, voxel, flat, table, corners, faces)
    return squares


@kernel
def measure_skeletons(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    voxel: NDArray[np.float64],
    flat: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ``(n, 7)``: length, diameter, span, ends, junctions, branches, loops; and centres.

    Lengths in the unit of `voxel`; centres ``(n, 3)`` relative to `start`.
    """
    n = first.size - 1
    result = np.zeros((n, 7), np.float64)
    center = np.zeros((n, 3), np.float64)
    table, corners, faces = simple_in_plane(), neighbor_masks(3), neighbor_masks(1)
    for row in range(n):
        mask = draw(runs, first[row], first[row + 1], start[row], stop[row])
        if flat:
            mask = mask[1:2].copy()
        squares = skeleton_of(mask, voxel, flat, table, corners, faces)
        number = np.empty(mask.shape, np.int64)
        voxels = voxels_of(mask, number)
        links = linked(voxels, neighbors_of(voxels, number, flat))
        radius = np.empty(voxels.shape[0], np.float64)
        for p in range(radius.size):
            radius[p] = np.sqrt(squares[voxels[p, 0], voxels[p, 1], voxels[p, 2]])
        alive = np.ones(radius.size, np.bool_)
        prune(voxels, links, alive, radius, voxel)
        measure_graph(voxels, links, alive, voxel, result[row])
        longest_path(voxels, links, alive, voxel, result[row], center[row])
        for k in range(3):
            center[row, k] -= 0.0 if flat and k == 0 else 1.0
    return result, center
