"""Mistakes that a person can make, each with the exact message that must answer it.

A :class:`Mistake` starts from one of the small workflows of ``tests/workflows.py``, in which
nothing is wrong, and spoils one thing.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflows import Bench, flat

Spoil = Callable[[Path], Any]


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Parameters
    ----------
    title
        What a person did.
    says
        The problem lines, as they are printed (places and folders masked).
    edit
        Texts of the workflow, old and new.
    spoil
        Does something to the folder.
    bench
        What the folder holds before.
    args
        The command line.
    code
        Its exit code: 2 found before work, 1 while running.
    screen
        True where the whole screen is kept as a snapshot.
    """

    title: str
    says: str
    edit: tuple[tuple[str, str], ...] = ()
    spoil: Spoil | None = None
    bench: Callable[[Path], Bench] = flat
    args: str = "run cells.yaml"
    code: int = 2
    screen: bool = False

    def make(self, folder: Path) -> list[str]:
        """Make the mistake in a folder and return the command line."""
        bench = self.bench(folder)
        bench.edit(*self.edit)
        if self.spoil:
            self.spoil(folder)
        return shlex.split(self.args)

    @property
    def name(self) -> str:
        """The title as a file name."""
        return "_".join("".join(c if c.isalnum() else " " for c in self.title).split())
