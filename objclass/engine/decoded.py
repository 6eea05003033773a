"""Decoded chunks of a stored array: reads that cut the same chunk share it.

A step opens an array for itself and mostly reads it once. But blocks smaller than a chunk, or
with context around them, come back to the same chunks; decoding costs more than the rest of a
read. Only the last chunks are kept, so that memory does not grow with the image.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from numpy.typing import NDArray

from objclass.data.blocks import Region, chunk_shape, chunks_in
from objclass.data.memory_share import within_share
from objclass.io.chunk_cache import ChunkCache

MOST_CHUNKS = 32
"""Of one array that are kept, 32 MB of 32-bit voxels: in 3D a block and its context meet 27."""

CHUNK_BYTES = 2**26
"""Of them, at most: as many chunks of the widest type."""


class DecodedChunks:
    """Reads regions of an array of a given shape.

    Parameters
    ----------
    shape, dtype
        Of the array.
    decode
        Returns the voxels of a region.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
        decode: Callable[[Region], NDArray[np.generic]],
    ) -> None:
        self._shape = shape
        self._dtype = dtype
        self._decode = decode
        fit = within_share(CHUNK_BYTES) // (prod(chunk_shape(shape)) * dtype.itemsize)
        self._cache = ChunkCache(max(1, min(MOST_CHUNKS, fit)))

    def read(self, region: Region) -> NDArray[np.generic]:
        """Return a copy of a region; of many chunks at once none is kept."""
        outer = region.aligned(chunk_shape(self._shape), self._shape)
        chunks = list(chunks_in(outer, self._shape))
        if (len(chunks) > 1 and outer == region) or len(chunks) > MOST_CHUNKS:
            return self._decode(region)
        out = np.empty(region.shape, self._dtype)
        for chunk in chunks:
            part = region.common(chunk)
            out[part.within(region)] = self._chunk(chunk)[part.within(chunk)]
        return out

    def _chunk(self, chunk: Region) -> NDArray[np.generic]:
        return self._cache.read(chunk, lambda: self._decode(chunk))
