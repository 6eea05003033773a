"""Classes that were painted into an image: which object has which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SECOND = 1 / 3
"""An object is in dispute where a second class has more than this share of its painted voxels."""


@dataclass(frozen=True)
class PaintedObject:
    """An object with paint on it.

    Parameters
    ----------
    object
        Its id.
    value
        The class on most of its painted voxels.
    voxel
        A painted voxel of it with that class, of the frame.
    disputed
        The values on it, where one is not clearly the most.
    """

    object: int
    value: int
    voxel: tuple[int, ...]
    disputed: tuple[int, ...] = ()


def painted_objects(
    ids: NDArray[np.integer], paint: NDArray[np.integer]
) -> tuple[tuple[PaintedObject, ...], int]:
    """Return the objects that were painted, and how many painted voxels lie on none.

    A brush that strays over a border does no harm: an object has the class of most of its
    painted voxels.

    Parameters
    ----------
    ids
        Label image of a frame, 0 for background.
    paint
        Of its shape: the class of every voxel, 0 for none.
    """
    import numpy as np

    at = np.nonzero(paint)
    on, values = ids[at].astype(np.uint64), paint[at].astype(np.int64)
    voxels = np.stack(at, axis=1)[on > 0]
    values, missed = values[on > 0], int((on == 0).sum())
    return tuple(_objects(on[on > 0], values, voxels)), missed


def _objects(
    on: NDArray[np.uint64], values: NDArray[np.int64], voxels: NDArray[np.intp]
) -> Iterator[PaintedObject]:
    """Yield every object with its class, by id."""
    import numpy as np

    order = np.lexsort((values, on))
    on, values, voxels = on[order], values[order], voxels[order]
    ids, starts = np.unique(on, return_index=True)
    for object_id, start, stop in zip(ids, starts, [*starts[1:], len(on)][: len(ids)], strict=True):
        said, first, counts = np.unique(values[start:stop], return_index=True, return_counts=True)
        most = int(counts.argmax())
        at = int(start) + int(first[most]) + int(counts[most]) // 2
        rest = int(np.delete(counts, most).max(initial=0))
        split = rest > SECOND * counts.sum()
        voxel = tuple(int(v) for v in voxels[at])
        yield PaintedObject(
            int(object_id), int(said[most]), voxel, tuple(said.tolist()) if split else ()
        )
