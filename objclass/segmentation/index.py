"""The index of a label image: box, size, deepest voxel and stamp of every object.

It is made from the runs of the objects, so an image that comes in blocks gives the same index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from blake3 import blake3

from objclass.data.blocks import Region
from objclass.data.kernel import kernel
from objclass.data.labels import Index
from objclass.segmentation.depth import deepest
from objclass.segmentation.grouping import GroupedRuns, by_value
from objclass.segmentation.open_objects import OpenObjectCollector, OpenObjects
from objclass.segmentation.runs import runs
from objclass.segmentation.survey import survey, unite

if TYPE_CHECKING:
    from numpy.typing import NDArray

STAMP_DIGITS = 10
See = Callable[["NDArray[np.uint64]", GroupedRuns], None]
"""What looks at the shapes of objects on the way."""
COLUMNS = ("ids", "start", "stop", "size", "inside", "touches_border", "stamp")


def pass_by(ids: NDArray[np.uint64], objects: GroupedRuns) -> None:
    """Look at no shape."""


def index(
    label_image: NDArray[np.generic],
    origin: tuple[int, int, int] = (0, 0, 0),
    t: int = 0,
    see: See = pass_by,
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


class IndexInParts:
    """The index of a label image that comes in parts, each as it is written.

    Objects that lie in one part are indexed there; of the others the runs are collected until
    all their voxels have been seen. So memory holds the runs of the objects that cross the
    parts at work, and the box of the largest of them.

    Parameters
    ----------
    shape
        Of the frame.
    known
        Ids of the frame, uint64 ascending, and their sizes in voxels, int64.
    origin, t
        As in :func:`index`.
    see
        Called with ids and runs of objects that are complete.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        known: tuple[NDArray[np.uint64], NDArray[np.int64]],
        origin: tuple[int, int, int] = (0, 0, 0),
        t: int = 0,
        see: See = pass_by,
    ) -> None:
        self._ids, self._sizes = known
        self._frame = shape, origin, t
        self._see = see
        left = dict(zip(self._ids.tolist(), self._sizes.tolist(), strict=True))
        self._waiting = OpenObjectCollector(left)
        self._parts: list[Index] = []
        self._lock = Lock()

    def add(self, region: Region, label_image: NDArray[np.generic]) -> None:
        """Take the ids of a region; parts may come in any order and from several threads."""
        values, objects = by_value(runs(label_image))
        objects = objects.moved(region.start)
        whole = objects.size == self._sizes[self._ids.searchsorted(values)]
        inner = self._indexed(values[whole], objects.only(whole))
        with self._lock:
            done = self._waiting.add(OpenObjects(values[~whole], objects.only(~whole)))
        self._parts.extend([inner, self._indexed(done.ids, done.objects)])

    def _indexed(self, ids: NDArray[np.uint64], objects: GroupedRuns) -> Index:
        self._see(ids, objects)
        return index_of_runs(ids, objects, *self._frame)

    def finished(self) -> Index:
        """Return the index, sorted by id, once every voxel has been added."""
        return _unite(self._parts, len(self._frame[0]))


def index_of_parts(
    read: Callable[[Region], NDArray[np.generic]],
    parts: Sequence[Region],
    shape: tuple[int, ...],
    origin: tuple[int, int, int] = (0, 0, 0),
    t: int = 0,
    see: See = pass_by,
) -> Index:
    """Return what :func:`index` does, of a label image that is read in parts.

    Where there are several, each is read twice: for the sizes of the objects, then for their
    shapes. Memory holds one part and the runs of objects that cross its border.

    Parameters
    ----------
    read
        Returns the ids of a region.
    parts
        Regions that cover the frame.
    shape
        Of the frame.
    origin, t, see
        As in :func:`index`.

    Raises
    ------
    LookupError
        Where the ids are others when they are read again.
    """
    if len(parts) == 1:
        return index(read(parts[0]), origin, t, see)
    found = unite([survey(read(part), part, shape) for part in parts])
    indexing = IndexInParts(shape, (found.ids, found.sizes), origin, t, see)
    for part in parts:
        indexing.add(part, read(part))
    made = indexing.finished()
    if len(made) < len(found):
        raise LookupError("objects have fewer voxels than before")
    return made


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
    digests = b"".join([blake3(view[a:b]).digest(STAMP_DIGITS // 2) for a, b in pairwise(ends)])
    stamps = np.full((len(ends) - 1, STAMP_DIGITS + 1), ord("o"), np.uint8)
    stamps[:, 1:] = np.frombuffer(digests.hex().encode(), np.uint8).reshape(-1, STAMP_DIGITS)
    return stamps.view(f"S{STAMP_DIGITS + 1}").reshape(-1)


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
