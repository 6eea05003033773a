"""Machine code is stale when a file changes that its kernel imports, and only then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import objclass.data.kernel_sources as door
from objclass.data.kernel_sources import PACKAGE, imported_with, stamp_of

KERNELS = sorted(
    file for file in PACKAGE.rglob("*.py") if "@kernel\n" in file.read_text(encoding="utf-8")
)
IMPORTED = """
import builtins, sys
from importlib import import_module
from pathlib import Path

seen, plain = {}, builtins.__import__

def importing(name, names=None, *others):
    before = set(sys.modules)
    found = plain(name, names, *others)
    asker = (names or {}).get("__name__", "")
    if asker.startswith("objclass"):
        base = [name] if name.startswith("objclass") else []
        inner = [f"{name}.{each}" for each in (others[1] if len(others) > 1 else ()) or ()]
        seen.setdefault(asker, set()).update(each for each in base + inner if each in sys.modules)
    return found

builtins.__import__ = importing
for name in sys.argv[1:]:
    import_module(name)
for asker, names in seen.items():
    for name in names:
        if name.startswith("objclass"):
            print(sys.modules[asker].__file__, sys.modules[name].__file__)
"""


def written(folder: Path, **texts: str) -> Path:
    """A package of small modules; its folder."""
    package = folder / "room"
    package.mkdir()
    for name, text in {"__init__": "", **texts}.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    return package


def stamp_now(file: Path) -> str:
    """The stamp that a new process finds."""
    for each in (door._digest, door._imports, door._home, door._files):
        each.cache_clear()
    return stamp_of(file)


def test_a_change_is_seen_in_whatever_is_imported_and_nowhere_else(tmp_path: Path) -> None:
    room = written(
        tmp_path,
        kernels="from room.steps import (\n    step,\n)\n",
        steps="import room.numbers\n",
        numbers="WIDTH = 3\n",
        page="from room.kernels import step\n",
    )
    before = stamp_now(room / "kernels.py")
    (room / "page.py").write_text("from room.kernels import step  # called\n", encoding="utf-8")
    assert stamp_now(room / "kernels.py") == before
    for name in ("kernels", "steps", "numbers", "__init__"):
        file = room / f"{name}.py"
        text = file.read_text(encoding="utf-8")
        file.write_text(f"{text}A = 1\n", encoding="utf-8")
        assert stamp_now(room / "kernels.py") != before
        file.write_text(text, encoding="utf-8")
    assert stamp_now(room / "kernels.py") == before


def test_imports_by_dots_are_followed(tmp_path: Path) -> None:
    room = written(
        tmp_path,
        kernels="from .steps import step\nfrom . import table\n",
        steps="from .inner.deep import WIDTH\n",
        table="",
        page="",
    )
    inner = room / "inner"
    inner.mkdir()
    (inner / "__init__.py").write_text("from .near import A\n", encoding="utf-8")
    (inner / "near.py").write_text("A = 1\n", encoding="utf-8")
    (inner / "deep.py").write_text("from ..numbers import WIDTH\n", encoding="utf-8")
    (room / "numbers.py").write_text("WIDTH = 3\n", encoding="utf-8")
    names = {str(file.relative_to(room)) for file in imported_with(room / "kernels.py")}
    of_room = {"__init__.py", "kernels.py", "steps.py", "table.py", "numbers.py"}
    assert names == of_room | {"inner/__init__.py", "inner/near.py", "inner/deep.py"}


def test_an_import_under_a_condition_is_followed(tmp_path: Path) -> None:
    room = written(
        tmp_path,
        kernels="try:\n    from room.fast import WIDTH\nexcept ImportError:\n    WIDTH = 1\n",
        fast="WIDTH = 3\n",
    )
    names = {file.name for file in imported_with(room / "kernels.py")}
    assert names == {"__init__.py", "kernels.py", "fast.py"}


def test_a_file_in_no_package_goes_by_the_files_beside_it_and_by_this_package(
    tmp_path: Path,
) -> None:
    mine, beside = tmp_path / "mine.py", tmp_path / "beside.py"
    mine.write_text("import numpy\nimport beside\nfrom objclass.measure.kernels import hull\n")
    beside.write_text("A = 1\n")
    found = imported_with(mine)
    assert {mine, beside, PACKAGE / "measure" / "kernels" / "hull.py"} <= found
    assert all(PACKAGE in each.parents for each in found - {mine, beside})


def test_modules_that_import_each_other_have_an_end(tmp_path: Path) -> None:
    room = written(tmp_path, a="import room.b\n", b="import room.a\n")
    names = {file.name for file in imported_with(room / "a.py")}
    assert names == {"__init__.py", "a.py", "b.py"}


@pytest.mark.parametrize("name", ["measure/kernels/texture.py", "segmentation/smooth.py"])
def test_few_files_decide_over_a_kernel(name: str) -> None:
    found = imported_with(PACKAGE / name)
    assert PACKAGE / "data" / "kernel.py" in found
    assert PACKAGE / "data" / "axes.py" not in found
    assert len(found) < 30


def test_everything_that_is_really_imported_with_a_kernel_decides_over_it() -> None:
    names = [
        ".".join(("objclass", *file.relative_to(PACKAGE).with_suffix("").parts)) for file in KERNELS
    ]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *names], check=True, capture_output=True, text=True
    )
    edges = [line.split() for line in done.stdout.splitlines()]
    assert len(edges) > len(KERNELS) > 50
    missed = [edge for edge in edges if Path(edge[1]) not in imported_with(Path(edge[0]))]
    assert missed == []
