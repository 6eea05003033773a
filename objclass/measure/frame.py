"""One frame to measure: label image, channels and other label images, read by region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.labels import Index
from objclass.data.ordered import OrderedMap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reader = Callable[[Region], NDArray[np.generic]]


@dataclass(frozen=True)
class OtherLabels:
    """Another label image of the same shape, such as the cells around nuclei."""

    labels: Reader
    index: Index


@dataclass(frozen=True)
class Frame:
    """One frame of voxels, read on demand.

    Parameters
    ----------
    shape
        Voxels along ``(y, x)`` or ``(z, y, x)``.
    origin
        First voxel in the uncropped image, same length.
    labels
        Reads the label image of a region.
    images
        Reads the voxels of a region, by channel name.
    index
        The objects of the label image.
    layers
        Other label images by name, such as parents.
    each
        Works on blocks: ``map``, or one whose calls run side by side.
    """

    shape: tuple[int, ...]
    origin: tuple[int, ...]
    labels: Reader
    images: Mapping[str, Reader]
    index: Index
    layers: Mapping[str, OtherLabels] = field(default_factory=dict)
    each: OrderedMap = map
