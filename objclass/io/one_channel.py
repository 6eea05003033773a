"""Whether the channels of a mask all say the same, so that one of them is the mask.

Drawing programs save masks as RGB, with or without transparency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from objclass.data.blocks import bands
from objclass.io.chosen import ArrayChoice
from objclass.io.header import voxel_bytes
from objclass.io.image import Layout
from objclass.io.source import Source
from objclass.io.stack import open_frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WITH_ALPHA = (2, 4)
"""Numbers of channels of which the last can be transparency."""


def one_channel(
    source: Source, dtype: str, axes: str | None, chosen: ArrayChoice, layout: Layout
) -> bool:
    """Return True where the channels of a mask are equal in every voxel.

    The last of two or four channels may instead hold one value everywhere: transparency
    that says nothing.

    Parameters
    ----------
    source, axes, chosen
        As in :func:`objclass.io.stack.open_source`.
    dtype
        Of its voxels.
    layout
        Where its frames and channels lie.
    """
    frames = open_frames(source, layout, dtype, axes, chosen)
    alpha: set[float] = set()
    equal = True
    try:
        for t in range(layout.frames or 1):
            for region in bands(layout.shape, layout.channels * voxel_bytes(dtype)):
                *colours, last = (frames.read(t, c, region) for c in range(layout.channels))
                equal = equal and _same(last, colours[0])
                alpha |= {float(last.min()), float(last.max())}
                constant = layout.channels in WITH_ALPHA and len(alpha) == 1
                if not (equal or constant) or not all(_same(c, colours[0]) for c in colours):
                    return False
    finally:
        frames.close()
    return True


def _same(one: NDArray[np.generic], other: NDArray[np.generic]) -> bool:
    return bool((one == other).all())
