"""A fresh machine: from nothing to a classified image, its report and a page to label on.

``pytest -m benchmark -s -n 0 tests/benchmarks/test_fresh_machine_speed.py`` prints the figures
of ``docs/benchmarks.md``.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
ASKED = 120.0
"""CPU seconds of everything together, installation included."""
FIRST = ("", "static/main.js", "api/state", "api/gallery?source=random&n=40&page=0&seed=0")
"""What the page asks for until somebody sees objects."""


@contextmanager
def measured(spent: dict[str, float], what: str) -> Iterator[None]:
    """Note the CPU seconds of all processes that end meanwhile."""

    def ended() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = ended()
    yield
    spent[what] = ended() - before


def run(*words: object, home: Path) -> None:
    """Run a program as somebody who has never run it."""
    subprocess.run([str(word) for word in words], cwd=home, env=alone(home), check=True)


def alone(home: Path) -> dict[str, str]:
    """An environment with an empty home and nothing of this one."""
    away = {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "NUMBA_CACHE_DIR"}
    kept = {n: v for n, v in os.environ.items() if n not in away and not n.startswith("OBJCLASS_")}
    return {**kept, "HOME": str(home)}


@pytest.mark.benchmark
@pytest.mark.timeout(3600)
def test_a_fresh_machine_shows_a_result_a_report_and_a_page_in_two_minutes(tmp_path: Path) -> None:
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path / "dist", ROOT)
    subprocess.run([str(word) for word in build], check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    home, spent = tmp_path / "home", dict[str, float]()
    home.mkdir()
    python = home / "venv/bin/python"
    pip = (python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt")
    with measured(spent, "an environment"):
        run(sys.executable, "-m", "venv", "venv", home=home)
    with measured(spent, "installation"):
        run(*pip, f"{wheel}[ui]", home=home)
    with measured(spent, "objclass demo d --report --label --no-browser"):
        demo(home)
    assert (home / "d/results/ihc_overlay.png").is_file()
    assert (home / "d/prediction_map.report.html").is_file()
    print(f"\nload {os.getloadavg()[0]:.0f}, CPU seconds:")
    for what, seconds in {**spent, "all": sum(spent.values())}.items():
        print(f"| {what} | {seconds:.1f} |")
    assert sum(spent.values()) < ASKED


def demo(home: Path) -> None:
    """Run the sample, ask for the page's first things, and end it."""
    words = [str(home / "venv/bin/objclass"), "demo", "d", "--report", "--label", "--no-browser"]
    with subprocess.Popen(
        words, cwd=home, env=alone(home), stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        lines = list(takewhile(lambda line: not line.startswith("ctrl-c"), command.stdout))
        (address,) = (line.split()[1] for line in lines if line.startswith("open "))
        for path in FIRST:
            with urlopen(address + path, timeout=600) as answer:
                assert answer.status == 200
        command.send_signal(signal.SIGINT)
