"""Painting: one value per object into every voxel of its label image."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

SMALL = 65_536
"""A table of this many ids is always worth making."""
LARGE = 2**23
"""A table of more ids than this, and eight times as many as there are objects, never is."""


def paint(
    labels: NDArray[np.integer[Any]],
    ids: ArrayLike,
    values: NDArray[Any],
    background: float = 0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return an image that holds each object's value.

    Predictions are ``paint(labels, ids, code)`` (uint8), probabilities one call per class with
    a float32 column, identities ``paint(labels, ids, ids.astype("uint32"))``.

    Parameters
    ----------
    labels
        Label image of any shape and integer dtype.
    ids
        Object ids (n,), ascending, up to 2⁶⁴ − 1.
    values
        One number per object (n,); its dtype is that of the result.
    background
        Value of voxels whose id is not in `ids`, 0 and negative ids among them.
    out
        Array of the result's shape and dtype to paint into; saves memory when chunks are
        painted one after another.

    Raises
    ------
    ValueError
        When ids and values differ in length, ids do not ascend, or `out` does not fit.
    """
    return painter(ids, values, background, labels.size)(labels, out)


def painter(
    ids: ArrayLike, values: NDArray[Any], background: float = 0, voxels: int = 0
) -> Callable[..., NDArray[Any]]:
    """Return a function that paints regions of one label image; see :func:`paint`.

    Parameters
    ----------
    ids, values, background
        As :func:`paint` takes them.
    voxels
        How many are painted in all, about: a larger table is worth making for more.

    Returns
    -------
    paint
        ``paint(labels)`` or ``paint(labels, out)`` for one region.
    """
    import numpy as np

    ids = np.asarray(ids, dtype=np.uint64)
    values = np.ascontiguousarray(values)
    if ids.shape != values.shape or values.ndim != 1 or not (ids[1:] > ids[:-1]).all():
        raise ValueError("ids must ascend and values hold one number for each")
    fill = _filling(*_with_background(ids, values, background), voxels)

    def paint(labels: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        out = np.empty(labels.shape, values.dtype) if out is None else out
        if (out.shape, out.dtype, out.flags.c_contiguous) != (labels.shape, values.dtype, True):
            raise ValueError("out does not have the shape, dtype and order of the result")
        fill(np.ascontiguousarray(labels).reshape(-1), out.reshape(-1))
        return out

    return paint


def _with_background(
    ids: NDArray[np.uint64], values: NDArray[Any], background: float
) -> tuple[NDArray[np.uint64], NDArray[Any]]:
    """Drop id 0 and append the background's value behind the objects' values."""
    import numpy as np

    inside = ids > 0
    return ids[inside], np.append(values[inside], np.array([background]).astype(values.dtype))


def _filling(
    ids: NDArray[np.uint64], values: NDArray[Any], voxels: int
) -> Callable[[NDArray[Any], NDArray[Any]], None]:
    """Return what looks up by a dense table where ids lie close together, else by search."""
    import numpy as np

    from objclass.painting.kernels import dense, sparse

    span = int(ids[-1] - ids[0]) + 1 if len(ids) else 0
    if span > max(SMALL, 8 * len(ids), min(LARGE, voxels // 2)):
        return lambda labels, out: sparse(labels, ids, values, out)
    table = np.full(span + 1, values[-1])
    first = ids[0] if len(ids) else np.uint64(1)
    table[(ids - first).astype(np.intp)] = values[:-1]
    return lambda labels, out: dense(labels, first, table, out)
