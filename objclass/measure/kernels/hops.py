"""In which order voxels at one depth leave an object when it is thinned: tips last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel


@kernel
def neighbor_steps(shape: NDArray[np.int64], flat: bool) -> NDArray[np.int64]:
    """Return the flat steps to the 8 (in space 26) neighbours in a mask of this shape."""
    result = np.empty(8 if flat else 26, np.int64)
    reach = 0 if flat else 1
    count = 0
    for z in range(-reach, reach + 1):
        for y in range(-1, 2):
            for x in range(-1, 2):
                if z != 0 or y != 0 or x != 0:
                    result[count] = (z * shape[1] + y) * shape[2] + x
                    count += 1
    return result


@kernel
def spread(
    mask: NDArray[np.uint8],
    steps: NDArray[np.int64],
    source: int,
    queue: NDArray[np.int64],
    hops: NDArray[np.int64],
) -> int:
    """Write the steps from `source` to every voxel of its piece; return how many there are.

    `mask` is flat with a margin, `hops` −1 before. `queue` gets the piece, nearest first.
    """
    queue[0], begin, end = source, 0, 1
    hops[source] = 0
    while begin < end:
        at = queue[begin]
        begin += 1
        for step in steps:
            near = at + step
            if mask[near] != 0 and hops[near] < 0:
                hops[near] = hops[at] + 1
                queue[end] = near
                end += 1
    return end


@kernel
def ranks(mask: NDArray[np.uint8], steps: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return numbers that grow from the inside of each piece to the tips of its branches.

    The number is how many steps a voxel is from the farther of two voxels, of equal ones that
    with fewer neighbours comes first. The two are the piece's first voxel and the one farthest
    from it: along any branch one of them is ever farther away. `mask` is flat with a margin
    and has `size` voxels.
    """
    result, hops = np.full(mask.size, -1, np.int64), np.full(mask.size, -1, np.int64)
    queue = np.empty(size, np.int64)
    for source in range(mask.size):
        if mask[source] == 0 or result[source] >= 0:
            continue
        count = spread(mask, steps, source, queue, hops)
        spread(mask, steps, queue[count - 1], queue, result)
        for k in range(count):
            at = queue[k]
            result[at] = max(result[at], hops[at]) * (steps.size + 1)
            for step in steps:
                result[at] += mask[at + step]
    return result
