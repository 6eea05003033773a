"""Which objects stay: those away from the border, those inside a region.

Both questions are answered with ids, so a label image keeps or gets numbers as the caller
wants, see :func:`map_ids`. Counts of blocks add up, so the answer is that of the whole image.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.kernel import kernel
from objclass.segmentation.runs import paint, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Overlaps:
    """How many voxels objects share with regions, sorted by object, then region.

    Parameters
    ----------
    objects, regions
        uint64 (m,), ids; pairs without a common voxel are left out.
    voxels
        int64 (m,).
    """

    objects: NDArray[np.uint64]
    regions: NDArray[np.uint64]
    voxels: NDArray[np.int64]

    def largest(self, ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return for each id the region it shares most voxels with, 0 for none.

        On equal numbers the smaller region id wins.
        """
        order = np.lexsort((self.regions, -self.voxels, self.objects))
        objects, regions = self.objects[order], self.regions[order]
        known, first = np.unique(objects, return_index=True)
        out = np.zeros(len(ids), np.uint64)
        at = np.searchsorted(known, ids)
        hit = at < len(known)
        hit[hit] = known[at[hit]] == ids[hit]
        out[hit] = regions[first[at[hit]]]
        return out

    def total(self, ids: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return for each of the ascending ids how many voxels lie in any region."""
        out = np.zeros(len(ids), np.int64)
        np.add.at(out, np.searchsorted(ids, self.objects), self.voxels)
        return out


def overlaps(label_image: NDArray[np.generic], regions: NDArray[np.generic]) -> Overlaps:
    """Return how many voxels each object shares with each region.

    Parameters
    ----------
    label_image, regions
        Equal shapes, bool or unsigned integers; 0 is background.
    """
    a, b = runs(label_image), runs(regions)
    pairs = np.empty((len(a) + len(b), 2), np.uint64)
    lengths = np.empty(len(pairs), np.int64)
    n = _share(
        a.first, a.start, a.stop, a.value.astype(np.uint64), b.first, b.start, b.stop,
        b.value.astype(np.uint64), pairs, lengths,
    )  # fmt: skip
    return _group(pairs[:n], lengths[:n])


def add(parts: Iterable[Overlaps]) -> Overlaps:
    """Return the overlaps of a whole image from those of its blocks."""
    found = list(parts)
    none = np.empty(0, np.uint64)
    objects = np.concatenate([none, *(part.objects for part in found)])
    regions = np.concatenate([none, *(part.regions for part in found)])
    voxels = np.concatenate([np.empty(0, np.int64), *(part.voxels for part in found)])
    return _group(np.stack([objects, regions], axis=1), voxels)


def mostly_inside(
    ids: NDArray[np.uint64], sizes: NDArray[np.int64], shared: Overlaps
) -> NDArray[np.bool_]:
    """Return which objects have more than half of their voxels in a region.

    Parameters
    ----------
    ids, sizes
        Ascending ids and voxels of each, as an index gives them.
    """
    return np.asarray(2 * shared.total(ids) > sizes)


def border_ids(
    label_image: NDArray[np.generic],
    region: Region | None = None,
    shape: tuple[int, ...] | None = None,
) -> NDArray[np.uint64]:
    """Return the ids with a voxel at the border of the image, uint64 ascending.

    In 3D the first and the last plane are border too, unless there is only one plane.

    Parameters
    ----------
    label_image
        Unsigned ids of `region`, by default of the whole image.
    region, shape
        Where a block lies in an image of this shape.
    """
    region = region or Region.whole(label_image.shape)
    ends = [np.empty(0, label_image.dtype)]
    for axis, n in enumerate(shape or label_image.shape):
        if label_image.size and not (label_image.ndim == 3 and axis == 0 and n == 1):
            sides = [(region.start[axis] == 0, 0), (region.stop[axis] == n, -1)]
            ends += [np.take(label_image, at, axis).reshape(-1) for here, at in sides if here]
    found = np.unique(np.concatenate(ends)).astype(np.uint64)
    return np.asarray(found[found != 0])


def map_ids(
    label_image: NDArray[np.generic],
    ids: NDArray[np.uint64],
    targets: NDArray[np.generic],
) -> NDArray[Any]:
    """Return a label image in which ``ids[k]`` has become ``targets[k]``.

    Parameters
    ----------
    label_image
        Unsigned ids of any size; an id that is not in `ids` becomes background.
    ids
        uint64 (n,), ascending.
    targets
        uint32 or uint64 (n,); also the type of the result.
    """
    found = runs(label_image)
    value = found.value.astype(np.uint64)
    at = np.minimum(np.searchsorted(ids, value), max(0, len(ids) - 1))
    out = np.zeros(label_image.shape, targets.dtype)
    if len(ids):
        new = np.where(ids[at] == value, targets[at], targets.dtype.type(0))
        paint(found, new, out)
    return out


def _group(pairs: NDArray[np.uint64], lengths: NDArray[np.int64]) -> Overlaps:
    """Add up equal pairs."""
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, lengths = pairs[order], lengths[order]
    new = np.ones(len(pairs), bool)
    new[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    begins = np.flatnonzero(new)
    voxels = np.add.reduceat(lengths, begins) if len(begins) else lengths
    return Overlaps(pairs[begins, 0], pairs[begins, 1], voxels)


@kernel
def _share(
    first_a: Any, start_a: Any, stop_a: Any, value_a: Any,
    first_b: Any, start_b: Any, stop_b: Any, value_b: Any, pairs: Any, lengths: Any,
) -> Any:  # fmt: skip
    """Walk both lists of runs row by row and note what each pair of runs shares."""
    n = 0
    for r in range(first_a.shape[0] - 1):
        i, j = first_a[r], first_b[r]
        while i < first_a[r + 1] and j < first_b[r + 1]:
            shared = min(stop_a[i], stop_b[j]) - max(start_a[i], start_b[j])
            if shared > 0:
                pairs[n, 0], pairs[n, 1] = value_a[i], value_b[j]
                lengths[n] = shared
                n += 1
            if stop_a[i] < stop_b[j]:
                i += 1
            else:
                j += 1
    return n
