"""Gives memory that is no longer used back to the system.

What C's allocator was given for the arrays of one block it keeps for the next, in pieces that
hold other things as well. Over the steps of a run by block that adds up to more than a block.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Let go of the free memory of this process, where the system's allocator can."""
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # musl has no malloc_trim
        ctypes.CDLL(None).malloc_trim(0)
