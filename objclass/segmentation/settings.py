"""What turns a prediction map into objects, and what was dropped on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["simple", "hysteresis"]
Layer = Literal["smoothed", "cores", "cores_filtered", "unfiltered", "objects"]


@dataclass(frozen=True)
class Settings:
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
    def high(self) -> float:
        """The level of the cores; hysteresis without one is a fault of the caller."""
        if self.core_threshold is None:
            raise ValueError("hysteresis needs a core_threshold")
        return self.core_threshold


@dataclass(frozen=True)
class Dropped:
    """How many cores and objects did not stay, and why."""

    cores_too_small: int = 0
    cores_too_large: int = 0
    without_core: int = 0
    too_small: int = 0
    too_large: int = 0


@dataclass(frozen=True)
class Report:
    """How many objects were found and how many were dropped."""

    count: int
    dropped: Dropped
