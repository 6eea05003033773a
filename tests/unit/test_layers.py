"""The house plan: which room may import which, found by reading every import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "objclass"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("data",),
    ("schema", "annotations", "segmentation", "measure", "painting", "wells"),
    ("classification",),
    ("io", "evaluation", "audit", "choosing"),
    ("engine",),
    ("nodes",),
    ("project", "images", "plugins", "annotation_use"),
    ("run", "ilastik"),
    ("report", "testing"),
    ("results", "draft", "curation", "demo"),
    ("batch", "importing", "preview", "session", "warmup"),
    ("headless", "comparison", "scoring", "lineage"),
    ("page", "report_page"),
    ("cli", "__init__"),
    ("__main__",),
)
LAYER = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}

LIGHT = ("errors", "data", "schema", "engine", "nodes", "annotations", "cli", "run", "report")
"""Rooms of a cached run: what is heavy is imported inside a function there."""

HEAVY = {
    "numba", "scipy", "skimage", "sklearn", "pandas", "pyarrow", "h5py", "zarr", "tifffile",
    "imagecodecs", "matplotlib", "dask", "distributed", "joblib",
}  # fmt: skip

FOR_KERNELS = {
    "data/kernel.py", "data/kernel_cache.py", "data/kernel_compiler.py", "data/linked_kernel.py",
}  # fmt: skip
"""Light modules that only kernels import."""


def modules() -> list[Path]:
    """Every module of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room a module stands in: the first part of its path below the package."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(tree: ast.AST, package: str = "") -> Iterator[tuple[str, int]]:
    """Yield every absolute name imported anywhere, in functions and TYPE_CHECKING too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            raise AssertionError(f"line {node.lineno} imports relative to its place")


def rooms_imported(source: str) -> Iterator[tuple[str, int]]:
    """Yield the rooms of objclass that a module imports."""
    for name, line in imports(ast.parse(source)):
        parts = name.split(".")
        if parts[0] == "objclass":
            yield (parts[1] if parts[1] in LAYER else "__init__"), line


def breaches(room: str, source: str) -> list[str]:
    """Imports that go upwards, or sideways."""
    return [
        f"line {line}: {room} (layer {LAYER[room]}) imports {other} (layer {LAYER[other]})"
        for other, line in rooms_imported(source)
        if other != room and LAYER[other] >= LAYER[room] and not is_version(room, other)
    ]


def is_version(room: str, other: str) -> bool:
    """The package itself may be asked for its version by those who print it."""
    return other == "__init__" and (room, other) in VERSIONED


VERSIONED = {(room, "__init__") for room in ("cli", "io", "project", "batch", "report", "__main__")}


def at_top(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield names imported when a module is imported: not in functions, not for types only."""
    for node in tree.body:
        yield from _at_top(node)


def _at_top(node: ast.stmt) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from imports(node)
    elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
        for child in node.body:
            yield from _at_top(child)


def test_imports_go_downwards_only_and_siblings_do_not_import_each_other() -> None:
    found = [
        f"{path.relative_to(PACKAGE)} {breach}"
        for path in modules()
        for breach in breaches(room_of(path), path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_module_stands_in_a_room_of_the_plan() -> None:
    assert sorted({room_of(path) for path in modules()} - set(LAYER)) == []


def test_a_room_of_the_cached_run_imports_nothing_heavy_at_its_top() -> None:
    found = [
        f"{path.relative_to(PACKAGE)} line {line}: {name}"
        for path in modules()
        if room_of(path) in LIGHT and path.relative_to(PACKAGE).as_posix() not in FOR_KERNELS
        for name, line in at_top(ast.parse(path.read_text(encoding="utf-8")))
        if name.split(".")[0] in HEAVY
    ]
    assert found == []


def test_numba_is_imported_in_one_place() -> None:
    found = [
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for name, _ in imports(ast.parse(path.read_text(encoding="utf-8")))
        if name.split(".")[0] == "numba"
    ]
    assert set(found) == FOR_KERNELS


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("data", "from objclass.engine.node import Node"),
        ("io", "from objclass.engine.artifact import Record"),
        ("classification", "from objclass.io.project import read"),
        ("measure", "from objclass.segmentation import runs"),
        ("engine", "import objclass.nodes.registry"),
        ("nodes", "if TYPE_CHECKING:\n    from objclass.run import Job"),
        ("schema", "def f():\n    from objclass.annotations import Row"),
        ("engine", "class A:\n    def f(self):\n        import objclass.cli.main"),
        ("report", "from objclass.batch import Batch"),
        ("session", "from objclass.batch import Batch"),
        ("data", "from objclass import run"),
    ],
)
def test_a_breach_is_found_wherever_it_hides(room: str, line: str) -> None:
    assert len(breaches(room, line)) == 1


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("engine", "from objclass.schema.base import Fields"),
        ("measure", "from objclass.measure.family import Family"),
        ("cli", "from objclass.run import prepare"),
        ("data", "import numpy as np"),
    ],
)
def test_the_way_down_is_free(room: str, line: str) -> None:
    assert breaches(room, line) == []


def test_every_exemption_is_of_a_module_that_exists() -> None:
    assert [name for name in FOR_KERNELS if not (PACKAGE / name).is_file()] == []


def test_frozen_dataclasses_are_those_that_cost_nothing_until_they_are_used() -> None:
    found = [
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for text in [path.read_text(encoding="utf-8")]
        if "@dataclass(frozen=True)\n" in text
        and "dataclasses.dataclass" in set(dict(imports(ast.parse(text))))
    ]
    says = "import dataclass from objclass.data.dataclass; field, replace and others stay Python's"
    assert found == ["errors.py"], says  # which imports nothing of the house
