"""numba's compiler as kernels use it: the same machine code, found with fewer questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags


class KernelFlags(Flags):  # type: ignore[misc]
    """Options of one compilation; a copy of them is looked up whenever something is called."""

    def copy(self) -> AskedFlags:
        """Return the options by which what numba compiles for a kernel is found.

        Whether a kernel has an entry from Python does not matter to what it calls; that would be
        compiled twice.
        """
        plain = Flags(self)
        plain.discard("no_cpython_wrapper")
        made = AskedFlags(plain)
        return next((each for each in _asked if each == made), None) or _kept(made)


class AskedFlags(Flags):  # type: ignore[misc]
    """Options that change no more, so that all of them are read once and not at each look-up."""

    def __init__(self, options: Flags) -> None:
        super().__init__(options)
        self._all: dict[str, Any] = super().values()
        self._digest: int = super().__hash__()

    def values(self) -> dict[str, Any]:
        """Return all options by name."""
        return self._all

    def __eq__(self, other: object) -> bool:
        return self is other or bool(super().__eq__(other))

    def __hash__(self) -> int:
        return self._digest

    def copy(self) -> Flags:
        """Return options that can be changed."""
        return Flags(self)


_asked: list[AskedFlags] = []


def _kept(flags: AskedFlags) -> AskedFlags:
    _asked.append(flags)
    return flags


class KernelCode(JITCodeLibrary):  # type: ignore[misc]
    """The code of one kernel and of all that it calls."""

    def _optimize_functions(self, module: Any) -> None:
        """Optimize functions one by one, and pass over the many that are only declared."""
        module.data_layout = self._codegen._data_layout
        for function in module.functions:
            if not function.is_declaration:
                passes, builder = self._codegen._function_pass_manager()
                passes.run(function, builder)


class KernelCompiler(Compiler):  # type: ignore[misc]
    """numba's compiler, which writes into a library of ours."""

    library = KernelCode

    def compile_extra(self, function: Callable[..., object]) -> Any:
        """Compile a function."""
        self.state.library = self.library(self.state.targetctx.codegen(), function.__qualname__)
        self.state.library.enable_object_caching()
        return super().compile_extra(function)


def compiled_by(
    compiler: type[KernelCompiler], function: Callable[..., object], **options: bool
) -> Any:
    """Return a function that such a compiler compiles when it is called.

    Parameters
    ----------
    compiler
        One that makes an entry from Python, or one that makes none.
    function
        What it does.
    options
        Of numba.
    """
    made: Any = numba.njit(**options, pipeline_class=compiler)(function)
    made._compiler._customize_flags = KernelFlags
    return made
