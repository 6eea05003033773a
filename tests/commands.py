"""The command line called from tests, in this process."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from progress import without_progress

from objclass.cli.main import exit_code


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it printed, line by line."""
        return self.out.splitlines()


def objclass(*args: object) -> Answer:
    """Call ``objclass ARGS`` and return its answer."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = exit_code([str(arg) for arg in args])
    return Answer(code, out.getvalue(), without_progress(err.getvalue()))
