"""A cached run, ``plan``, ``validate`` and ``--help`` import nothing heavy, so they start fast."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import workflows
from workflows import Bench

HEAVY = {
    "numba", "llvmlite", "sklearn", "skimage", "scipy", "pandas", "pyarrow", "dask", "h5py",
    "distributed", "zarr", "tifffile", "imagecodecs", "matplotlib", "joblib", "networkx", "PIL",
}  # fmt: skip

CODE = """
import sys
from objclass.cli.main import exit_code
code = exit_code(sys.argv[1:])
names = {name.partition(".")[0] for name in sys.modules}
print("IMPORTED", code, *sorted(names))
"""
SEVERAL = """
import sys
from objclass.cli.main import exit_code
for file in sys.argv[2:]:
    code = exit_code(["run", file])
    found = {name.partition(".")[0] for name in sys.modules} & set(sys.argv[1].split())
    print("IMPORTED", code, *sorted(found))
"""


def imported(*args: str) -> tuple[int, set[str], str]:
    """Run a command in a fresh process: exit code, names imported, and what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", CODE, *args]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    *printed, last = done.stdout.splitlines()
    _, code, *names = last.split()
    return int(code), set(names), "\n".join(printed)


def check_light(*args: str, code: int = 0) -> str:
    """Run a command and see that it imported nothing heavy."""
    found, names, printed = imported(*args)
    assert found == code, printed
    assert sorted(names & HEAVY) == []
    return printed


BENCHES: dict[str, Callable[[Path], Bench]] = {
    **workflows.KINDS,
    "labelled": workflows.labelled,
    "stamped": lambda folder: workflows.flat(folder).stamp(),
}


def test_a_cached_run_of_any_kind_imports_nothing_heavy(tmp_path: Path) -> None:
    """One after the other in one process, told for each: what one imports stays."""
    benches = [make(tmp_path / name) for name, make in BENCHES.items()]
    for bench in benches:
        bench.run()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    files = [str(bench.file) for bench in benches]
    command = [sys.executable, "-c", SEVERAL, " ".join(HEAVY), *files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told = [line for line in done.stdout.splitlines() if line.startswith("IMPORTED")]
    assert dict(zip(BENCHES, told, strict=True)) == dict.fromkeys(BENCHES, "IMPORTED 0")
    assert " ran " not in done.stdout


def test_planning_and_validating_after_a_run_import_nothing_heavy(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run()
    check_light("validate", str(bench.file))
    assert "will run" in check_light("plan", str(bench.file), "--set", "nuclei.threshold=0.3")


def test_a_stopped_run_repeats_itself_without_heavy_imports(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path).stamp()
    bench.run()
    bench.run("nuclei.threshold=0.3")
    change = ("--set", "nuclei.threshold=0.3")
    assert "STOPPED" in check_light("run", str(bench.file), *change, code=1)


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["run", "--help"], ["plan", "--help"]])
def test_help_imports_nothing_heavy_and_no_workflow_language(args: list[str]) -> None:
    code, names, _ = imported(*args)
    assert code == 0
    assert sorted(names & (HEAVY | {"numpy", "pydantic", "ruamel", "blake3"})) == []


def test_a_mistake_in_the_text_is_told_without_heavy_imports(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path).edit(("threshold: 0.5", "treshold: 0.5"))
    check_light("run", str(bench.file), code=2)
