"""A person is told that kernels are compiled, whenever that happens."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from objclass.cli.live import shown_compiling, teller
from objclass.data.compiling import KernelCompilation, announce, compiling_told

KERNELS = """
from objclass.data.kernel import kernel

@kernel
def doubled(x):
    return 2 * x

@kernel
def tripled(x):
    return doubled(x) + x

@kernel
def halved(x):
    return x // 2
"""


def kernels(folder: Path):
    """Two kernels that were never compiled, one of which calls the other."""
    file = folder / "kernels_of_a_test.py"
    file.write_text(KERNELS)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def test_every_kernel_is_announced_once_and_never_when_it_is_on_disk(tmp_path: Path) -> None:
    told: list[KernelCompilation] = []
    with compiling_told(told.append):
        assert kernels(tmp_path).tripled(2) == 6
        assert [event.name for event in told] == ["tripled", "doubled"]
        assert kernels(tmp_path).tripled(3) == 9
    assert len(told) == 2
    assert told[1].number == told[0].number + 1
    assert all(event.total >= event.number for event in told)


def test_what_is_linked_into_its_caller_waits_no_more(tmp_path: Path) -> None:
    told: list[KernelCompilation] = []
    with compiling_told(told.append):
        module = kernels(tmp_path)
        assert module.tripled(2) == 6
        assert module.halved(8) == 4
    assert [event.name for event in told] == ["tripled", "doubled", "halved"]
    assert {event.total - told[0].total for event in told} == {0}


def test_the_first_is_told_at_once_the_next_ones_now_and_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with teller():
        for number in (1, 2, 3):
            announce(KernelCompilation(number, 31, "rings"))
    assert capsys.readouterr().err == "compiling kernels, once: 1 of 31\n"


def test_a_batch_says_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in shown_compiling([1]):
        announce(KernelCompilation(1, 5, "rings"))
    announce(KernelCompilation(2, 5, "nobody listens"))
    assert capsys.readouterr().err == "compiling kernels, once: 1 of 5\n"
