"""Kernels as other kernels call them: taken into their callers, with no entry from Python.

A kernel that only kernels call is not optimized and turned into machine code by itself, since each
caller takes it in whole and does both for all of it at once, as a compiler does with the functions
of one file. That is half of the time that such a kernel would cost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core.codegen import ll
from numba.core.compiler import compile_result

from objclass.data.kernel_cache import KernelCache, KernelNames
from objclass.data.kernel_compiler import KernelCode, KernelCompiler, compiled_by


class LinkedCode(KernelCode):
    """What one kernel and all that it calls do, to be linked into callers."""

    def finalize(self) -> None:
        """Take in what is called; optimizing is left to whoever takes in this."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return the null pointer: there is no machine code to point at."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> LinkedCode:
        """Whom numba tells of the environment, which an entry from Python alone asks for."""
        return self

    def set_env(self, name: str, environment: object) -> None:
        """Keep nothing: there is no such entry."""

    def serialize_using_object_code(self) -> Any:
        """Return what is kept on disk, which has no machine code either."""
        return self.serialize_using_bitcode()

    @classmethod
    def of_bitcode(cls, codegen: Any, name: str, bitcode: bytes) -> LinkedCode:
        """Return what was kept on disk."""
        made = cls(codegen, name)
        made._final_module = ll.parse_bitcode(bitcode)
        made._finalize_dynamic_globals()
        made._finalized = True
        return made


class LinkedCompiler(KernelCompiler):
    """numba's compiler, for kernels that kernels alone can call."""

    library = LinkedCode


class _LinkedNames(KernelNames):
    def get_filename_base(self, name: str, flags: str) -> str:
        return f"linked-{super().get_filename_base(name, flags)}"

    def rebuild(self, target: Any, payload: Any) -> Any:
        (name, _, bitcode), about, environment, signature, *_ = payload
        library = LinkedCode.of_bitcode(target.codegen(), name, bitcode)
        return compile_result(
            typing_context=target.typing_context,
            target_context=target,
            entry_point=target.get_executable(library, about, environment),
            library=library,
            signature=signature,
            objectmode=False,
            fndesc=about,
            environment=environment,
        )


class LinkedCache(KernelCache):
    """Where what is linked into callers is kept."""

    _impl_class = _LinkedNames


def linked(function: Callable[..., object], stamp: str | None, **options: bool) -> Any:
    """Return a kernel that kernels alone can call.

    Parameters
    ----------
    function
        What it does.
    stamp
        Digest of the sources that decide; None where nothing is kept on disk.
    options
        Of numba, as for the kernel that Python calls.
    """
    made = compiled_by(LinkedCompiler, function, **options, no_cpython_wrapper=True)
    if stamp is not None:
        made._cache = LinkedCache(function, stamp)
    return made
