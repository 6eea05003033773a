"""What a disk refused, so that a person can mend it: which file, which disk, how much room."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from objclass.errors import Problem, RunError

REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What the system says only of writing."""
FIXES = {
    errno.EROFS: "the disk is read-only: ",
    errno.EACCES: "check the permissions, or ",
    errno.EPERM: "check the permissions, or ",
}
ELSEWHERE = "write elsewhere"
"""What helps where nothing may be written at all."""
OVERHEAD = 16_384
"""Bytes that a small file takes beside its values: headers, directories, whole blocks."""
UNITS = ("bytes", "kB", "MB", "GB", "TB")


@contextmanager
def writing(
    path: Path, need: int | None = None, fix: str = "", elsewhere: str = ELSEWHERE
) -> Iterator[None]:
    """Turn what the disk refuses while `path` is written into a :class:`RunError`.

    Parameters
    ----------
    path
        The file or folder, as a person knows it.
    need
        Bytes that it takes, about.
    fix
        A further way on where there is no room.
    elsewhere
        How a person writes to another place.
    """
    try:
        yield
    except OSError as reason:
        raise unwritable(path, reason, need, fix, elsewhere) from reason


def unwritable(
    path: Path,
    reason: OSError,
    need: int | None = None,
    fix: str = "",
    elsewhere: str = ELSEWHERE,
) -> RunError:
    """Return the error of a file that cannot be written; see :func:`writing`."""
    return RunError(refusal(path, reason, need, fix, elsewhere))


def refusal(
    path: Path,
    reason: OSError,
    need: int | None = None,
    fix: str = "",
    elsewhere: str = ELSEWHERE,
) -> Problem:
    """Say what the system refused, on which disk, and what helps."""
    what = f"{path} cannot be written"
    said = reason.strerror or str(reason)
    takes = f"; it takes about {size_text(need + OVERHEAD)}" if need else ""
    more = f", or {fix}" if fix else ""
    if reason.errno == errno.ENOSPC:
        return Problem(what, f"{said}: {_room(path)}", fix=f"make room there{takes}{more}")
    if reason.errno == errno.EDQUOT:
        disk = f"{said} on the disk at {mount_of(path)}"
        return Problem(what, disk, fix=f"make room in your quota there{takes}{more}")
    if reason.errno == errno.EFBIG:
        return Problem(what, *_limit(path, said, takes))
    helps = FIXES.get(reason.errno or 0)
    return Problem(what, said, fix=f"{helps}{elsewhere}" if helps else None)


def _room(path: Path) -> str:
    """Return how much room is left on the disk of a path."""
    disk = mount_of(path)
    try:
        usage, entries = shutil.disk_usage(disk), os.statvfs(disk)
    except OSError:
        return f"the disk at {disk} is full"
    free = f"{size_text(usage.free)} of {size_text(usage.total)} are free"
    if entries.f_files and not entries.f_favail:
        free = "no further file fits"
    return f"on the disk at {disk} {free}"


def _limit(path: Path, said: str, takes: str) -> tuple[str, None, str]:
    """Return got, expected and fix where a file grew too large for shell or file system."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if limit == resource.RLIM_INFINITY:
        got = f"{said} for the file system of the disk at {mount_of(path)}"
        return got, None, f"write to a disk of another kind{takes}"
    got = f"{said}: the limit of this shell is {size_text(limit)} a file"
    return got, None, f"raise it with ulimit -f{takes}"


def mount_of(path: Path) -> Path:
    """Return where the disk of a path is mounted; the path itself need not exist."""
    place = Path(os.path.realpath(path))
    while not os.path.ismount(place) and place != place.parent:
        place = place.parent
    return place


def size_text(size: float) -> str:
    """Return bytes as a person reads them: ``12.3 MB``."""
    for unit in UNITS:
        if size < 1000 or unit == UNITS[-1]:
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == UNITS[0] else f"{size:.1f} {unit}"
