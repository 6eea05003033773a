"""A typed decorator for serial, exact, cached kernels; nothing else makes kernels of numba."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import event as numba_events
from numba.np import linalg

from objclass.data.compiling import KernelCompilation, announce
from objclass.data.kernel_cache import KernelCache
from objclass.data.kernel_compiler import KernelCompiler, compiled_by
from objclass.data.kernel_sources import stamp_of
from objclass.data.linked_kernel import linked
from objclass.data.machine_code import place

_F = TypeVar("_F", bound=Callable[..., object])


def _take_blas_for_granted() -> None:
    """Spare processes what numba loads of scipy to see that it is there: a third of a second.

    A kernel that multiplies matrices would still load it; ours do not, and we depend on scipy.
    """
    found = linalg.ensure_blas
    linalg.ensure_blas = _is_there
    try:
        import_module("numba.np.arraymath")  # asks when it is imported, and never again
    finally:
        linalg.ensure_blas = found


def _is_there() -> None:
    """Say nothing, as numba's question is answered where the library is there."""


_take_blas_for_granted()


def kernel(function: _F) -> _F:
    """Compile `function` on first use, keep the machine code on disk, release the GIL.

    ``fastmath`` stays off and nothing runs in parallel inside a kernel, so that a result
    never depends on the number of threads (law A) nor on how the compiler reorders sums.

    Machine code on disk is right while the sources of the kernel's module, and of all that it
    imports of this package, are what they were.
    """
    compiled = compiled_by(KernelCompiler, function, **OPTIONS)
    file = Path(function.__code__.co_filename)
    stamp = stamp_of(file) if file.exists() else None
    if stamp is not None:
        compiled._cache = KernelCache(function, stamp)
    _kernels[compiled] = stamp
    compiled.get_call_template = partial(_template, compiled)
    compiled.get_overload = lambda types: _linked_form(compiled).get_overload(types)
    kernel_made: _F = compiled
    return kernel_made


OPTIONS = {"nogil": True, "fastmath": False, "no_cfunc_wrapper": True}  # no C calls a kernel


def _template(compiled: Any, arguments: Any, named: Any) -> Any:
    """Return what a kernel that calls this one has to know of it, which compiles it if need be.

    A kernel called with 0 is the one called with a variable; else each would be compiled.
    """
    plain = {name: numba.types.unliteral(each) for name, each in named.items()}
    form = _linked_form(compiled)
    return form.get_call_template(tuple(map(numba.types.unliteral, arguments)), plain)


@cache
def _linked_form(compiled: Any) -> Any:
    """Return the form of a kernel that other kernels call."""
    made = linked(compiled.py_func, _kernels[compiled], **OPTIONS)
    made._compiling_counter = compiled._compiling_counter  # a kernel may call itself
    _called[made] = compiled
    return made


class Announcer(numba_events.Listener):  # type: ignore[misc]
    """Announces our kernels as they begin to be compiled; what numba compiles for itself is not."""

    def __init__(self) -> None:
        self.number = 0
        self.compiled: set[Any] = set()

    def on_start(self, event: Any) -> None:
        """Announce one kernel."""
        dispatcher = event.data["dispatcher"]
        compiled = _called.get(dispatcher, dispatcher)
        if compiled in _kernels:
            self.number += 1
            self.compiled.add(compiled)
            begun = self.compiled  # some of them wait for what they call
            waiting = sum(not (k in begun or k.overloads or _was_on_disk(k)) for k in _kernels)
            total = self.number + waiting
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


_kernels: dict[Any, str | None] = {}  # with the digest of their sources
_called: dict[Any, Any] = {}  # kernels by the form of them that kernels call
_announcer = Announcer()
numba_events.register("numba:compile", _announcer)


def is_on_disk(compiled: Any) -> bool:
    """Return True where a kernel has machine code, or code for callers, in memory or on disk."""
    return any(form.overloads or _home(form) for form in (compiled, _linked_form(compiled)))


@cache
def _was_on_disk(compiled: Any) -> bool:
    """Return True where a kernel was there when it was first asked for; disks are slow to ask."""
    return is_on_disk(compiled)


def _home(form: Any) -> Path | None:
    """Return where a form of a kernel is kept; None where nowhere but here."""
    return form._cache.files.home() if isinstance(form._cache, KernelCache) else None


def kernels_used() -> list[tuple[str, str, list[Any]]]:
    """Return module, name and argument types of the kernels that this process has called."""
    return [
        (each.py_func.__module__, each.py_func.__name__, [*each.overloads])
        for each in _kernels
        if each.overloads
    ]


def kernels_compiled() -> int:
    """Return how many kernels this process has compiled so far."""
    return len(_announcer.compiled)


def machine_code_homes() -> list[Path | None]:
    """Return where each kernel that has machine code keeps it; None where nowhere but here."""
    used = [each for each in _kernels if is_on_disk(each)]
    return [_home(each) or _home(_linked_form(each)) for each in used]


def load_kernels(used: list[tuple[str, str, list[Any]]]) -> None:
    """Load machine code from the disk, so that copies of this process need not; compile none."""
    for module, name, signatures in used:
        with suppress(Exception):  # it is loaded, or told, when it is called
            found: Any = getattr(import_module(module), name)
            for arguments in signatures:
                made = found._cache.load_overload(arguments, found.targetctx)
                if made is not None and arguments not in found.overloads:
                    found.add_overload(made)
