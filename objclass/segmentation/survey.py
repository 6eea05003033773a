"""What decides whether an object stays: size, place, border and regions, also block by block.

A survey of the whole image is the sum of those of its blocks, whatever the blocks are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.segmentation.grouping import GroupedRuns, by_value
from objclass.segmentation.runs import runs
from objclass.segmentation.selection import Overlaps, add, border_ids, overlaps

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ObjectSurvey:
    """One row per object of a region, sorted by id.

    Parameters
    ----------
    ids
        uint64 (n,), ascending.
    sizes
        int64 (n,), voxels.
    first
        int64 (n,), place of the first voxel in raster order of the image.
    border
        bool (n,), True where the object has a voxel at the border of the image.
    shared
        Voxels shared with other regions; none where nobody asked.
    """

    ids: NDArray[np.uint64]
    sizes: NDArray[np.int64]
    first: NDArray[np.int64]
    border: NDArray[np.bool_]
    shared: Overlaps

    def __len__(self) -> int:
        return len(self.ids)


def survey(
    label_image: NDArray[np.generic],
    region: Region,
    shape: tuple[int, ...],
    other: NDArray[np.generic] | None = None,
) -> ObjectSurvey:
    """Return what is found in one region of an image.

    Parameters
    ----------
    label_image
        Ids of `region`, ``(y, x)`` or ``(z, y, x)``, unsigned; 0 is background.
    region
        Where it lies.
    shape
        Of the whole image.
    other
        Regions to compare with: bool or unsigned ids of `region`.
    """
    ids, groups = by_value(runs(label_image))
    first = _first_voxels(groups.moved(region.start), shape)
    at_border = np.isin(ids, border_ids(label_image, region, shape))
    shared = add([] if other is None else [overlaps(label_image, other)])
    return ObjectSurvey(ids, groups.size, first, at_border, shared)


def unite(parts: Sequence[ObjectSurvey]) -> ObjectSurvey:
    """Return the survey of a whole image from those of its blocks."""
    every = _join([part.ids for part in parts], np.uint64)
    ids, ranks = np.unique(every, return_inverse=True)
    sizes, border = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.bool_)
    first = np.full(len(ids), np.iinfo(np.int64).max)
    np.add.at(sizes, ranks, _join([part.sizes for part in parts], np.int64))
    np.minimum.at(first, ranks, _join([part.first for part in parts], np.int64))
    np.logical_or.at(border, ranks, _join([part.border for part in parts], np.bool_))
    return ObjectSurvey(ids, sizes, first, border, add(part.shared for part in parts))


def _join(columns: Sequence[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *columns])


def _first_voxels(groups: GroupedRuns, shape: tuple[int, ...]) -> NDArray[np.int64]:
    z, y, x, _ = groups.table[groups.first[:-1]].astype(np.int64).T
    return np.asarray((z * shape[-2] + y) * shape[-1] + x)
