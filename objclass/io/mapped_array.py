"""Arrays that are mapped into memory: what was copied from them is let go of, now and then.

The pages of a map count as memory of the process until it ends, once for every map of a file.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_HELD = 16 * 2**20
"""Bytes of a map that may be held, about; the system has them at hand without that."""


class MappedArray:
    """Copies of parts of a memory map.

    Parameters
    ----------
    array
        The map.
    """

    def __init__(self, array: np.memmap[Any, Any]) -> None:
        self._array = array
        self._held = 0

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return a copy of the elements at `index`, in the order of the file's axes."""
        import numpy as np

        part = self._array[index]
        copy = np.array(part, order="C", subok=False)
        self._note(part)
        return copy

    def _note(self, part: NDArray[np.generic]) -> None:
        """Let go of the map where much of it was looked at since."""
        strides = zip(part.strides, part.shape, strict=True)
        self._held += sum(abs(step) * (n - 1) for step, n in strides if n) + part.itemsize
        if self._held > MOST_HELD:
            self._held = 0
            pages: mmap.mmap | None = getattr(self._array, "_mmap", None)
            if pages is not None and hasattr(mmap, "MADV_DONTNEED"):
                pages.madvise(mmap.MADV_DONTNEED)
