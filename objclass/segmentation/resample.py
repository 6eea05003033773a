"""Maps and label images of another resolution than the raw image, by whole factors.

The rule: along an axis with factor f, voxel i of the coarse image covers the voxels
``f * i … f * i + f - 1`` of the fine one. Going to the fine grid repeats voxels, for maps and
label images alike. Going to the coarse grid takes the mean of a map and, of a label image,
the voxel at ``f * i + f // 2`` (the last one where the image ends before). The readers work
region by region, so any block gives the same voxels.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from objclass.data.blocks import Region
from objclass.segmentation.cutting import Read

if TYPE_CHECKING:
    from numpy.typing import NDArray

Factors = tuple[int, ...]


def factors(fine: tuple[int, ...], coarse: tuple[int, ...]) -> Factors | None:
    """Return the whole factor per axis between two shapes, or None where there is none.

    The fine image may end inside the last coarse voxel: 1023 and 512 have factor 2.
    """
    found = []
    for n, m in zip(fine, coarse, strict=True):
        factor = -(-n // m) if m else 1
        if m == 0 or -(-n // factor) != m:
            return None
        found.append(factor)
    return tuple(found)


def enlarge(read: Read, by: Factors) -> Read:
    """Return a reader on the fine grid of an image that is `by` times coarser."""

    def finer(region: Region) -> NDArray[np.generic]:
        start = tuple(a // f for a, f in zip(region.start, by, strict=True))
        stop = tuple(-(-b // f) for b, f in zip(region.stop, by, strict=True))
        voxels = read(Region(start, stop))
        for axis, f in enumerate(by):
            voxels = np.repeat(voxels, f, axis)
        corner = tuple(a * f for a, f in zip(start, by, strict=True))
        return voxels[region.within(Region(corner, region.stop))]

    return finer


def average(read: Read, by: Factors, shape: tuple[int, ...]) -> Read:
    """Return a reader on the coarse grid of a map of this (fine) shape; means, float32.

    Sums are float64, in raster order of the voxels that are averaged; a voxel at the far
    border is the mean of those that exist.
    """

    def coarser(region: Region) -> NDArray[np.generic]:
        fine = _cover(region, by, shape)
        voxels = read(fine)
        total = np.zeros(region.shape, np.float64)
        count = np.zeros(region.shape, np.int64)
        for offset in product(*map(range, by)):
            part = voxels[tuple(slice(o, None, f) for o, f in zip(offset, by, strict=True))]
            there = tuple(slice(0, n) for n in part.shape)
            total[there] += part.astype(np.float64)
            count[there] += 1
        return (total / np.maximum(count, 1)).astype(np.float32)

    return coarser


def sample(read: Read, by: Factors, shape: tuple[int, ...]) -> Read:
    """Return a reader on the coarse grid of a label image of this (fine) shape."""

    def coarser(region: Region) -> NDArray[np.generic]:
        fine = _cover(region, by, shape)
        voxels = read(fine)
        for axis, f in enumerate(by):
            at = np.arange(region.shape[axis]) * f + f // 2
            voxels = np.take(voxels, np.minimum(at, voxels.shape[axis] - 1), axis)
        return voxels

    return coarser


def _cover(region: Region, by: Factors, shape: tuple[int, ...]) -> Region:
    """Return the fine voxels that a coarse region covers, inside the image."""
    start = tuple(a * f for a, f in zip(region.start, by, strict=True))
    ends = zip(region.stop, by, shape, strict=True)
    return Region(start, tuple(min(b * f, n) for b, f, n in ends))
