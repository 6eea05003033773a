"""CPU time of whole commands, as a user's processes spend it (figures in docs/benchmarks.md)."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
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
    assert cold <= 20
    assert warm <= 5
    assert cached <= 0.42


def test_all_kernels_are_compiled_cold_in_two_minutes(tmp_path: Path) -> None:
    seconds = cpu_seconds(tmp_path, "warm", kernels=tmp_path / "kernels")
    print(f"objclass warm: {seconds:.0f} CPU s, load {os.getloadavg()[0]:.0f} (asked: 60)")
    assert seconds <= 140


CELLS = """version: 1
nodes:
  raw:     {kind: input, path: raw.npy, axes: yx}
  prob:    {kind: input, path: prob.npy, axes: yxc, role: prediction_map}
  discs:   {kind: threshold, image: prob, channel: 1, threshold: 0.5}
  feats:   {kind: features, image: raw, objects: discs, measure: [size, axes, intensity]}
  classes: {kind: classifier, features: feats, annotations: annotations.csv}
  called:  {kind: predict, features: feats, classifier: classes}
  save:    {kind: export, from: called, write: {table: out/objects.csv}}
"""


def thousand_discs(folder: Path) -> None:
    """A workflow of one image of 1,000 discs, small and large, 60 of them annotated."""
    random = np.random.default_rng(0)
    raw, disc, rows = np.zeros((1024, 1024), np.uint8), np.zeros((1024, 1024), np.float32), []
    for k in range(1000):
        y, x, radius = 16 + k // 32 * 32, 16 + k % 32 * 32, 11 - 5 * (k % 2)
        here = np.hypot(*np.mgrid[-12:13, -12:13]) <= radius
        disc[y - 12 : y + 13, x - 12 : x + 13][here] = 0.9
        raw[y - 12 : y + 13, x - 12 : x + 13][here] = random.integers(90, 200)
        rows += [f"{'large' if k % 2 == 0 else 'small'},{y},{x}"] if k < 60 else []
    np.save(folder / "raw.npy", raw + random.integers(0, 20, raw.shape).astype(np.uint8))
    np.save(folder / "prob.npy", np.stack([1 - disc, disc], -1))
    (folder / "annotations.csv").write_text("\n".join(["class,y,x", *rows]) + "\n")
    (folder / "cells.yaml").write_text(CELLS)


@pytest.mark.parametrize(("side", "objects", "asked"), [(1024, 1000, 1.5), (64, 4, 1.2)])
def test_a_project_classifies_one_image(
    tmp_path: Path, side: int, objects: int, asked: float
) -> None:
    thousand_discs(tmp_path)
    cpu_seconds(tmp_path, "run", "cells.yaml")
    for name in ("raw", "prob"):
        np.save(tmp_path / f"new_{name}.npy", np.load(tmp_path / f"{name}.npy")[:side, :side])
    words = ("batch", "cells.objclass.h5", "--raw", "new_raw.npy")
    words = (*words, "--prediction-map", "new_prob.npy", "--out", "b", "--export", "table")
    words = (*words, "--workers", "1", "--overwrite")
    seconds = min(cpu_seconds(tmp_path, *words) for _ in range(5))
    print(f"batch of one image of {objects:,} objects: {seconds:.2f} CPU s (asked: {asked})")
    assert str(objects) in (tmp_path / "b/summary.csv").read_text(encoding="utf-8")
