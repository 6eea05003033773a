"""How much memory this process may take: what a run sets, and what keeps or reads voxels obeys.

Nothing that is computed depends on it: with less, less is kept, or the run refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from objclass.data.dataclass import dataclass

WORKER_BYTES = 220 * 10**6
"""What a process has resident before it reads a voxel: measured, with all that it imports."""
KEPT_BYTES = 128 * 2**20
"""Of decoded frames that a process keeps, at most."""


@dataclass(frozen=True)
class MemoryShare:
    """What one process of a command may take.

    Parameters
    ----------
    bytes
        At most, all that it imports included.
    workers
        How many processes share the limit of the command.
    """

    bytes: int
    workers: int = 1

    @property
    def for_voxels(self) -> int:
        """What is left for the arrays of one step."""
        return max(0, self.bytes - WORKER_BYTES - self.kept)

    @property
    def kept(self) -> int:
        """Bytes of decoded frames that may be kept."""
        return min(KEPT_BYTES, max(0, self.bytes - WORKER_BYTES) // 4)


_shares: list[MemoryShare | None] = []


def set_memory_share(share: MemoryShare | None) -> None:
    """Let this process take so much from now on; None for no limit."""
    _shares[:] = [] if share is None else [share]


def memory_share() -> MemoryShare | None:
    """Return what this process may take, None where nobody said."""
    return next(reversed(_shares), None)


@contextmanager
def memory_shared(share: MemoryShare | None) -> Iterator[None]:
    """Let this process take so much for a while; threads may do so at once and end in any order."""
    _shares.append(share)
    try:
        yield
    finally:
        if share in _shares:  # what is set meanwhile, as in a forked worker, stays
            del _shares[len(_shares) - 1 - _shares[::-1].index(share)]


def within_share(most: int) -> int:
    """Return `most` bytes, or a quarter of what voxels may take where that is less."""
    share = memory_share()
    return most if share is None else min(most, share.for_voxels // 4)
