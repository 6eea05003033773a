"""Files that are not as we wrote them: renamed before we write, so that nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from objclass.engine.decide import file_digest, is_unchanged, written_by
from objclass.io.leftover import remove


@dataclass
class MovedFile:
    """Where a file went that is not as we wrote it, and why.

    Parameters
    ----------
    path
        Its new name; None where nothing was in the way.
    why
        What is told of it.
    """

    path: Path | None = None
    why: str = ""

    @property
    def told(self) -> tuple[str, ...]:
        """What a person should know, in sentences."""
        return (f"{self.why}; it is kept as {self.path.name}",) if self.path else ()


@contextmanager
def set_aside(
    path: Path, record: Mapping[str, Any] | None, workflow: Path | None = None
) -> Iterator[MovedFile]:
    """Rename a file that is not as we wrote it, while it is written again.

    It comes back where writing fails, and goes where the bytes written are the same: then
    nobody edited it, only the record of it was lost (a run was killed, a cache deleted).

    Parameters
    ----------
    path
        The file about to be written.
    record
        What is known of it from the last time, or None.
    workflow
        Who writes it now; the file of another workflow is not ours.
    """
    aside = MovedFile()
    other = written_by(path, record, workflow)
    if not path.exists() or (record and not other and is_unchanged(path, record)):
        yield aside
        return
    aside.path = _free_name(path, other)
    aside.why = _why(path, record, other)
    path.rename(aside.path)
    try:
        yield aside
    except BaseException:
        if not path.exists():
            aside.path.rename(path)
        raise
    if path.exists() and aside.path.exists() and file_digest(path) == file_digest(aside.path):
        remove(aside.path)
        aside.path = None


def _why(path: Path, record: Mapping[str, Any] | None, other: str | None) -> str:
    """Say of a file in the way whose it is."""
    if other:
        return f"{path.name} was written by {other}"
    edited = "was edited" if record else "was there already, and this cache does not know it"
    return f"{path.name} {edited}"


def _free_name(path: Path, other: str | None) -> Path:
    """Return ``NAME.edited-<time>``, with a number where that is taken.

    The file of another workflow is called after it.
    """
    word = f"of-{Path(other).stem}" if other else "edited"
    name = f"{path.name}.{word}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(found for found in map(path.with_name, names) if not found.exists())
