"""Which voxels are foreground: the level test and automatic levels."""

from __future__ import annotations

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
