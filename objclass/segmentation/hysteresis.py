"""Hysteresis: a component of the low mask stays when it holds a core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.kernel import kernel
from objclass.segmentation.runs import Runs
from objclass.segmentation.sizes import apply, renumber

if TYPE_CHECKING:
    from numpy.typing import NDArray


def hysteresis(
    label_image: NDArray[np.uint32], cores: NDArray[np.generic], count: int | None = None
) -> NDArray[np.uint32]:
    """Return the components that hold at least one core voxel, renumbered 1…n in order.

    Parameters
    ----------
    label_image
        Components of the low mask, ids 1…count, ``(y, x)`` or ``(z, y, x)``.
    cores
        Same shape, bool or integer; not 0 where a core is.
    count
        Number of components; found in the image where it is not given.
    """
    highest = int(label_image.max(initial=0)) if count is None else count
    return apply(label_image, renumber(holding(label_image, cores, highest)))


def holding(
    label_image: NDArray[np.uint32], cores: NDArray[np.generic], count: int
) -> NDArray[np.bool_]:
    """Return for ids 0…count whether a core voxel lies in the object, bool (count + 1,).

    Blocks combine their answers with ``|``.
    """
    keep = np.zeros(count + 1, np.uint8)
    mask = np.ascontiguousarray(cores != 0).view(np.uint8).reshape(cores.size)
    _holding(np.ascontiguousarray(label_image).reshape(label_image.size), mask, keep)
    keep[0] = 0
    return keep.view(np.bool_)


def touching(
    low: Runs, low_ids: NDArray[np.uint32], core: Runs, core_ids: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """Return pairs ``(core id, low id)`` that share a voxel, uint32 (m, 2).

    Runs with core id 0 are skipped; a pair may come more than once.
    """
    pairs = np.empty((len(low) + len(core), 2), np.uint32)
    n = _touching(
        low.first, low.start, low.stop, low_ids,
        core.first, core.start, core.stop, core_ids, pairs,
    )  # fmt: skip
    return pairs[:n]


@kernel
def _holding(flat: Any, mask: Any, keep: Any) -> Any:
    for i in range(flat.shape[0]):
        if mask[i]:
            keep[flat[i]] = 1


@kernel
def _touching(
    low_first: Any,
    low_start: Any,
    low_stop: Any,
    low_ids: Any,
    first: Any,
    start: Any,
    stop: Any,
    ids: Any,
    pairs: Any,
) -> Any:
    """Walk both lists of runs row by row; a pair equal to the one before is left out."""
    n = 0
    for r in range(first.shape[0] - 1):
        i, j = first[r], low_first[r]
        while i < first[r + 1] and j < low_first[r + 1]:
            if start[i] < low_stop[j] and low_start[j] < stop[i]:
                new = n == 0 or pairs[n - 1, 0] != ids[i] or pairs[n - 1, 1] != low_ids[j]
                if ids[i] != 0 and new:
                    pairs[n, 0], pairs[n, 1] = ids[i], low_ids[j]
                    n += 1
            if stop[i] < low_stop[j]:
                i += 1
            else:
                j += 1
    return n
