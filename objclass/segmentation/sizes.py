"""Sizes of objects, which of them to keep, and new numbers for those that stay."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.kernel import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


def counts(label_image: NDArray[np.generic], count: int) -> NDArray[np.int64]:
    """Return the number of voxels of ids 0…count, int64 (count + 1,).

    Parameters
    ----------
    label_image
        Any shape, unsigned integers not above `count`.
    """
    out = np.zeros(count + 1, np.int64)
    _counts(_flat(label_image), out)
    return out


def within(sizes: NDArray[np.int64], minimum: int, maximum: int | None = None) -> NDArray[np.bool_]:
    """Return which ids have ``minimum <= size <= maximum``; id 0 never does.

    Parameters
    ----------
    sizes
        int64 (count + 1,), as :func:`counts` gives them.
    """
    keep = sizes >= max(1, minimum)
    if maximum is not None:
        keep &= sizes <= maximum
    keep[0] = False
    return np.asarray(keep)


def outside(sizes: NDArray[np.int64], minimum: int, maximum: int | None = None) -> tuple[int, int]:
    """Return how many ids are smaller than `minimum` and how many larger than `maximum`.

    Ids of size 0 are no objects and are not counted.
    """
    present = sizes[1:][sizes[1:] > 0]
    too_large = 0 if maximum is None else int((present > maximum).sum())
    return int((present < minimum).sum()), too_large


def renumber(keep: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Return the table old id → new id, uint32: kept ids become 1…n in order, others 0."""
    table = np.cumsum(keep, dtype=np.uint32)
    table[~keep] = 0
    return table


def by_first_voxel(label_image: NDArray[np.generic], count: int) -> NDArray[np.uint32]:
    """Return the table old id → new id that numbers ids 1…count by their first voxel.

    uint32 (count + 1,); ids without a voxel become 0.
    """
    table = np.zeros(count + 1, np.uint32)
    _first_seen(_flat(label_image), table)
    return table


def apply(label_image: NDArray[np.generic], table: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return ``table[label_image]``, uint32, of the same shape."""
    out = np.empty(label_image.shape, np.uint32)
    _apply(_flat(label_image), table, out.reshape(prod(out.shape)))
    return out


def _flat(label_image: NDArray[np.generic]) -> NDArray[np.generic]:
    kind = np.uint64 if label_image.dtype.itemsize == 8 else np.uint32
    return np.ascontiguousarray(label_image, dtype=kind).reshape(label_image.size)


@kernel
def _counts(flat: Any, out: Any) -> Any:
    """Add run by run: neighbours mostly hold the same id."""
    i, n = 0, flat.shape[0]
    while i < n:
        v, j = flat[i], i + 1
        while j < n and flat[j] == v:
            j += 1
        out[v] += j - i
        i = j


@kernel
def _apply(flat: Any, table: Any, out: Any) -> Any:
    for i in range(flat.shape[0]):
        out[i] = table[flat[i]]


@kernel
def _first_seen(flat: Any, table: Any) -> Any:
    n = 0
    for v in flat:
        if v != 0 and table[v] == 0:
            n += 1
            table[v] = n
