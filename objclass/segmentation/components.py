"""Connected components: voxels of equal value that touch become one object.

Objects are numbered 1…n by their first voxel in raster order, whatever the route: the whole
image at once, or block by block with a union over the faces between blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.kernel import kernel
from objclass.segmentation.runs import Runs, painted, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray


def components(
    values: NDArray[np.generic], connectivity: int = 1
) -> tuple[NDArray[np.uint32], int]:
    """Return the connected components of a mask or an integer image.

    Parameters
    ----------
    values
        ``(y, x)`` or ``(z, y, x)``, bool or any integer type; 0 is background. Voxels join
        only with neighbours of the same value.
    connectivity
        How many axes a step to a neighbour may change at once: 1 joins over faces, 2 also
        over edges (corners in 2D), 3 also over corners in 3D.

    Returns
    -------
    label image
        uint32, numbered by the first voxel of each component in raster order.
    count
        Number of components.
    """
    found = runs(values)
    ids, count = run_components(found, connectivity)
    return painted(found, ids), count


def run_components(found: Runs, connectivity: int = 1) -> tuple[NDArray[np.uint32], int]:
    """Return the component id of every run, uint32 (n,), and the number of components."""
    parent = np.empty(len(found), np.int32 if len(found) < 2**31 else np.int64)
    height = found.shape[-2]
    steps = _steps_back(len(found.shape), connectivity)
    _join(found.first, found.start, found.stop, found.value, height, steps, parent)
    ids = np.empty(len(found), np.uint32)
    return ids, int(_number(parent, ids))


def _steps_back(dimensions: int, connectivity: int) -> NDArray[np.int64]:
    """Return ``(dz, dy, reach)`` of the earlier rows that touch a row; reach counts x steps."""
    rows = [(0, -1)] if dimensions == 2 else [(0, -1), (-1, 0), (-1, -1), (-1, 1)]
    used = [(dz, dy, connectivity - abs(dz) - abs(dy)) for dz, dy in rows]
    return np.array([(dz, dy, min(1, left)) for dz, dy, left in used if left >= 0], np.int64)


def join_faces(
    face_a: NDArray[np.int64],
    face_b: NDArray[np.int64],
    values_a: NDArray[np.generic] | None = None,
    values_b: NDArray[np.generic] | None = None,
    connectivity: int = 1,
) -> NDArray[np.int64]:
    """Return the pairs of provisional ids that touch across the face between two blocks.

    Parameters
    ----------
    face_a, face_b
        Provisional ids of the last layer of block a and the first layer of block b, equal
        shapes (one axis fewer than the image); 0 is background.
    values_a, values_b
        What the voxels hold, where that matters: only equal values join.
    connectivity
        As in :func:`components`: above 1, voxels also touch at an angle.

    Returns
    -------
    int64 (m, 2), unique pairs ``(id in a, id in b)``.
    """
    found = []
    for cut_a, cut_b in _shift(face_a.ndim, connectivity - 1):
        a, b = face_a[cut_a], face_b[cut_b]
        touch = (a != 0) & (b != 0)
        if values_a is not None and values_b is not None:
            touch &= values_a[cut_a] == values_b[cut_b]
        found.append(np.stack([a[touch], b[touch]], axis=1))
    return _unique_pairs(np.concatenate(found).astype(np.int64, copy=False))


def _shift(dimensions: int, reach: int) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """Yield the cuts of two faces that lay voxels over their neighbours up to `reach` steps."""
    cuts = {-1: (slice(1, None), slice(0, -1)), 0: (slice(None),) * 2}
    cuts[1] = cuts[-1][::-1]
    for shift in product((-1, 0, 1), repeat=dimensions):
        if sum(map(abs, shift)) <= reach:
            yield tuple(cuts[s][0] for s in shift), tuple(cuts[s][1] for s in shift)


def _unique_pairs(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each pair once, sorted."""
    if len(pairs) == 0:
        return pairs
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    new = np.ones(len(pairs), bool)
    new[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return pairs[new]


def merge(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the root of every provisional id 0…count, int64 (count + 1,).

    Ids connected by `pairs` (m, 2) share a root, the smallest id among them.
    """
    parent = np.arange(count + 1)
    _merge(parent, np.ascontiguousarray(pairs, dtype=np.int64))
    return parent


def raster_numbering(first_voxel: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the ids 1…n, uint32 (n,), of objects given where each begins.

    Parameters
    ----------
    first_voxel
        int64 (n,), distinct: place of each object's first voxel in raster order of the image.
    """
    ids = np.empty(len(first_voxel), np.uint32)
    ids[np.argsort(first_voxel, kind="stable")] = np.arange(1, len(ids) + 1, dtype=np.uint32)
    return ids


@kernel
def _merge(parent: Any, pairs: Any) -> Any:
    for k in range(pairs.shape[0]):
        _unite(parent, pairs[k, 0], pairs[k, 1])
    for i in range(parent.shape[0]):
        parent[i] = parent[parent[i]]


@kernel
def _root(parent: Any, i: Any) -> Any:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def _unite(parent: Any, a: Any, b: Any) -> Any:
    a, b = _root(parent, a), _root(parent, b)
    if a < b:
        parent[b] = a
    elif b < a:
        parent[a] = b


@kernel
def _join(
    first: Any, start: Any, stop: Any, value: Any, height: Any, steps: Any, parent: Any
) -> Any:
    """Unite runs that touch; afterwards every root is the first run of its component."""
    for i in range(parent.shape[0]):
        parent[i] = i
    for r in range(first.shape[0] - 1):
        if first[r] == first[r + 1]:
            continue
        z, y = r // height, r % height
        for k in range(steps.shape[0]):
            dz, dy, reach = steps[k, 0], steps[k, 1], steps[k, 2]
            if z + dz < 0 or y + dy < 0 or y + dy >= height:
                continue
            other = r + dz * height + dy
            low, end = first[other], first[other + 1]
            for i in range(first[r], first[r + 1]):
                while low < end and stop[low] + reach <= start[i]:
                    low += 1
                j = low
                while j < end and start[j] < stop[i] + reach:
                    if value[j] == value[i]:
                        _unite(parent, j, i)
                    j += 1


@kernel
def _number(parent: Any, ids: Any) -> Any:
    """Number the roots 1…n in order; a parent comes before its children."""
    n = 0
    for i in range(parent.shape[0]):
        if parent[i] == i:
            n += 1
            ids[i] = n
        else:
            ids[i] = ids[parent[i]]
    return n
