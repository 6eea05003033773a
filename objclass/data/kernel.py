"""The one door to numba: a typed decorator for serial, exact, cached kernels."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from blake3 import blake3

_F = TypeVar("_F", bound=Callable[..., object])
PACKAGE = Path(__file__).parents[1]


def kernel(function: _F) -> _F:
    """Compile `function` on first use, keep the machine code on disk, release the GIL.

    ``fastmath`` stays off and nothing runs in parallel inside a kernel, so that a result
    never depends on the number of threads (law A) nor on how the compiler reorders sums.

    numba looks at the file of a kernel alone when it asks whether machine code on disk is
    still right, and so misses a change in a kernel that is called from another file. Here the
    sources of the whole room decide.
    """
    compiled: Any = numba.njit(cache=True, nogil=True, fastmath=False)(function)
    on_disk = getattr(compiled._cache, "_cache_file", None)
    if on_disk is not None:
        on_disk._source_stamp = sources(room_of(Path(function.__code__.co_filename)))
    kernel_made: _F = compiled
    return kernel_made


def room_of(file: Path) -> Path:
    """Return the folder whose sources decide over a file's machine code."""
    if PACKAGE not in file.parents or file.parent == PACKAGE:
        return file
    return PACKAGE / file.relative_to(PACKAGE).parts[0]


@cache
def sources(place: Path) -> str:
    """Return the digest of a file, or of all sources in a room and in ``data``."""
    files = [place] if place.is_file() else [*place.rglob("*.py"), *(PACKAGE / "data").glob("*.py")]
    hasher = blake3()
    for file in sorted(set(files)):
        hasher.update(file.read_bytes())
    return str(hasher.hexdigest(16))
