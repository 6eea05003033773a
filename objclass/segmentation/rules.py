"""The rules by which objects are found: objclass's own ones, or those of another program.

A frame and a block are worked on by the same steps; what differs between programs is in here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.dataclass import dataclass
from objclass.segmentation.growth import grow
from objclass.segmentation.smooth import gaussian, halo
from objclass.segmentation.threshold import brightest, level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Map = NDArray[np.float32]
    Mask = NDArray[np.bool_]
    LabelImage = NDArray[np.uint32]

Sigma = tuple[float, ...]


@dataclass(frozen=True)
class SegmentationRules:
    """How smoothing, the level test and growth are done.

    Parameters
    ----------
    sigma
        ``sigma(wanted, shape)`` is what an image of this shape is smoothed by.
    smooth
        ``smooth(image, sigma)``, the same bits for a region grown by the halo.
    level
        ``level(map, threshold)`` is True for foreground.
    low_map
        ``low_map(smoothed, smoothed_core)`` is where the low level is tested when cores come
        from another map.
    grow
        ``grow(cores, map, threshold)`` makes one object of every core.
    grows_apart
        True where growth never leaves a component of the low mask, and nothing outside of it
        changes what happens inside: then components may be grown one by one.
    """

    sigma: Callable[[Sigma, tuple[int, ...]], Sigma]
    smooth: Callable[[NDArray[np.generic], Sigma], Map]
    level: Callable[[NDArray[Any], float], Mask]
    low_map: Callable[[Map, Map], Map]
    grow: Callable[[LabelImage, Map, float], LabelImage]
    grows_apart: bool = False

    def halo(self, sigma: Sigma, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the context in voxels that a region of an image of this shape needs."""
        return halo(self.sigma(sigma, shape))

    def foreground(self, maps: Sequence[Map], threshold: float) -> NDArray[Any]:
        """Return the foreground of one map (bool), or the class 1…K at each voxel (uint8).

        With several maps, a voxel belongs to the class whose map is the brightest there, if
        that one is at least `threshold`.
        """
        if len(maps) == 1:
            return self.level(maps[0], threshold)
        which, value = brightest(maps)
        which[~self.level(value, threshold)] = 0
        return which

    def low_maps(self, maps: Sequence[Map], cores: Sequence[Map] | None) -> Sequence[Map]:
        """Return where the low level of hysteresis is tested."""
        if cores is None:
            return maps
        return [self.low_map(a, b) for a, b in zip(maps, cores, strict=True)]


def _grow(cores: LabelImage, image: Map, threshold: float) -> LabelImage:
    return grow(cores, image, level(image, threshold))


def _as_wanted(sigma: Sigma, shape: tuple[int, ...]) -> Sigma:
    return sigma


def _own_map(smoothed: Map, core: Map) -> Map:
    return smoothed


OWN = SegmentationRules(
    sigma=_as_wanted, smooth=gaussian, level=level, low_map=_own_map, grow=_grow, grows_apart=True
)
