"""Means of a coarse map over objects: every voxel has the value of the cell it lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def add_map(
    sums: NDArray[np.float64],
    found: NDArray[np.float32],
    labels: NDArray[np.generic],
    ids: NDArray[np.uint64],
    cell: tuple[int, int],
) -> None:
    """Add what a map says of the voxels of every object.

    Parameters
    ----------
    sums
        float64 (n, d), changed.
    found
        The map of a plane (d, y, x).
    labels
        The plane of the label image.
    ids
        uint64 (n,), ascending.
    cell
        Voxels of a cell of the map, along y and x.
    """
    import numpy as np

    y, x = np.nonzero(labels)
    if not len(y):
        return
    rows = np.searchsorted(ids, labels[y, x].astype(np.uint64))
    cells = (y // cell[0]) * found.shape[2] + x // cell[1]
    pairs, counts = np.unique(rows * (found.shape[1] * found.shape[2]) + cells, return_counts=True)
    row, place = np.divmod(pairs, found.shape[1] * found.shape[2])
    for k, values in enumerate(found.reshape(len(found), -1)):
        weights = values[place].astype(np.float64) * counts
        sums[:, k] += np.bincount(row, weights, minlength=len(ids))
