"""A kernel that kernels call is taken into its callers, and does there what it does for Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from numba import types

from objclass.data.kernel import OPTIONS, kernel
from objclass.data.linked_kernel import linked

KERNELS = """
from objclass.data.kernel import kernel

@kernel
def halved(x):
    return x / 2

@kernel
def sum_of_halves(values):
    total = 0.0
    for value in values:
        total += halved(value)
    return total

@kernel
def least_half(values):
    least = halved(values[0])
    for value in values:
        least = min(least, halved(value))
    return least
"""
PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
import numpy as np
from objclass.data.compiling import compiling_told
told = []
with compiling_told(told.append):
    import kernels_of_a_test
    print({call})
print(*[event.name for event in told])
"""


def said(folder: Path, call: str) -> list[str]:
    """What a process prints that calls a kernel, and which kernels it compiles for that."""
    (folder / "kernels_of_a_test.py").write_text(KERNELS, encoding="utf-8")
    program = PROGRAM.format(folder=str(folder), call=f"kernels_of_a_test.{call}")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "kept")}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_what_several_kernels_call_is_compiled_once_and_kept_for_later_callers(
    tmp_path: Path,
) -> None:
    values = "(np.array([3.0, 1.0]))"
    assert said(tmp_path, f"sum_of_halves{values}") == ["2.0", "sum_of_halves halved"]
    assert said(tmp_path, f"least_half{values}") == ["0.5", "least_half"]
    assert said(tmp_path, f"least_half{values}") == ["0.5", ""]
    assert said(tmp_path, "halved(3.0)") == ["1.5", "halved"]  # with an entry from Python


def test_no_machine_code_is_made_of_what_only_kernels_call() -> None:
    def doubled(x: int) -> int:
        return 2 * x

    form = linked(doubled, None, **OPTIONS)
    form.compile((types.int64,))
    ((_, made),) = form.overloads.items()
    assert made.library.get_pointer_to_function(made.fndesc.llvm_func_name) == 0
    assert made.library.serialize_using_object_code()[1] == "bitcode"


def test_a_kernel_may_call_itself_and_others_that_call_others() -> None:
    @kernel
    def factorial(n: int) -> int:
        if n < 2:
            return 1
        return n * factorial(n - 1)

    @kernel
    def choices(n: int, k: int) -> int:
        return factorial(n) // (factorial(k) * factorial(n - k))

    @kernel
    def row(n: int) -> tuple[int, int, int]:
        return choices(n, 0), choices(n, 1), choices(n, 2)

    assert row(5) == (1, 5, 10)
    assert factorial(5) == 120
