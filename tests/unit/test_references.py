"""What a docstring refers to exists: a name that moved is followed everywhere."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import objclass

REFERENCE = re.compile(r":(?:func|class|mod|data|meth):`~?([\w.]+)`")
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(objclass.__path__, "objclass.")
    if not module.name.endswith("__main__")
)


def homes(module: str, reference: str) -> Iterator[tuple[object, list[str]]]:
    """Yield where a reference may begin, and the names that follow there."""
    parts = reference.split(".")
    yield importlib.import_module(module), parts
    for length in range(len(parts), 0, -1):
        try:
            yield importlib.import_module(".".join(parts[:length])), parts[length:]
        except ImportError:
            continue


def is_there(module: str, reference: str) -> bool:
    """Return True where a docstring of a module may refer to something so."""
    for thing, names in homes(module, reference):
        for name in names:
            if not (hasattr(thing, name) or name in getattr(thing, "__annotations__", ())):
                break
            thing = getattr(thing, name, None)
        else:
            return True
    return False


def methods(module: str) -> set[str]:
    """The names that the classes of a module have: docstrings of a class call them plainly."""
    found = vars(importlib.import_module(module)).values()
    return {name for each in found if isinstance(each, type) for name in dir(each)}


@pytest.mark.parametrize("module", MODULES)
def test_what_docstrings_refer_to_exists(module: str) -> None:
    source = importlib.import_module(module).__file__
    assert source is not None
    references = set(REFERENCE.findall(Path(source).read_text(encoding="utf-8")))
    known = methods(module)
    gone = [each for each in references if each not in known and not is_there(module, each)]
    assert gone == []


@pytest.mark.parametrize("gone", ["nowhere", "objclass.run.gone", "objclass.gone.Job"])
def test_a_reference_to_nothing_is_found(gone: str) -> None:
    assert not is_there("objclass.run", gone)
