"""Files that are written once: what is there already is never overwritten."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from objclass.errors import InputError, Problem
from objclass.io.disk import unwritable


def check_new(path: Path, fix: str | None = "choose another name with -o") -> None:
    """Raise where something is at `path` already, be it a broken link."""
    if os.path.lexists(path):
        raise InputError(Problem(f"{path} exists already; nothing was written", fix=fix))


def write_new(
    path: Path, content: str | bytes, fix: str | None = "choose another name with -o"
) -> None:
    """Write a file that must not exist yet; missing folders are made.

    Parameters
    ----------
    path
        Where.
    content
        Bytes, or text to be written as UTF-8 with the line endings it has.
    fix
        What to do where the file exists.

    Raises
    ------
    InputError
        Where something is at `path` already.
    RunError
        Where the disk refuses.
    """
    data = content.encode() if isinstance(content, str) else content
    made = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            made = True
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as reason:
        if made:  # half a file would be in the way of the next try
            path.unlink(missing_ok=True)
        if isinstance(reason, FileExistsError):  # else a folder on the way is a file
            check_new(path, fix)
        if isinstance(reason, OSError):
            raise unwritable(path, reason, len(data)) from reason
        raise


@contextmanager
def all_or_none() -> Iterator[list[Path]]:
    """Lend a list for new files; where anything fails, those in it are removed again.

    So what failed halfway does not stand in the way of the next try.
    """
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        remove_all(written)
        raise


def remove_all(paths: Iterable[Path]) -> None:
    """Remove files, as far as that is possible."""
    for path in paths:
        with suppress(OSError):
            path.unlink()


def numbered_name(path: Path) -> Path:
    """Return `path`, or with 2, 3, … behind its name the first that is not there yet."""
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name}{number}")
    return free
