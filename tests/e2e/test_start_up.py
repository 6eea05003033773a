"""A run that finds everything cached imports and builds no more than it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from objclass.nodes.export.outputs import OUTPUTS
from objclass.nodes.registry import KINDS
from workflows import flat

PROGRAM = """
import json, sys
from objclass.cli.main import exit_code
code = exit_code(["run", "cells.yaml"])
modules = sorted(sys.modules)
from objclass.nodes.registry import KINDS
built = sorted(name for name, kind in KINDS.items() if kind.__pydantic_complete__)
said = {"code": code, "built": built, "modules": modules}
print(json.dumps(said))
"""
HEAVY = {"numba", "scipy", "sklearn", "skimage", "pandas", "pyarrow", "matplotlib", "networkx"}
IDLE = {"objclass.engine.schedulers.processes", "objclass.preview", "objclass.io.zarr_metadata"}
"""What such a run has nothing to do with."""
MOST, OURS = 550, 250
"""Modules, those of Python and of libraries included, and ours: 520 and 238 when counted."""


@pytest.fixture
def cached(tmp_path: Path) -> dict[str, object]:
    """What a process had at its end that ran a workflow where all was cached."""
    flat(tmp_path).run()
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    assert said["code"] == 0, done.stdout
    return said


def modules(cached: dict[str, object]) -> list[str]:
    """Every module that the process imported."""
    names = cached["modules"]
    assert isinstance(names, list)
    return names


def test_a_cached_run_imports_few_modules_and_nothing_heavy(cached: dict[str, object]) -> None:
    names = modules(cached)
    assert {name.partition(".")[0] for name in names} & HEAVY == set()
    assert IDLE & {*names} == set()
    assert len(names) <= MOST
    assert sum(name.partition(".")[0] == "objclass" for name in names) <= OURS


def test_a_kind_of_node_is_built_when_a_workflow_has_one(cached: dict[str, object]) -> None:
    kinds = {"input", "threshold", "features", "classifier", "predict", "export"}
    assert set(cached["built"]) == kinds  # type: ignore[call-overload]


def test_an_output_is_imported_when_a_workflow_writes_it(cached: dict[str, object]) -> None:
    written = {
        name for name in OUTPUTS if OUTPUTS.lines[name].rpartition(".")[0] in modules(cached)
    }
    assert written == {"table", "predictions"}


def test_a_kind_of_node_is_imported_when_a_workflow_has_one(cached: dict[str, object]) -> None:
    gone = {name for name in KINDS if KINDS.lines[name].rpartition(".")[0] not in modules(cached)}
    assert gone == {"components", "blockwise", "embedding"}
