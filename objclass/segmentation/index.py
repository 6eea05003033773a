"""The index of a label image: box, size, deepest voxel and stamp of every object.

It is made from the runs of the objects, so an image read by blocks gives the same index.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from blake3 import blake3

from objclass.data.blocks import Region
from objclass.data.kernel import kernel
from objclass.data.labels import Index
from objclass.segmentation.cutting import Blocks, Read
from objclass.segmentation.depth import deepest
from objclass.segmentation.grouping import GroupedRuns, by_value
from objclass.segmentation.open_objects import OpenObjectCollector, OpenObjects
from objclass.segmentation.runs import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

STAMP_DIGITS = 10
See = Callable[["NDArray[np.uint64]", GroupedRuns], None]
"""What looks at the shapes of objects on the way."""
COLUMNS = ("ids", "start", "stop", "size", "inside", "touches_border", "stamp")


def index(
    label_image: NDArray[np.generic],
    origin: tuple[int, int, int] = (0, 0, 0),
    t: int = 0,
    see: See = lambda ids, objects: None,
) -> Index:
    """Return one row per object of a frame, sorted by id.

    Parameters
    ----------
    label_image
        ``(y, x)`` or ``(z, y, x)``, ids of any unsigned type, 0 is background. Ids may be
        sparse, and one id may lie in several pieces.
    origin
        First voxel ``(z, y, x)`` of the frame in the uncropped image; z is ignored in 2D.
    t
        Time point in the uncropped image; it enters the stamps.
    see
        Called with the ids and the runs of all objects.
    """
    ids, groups = by_value(runs(label_image))
    see(ids, groups)
    return index_of_runs(ids, groups, label_image.shape, origin, t)


def index_by_block(
    read: Read,
    blocks: Blocks,
    origin: tuple[int, int, int] = (0, 0, 0),
    t: int = 0,
    known: tuple[NDArray[np.uint64], NDArray[np.int64]] | None = None,
    see: See = lambda ids, objects: None,
) -> Index:
    """Return the same index as :func:`index`, reading one block at a time.

    Objects inside one block are indexed there; of the others the runs are collected until
    all their voxels have been seen. So memory holds the runs of the objects that cross the
    blocks at work, and the box of the largest of them.

    Parameters
    ----------
    read
        Returns the ids of a region.
    blocks
        How the image is cut.
    origin, t
        As in :func:`index`.
    known
        Ids (ascending) and their sizes, where they are known; without them the image is read
        twice.
    see
        Called with ids and runs of objects that are complete.
    """
    ids, sizes = _sizes_by_block(read, blocks) if known is None else known

    def find(region: Region) -> tuple[Index, OpenObjects]:
        values, objects = by_value(runs(read(region)))
        objects = objects.moved(region.start)
        whole = objects.size == sizes[ids.searchsorted(values)]
        done = objects.only(whole)
        made = index_of_runs(values[whole], done, blocks.shape, origin, t)
        see(values[whole], done)
        return made, OpenObjects(values[~whole], objects.only(~whole))

    parts, waiting = [], OpenObjectCollector(dict(zip(ids.tolist(), sizes.tolist(), strict=True)))
    for made, rest in blocks.each(find, blocks.regions):
        finished = waiting.add(rest)
        see(finished.ids, finished.objects)
        parts += [made, index_of_runs(finished.ids, finished.objects, blocks.shape, origin, t)]
    return _unite(parts, len(blocks.shape))


def _sizes_by_block(read: Read, blocks: Blocks) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the ids that occur, ascending, and their sizes."""

    def count(region: Region) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        values, objects = by_value(runs(read(region)))
        return values, objects.size

    found = list(blocks.each(count, blocks.regions))
    every = np.concatenate([np.empty(0, np.uint64), *(values for values, _ in found)])
    ids, ranks = np.unique(every, return_inverse=True)
    sizes = np.zeros(len(ids), np.int64)
    np.add.at(sizes, ranks, np.concatenate([np.empty(0, np.int64), *(n for _, n in found)]))
    return ids, sizes


def _unite(parts: list[Index], dimensions: int) -> Index:
    """Return one index of all parts, sorted by id."""
    if not parts:
        return index(np.zeros((0,) * dimensions, np.uint32))
    order = np.argsort(np.concatenate([part.ids for part in parts]), kind="stable")
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS)
    return Index(*(column[order] for column in columns))


def index_of_runs(
    ids: NDArray[np.uint64],
    objects: GroupedRuns,
    shape: tuple[int, ...],
    origin: tuple[int, int, int] = (0, 0, 0),
    t: int = 0,
) -> Index:
    """Return the index of objects given as runs.

    Parameters
    ----------
    ids
        uint64 (n,), ascending.
    objects
        The runs of each; touching runs of one row are joined.
    shape
        Of the frame.
    origin, t
        As in :func:`index`.
    """
    d = len(shape)
    place = np.array((0 if d == 2 else origin[0], *origin[1:]), np.int64)
    payload = np.empty((len(objects.table) + len(ids), 4), np.int64)
    _payload(objects.first, objects.table, objects.box, place, t, payload)
    inside = deepest(objects, d == 2 or shape[0] == 1)
    start, stop = objects.box[:, 3 - d : 3], objects.box[:, 6 - d : 6]
    return Index(
        ids, start, stop, objects.size, inside[:, 3 - d :],
        _touches(start, stop, shape), _stamps(objects.first, payload),
    )  # fmt: skip


def _touches(
    start: NDArray[np.int32], stop: NDArray[np.int32], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Return which boxes reach the border; a z axis of length 1 has none."""
    used = slice(1, None) if len(shape) == 3 and shape[0] == 1 else slice(None)
    touches = (start[:, used] == 0) | (stop[:, used] == np.array(shape)[used])
    return np.asarray(touches.any(axis=1))


def _stamps(first: NDArray[np.int64], payload: NDArray[np.int64]) -> NDArray[np.bytes_]:
    view = memoryview(payload.astype("<i8", copy=False).tobytes())
    ends = ((first + np.arange(len(first))) * 32).tolist()
    digits = [blake3(view[a:b]).hexdigest(STAMP_DIGITS // 2) for a, b in pairwise(ends)]
    return np.array([f"o{text}" for text in digits], f"S{STAMP_DIGITS + 1}")


@kernel
def _payload(first: Any, table: Any, box: Any, origin: Any, t: Any, payload: Any) -> Any:
    """Write what is hashed: the place of the box, then the runs relative to the box."""
    at = 0
    for k in range(first.shape[0] - 1):
        payload[at, 0] = t
        for axis in range(3):
            payload[at, axis + 1] = box[k, axis] + origin[axis]
        at += 1
        for i in range(first[k], first[k + 1]):
            for axis in range(3):
                payload[at, axis] = table[i, axis] - box[k, axis]
            payload[at, 3] = table[i, 3]
            at += 1
