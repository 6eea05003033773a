"""A run that finds everything cached imports and builds no more than it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workflows import flat

PROGRAM = """
import json, sys
from objclass.cli.main import exit_code
code = exit_code(["run", "cells.yaml"])
from objclass.nodes.registry import KINDS
built = sorted(name for name, kind in KINDS.items() if kind.__pydantic_complete__)
said = {"code": code, "built": built, "modules": sorted(sys.modules)}
print(json.dumps(said))
"""
HEAVY = {"numba", "scipy", "sklearn", "skimage", "pandas", "pyarrow", "matplotlib", "networkx"}
MOST = 620
"""Modules, Python's own and those of libraries included; 578 when this was written."""


@pytest.fixture
def cached(tmp_path: Path) -> dict[str, object]:
    """What a process had at its end that ran a workflow where all was cached."""
    flat(tmp_path).run()
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    assert said["code"] == 0, done.stdout
    return said


def test_a_cached_run_imports_few_modules_and_nothing_heavy(cached: dict[str, object]) -> None:
    modules = cached["modules"]
    assert isinstance(modules, list)
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()
    assert len(modules) <= MOST


def test_a_kind_of_node_is_built_when_a_workflow_has_one(cached: dict[str, object]) -> None:
    kinds = {"input", "threshold", "features", "classifier", "predict", "export"}
    assert set(cached["built"]) == kinds  # type: ignore[call-overload]
