"""Runs: the voxels of objects as pieces of rows along x, in raster order.

Everything that asks which voxels belong together (components, hysteresis, sizes, the index)
works on runs instead of voxels: there are some fifty times fewer of them.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.kernel import kernel
from objclass.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray


DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""Times a power of two, its highest six bits tell which power it is: by this table."""
PLACE = np.zeros(64, np.uint8)
PLACE[[(int(DE_BRUIJN) << k) % 2**64 >> 58 for k in range(64)]] = np.arange(64)


@dataclass(frozen=True)
class Runs:
    """Runs of equal non-zero voxels along x.

    Parameters
    ----------
    shape
        Of the image: ``(y, x)`` or ``(z, y, x)``.
    first
        int64 (rows + 1,): the runs of row r are ``first[r] … first[r + 1] - 1``; rows are
        counted in raster order.
    start, stop
        int32 (n,), x of the first voxel and of the voxel after the last one.
    value
        uint8 or uint64 (n,), the value of the voxels.
    """

    shape: tuple[int, ...]
    first: NDArray[np.int64]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    value: NDArray[np.uint64] | NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.start)


def runs(values: NDArray[np.generic]) -> Runs:
    """Return the runs of a mask or of an integer image; 0 is background.

    Parameters
    ----------
    values
        ``(y, x)`` or ``(z, y, x)``, bool or any integer type.

    Raises
    ------
    InputError
        For numbers that are not whole: they are no ids.
    """
    if values.dtype.kind not in "bui":
        raise InputError(
            Problem("ids must be whole numbers", got=str(values.dtype), expected="an integer type")
        )
    if values.dtype == np.bool_:
        return _mask_runs(values)
    rows = as_rows(values)
    first = np.zeros(len(rows) + 1, np.int64)
    _count(rows, first)
    n = int(first[-1])
    start, stop = np.empty(n, np.int32), np.empty(n, np.int32)
    value: NDArray[Any] = np.empty(n, np.uint8 if rows.dtype == np.uint8 else np.uint64)
    words = np.zeros((rows.shape[1] + 7) // 8, np.uint64)
    _collect(rows, first, words, words.view(np.uint8), start, stop, value)
    return Runs(values.shape, first, start, stop, value)


def _mask_runs(mask: NDArray[np.generic]) -> Runs:
    """Return the runs of a mask, found 64 voxels at a time."""
    words = _words(as_rows(mask).view(np.uint8))
    first = np.zeros(len(words) + 1, np.int64)
    _count_bits(words, first)
    n = int(first[-1])
    start, stop = np.empty(n, np.int32), np.empty(n, np.int32)
    _collect_bits(words, mask.shape[-1], first, start, stop)
    return Runs(mask.shape, first, start, stop, np.ones(n, np.uint8))


def _words(rows: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return rows of a mask as bits, least bit first, 64 in a word."""
    packed = np.packbits(rows, axis=1, bitorder="little")
    missing = -packed.shape[1] % 8
    if missing:
        packed = np.pad(packed, ((0, 0), (0, missing)))
    words: NDArray[np.uint64] = packed.view("<u8").astype(np.uint64, copy=False)
    return words


def as_rows(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return `values` as contiguous rows ``(z * y, x)`` of an unsigned type of the same width."""
    native = values.dtype.newbyteorder("=")
    array = np.ascontiguousarray(values, dtype=native).view(f"u{native.itemsize}")
    return array.reshape(prod(values.shape[:-1]), values.shape[-1])


def painted(found: Runs, ids: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the label image whose run i holds ``ids[i]``, uint32; other voxels are 0."""
    out = np.zeros(found.shape, np.uint32)
    paint(found, ids, out)
    return out


def paint(found: Runs, ids: NDArray[Any], out: NDArray[Any]) -> None:
    """Write ``ids[i]`` over the voxels of run i where it is not 0.

    `out` is contiguous and of the unsigned type of `ids`.
    """
    _paint(found.first, found.start, found.stop, ids, as_rows(out))


def run_counts(found: Runs, ids: NDArray[np.uint32], count: int) -> NDArray[np.int64]:
    """Return the number of voxels per id, int64 (count + 1,); 0 counts run voxels without id."""
    out = np.zeros(count + 1, np.int64)
    _sum_lengths(found.start, found.stop, ids, out)
    return out


def run_firsts(
    found: Runs, ids: NDArray[np.uint32], count: int, region: Region, shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """Return where each id begins, int64 (count + 1,), in raster order of the image.

    Parameters
    ----------
    found
        Runs of a region of an image of this `shape`.
    ids, count
        The id 1…count of every run.
    """
    height, width = shape[-2:]
    z, y, x = (0, *region.start)[-3:]
    out = np.full(count + 1, -1, np.int64)
    _firsts(found.first, found.start, ids, found.shape[-2], (z, y, x), (height, width), out)
    return out


@kernel
def _count(rows: Any, first: Any) -> Any:
    n = rows.shape[1]
    for r in range(rows.shape[0]):
        row = rows[r]
        found = 0
        if n:
            found += row[0] != 0
            here, before = row[1:], row[: n - 1]
            for x in range(n - 1):
                found += (here[x] != before[x]) & (here[x] != 0)
        first[r + 1] = first[r] + found


@kernel
def _collect(
    rows: Any, first: Any, words: Any, changes: Any, start: Any, stop: Any, value: Any
) -> None:
    """Mark the changes of a row in bytes, then jump from mark to mark, eight bytes at a time.

    `words` and `changes` are the same marks, eight by eight and one by one.
    """
    n = rows.shape[1]
    inner = changes[1:n]
    i = 0
    for r in range(rows.shape[0]):
        if first[r] == first[r + 1]:
            continue
        row = rows[r]
        before, after = row[: n - 1], row[1:]
        changes[0] = row[0] != 0
        for x in range(n - 1):
            inner[x] = before[x] != after[x]
        inside = False
        for k in range(words.shape[0]):
            word = words[k]
            while word != 0:
                lowest = word & (~word + np.uint64(1))
                x = 8 * k + (PLACE[(lowest * DE_BRUIJN) >> np.uint64(58)] >> 3)
                if inside:
                    stop[i] = x
                    i += 1
                inside = row[x] != 0
                if inside:
                    start[i] = x
                    value[i] = row[x]
                word ^= lowest
        if inside:
            stop[i] = n
            i += 1


@kernel
def _changes(word: Any, carry: Any) -> Any:
    """Return the bits that differ from the voxel before; `carry` is the last one before."""
    return word ^ ((word << np.uint64(1)) | carry)


@kernel
def _count_bits(words: Any, first: Any) -> None:
    for r in range(words.shape[0]):
        found = 0
        carry = np.uint64(0)
        for word in words[r]:
            begins = word & _changes(word, carry)
            carry = word >> np.uint64(63)
            while begins != 0:
                begins &= begins - np.uint64(1)
                found += 1
        first[r + 1] = first[r] + found


@kernel
def _collect_bits(words: Any, n: Any, first: Any, start: Any, stop: Any) -> None:
    """Changes alternate between first voxels and voxels after the last one."""
    i = 0
    for r in range(words.shape[0]):
        carry = np.uint64(0)
        for k in range(words.shape[1]):
            word = words[r, k]
            changes = _changes(word, carry)
            carry = word >> np.uint64(63)
            while changes != 0:
                lowest = changes & (~changes + np.uint64(1))
                x = 64 * k + PLACE[(lowest * DE_BRUIJN) >> np.uint64(58)]
                if word & lowest:
                    start[i] = x
                else:
                    stop[i] = x
                    i += 1
                changes ^= lowest
        if i < first[r + 1]:
            stop[i] = n
            i += 1


@kernel
def _paint(first: Any, start: Any, stop: Any, ids: Any, rows: Any) -> Any:
    for r in range(rows.shape[0]):
        row = rows[r]
        for i in range(first[r], first[r + 1]):
            if ids[i] != 0:
                row[start[i] : stop[i]] = ids[i]


@kernel
def _sum_lengths(start: Any, stop: Any, ids: Any, out: Any) -> Any:
    for i in range(ids.shape[0]):
        out[ids[i]] += stop[i] - start[i]


@kernel
def _firsts(first: Any, start: Any, ids: Any, rows: Any, origin: Any, size: Any, out: Any) -> Any:
    z0, y0, x0 = origin
    for r in range(first.shape[0] - 1):
        row = (z0 + r // rows) * size[0] + y0 + r % rows
        for i in range(first[r], first[r + 1]):
            if out[ids[i]] < 0:
                out[ids[i]] = row * size[1] + x0 + start[i]
