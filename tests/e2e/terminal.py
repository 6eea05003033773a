"""Types commands as a person does, in this process or in a fresh one."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from progress import without_progress

from objclass.cli.main import exit_code


@dataclass(frozen=True)
class Screen:
    """What a command left: its exit code, and what it printed on both streams."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of the report."""
        return self.out.splitlines()

    def states(self) -> dict[str, str]:
        """Node to its state: the first two words of every line that begins with a node."""
        words = [line.split() for line in self.lines if not line.startswith((" ", "note:"))]
        return {line[0]: line[1] for line in words if len(line) > 1}


def typed(line: str, folder: Path | None = None) -> Screen:
    """Run a command in this process, as if typed in `folder`."""
    out, err = io.StringIO(), io.StringIO()
    here = Path.cwd()
    os.chdir(folder or here)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = exit_code(shlex.split(line))
    finally:
        os.chdir(here)
    return Screen(code, out.getvalue(), without_progress(err.getvalue()))


def typed_afresh(line: str, folder: Path) -> Screen:
    """Run a command in a fresh process."""
    command = [sys.executable, "-m", "objclass", *shlex.split(line)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return Screen(done.returncode, done.stdout, without_progress(done.stderr))
