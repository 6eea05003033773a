"""CPU seconds of commands on small images: start-up, a cached run, a plan of many images."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import workflows

pytestmark = pytest.mark.benchmark

IMAGES = 1000


def cpu_seconds(*args: str) -> float:
    """User and system seconds of a command, the least of three."""
    code = (
        "import resource, sys; from objclass.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "u = resource.getrusage(resource.RUSAGE_SELF); print('CPU', u.ru_utime + u.ru_stime)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    found = []
    for _ in range(3):
        command = [sys.executable, "-c", code, *args]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.append(float(done.stdout.split()[-1]))
    return min(found)


def report(**figures: float) -> None:
    """Print figures as one line of JSON."""
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


def test_help_and_a_cached_run(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run()
    usage = cpu_seconds("--help")
    cached = cpu_seconds("run", str(bench.file))
    report(help_cpu_s=usage, cached_run_cpu_s=cached)
    assert usage <= 0.2
    assert cached <= 0.5


def test_a_plan_of_a_thousand_images() -> None:
    names = [f"i{k:04}" for k in range(IMAGES)]
    with workflows.quick_folder() as folder:
        bench = workflows.several(Path(folder), names)
        begun = time.process_time()
        bench.run()
        first = time.process_time() - begun
        nothing = cpu_seconds("plan", str(bench.file))
        change = cpu_seconds("plan", str(bench.file), "--set", "nuclei.threshold=0.3")
        cached = cpu_seconds("run", str(bench.file))
        report(first_run=first, plan_cached=nothing, plan_change=change, cached_run=cached)
        assert nothing <= 2.0
        assert change <= 2.0
