"""Coarser levels of an image, each half as fine as the one before, read by region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from objclass.data.blocks import Region
from objclass.data.lazy_array import LazyArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST = 256
"""Levels are made until y and x are no longer than this."""


def halved_axes(voxels: LazyArray, spacing: Mapping[str, float]) -> str:
    """Return the axes that the next level halves; none where this one is small enough.

    z is halved only where its voxels are not thicker than they are wide.
    """
    if max(voxels.length("y"), voxels.length("x")) <= SMALLEST:
        return ""
    thin = spacing.get("z", 1.0) <= spacing.get("x", 1.0)
    wanted = "zyx" if thin else "yx"
    return "".join(letter for letter in wanted if voxels.length(letter) > 1)


def halved(voxels: LazyArray, axes: str, *, ids: bool) -> LazyArray:
    """Return an image of half the length along some axes, rounded up.

    Parameters
    ----------
    voxels
        The finer image.
    axes
        The letters that are halved.
    ids
        True for ids and classes, of which every second voxel is taken; others are averaged
        over the two voxels along each axis (at an odd end over one), whole numbers rounded,
        half-way ones to the even number.
    """
    steps = tuple(2 if letter in axes else 1 for letter in voxels.axes)
    shape = tuple(-(-n // step) for n, step in zip(voxels.shape, steps, strict=True))

    def read(region: Region) -> NDArray[Any]:
        start = tuple(a * step for a, step in zip(region.start, steps, strict=True))
        ends = zip(region.stop, steps, voxels.shape, strict=True)
        fine = voxels.read(Region(start, tuple(min(n, b * step) for b, step, n in ends)))
        return fine[tuple(slice(None, None, s) for s in steps)] if ids else means(fine, steps)

    return replace(voxels, shape=shape, read=read)


def means(fine: NDArray[Any], steps: tuple[int, ...]) -> NDArray[Any]:
    """Return the means of blocks of `steps` voxels; blocks at an odd end are smaller."""
    import numpy as np

    shape = tuple(-(-n // step) for n, step in zip(fine.shape, steps, strict=True))
    total, count = np.zeros(shape, np.float64), np.zeros(shape, np.int64)
    for offset in product(*(range(step) for step in steps)):
        part = fine[tuple(slice(a, None, s) for a, s in zip(offset, steps, strict=True))]
        inner = tuple(slice(0, n) for n in part.shape)
        total[inner] += part
        count[inner] += 1
    mean = total / count
    whole = fine.dtype.kind in "iu"
    return (np.rint(mean) if whole else mean).astype(fine.dtype)
