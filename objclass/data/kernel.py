"""The one door to numba: a typed decorator for serial, exact, cached kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

_F = TypeVar("_F", bound=Callable[..., object])


def kernel(function: _F) -> _F:
    """Compile `function` on first use, keep the machine code on disk, release the GIL.

    ``fastmath`` stays off and nothing runs in parallel inside a kernel, so that a result
    never depends on the number of threads (law A) nor on how the compiler reorders sums.
    """
    compiled: _F = numba.njit(cache=True, nogil=True, fastmath=False)(function)
    return compiled
