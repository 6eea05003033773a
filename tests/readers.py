"""Readers of other programs that live in an environment of their own, ``.readers``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

PYTHON = Path(__file__).parents[1] / ".readers/bin/python"


def read_there(script: str, *paths: object) -> Any:
    """Run a script that reads files and prints JSON; skip where the readers are not installed."""
    if not PYTHON.is_file():
        pytest.skip(
            "no .readers: python3 -m venv .readers && "
            ".readers/bin/pip install 'ngio>=1,<2' 'spatialdata>=0.7' 'pycytominer>=1.7'"
        )
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-c", script, *map(str, paths)],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
