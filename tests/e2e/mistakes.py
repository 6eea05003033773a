"""Mistakes that a person can make, each with the exact message that must answer it.

A :class:`Mistake` starts from one of the small workflows of ``tests/workflows.py``, in which
nothing is wrong, and spoils one thing.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from terminal import Screen, typed

from workflows import Bench, flat

Spoil = Callable[[Path], Any]
"""Does something to a folder."""


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Parameters
    ----------
    title
        What a person did.
    says
        The problems, as they are printed, with ``FOLDER`` for the folder.
    edit
        Texts of the workflow, old and new.
    spoil
        What else was done to the folder.
    bench
        What the folder held before.
    args
        The command line.
    code
        Its exit code: 2 found before work, 1 while running.
    common
        True where the whole screen is kept as a snapshot.
    """

    title: str
    says: str
    edit: tuple[tuple[str, str], ...] = ()
    spoil: Spoil | None = None
    bench: Callable[[Path], Bench] = flat
    args: str = "run cells.yaml"
    code: int = 2
    common: bool = False

    def made(self, folder: Path) -> Screen:
        """Make the mistake in a folder and return the screen, without paths of the machine."""
        self.bench(folder).edit(*self.edit)
        if self.spoil:
            self.spoil(folder)
        screen = typed(self.args, folder)
        return Screen(screen.code, _masked(screen.out, folder), _masked(screen.err, folder))

    @property
    def name(self) -> str:
        """The title as the name of a file."""
        return "_".join("".join(c if c.isalnum() else " " for c in self.title.lower()).split())

    @property
    def command(self) -> str:
        """The command line as a person types it."""
        return " ".join(["objclass", *(shlex.quote(word) for word in shlex.split(self.args))])


def _masked(text: str, folder: Path) -> str:
    """Take out the machine's paths, and what grows with every family and field."""
    text = re.sub(r"of \d+ columns", "of N columns", text.replace(str(folder), "FOLDER"))
    return re.sub(r"it has \w+(, \w+)+$", "it has …", text, flags=re.MULTILINE)


def together(*spoils: Spoil) -> Spoil:
    """Do several things to a folder."""

    def spoil(folder: Path) -> None:
        for each in spoils:
            each(folder)

    return spoil


def text(name: str, content: str, encoding: str = "utf-8") -> Spoil:
    """Write a text file."""
    return bytes_of(name, content.encode(encoding))


def bytes_of(name: str, content: bytes) -> Spoil:
    """Write a file."""

    def spoil(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return spoil


def cut_off(name: str, share: float = 0.5) -> Spoil:
    """Keep only the beginning of a file, as a broken download does."""

    def spoil(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * share)])

    return spoil


def gone(name: str) -> Spoil:
    """Delete a file."""
    return lambda folder: (folder / name).unlink()


def a_folder(name: str) -> Spoil:
    """Make a folder."""
    return lambda folder: (folder / name).mkdir(parents=True)


def image(name: str, voxels: np.ndarray) -> Spoil:
    """Write a TIFF."""
    return lambda folder: tifffile.imwrite(folder / name, voxels)


def array(name: str, voxels: np.ndarray) -> Spoil:
    """Write an NPY file."""
    return lambda folder: np.save(folder / name, voxels, allow_pickle=True)


def annotations(rows: str, header: str = "class,y,x") -> Spoil:
    """Write the annotation file."""
    return text("annotations.csv", f"{header}\n{rows}")


def trained(folder: Path) -> None:
    """Run the workflow, so that there is a project to batch with."""
    assert typed("run cells.yaml", folder).code == 0
