"""What turns a prediction map into objects, and what was dropped on the way."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Method = Literal["simple", "hysteresis"]
Layer = Literal["smoothed", "cores", "cores_filtered", "unfiltered", "objects"]


@dataclass(frozen=True)
class SegmentationSettings:
    """How objects are found in a prediction map.

    Parameters
    ----------
    sigma
        Smoothing in voxels, one per axis of the image; 0 is off for that axis.
    threshold
        Voxels at least this bright are foreground (with hysteresis: the low level).
    method
        ``simple`` keeps every component, ``hysteresis`` those that hold a core.
    core_threshold
        Level of the cores; needed by hysteresis.
    min_size, max_size
        Limits in voxels, both inclusive, on cores and on objects; None is no limit.
    merge_objects
        False (hysteresis only): cores in one component become one object each.
    """

    sigma: tuple[float, ...]
    threshold: float
    method: Method = "simple"
    core_threshold: float | None = None
    min_size: int = 0
    max_size: int | None = None
    merge_objects: bool = True

    @property
    def limits(self) -> tuple[int, int | None]:
        """The smallest and the largest size in voxels."""
        return self.min_size, self.max_size

    @property
    def high(self) -> float:
        """The level of the cores; hysteresis without one is a fault of the caller."""
        if self.core_threshold is None:
            raise ValueError("hysteresis needs a core_threshold")
        return self.core_threshold


@dataclass(frozen=True)
class DroppedObjects:
    """How many cores and objects did not stay, and why."""

    cores_too_small: int = 0
    cores_too_large: int = 0
    without_core: int = 0
    too_small: int = 0
    too_large: int = 0


@dataclass(frozen=True)
class SegmentationReport:
    """How many objects were found, how many were dropped, and what each object is made of.

    Parameters
    ----------
    count
        Number of objects (or cores, for the core layers).
    dropped
        What did not stay.
    values
        uint64 (count + 1,): which of the foreground maps each object was found in, 1…K, or
        what its voxels hold in a segmentation; entry 0 is 0.
    """

    count: int
    dropped: DroppedObjects
    values: NDArray[np.uint64] = field(compare=False, repr=False)
