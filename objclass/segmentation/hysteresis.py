"""Hysteresis: a component of the low mask stays when it holds a core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.kernel import kernel
from objclass.segmentation.runs import Runs

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
