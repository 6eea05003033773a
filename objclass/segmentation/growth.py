"""Seeded growth: every core becomes one object inside the low mask, brightest first.

Growth never leaves a component of the mask, so each component is flooded by itself, and one
that holds the voxels of a single core needs no flooding. The queue is a row of buckets of
ascending keys (a key is small where the image is bright). Keys never fall while flooding, so
buckets are emptied one after the other; inside a bucket a heap sorts by key, then by the time
of asking, unless all keys of a bucket are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.kernel import kernel
from objclass.errors import Problem, RunError
from objclass.segmentation.components import run_components
from objclass.segmentation.grouping import group, run_table
from objclass.segmentation.heap import pop, push
from objclass.segmentation.hysteresis import touching
from objclass.segmentation.runs import Runs, painted, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWER = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
END = np.uint32(0xFFFFFFFF)
SPARSE = 16
MOST_VOXELS = 2**32
BUCKETS = 2**20


def grow(
    seeds: NDArray[np.uint32], image: NDArray[np.generic], mask: NDArray[np.bool_]
) -> NDArray[np.uint32]:
    """Return `seeds` grown over `mask`, always at the brightest voxel reached so far.

    Parameters
    ----------
    seeds
        Label image of cores, ``(y, x)`` or ``(z, y, x)``, ids below 2³² − 1; voxels outside
        the mask are dropped.
    image
        Same shape, uint8 or anything compared as float32; without NaN inside the mask.
    mask
        Same shape; nothing grows outside it.

    Returns
    -------
    uint32 label image with the ids of `seeds`.

    Raises
    ------
    RunError
        For a component with several cores in a box of 2³² voxels or more.

    Notes
    -----
    A voxel goes to the object that reaches it over the brightest way; on equal brightness to
    the one that asked first. Neighbours are asked in the order z−, y−, x−, x+, y+, z+, and
    seeds of equal brightness ask in raster order. This is the result of
    ``skimage.segmentation.watershed(-image, seeds, mask=mask)``, which leaves the order of
    equal seeds (only that) to the layout of its heap.
    """
    low, cores = runs(mask), runs(seeds)
    low_ids, count = run_components(low)
    owner, contested = owners(touching(low, low_ids, cores, cores.value.astype(np.uint32)), count)
    out = painted(low, owner[low_ids])
    if contested.any():
        rank = np.where(contested, np.cumsum(contested) - 1, -1)
        _flood_all(out, np.ascontiguousarray(seeds, dtype=np.uint32), image, low, rank[low_ids])
    return out


def owners(
    pairs: NDArray[np.integer[Any]], count: int
) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Return the only core of each component 0…count, and which components have several.

    Parameters
    ----------
    pairs
        Integers (m, 2), ``(core, component)`` that share a voxel.

    Returns
    -------
    owner
        uint32 (count + 1,), 0 where there is no core or several.
    contested
        bool (count + 1,).
    """
    owner = np.zeros(count + 1, np.uint32)
    owner[pairs[:, 1]] = pairs[:, 0]
    contested = np.zeros(count + 1, bool)
    contested[pairs[owner[pairs[:, 1]] != pairs[:, 0], 1]] = True
    owner[contested] = 0
    return owner, contested


def _keys_of(image: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the image as the kernel reads it: uint8, or the bits of float32."""
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    return np.ascontiguousarray(image, dtype=np.float32).view(np.uint32)


def _flood_all(
    out: NDArray[np.uint32],
    seeds: NDArray[np.uint32],
    image: NDArray[np.generic],
    low: Runs,
    rank: NDArray[np.int64],
) -> None:
    """Flood the components whose `rank` is not negative and write them to `out`.

    Each one is flooded in a buffer of its own box; those that fill little of their box are
    flooded together in a buffer of all of them.
    """
    chosen = np.flatnonzero(rank >= 0)
    table, rank = run_table(low)[chosen], rank[chosen]
    count = int(rank.max()) + 1
    groups = group(table, rank, count)
    sparse = (groups.edges + 2).prod(axis=1) > SPARSE * groups.size + 4096
    if sparse.sum() > 1:
        places = np.where(sparse, 0, np.cumsum(~sparse))
        groups = group(table, places[rank], count - int(sparse.sum()) + 1)
    shape = (1, *out.shape)[-3:]
    values = _keys_of(image)
    room = int((groups.edges + 2).prod(axis=1).max())
    _check_room(room)
    most = int(groups.size.max())
    cells, entries = np.empty(room, np.uint64), np.empty((most, 4), np.uint32)
    heap, head = np.empty(most, np.uint64), np.full(BUCKETS, END)
    _flood_groups(
        groups.first, groups.table, groups.box, groups.size, _flat(seeds), _flat(values),
        values.dtype == np.uint32, _flat(out), shape, cells, entries, heap, head,
    )  # fmt: skip


def _check_room(room: int) -> None:
    """Refuse what the 32-bit places in the queue cannot address."""
    if room >= MOST_VOXELS:
        raise RunError(
            Problem(
                "a component of the low mask is too large for seeded growth",
                got=f"a box of {room} voxels",
                expected=f"fewer than {MOST_VOXELS}",
                fix="raise the threshold, or use merge_objects: true",
            )
        )


def _flat(array: NDArray[Any]) -> NDArray[Any]:
    return array.reshape(array.size)


@kernel
def _key(value: Any, bits: Any) -> Any:
    """Return a uint32 that is smaller for brighter values; zeros of both signs are equal."""
    if not bits:
        return np.uint32(255 - value)
    if value > 0x80000000:
        return np.uint32(value)
    return np.uint32(0x7FFFFFFF - value % 0x80000000)


@kernel
def _place(run: Any, corner: Any, size: Any) -> Any:
    """Return where a run begins in the flat buffer of a box."""
    z, y, x = run[0] - corner[0], run[1] - corner[1], run[2] - corner[2]
    return (z * size[1] + y) * size[2] + x


@kernel
def _load(
    members: Any, corner: Any, size: Any, shape: Any, seeds: Any, image: Any, bits: Any, cells: Any
) -> Any:
    """Copy seeds and keys of runs to the buffer; return the lowest and the highest key.

    A cell is key · 2³² + id; id 0 is free and LOWER is outside the mask.
    """
    low, high = np.uint32(0xFFFFFFFF), np.uint32(0)
    for i in range(members.shape[0]):
        run = members[i]
        at = _place(run, corner, size)
        source = (run[0] * shape[1] + run[1]) * shape[2] + run[2]
        for k in range(run[3]):
            key = _key(image[source + k], bits)
            cells[at + k] = (np.uint64(key) << SHIFT) | np.uint64(seeds[source + k])
            low, high = min(low, key), max(high, key)
    return np.int64(low), np.int64(high)


@kernel
def _store(members: Any, corner: Any, size: Any, shape: Any, cells: Any, out: Any) -> None:
    for i in range(members.shape[0]):
        run = members[i]
        at = _place(run, corner, size)
        to = (run[0] * shape[1] + run[1]) * shape[2] + run[2]
        for k in range(run[3]):
            out[to + k] = np.uint32(cells[at + k] & LOWER)


@kernel
def _ask(entries: Any, head: Any, n: Any, key: Any, at: Any, bucket: Any) -> Any:
    """Put voxel `at` as entry n in front of its bucket; n is also the time of asking."""
    entries[n, 0], entries[n, 1], entries[n, 2] = key, at, head[bucket]
    head[bucket] = n
    return n + 1


@kernel
def _ask_seeds(
    members: Any, corner: Any, size: Any, steps: Any, cells: Any,
    entries: Any, head: Any, low: Any, shift: Any,
) -> Any:  # fmt: skip
    """Let every seed voxel with a free neighbour ask, in raster order; return their number."""
    n = 0
    for i in range(members.shape[0]):
        at = _place(members[i], corner, size)
        for p in range(at, at + members[i, 3]):
            if cells[p] & LOWER == 0:
                continue
            free = False
            for s in steps:
                free |= cells[p + s] & LOWER == 0
            if free:
                key = np.int64(cells[p] >> SHIFT)
                n = _ask(entries, head, n, key, p, (key - low) >> shift)
    return n


@kernel
def _turn(entries: Any, newest: Any) -> Any:
    """Turn a bucket round; return its oldest entry and whether all keys are equal."""
    # Entries are put in front, so a bucket lists the newest first; they are served oldest first.
    e, before, equal = newest, END, True
    while e != END:
        after = entries[e, 2]
        entries[e, 2] = before
        equal &= entries[e, 0] == entries[newest, 0]
        e, before = after, e
    return before, equal


@kernel
def _flood_equal(
    b: Any, n: Any, oldest: Any, newest: Any, steps: Any, cells: Any, entries: Any,
    head: Any, low: Any, shift: Any, heap: Any,
) -> Any:  # fmt: skip
    """Serve entries of one key first come, first served; others of the bucket wait in the heap."""
    waiting = 0
    key = np.int64(entries[oldest, 0])
    e, last = np.int64(oldest), np.int64(newest)
    while e != END:
        p = np.int64(entries[e, 1])
        mine = cells[p] & LOWER
        for s in steps:
            q = p + s
            if cells[q] & LOWER != 0:
                continue
            # A voxel brighter than the way to it counts as dark as the way: keys never fall.
            own = max(np.int64(cells[q] >> SHIFT), key)
            # It is taken when it is asked for, not when it is served: who asks first has it.
            cells[q] |= mine
            bucket = (own - low) >> shift
            if own == key:  # it joins the end of the row that is being served: no heap needed
                entries[n, 0], entries[n, 1], entries[n, 2] = own, q, END
                entries[last, 2] = n
                last = n
            elif bucket == b:  # darker, but of this bucket: it waits for those that are brighter
                entries[n, 0], entries[n, 1] = own, q
                waiting = push(heap, waiting, (np.uint64(own) << SHIFT) | np.uint64(n))
            else:
                _ask(entries, head, n, own, q, bucket)
            n += 1
        e = np.int64(entries[e, 2])
    return n, waiting


@kernel
def _flood_bucket(
    b: Any, n: Any, steps: Any, cells: Any, entries: Any, head: Any,
    low: Any, shift: Any, heap: Any,
) -> Any:  # fmt: skip
    """Empty a bucket by key and time; an entry of the heap is key · 2³² + time."""
    waiting = 0
    oldest, equal = _turn(entries, head[b])
    if equal:  # as in images of 8 bits, where each grey value has a bucket: the row is in order
        n, waiting = _flood_equal(
            b, n, oldest, head[b], steps, cells, entries, head, low, shift, heap
        )
    else:
        e = oldest
        while e != END:
            waiting = push(heap, waiting, (np.uint64(entries[e, 0]) << SHIFT) | np.uint64(e))
            e = entries[e, 2]
    # What is left differs in key: brightest first, of equal ones who asked first.
    while waiting > 0:
        first = heap[0]
        waiting = pop(heap, waiting)
        p = np.int64(entries[first & LOWER, 1])
        key = np.int64(first >> SHIFT)
        mine = cells[p] & LOWER
        for s in steps:
            q = p + s
            if cells[q] & LOWER == 0:
                own = max(np.int64(cells[q] >> SHIFT), key)
                cells[q] |= mine
                bucket = (own - low) >> shift
                if bucket == b:
                    entries[n, 0], entries[n, 1] = own, q
                    waiting = push(heap, waiting, (np.uint64(own) << SHIFT) | np.uint64(n))
                else:
                    _ask(entries, head, n, own, q, bucket)
                n += 1
    head[b] = END
    return n


@kernel
def _flood_groups(
    first: Any, table: Any, box: Any, sizes: Any, seeds: Any, image: Any, bits: Any, out: Any,
    shape: Any, cells: Any, entries: Any, heap: Any, head: Any,
) -> None:  # fmt: skip
    """Flood group after group, each in `cells`, which holds the largest box."""
    for g in range(first.shape[0] - 1):
        members = table[first[g] : first[g + 1]]
        # A margin of one that is nobody's and not free, so that no step needs a look at borders.
        corner = (box[g, 0] - 1, box[g, 1] - 1, box[g, 2] - 1)
        size = (box[g, 3] + 1 - corner[0], box[g, 4] + 1 - corner[1], box[g, 5] + 1 - corner[2])
        plane = size[1] * size[2]
        steps = (-plane, -size[2], -1, 1, size[2], plane)
        cells[: size[0] * plane] = LOWER
        low, high = _load(members, corner, size, shape, seeds, image, bits, cells)
        # About four voxels to a bucket: fewer buckets make long heaps, more are mostly empty.
        shift, buckets = 0, 256
        while buckets < head.shape[0] and 4 * buckets < sizes[g]:
            buckets *= 2
        while (high - low) >> shift >= buckets:
            shift += 1
        n = _ask_seeds(members, corner, size, steps, cells, entries, head, low, shift)
        for b in range(((high - low) >> shift) + 1):
            if head[b] != END:
                n = _flood_bucket(b, n, steps, cells, entries, head, low, shift, heap)
        _store(members, corner, size, shape, cells, out)
