"""Tells whoever listens that kernels are being compiled, which takes seconds once.

Listeners do not need numba, and kernels do not need to know who listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from objclass.data.dataclass import dataclass


@dataclass(frozen=True)
class KernelCompilation:
    """A kernel begins to be compiled.

    Parameters
    ----------
    number
        Of those compiled by this process so far, this one included.
    total
        How many are not on disk yet, of the kernels that are loaded; never below `number`.
    name
        The kernel.
    note
        Where its machine code is kept, if that is not beside the package or below the home.
    """

    number: int
    total: int
    name: str
    note: str = ""


Listener = Callable[[KernelCompilation], None]
_listeners: list[Listener] = []


@contextmanager
def compiling_told(listener: Listener) -> Iterator[None]:
    """Call `listener` with every kernel that begins to be compiled meanwhile."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def announce(event: KernelCompilation) -> None:
    """Tell all listeners."""
    for listener in tuple(_listeners):
        listener(event)
