"""Files that are not as we wrote them: renamed before we write, so that nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Any

from objclass.engine.decide import file_digest, unchanged


@contextmanager
def set_aside(path: Path, record: Mapping[str, Any] | None) -> Iterator[None]:
    """Rename a file that is not as we wrote it, while it is written again.

    It comes back where writing fails, and goes where the bytes written are the same: then
    nobody edited it, only the record of it was lost (a run was killed, a cache deleted).

    Parameters
    ----------
    path
        The file about to be written.
    record
        What is known of it from the last time, or None.
    """
    if not path.exists() or (record and unchanged(path, record)):
        yield
        return
    aside = _free_name(path)
    path.rename(aside)
    try:
        yield
    except BaseException:
        if not path.exists():
            aside.rename(path)
        raise
    if path.is_file() and aside.is_file() and file_digest(path) == file_digest(aside):
        aside.unlink()


def _free_name(path: Path) -> Path:
    """Return ``NAME.edited-<time>``, with a number where that is taken."""
    name = f"{path.name}.edited-{time.strftime('%Y%m%d-%H%M%S')}"
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(found for found in map(path.with_name, names) if not found.exists())
