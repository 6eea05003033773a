"""Decoded chunks that are kept for a while, so that reads which cut the same chunk share it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ChunkCache:
    """Keeps the last chunks that were asked for; several threads may ask.

    Parameters
    ----------
    most
        How many chunks are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, DecodedChunk] = {}
        self._lock = Lock()

    def read(self, key: Hashable, decode: Callable[[], NDArray[np.generic]]) -> NDArray[np.generic]:
        """Return a chunk, decoded now or before; the one not asked for longest gives way."""
        with self._lock:
            found = self._kept.pop(key, None) or DecodedChunk()
            self._kept[key] = found
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return found.read(decode)


class DecodedChunk:
    """One chunk: who asks first decodes it, who asks meanwhile waits for that."""

    def __init__(self) -> None:
        self._voxels: NDArray[np.generic] | None = None
        self._lock = Lock()

    def read(self, decode: Callable[[], NDArray[np.generic]]) -> NDArray[np.generic]:
        """Return the voxels, which `decode` gives."""
        with self._lock:
            if self._voxels is None:
                self._voxels = decode()
            return self._voxels
