"""Arrays for what waits between two passes over an image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class ScratchArray(Protocol):
    """An array on disk or in memory that is read and written by slices."""

    def __getitem__(self, index: tuple[slice, ...], /) -> Any: ...

    def __setitem__(self, index: tuple[slice, ...], value: Any, /) -> None: ...


MakeScratch = Callable[[tuple[int, ...], str], ScratchArray]
