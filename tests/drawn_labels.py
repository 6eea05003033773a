"""Label images drawn by hand, and a plain index of them (the twin of the real one).

``"AA.B"`` is object 1 (A), object 1, background, object 2 (B).
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.labels import Index, LabelHeader, LabelImage


def ids_of(*lines: str, dtype: str = "uint32") -> np.ndarray:
    """A 2D label image: letters are ids from 1, anything else is background."""
    values = [[max(0, ord(c) - 64) if c.isalpha() else 0 for c in line] for line in lines]
    return np.array(values, dtype)


def index_of(ids: np.ndarray, origin: tuple[int, ...] | None = None, t: int = 0) -> Index:
    """The index, by the plainest means; `origin` (z, y, x) goes into the stamps."""
    present = [int(i) for i in np.unique(ids) if i]
    places = [np.argwhere(ids == i) for i in present]
    shift = np.array((origin or (0, 0, 0))[-ids.ndim :])
    d, n = ids.ndim, len(present)
    last = np.array(ids.shape) - 1
    middle = [p[np.argmin(np.abs(p - p.mean(axis=0)).sum(axis=1))] for p in places]
    return Index(
        np.array(present, np.uint64),
        np.array([p.min(axis=0) for p in places], np.int32).reshape(n, d),
        np.array([p.max(axis=0) + 1 for p in places], np.int32).reshape(n, d),
        np.array([len(p) for p in places], np.int64),
        np.array(middle, np.int32).reshape(n, d),
        np.array([bool(((p == 0) | (p == last)).any()) for p in places], np.bool_),
        np.array([stamp_of(p + shift, t) for p in places], "S11"),
    )


def stamp_of(voxels: np.ndarray, t: int = 0) -> bytes:
    """A stand-in stamp: any function of time and voxels that tells objects apart."""
    said = t.to_bytes(8, "little") + np.sort(voxels.astype("<i8"), axis=0).tobytes()
    return b"o" + sha256(said + voxels.astype("<i8").tobytes()).hexdigest()[:10].encode()


def labels_of(
    ids: np.ndarray,
    origin: tuple[int, int, int] = (0, 0, 0),
    frames: int | None = None,
    first_frame: int = 0,
    keeps_ids: bool = False,
    t: int = 0,
    reads: list[Region] | None = None,
) -> LabelImage:
    """One frame as a label image; `reads` collects what is read."""
    grid = Grid(ids.shape, frames, origin, first_frame)
    index = index_of(ids, origin, t)

    def source(region: Region) -> np.ndarray:
        if reads is not None:
            reads.append(region)
        assert all(a >= 0 for a in region.start)
        assert all(b <= n for b, n in zip(region.stop, ids.shape, strict=True))
        return ids[region.slices]

    return LabelImage(LabelHeader(grid, str(ids.dtype), keeps_ids), source, lambda: index)


def stamp(labels: LabelImage, object_id: int) -> str:
    """The stamp of an object."""
    return labels.index.stamp[labels.index.row_of(object_id)].decode()
