"""What decides whether an object stays: size, place, border and regions, also block by block.

A survey of the whole image is the sum of those of its blocks, whatever the blocks are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.blocks import Region
from objclass.segmentation.grouping import Grouped, by_value
from objclass.segmentation.runs import runs
from objclass.segmentation.selection import Overlaps, added, border_ids, overlaps

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Survey:
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
) -> Survey:
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
    shared = added([] if other is None else [overlaps(label_image, other)])
    return Survey(ids, groups.size, first, at_border, shared)


def united(parts: Sequence[Survey]) -> Survey:
    """Return the survey of a whole image from those of its blocks."""
    every = _joined([part.ids for part in parts], np.uint64)
    ids, ranks = np.unique(every, return_inverse=True)
    sizes, border = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.bool_)
    first = np.full(len(ids), np.iinfo(np.int64).max)
    np.add.at(sizes, ranks, _joined([part.sizes for part in parts], np.int64))
    np.minimum.at(first, ranks, _joined([part.first for part in parts], np.int64))
    np.logical_or.at(border, ranks, _joined([part.border for part in parts], np.bool_))
    return Survey(ids, sizes, first, border, added(part.shared for part in parts))


def _joined(columns: Sequence[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *columns])


def _first_voxels(groups: Grouped, shape: tuple[int, ...]) -> NDArray[np.int64]:
    z, y, x, _ = groups.table[groups.first[:-1]].astype(np.int64).T
    return np.asarray((z * shape[-2] + y) * shape[-1] + x)
