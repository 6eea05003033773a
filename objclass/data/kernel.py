"""A typed decorator for serial, exact, cached kernels; nothing else makes kernels of numba."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numba
from blake3 import blake3
from numba.core import event as numba_events

from objclass.data.compiling import KernelCompilation, announce
from objclass.data.kernel_cache import PACKAGE, KernelCache
from objclass.data.machine_code import place

_F = TypeVar("_F", bound=Callable[..., object])


def kernel(function: _F) -> _F:
    """Compile `function` on first use, keep the machine code on disk, release the GIL.

    ``fastmath`` stays off and nothing runs in parallel inside a kernel, so that a result
    never depends on the number of threads (law A) nor on how the compiler reorders sums.

    numba looks at the file of a kernel alone when it asks whether machine code on disk is
    still right, and so misses a change in a kernel that is called from another file. Here the
    sources of the whole room decide.
    """
    compiled: Any = numba.njit(**OPTIONS)(function)
    _forget_literals(compiled)
    file = Path(function.__code__.co_filename)
    if file.exists():
        compiled._cache = KernelCache(function, sources(room_of(file)))
    _kernels[compiled] = None
    kernel_made: _F = compiled
    return kernel_made


OPTIONS = {"nogil": True, "fastmath": False, "no_cfunc_wrapper": True}  # no C calls a kernel


def _forget_literals(compiled: Any) -> None:
    """Let a kernel called with 0 be the one called with a variable; else each is compiled."""
    template = compiled.get_call_template

    def of_types(arguments: Any, named: Any) -> Any:
        plain = {name: numba.types.unliteral(each) for name, each in named.items()}
        return template(tuple(map(numba.types.unliteral, arguments)), plain)

    compiled.get_call_template = of_types


class Announcer(numba_events.Listener):  # type: ignore[misc]
    """Announces our kernels as they begin to be compiled; what numba compiles for itself is not."""

    def __init__(self) -> None:
        self.number = 0

    def on_start(self, event: Any) -> None:
        """Announce one kernel."""
        compiled = event.data["dispatcher"]
        if compiled in _kernels:
            self.number += 1
            waiting = sum(not is_on_disk(each) for each in _kernels)
            total = max(self.number, waiting + self.number - 1)
            name = compiled.py_func.__name__
            announce(KernelCompilation(self.number, total, name, _note(compiled)))

    def on_end(self, event: Any) -> None:
        """Announce nothing: the next kernel, or the result, says that this one is done."""


def _note(compiled: Any) -> str:
    """Return where machine code is kept, if that is not where one would look for it."""
    folder = compiled._cache.files.folder() if isinstance(compiled._cache, KernelCache) else None
    if folder is None:
        return "kept nowhere, since no folder takes them; NUMBA_CACHE_DIR names one"
    if folder.parent == place():
        return f"kept in {place()}; NUMBA_CACHE_DIR names another folder"
    return ""


_kernels: dict[Any, None] = {}
_announcer = Announcer()
numba_events.register("numba:compile", _announcer)


def is_on_disk(compiled: Any) -> bool:
    """Return True where a kernel has machine code, in memory or on disk."""
    on_disk = isinstance(compiled._cache, KernelCache) and compiled._cache.files.is_filled()
    return bool(compiled.overloads) or on_disk


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


def kernels_used() -> list[tuple[str, str, list[Any]]]:
    """Return module, name and argument types of the kernels that this process has called."""
    return [
        (each.py_func.__module__, each.py_func.__name__, [*each.overloads])
        for each in _kernels
        if each.overloads
    ]


def kernels_compiled() -> int:
    """Return how many kernels this process has compiled so far."""
    return _announcer.number


def machine_code_homes() -> list[Path | None]:
    """Return where each kernel that has machine code keeps it; None where nowhere but here."""
    used = [each._cache for each in _kernels if is_on_disk(each)]
    return [each.files.home() if isinstance(each, KernelCache) else None for each in used]


def load_kernels(used: list[tuple[str, str, list[Any]]]) -> None:
    """Load machine code from the disk, so that copies of this process need not; compile none."""
    for module, name, signatures in used:
        with suppress(Exception):  # it is loaded, or told, when it is called
            found: Any = getattr(import_module(module), name)
            for arguments in signatures:
                made = found._cache.load_overload(arguments, found.targetctx)
                if made is not None and arguments not in found.overloads:
                    # so that kernels which call this one and are compiled later find it
                    lowered = made.entry_point, made.fndesc, [made.library]
                    found.targetctx.insert_user_function(*lowered)
                    found.add_overload(made)
