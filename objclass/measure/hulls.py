"""Convex hulls of a batch, made once for the families that need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from objclass.data.dataclass import dataclass
from objclass.measure.kernels.hull import hulls
from objclass.measure.kernels.hull3d import hulls_3d
from objclass.measure.runs import ObjectRuns, counted

if TYPE_CHECKING:
    from objclass.measure.family import ObjectBatch


@dataclass(frozen=True)
class Hulls:
    """The convex hulls of n objects.

    Parameters
    ----------
    runs
        Their voxels: those whose centre lies in the hull or on its border.
    corners
        int64 (c, 3): doubled z, y, x of the corners in the crop (z is 0 in 2D).
    first
        int64 (n + 1,): the first corner of every object.
    """

    runs: ObjectRuns
    corners: NDArray[np.int64]
    first: NDArray[np.int64]


def hulls_of(batch: ObjectBatch) -> Hulls:
    """Return the convex hull of every object."""
    runs = batch.runs
    make = hulls if batch.setting.dimensions == 2 else hulls_3d
    pieces, first_piece, corners, first = make(
        runs.pieces, runs.first, batch.start_zyx, batch.stop_zyx
    )
    return Hulls(counted(pieces, first_piece), corners, first)
