"""What is declared as a dependency is imported, and what is imported is declared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
BROUGHT = {"joblib", "threadpoolctl", "pydantic-core", "botocore"}
"""Parts of scikit-learn, pydantic and s3fs, which bring the one version they fit."""


def plain(name: str) -> str:
    """A distribution's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    """Names of the main list of dependencies, and of the extras that the package imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = ("anndata", "dask", "imagej", "napari", "onnx", "remote", "ui")
    lines = [*project["dependencies"], *(line for name in wanted for line in extras[name])]
    found = (re.match(r"[A-Za-z0-9_.-]+", line) for line in lines)
    return {plain(match.group()) for match in found if match}


@cache
def imported() -> frozenset[str]:
    """Distributions that the package imports or looks for anywhere, in functions too."""
    modules: set[str] = set()
    for path in (ROOT / "objclass").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules.add((node.module or "").split(".")[0])
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "find_spec":
                modules.add(ast.literal_eval(node.args[0]).split(".")[0])
    known = packages_distributions()
    for_types_only = {"_typeshed"}
    outside = modules - sys.stdlib_module_names - {"objclass"} - for_types_only
    return frozenset(plain(each) for module in outside for each in known.get(module, [module]))


def test_every_dependency_is_imported_by_the_package() -> None:
    assert sorted(declared() - imported()) == []


def test_every_package_that_is_imported_is_a_dependency() -> None:
    assert sorted(imported() - declared() - BROUGHT) == []
