"""CPU time of whole commands, as a user's processes spend it (figures in docs/benchmarks.md)."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark
ROOT = Path(__file__).parents[2]


def cpu_seconds(folder: Path, *args: str, kernels: Path | None = None) -> float:
    """Run a command in a process of its own and return the CPU seconds it spent."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if kernels is not None:
        environment["NUMBA_CACHE_DIR"] = str(kernels)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "objclass", *args]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    """The shipped workflows, nothing run yet."""
    shutil.copytree(ROOT / "workflows", tmp_path / "w", ignore=shutil.ignore_patterns(".objclass"))
    return tmp_path / "w"


def test_help_starts_fast(tmp_path: Path) -> None:
    seconds = min(cpu_seconds(tmp_path, "--help") for _ in range(5))
    print(f"objclass --help: {seconds:.2f} CPU s (asked: 0.2)")
    assert seconds <= 0.2


@pytest.mark.parametrize("name", ["prediction_map.yaml", "segmentation.yaml"])
def test_a_run_compiles_computes_and_is_then_cached(
    workflows: Path, tmp_path: Path, name: str
) -> None:
    cold = cpu_seconds(workflows, "run", name, kernels=tmp_path / "kernels")
    shutil.rmtree(workflows / ".objclass")
    warm = cpu_seconds(workflows, "run", name, kernels=tmp_path / "kernels")
    cached = min(cpu_seconds(workflows, "run", name) for _ in range(5))
    print(f"{name}: first run {cold:.1f}, uncached {warm:.1f}, cached {cached:.2f} CPU s")
    assert cold <= 24
    assert warm <= 5
    assert cached <= 0.5
