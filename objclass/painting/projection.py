"""One plane of a volume that is read by region: of its voxels the brightest, of objects the first.

So a picture of a volume takes the memory of a few planes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from objclass.data.blocks import Region, chunk_runs
from objclass.data.lazy_array import LazyArray
from objclass.painting.filling import painter

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

BLOCK = 2**21
"""Voxels that are read at once, about."""


def brightest(volume: LazyArray) -> NDArray[Any]:
    """Return the largest voxel along z, ``(y, x)``; a plane stays as it is."""
    import numpy as np

    found: NDArray[Any] = np.empty(volume.shape[-2:], volume.dtype)
    for region, voxels in _columns(volume):
        place = found[region.slices[-2:]]
        front = voxels.max(axis=0)
        place[...] = np.maximum(place, front) if region.start[0] else front
    return found


def nearest_objects(labels: LazyArray, ids: ArrayLike) -> NDArray[Any]:
    """Return the id of the object nearest to z = 0 at each place, ``(y, x)``.

    Parameters
    ----------
    labels
        Label image ``(y, x)`` or ``(z, y, x)``.
    ids
        The objects that count, ascending.
    """
    import numpy as np

    known = np.asarray(ids, np.uint64)
    only = painter(known, known.astype(labels.dtype), voxels=labels.size)
    found: NDArray[Any] = np.zeros(labels.shape[-2:], labels.dtype)
    for region, voxels in _columns(labels):
        place = found[region.slices[-2:]]
        for plane in only(voxels):
            np.copyto(place, plane, where=place == 0)
    return found


def _columns(volume: LazyArray) -> Iterator[tuple[Region, NDArray[Any]]]:
    """Yield the blocks of a volume, along z from the front; a plane is a volume of one."""
    deep = volume.ordered("zyx")
    read: Callable[[Region], NDArray[Any]] = deep.read
    return ((region, read(region)) for region in chunk_runs(deep.shape, deep.chunk, BLOCK))
