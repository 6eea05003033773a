"""The voxels of each object of a batch, as runs along x sorted by object.

Everything that is measured on voxels starts from here: a run costs as much as a voxel, so
coordinates are cheap, and values are gathered once per channel in each object's own raster
order. That order depends on the object alone, not on the batch, the crop or other objects.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.dataclass import dataclass
from objclass.measure.kernels import runs as kernels

LOOKUP_LIMIT = 1 << 16


@dataclass(frozen=True)
class ObjectRuns:
    """Runs of m pieces for n objects; coordinates count in voxels of the crop.

    Parameters
    ----------
    pieces
        int32 (m, 4): z, y, x of the first voxel (z is 0 in 2D) and the number of voxels.
    first
        int64 (n + 1,): the first piece of every object.
    voxel
        int64 (n + 1,): the first voxel of every object among all gathered voxels.
    """

    pieces: NDArray[np.int32]
    first: NDArray[np.int64]
    voxel: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def size(self) -> NDArray[np.int64]:
        """int64 (n,): voxels of every object."""
        return np.diff(self.voxel)

    def part(self, begin: int, end: int) -> ObjectRuns:
        """Return the runs of the objects from `begin` to `end` (not inside)."""
        first, voxel = self.first[begin : end + 1], self.voxel[begin : end + 1]
        pieces = self.pieces[first[0] : first[-1]]
        return ObjectRuns(pieces, first - first[0], voxel - voxel[0])

    def values(self, image: NDArray[np.generic]) -> NDArray[np.float64]:
        """Return the voxels of all objects as float64 ``(voxel[-1],)``, object after object."""
        return kernels.gather(volume(image), self.pieces, int(self.voxel[-1]))


def volume(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return `array` as contiguous native-endian ``(z, y, x)``; a 2D one gets one plane.

    What kernels do not know becomes the next larger type: bool uint8, float16 float32.
    """
    known: dict[str, np.dtype[np.generic]] = {
        "?": np.dtype(np.uint8),
        "e": np.dtype(np.float32),
    }
    wanted = known.get(array.dtype.char, array.dtype.newbyteorder("="))
    contiguous: NDArray[np.generic] = np.ascontiguousarray(array, dtype=wanted)
    return contiguous.reshape((1,) * (3 - array.ndim) + contiguous.shape)


def label_volume(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return a label image as :func:`volume` does, as uint32 or uint64: two kinds of kernels."""
    return volume(array.astype(np.uint32) if array.dtype.itemsize < 4 else array)


def lookup_of(ids: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Return id → row as an array, -1 where no row; empty where ids are too large for that."""
    if len(ids) == 0 or int(ids[-1]) >= max(LOOKUP_LIMIT, 4 * len(ids)):
        return np.empty(0, np.int32)
    lookup = np.full(int(ids[-1]) + 1, -1, np.int32)
    lookup[ids] = np.arange(len(ids), dtype=np.int32)
    return lookup


def runs_of(labels: NDArray[np.generic], ids: NDArray[np.uint64]) -> ObjectRuns:
    """Find the voxels of the objects `ids` in a label image.

    Parameters
    ----------
    labels
        ``(y, x)`` or ``(z, y, x)``, any unsigned dtype.
    ids
        uint64 (n,), ascending, without 0.
    """
    found, count = kernels.find_runs(label_volume(labels), ids, lookup_of(ids))
    return sorted_runs(found, count, len(ids))


def sorted_runs(found: NDArray[np.int32], count: int, objects: int) -> ObjectRuns:
    """Sort `count` rows of ``(row, z, y, x, length)`` by row."""
    return counted(*kernels.sort_runs(found, count, objects))


def counted(pieces: NDArray[np.int32], first: NDArray[np.int64]) -> ObjectRuns:
    """Return runs that are sorted already, with their voxels counted."""
    return ObjectRuns(pieces, first, kernels.count_voxels(pieces, first))
