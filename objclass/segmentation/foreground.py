"""Which voxels of a mask are objects, and whether a mask looks like one at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.foreground import Foreground

if TYPE_CHECKING:
    from numpy.typing import NDArray


def select(voxels: NDArray[Any], foreground: Foreground) -> NDArray[np.uint8]:
    """Return a segmentation whose background is 0.

    Parameters
    ----------
    voxels
        Any shape, any integer or float type; NaN and infinity are background.
    foreground
        What the objects hold.

    Returns
    -------
    uint8 array of the same shape. The first of several values becomes 1, the second 2 and so
    on, so that regions of different values stay apart; within limits everything becomes 1.
    """
    if foreground.values:
        out = np.zeros(voxels.shape, np.uint8)
        for number, value in enumerate(foreground.values, start=1):
            out[voxels == value] = number
        return out
    inside: NDArray[np.bool_] = np.isfinite(voxels)
    if foreground.above is not None:
        inside &= voxels > foreground.above
    if foreground.below is not None:
        inside &= voxels < foreground.below
    return inside.view(np.uint8)
