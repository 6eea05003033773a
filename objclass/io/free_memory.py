"""Gives memory that is no longer used back to the system.

What C's allocator was given for the arrays of one block it keeps for the next, in pieces that
hold other things as well. Over the steps of a run by block that adds up to more than a block.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

LARGE = 1 << 20
"""Bytes of an array from which on it has memory of its own, once that was asked for."""
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""What glibc's ``mallopt`` calls them."""
_ARENAS = 4


def keep_little() -> None:
    """Give memory of large arrays back as soon as they are freed, from now on.

    For a program that lasts and answers in many threads: each has a heap of its own, and what
    one of them freed is of no use to the others.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # musl has no mallopt
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_MMAP_THRESHOLD, LARGE)
        allocator.mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Let go of the free memory of this process, where the system's allocator can."""
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # musl has no malloc_trim
        ctypes.CDLL(None).malloc_trim(0)
