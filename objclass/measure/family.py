"""What a feature family is: a pure function from whole objects to columns.

A family declares its columns from a :class:`Setting` (known without voxels) and measures
them on a :class:`Batch` of whole objects. It never sees a cut object, never reads a file
and never keeps state; a value may depend only on the object, its ring and what the batch
says of the whole image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from objclass.data.objects import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Setting:
    """What a family knows before voxels are read.

    Parameters
    ----------
    dimensions
        2 or 3.
    channels
        Names of the channels to measure, in order (already selected).
    dtypes
        numpy dtype name per channel.
    ranges
        ``(low, high)`` per channel where declared or known from the dtype, else None.
    spacing
        Voxel size per axis of the image, ``(y, x)`` or ``(z, y, x)``; None without a unit.
    unit
        Unit of `spacing`; None means values are in voxels.
    options
        The entry's own options, already validated.
    """

    dimensions: int
    channels: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    ranges: tuple[tuple[float, float] | None, ...] = ()
    spacing: tuple[float, ...] | None = None
    unit: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def voxel(self) -> tuple[float, ...]:
        """Voxel size per axis; ones where no unit is known."""
        return self.spacing or (1.0,) * self.dimensions


@dataclass(frozen=True)
class Batch:
    """Some whole objects of one frame and all a family may look at.

    Parameters
    ----------
    labels
        Label image crop ``(y, x)`` or ``(z, y, x)``, any unsigned dtype; holds other objects too.
    ids
        uint64 (n,), ascending: the objects to measure, each wholly inside the crop.
    start, stop
        int32 (n, d): their boxes in voxels of the crop.
    size
        int64 (n,): their voxel counts.
    images
        One array per channel of the setting, each of the crop's shape, file dtype.
    origin
        int tuple (d,): first voxel of the crop in the uncropped image.
    border
        Per axis ``(low, high)``: whether that face of the crop is the image's border.
    setting
        As given to ``columns``.
    """

    labels: NDArray[np.generic]
    ids: NDArray[np.uint64]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    size: NDArray[np.int64]
    images: tuple[NDArray[np.generic], ...]
    origin: tuple[int, ...]
    border: tuple[tuple[bool, bool], ...]
    setting: Setting


@dataclass(frozen=True)
class Family:
    """One feature family.

    Parameters
    ----------
    name
        Used in column names and selections.
    columns
        Every column the family makes under a setting, in order.
    measure
        Column name to values (n,), for exactly those columns, rows as ``batch.ids``.
    version
        Raised when results change.
    reads_image
        False for families that need the label image only.
    ring
        Voxels per axis that the family looks at beyond an object's box.
    wrapped
        Name of the library whose version enters the recipe, for thin wrappers.
    """

    name: str
    columns: Callable[[Setting], tuple[Column, ...]]
    measure: Callable[[Batch], Mapping[str, NDArray[np.generic]]]
    version: int = 1
    reads_image: bool = True
    ring: Callable[[Setting], int] = lambda setting: 0
    wrapped: str | None = None
