"""What is written stands aside, is flushed to disk and renamed: half a file is never seen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from objclass.errors import Problem, RunError
from objclass.io.disk import unwritable
from objclass.io.leftover import remove, sweep_once, temporary_name


@contextmanager
def written_aside(path: Path, need: int | None = None, *, folder: bool = False) -> Iterator[Path]:
    """Lend a new path in the same folder; on success it becomes `path`, else it is removed.

    Missing folders are made. A link is followed, so that it stays a link. The new path starts
    with a dot and keeps the suffix, and what is at `path` stays untouched until the rename.

    Parameters
    ----------
    path
        The file to write.
    need
        Bytes that it takes, about; told where there is no room.
    folder
        True where a folder is written (an OME-Zarr image, say); it replaces an older one. A
        system cannot do that in one step: whoever looks in between finds nothing.

    Raises
    ------
    RunError
        Where the folder, the file or the rename cannot be written.
    """
    target = path.resolve() if path.is_symlink() else path
    aside = target.with_name(temporary_name(target.suffix[:16]))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep_once(target.parent)
        if target.is_dir() and not folder:
            raise RunError(Problem(f"{path} cannot be written", got="a folder of that name"))
        yield aside
        flush_all(aside)
        _exchange(aside, target)
        flush(target.parent)
    except OSError as reason:
        raise unwritable(path, reason, need) from reason
    finally:
        remove(aside)


def _exchange(new: Path, target: Path) -> None:
    """Let `new` take the place of what is at `target`; that comes back where it cannot."""
    if not (os.path.lexists(target) and (new.is_dir() or target.is_dir())):
        new.replace(target)
        return
    old = target.with_name(temporary_name(target.suffix[:16]))
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    remove(old)


def flush_all(path: Path) -> None:
    """Wait until a file is on disk, or a folder and all below it."""
    for parent, _, names in os.walk(path, topdown=False):
        for name in names:
            flush(Path(parent, name))
        flush(Path(parent))
    if not path.is_dir():
        flush(path)


def flush(path: Path) -> None:
    """Wait until a file or folder is on disk; folders cannot be flushed everywhere."""
    folder = path.is_dir()
    try:
        number = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    except OSError:
        if folder:
            return
        raise
    try:
        os.fsync(number)
    except OSError:
        if not folder:
            raise
    finally:
        os.close(number)
