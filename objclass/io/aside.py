"""Files are written aside, flushed to disk and renamed: half a file is never seen."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from objclass.errors import ObjclassError, Problem, RunError
from objclass.io.leftover import sweep_once, temporary_name

FIXES = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room in your quota",
    errno.EROFS: "the disk is read-only: write elsewhere",
    errno.EACCES: "check the permissions, or write elsewhere",
    errno.EPERM: "check the permissions, or write elsewhere",
}


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Lend a new path in the same folder; on success it becomes `path`, else it is removed.

    Missing folders are made. A link is followed, so that it stays a link. The new path starts
    with a dot and keeps the suffix, and the file at `path` stays untouched until the rename.

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
        if target.is_dir():
            raise RunError(Problem(f"{path} cannot be written", got="a folder of that name"))
        yield aside
        flush(aside)
        aside.replace(target)
        flush(target.parent)
    except OSError as reason:
        raise unwritable(path, reason) from reason
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def unwritable(path: Path, reason: OSError) -> ObjclassError:
    """The error of a file that cannot be written, in the system's words."""
    said = reason.strerror or str(reason)
    return RunError(
        Problem(f"{path} cannot be written", got=said, fix=FIXES.get(reason.errno or 0))
    )


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
