"""Machine code on disk is used only while all sources it was made from are the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from numba import types

from objclass.data.kernel import kernel

ASK = """
import sys
sys.path.insert(0, {folder!r})
from room.inner import caller
print(caller.twice_of(3))
"""

MULTIPLY = """
import sys
import numpy as np
from objclass.data.kernel import kernel

@kernel
def doubled(a):
    return a * 2

@kernel
def product(a, b):
    return np.dot(a, b)

LIBRARY = "scipy.linalg.cython_blas"
doubled(np.ones(2))
print("scipy.linalg" in sys.modules, end=" ")
print(product(np.full((2, 2), 3.0), np.eye(2))[1, 0], LIBRARY in sys.modules)
"""


def test_linear_algebra_is_loaded_when_a_kernel_multiplies_matrices_and_not_before() -> None:
    command = [sys.executable, "-c", MULTIPLY]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "3.0", "True"]


def test_a_kernel_is_compiled() -> None:
    def double(x: int) -> int:
        return 2 * x

    assert kernel(double)(4) == 8


def test_a_change_in_a_called_file_is_seen(tmp_path: Path) -> None:
    inner = tmp_path / "room" / "inner"
    inner.mkdir(parents=True)
    for folder in (inner, inner.parent):
        (folder / "__init__.py").write_text("")
    head = "from objclass.data.kernel import kernel\n"
    (inner / "caller.py").write_text(
        f"{head}from room.inner.called import scaled\n\n\n"
        "@kernel\ndef twice_of(x):\n    return scaled(x)\n"
    )
    answers = []
    for factor in (2, 5):
        (inner / "called.py").write_text(
            f"{head}\n\n@kernel\ndef scaled(x):\n    return {factor} * x\n"
        )
        command = [sys.executable, "-c", ASK.format(folder=str(tmp_path))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        answers.append(done.stdout.strip())
    assert answers == ["6", "15"]


LOADED = """
import sys
sys.path.insert(0, {folder!r})
from numba import types
import objclass.data.kernel as door
from room import called
if {first}:
    called.scaled(3)
else:
    door.load_kernels([("room.called", "scaled", [(types.int64,)])])
    assert called.scaled.overloads
    from room import caller
    print(caller.twice_of(3))
"""


def test_a_kernel_that_was_loaded_is_called_by_one_that_is_compiled_later(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    head = "from objclass.data.kernel import kernel\n"
    (room / "__init__.py").write_text("")
    (room / "called.py").write_text(f"{head}\n\n@kernel\ndef scaled(x):\n    return 2 * x\n")
    (room / "caller.py").write_text(
        f"{head}from room.called import scaled\n\n\n"
        "@kernel\ndef twice_of(x):\n    return scaled(x)\n"
    )
    for first in (True, False):
        command = [sys.executable, "-c", LOADED.format(folder=str(tmp_path), first=first)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "6"


def test_a_kernel_called_with_a_number_is_the_one_called_with_what_is_computed() -> None:
    def plus(a: int, b: int) -> int:
        return a + b

    compiled = kernel(plus)
    template = getattr(compiled, "get_call_template")  # noqa: B009
    for first in (types.literal(0), types.int64):
        assert template((first, types.int64), {})[2] == (types.int64, types.int64)
