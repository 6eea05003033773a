"""Arrays of compressed chunks: label images are mostly runs, and so take little room.

A batch without a cache keeps its label images in memory, and what waits between two passes
over an image waits in a file. As they are, either takes four bytes per voxel of the image.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from math import prod
from pathlib import Path
from threading import Lock
from typing import Protocol
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from objclass.data.blocks import Region, chunk_shape, chunks_in
from objclass.engine.decoded import DecodedChunks

PLAIN_BYTES = 2**25
"""An array of at most so many bytes is not worth packing."""


class PackedChunks(Protocol):
    """Keeps bytes under the first voxel of their chunk."""

    def put(self, key: tuple[int, ...], data: bytes) -> None:
        """Keep bytes, in the place of what was kept under this key."""

    def get(self, key: tuple[int, ...]) -> bytes | None:
        """Return what was kept last, or None."""


class ChunksInMemory:
    """Keeps bytes in memory."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, ...], bytes] = {}

    def put(self, key: tuple[int, ...], data: bytes) -> None:
        """Keep bytes."""
        self._kept[key] = data

    def get(self, key: tuple[int, ...]) -> bytes | None:
        """Return what was kept last, or None."""
        return self._kept.get(key)


class ChunksInFile:
    """Keeps bytes one after the other in a new file, which goes with the folder it lies in."""

    def __init__(
        self, path: Path, writing: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        with writing():
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        finalize(self, os.close, self._file)
        self._writing = writing
        self._places: dict[tuple[int, ...], tuple[int, int]] = {}
        self._end = 0
        self._lock = Lock()

    def put(self, key: tuple[int, ...], data: bytes) -> None:
        """Append bytes."""
        with self._lock:
            place, self._end = self._end, self._end + len(data)
        written = 0
        with self._writing():
            while written < len(data):  # a disk that is nearly full takes a part
                written += os.pwrite(self._file, data[written:], place + written)
        self._places[key] = place, len(data)

    def get(self, key: tuple[int, ...]) -> bytes | None:
        """Return what was kept last, or None."""
        if key not in self._places:
            return None
        place, length = self._places[key]
        return os.pread(self._file, length, place)


class PackedArray:
    """An array of compressed chunks, read and written by slices; zero where nothing is written.

    Parameters
    ----------
    shape, dtype
        Of the array.
    chunks
        Where chunks are kept.
    """

    def __init__(self, shape: tuple[int, ...], dtype: str, chunks: PackedChunks) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self._chunks = chunks

    def __getitem__(self, index: tuple[slice, ...]) -> NDArray[np.generic]:
        return self.read(self._region(index))

    def __setitem__(self, index: tuple[slice, ...], voxels: NDArray[np.generic]) -> None:
        self.write(self._region(index), voxels)

    def _region(self, index: tuple[slice, ...]) -> Region:
        ends = [part.indices(n)[:2] for part, n in zip(index, self.shape, strict=True)]
        return Region(tuple(a for a, _ in ends), tuple(b for _, b in ends))

    def write(self, region: Region, voxels: NDArray[np.generic]) -> None:
        """Write a region, on chunk borders or not."""
        from imagecodecs import zstd_encode

        for part, chunk in self._parts(region):
            new = voxels[part.within(region)]
            if part != chunk:
                whole = self._chunk(chunk)
                whole[part.within(chunk)] = new
                new = whole
            packed = zstd_encode(np.ascontiguousarray(new, self.dtype).tobytes(), level=1)
            self._chunks.put(chunk.start, bytes(packed))

    def read(self, region: Region) -> NDArray[np.generic]:
        """Return a copy of a region."""
        out = np.empty(region.shape, self.dtype)
        for part, chunk in self._parts(region):
            out[part.within(region)] = self._chunk(chunk)[part.within(chunk)]
        return out

    def _parts(self, region: Region) -> Iterator[tuple[Region, Region]]:
        """Yield the parts of a region that lie in one chunk each, and their chunks."""
        for part in chunks_in(region, self.shape) if region.size else ():
            yield part, part.aligned(chunk_shape(self.shape), self.shape)

    def _chunk(self, chunk: Region) -> NDArray[np.generic]:
        from imagecodecs import zstd_decode

        data = self._chunks.get(chunk.start)
        if data is None:
            return np.zeros(chunk.shape, self.dtype)
        size = chunk.size * self.dtype.itemsize
        found: NDArray[np.generic] = np.frombuffer(
            bytearray(zstd_decode(data, out=size)), self.dtype
        )
        return found.reshape(chunk.shape)


def memory_array(
    shape: tuple[int, ...], dtype: str
) -> tuple[NDArray[np.generic] | PackedArray, Callable[[Region], NDArray[np.generic]]]:
    """Return an array of zeros in memory and its reader; a large one is packed."""
    if prod(shape) * np.dtype(dtype).itemsize <= PLAIN_BYTES:
        plain: NDArray[np.generic] = np.zeros(shape, dtype)
        return plain, lambda region: plain[region.slices]
    packed = PackedArray(shape, dtype, ChunksInMemory())
    return packed, DecodedChunks(shape, packed.dtype, packed.read).read
