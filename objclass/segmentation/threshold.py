"""Which voxels are foreground: the level test, for one map or for one map per class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def level(image: NDArray[np.generic], threshold: float) -> NDArray[np.bool_]:
    """Return which voxels are at least `threshold`; both are compared as float32.

    NaN is below every threshold.
    """
    values = image.astype(np.float32, copy=False)
    return np.asarray(values >= np.float32(threshold))


def brightest(
    maps: Sequence[NDArray[np.float32]],
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return which map is the brightest at each voxel, 1…K, and its value.

    Parameters
    ----------
    maps
        K float32 arrays of one shape, K < 256. On equal brightness the first map wins; NaN
        loses against everything.
    """
    value = maps[0].copy()
    which = np.ones(value.shape, np.uint8)
    for k, other in enumerate(maps[1:], start=2):
        better = (other > value) | (np.isnan(value) & ~np.isnan(other))
        which[better] = k
        value[better] = other[better]
    return which, value
