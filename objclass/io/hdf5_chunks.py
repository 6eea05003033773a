"""Chunks of an HDF5 array, decoded outside the HDF5 library.

The library does one thing at a time in a process, decoding included. Here it only hands out the
bytes of a chunk; they are inflated beside those of others, in half the CPU time. What is not
plain (other filters, a chunk that was never written, damage) is left to the library.
"""

from __future__ import annotations

from itertools import product
from math import prod
from threading import Lock
from typing import TYPE_CHECKING, Any

from objclass.io.chunk_cache import ChunkCache

if TYPE_CHECKING:
    import h5py
    import numpy as np
    from numpy.typing import NDArray

LEAST_BYTES = 2**14
"""Chunks below this are not worth a call each."""
DEFLATE, SHUFFLE = 1, 2
"""HDF5's numbers of the filters."""


class Hdf5Chunks:
    """Reads slices of a chunked array, from several threads.

    Parameters
    ----------
    data
        An array that :func:`is_plain`.
    lock
        Held while the library works.
    most_bytes
        Of decoded chunks that are kept.
    """

    def __init__(self, data: h5py.Dataset, lock: Lock, most_bytes: int) -> None:
        self._data = data
        self._lock = lock
        self._shape: tuple[int, ...] = data.shape
        self._chunk: tuple[int, ...] = data.chunks
        self._dtype: np.dtype[Any] = data.dtype
        self._bytes = prod(self._chunk) * self._dtype.itemsize
        self._shuffled = filters_of(data) == (SHUFFLE, DEFLATE)
        self._cache = ChunkCache(most_bytes // self._bytes)

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return the voxels at `index`: slices without a step, or numbers that drop an axis."""
        import numpy as np

        ends = [
            part.indices(n)[:2] if isinstance(part, slice) else (int(part), int(part) + 1)
            for part, n in zip(index, self._shape, strict=True)
        ]
        out = np.empty([max(0, b - a) for a, b in ends], self._dtype)
        steps = [
            range(a // edge * edge, b, edge) if b > a else range(0)
            for (a, b), edge in zip(ends, self._chunk, strict=True)
        ]
        for corner in product(*steps):
            voxels = self._cache.read(corner, lambda corner=corner: self._decoded(corner))  # type: ignore[misc]
            spans = [
                (max(a, c), min(b, c + edge), a, c)
                for (a, b), c, edge in zip(ends, corner, self._chunk, strict=True)
            ]
            there = tuple(slice(low - a, high - a) for low, high, a, _ in spans)
            out[there] = voxels[tuple(slice(low - c, high - c) for low, high, _, c in spans)]
        return out[tuple(slice(None) if isinstance(part, slice) else 0 for part in index)]

    def _decoded(self, corner: tuple[int, ...]) -> NDArray[np.generic]:
        """Return a chunk, as long as its neighbours also where it ends the array."""
        found = self._inflated(corner)
        if found is None:
            import numpy as np

            found = np.zeros(self._chunk, self._dtype)
            inside = tuple(
                slice(0, min(edge, n - c))
                for c, edge, n in zip(corner, self._chunk, self._shape, strict=True)
            )
            there = tuple(slice(c, c + s.stop) for c, s in zip(corner, inside, strict=True))
            with self._lock:
                found[inside] = self._data[there]
        return found

    def _inflated(self, corner: tuple[int, ...]) -> NDArray[np.generic] | None:
        """Return a chunk from its bytes; None where the library must say what it holds."""
        import numpy as np
        from imagecodecs import deflate_decode

        try:
            with self._lock:
                skipped, data = self._data.id.read_direct_chunk(corner)
            if skipped:
                return None
            plain = deflate_decode(data, out=self._bytes)
        except (OSError, RuntimeError, ValueError, KeyError):  # the library says it better
            return None
        if len(plain) != self._bytes:
            return None
        voxels: NDArray[Any] = np.frombuffer(plain, np.uint8)
        if self._shuffled:
            voxels = voxels.reshape(self._dtype.itemsize, -1).T.reshape(-1)
        return voxels.view(self._dtype).reshape(self._chunk)


def is_plain(data: h5py.Dataset) -> bool:
    """Return True for numbers in chunks that are only deflated, perhaps shuffled, and not tiny."""
    from h5py import h5t

    if data.chunks is None or data.dtype.kind not in "uif" or not data.size:
        return False
    if not data.id.get_type().equal(h5t.py_create(data.dtype)):  # such as 12 of 16 bits
        return False
    large = prod(data.chunks) * data.dtype.itemsize >= LEAST_BYTES
    return large and filters_of(data) in ((DEFLATE,), (SHUFFLE, DEFLATE))


def filters_of(data: h5py.Dataset) -> tuple[int, ...]:
    """Return the numbers of the filters that every chunk went through."""
    plan = data.id.get_create_plist()
    return tuple(plan.get_filter(number)[0] for number in range(plan.get_nfilters()))
