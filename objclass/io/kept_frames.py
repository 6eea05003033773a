"""Decoded frames that will be wanted again: small ones, of few bytes in all.

A first run reads every voxel for its digest, then to measure, to draw, and to note which image
it was. What is small is decoded once for all of them; what is larger is read from its file each
time, so that memory does not grow with the image.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.memory_share import KEPT_BYTES, memory_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME_BYTES = 32 * 2**20
"""The largest frame of one channel that is kept: 4096 by 4096 voxels of 16 bits."""
MOST_BYTES = KEPT_BYTES
"""Of all frames that are kept."""


@dataclass(frozen=True)
class KeptFrame:
    """The voxels of one channel of one frame, and the digests of its chunks so far."""

    voxels: NDArray[np.generic]
    digests: dict[Region, str] = field(default_factory=dict)


class KeptFrames:
    """Decoded frames by file and place; a frame of another file gives way, the oldest first.

    Of a file with more frames than there is room for the first ones stay: they are the first
    to be wanted again.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, Hashable], KeptFrame] = OrderedDict()
        self._bytes = 0

    def frame(
        self, file: str, index: Hashable, nbytes: int, decode: Callable[[], NDArray[np.generic]]
    ) -> KeptFrame | None:
        """Return a frame, decoded now or before; None where it is not kept for want of room.

        Parameters
        ----------
        file
            Names the file in its present state, and how it is read.
        index
            Where in the file the frame lies.
        nbytes
            What its voxels take.
        decode
            Reads it.
        """
        with self._lock:
            found = self._kept.get((file, index))
            if found is not None:
                self._kept.move_to_end((file, index))
                return found
            if nbytes > FRAME_BYTES or not self._made_room(file, nbytes):
                return None
        made = KeptFrame(decode())
        with self._lock:
            if (file, index) not in self._kept and self._made_room(file, nbytes):
                self._kept[file, index] = made
                self._bytes += nbytes
        return made

    def _made_room(self, file: str, nbytes: int) -> bool:
        """Let frames of other files go until there is room; False where there is none."""
        others = [key for key in self._kept if key[0] != file]
        share = memory_share()
        most = self._most if share is None else min(self._most, share.kept)
        while self._bytes + nbytes > most and others:
            self._bytes -= self._kept.pop(others.pop(0)).voxels.nbytes
        return self._bytes + nbytes <= most

    def clear(self) -> None:
        """Forget every frame."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


KEPT = KeptFrames()
"""The frames of this process."""
