"""Images and prediction maps: a header that is known without voxels, and a lazy reader."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.foreground import Foreground
from objclass.data.lazy_array import LazyArray, lazy_frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Role = Literal["raw", "prediction_map", "segmentation", "label_image"]


@dataclass(frozen=True)
class ImageHeader:
    """What is known of an image before a voxel is read.

    Parameters
    ----------
    grid
        Shape, crop, spacing and axes.
    channels
        Channel names in order; unnamed ones are ``"0"``, ``"1"``, ….
    dtype
        numpy name of the voxel type, such as ``uint8``.
    role
        What the voxels mean.
    value_range
        ``(low, high)`` that the values span by declaration, or None.
    foreground
        What the objects of a segmentation held in its file, where a workflow says so; here
        they are 1, 2 and so on.
    """

    grid: Grid
    channels: tuple[str, ...]
    dtype: str
    role: Role = "raw"
    value_range: tuple[float, float] | None = None
    foreground: Foreground | None = None


@dataclass(frozen=True)
class Image:
    """The voxels of one image in one frame, read on demand.

    ``source(channel, region)`` returns an array ``(y, x)`` or ``(z, y, x)`` of the header's
    dtype; ``region`` counts in voxels of the frame (after cropping).
    """

    header: ImageHeader
    source: Callable[[int, Region], NDArray[np.generic]]

    def read(self, channel: int, region: Region | None = None) -> NDArray[np.generic]:
        """Return one channel of `region`, by default of the whole frame."""
        return self.source(channel, region or Region.whole(self.header.grid.shape))

    def voxels(self, channel: int) -> LazyArray:
        """Return one channel of the frame as an array that is read by region."""
        read = partial(self.source, channel)
        return lazy_frame(self.header.grid, self.header.dtype, read)
