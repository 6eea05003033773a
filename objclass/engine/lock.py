"""Locks that heal themselves: a file with pid and host whose time stands for a heartbeat.

Two processes that hold one lock make one result twice, which is no harm. So a lock that
nobody can be behind any more is taken over, rather than waited for.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from objclass.data.dataclass import dataclass
from objclass.errors import Problem, RunError
from objclass.io import leftover
from objclass.io.disk import writing
from objclass.io.leftover import alive, host_mark

HEARTBEAT = 10.0
STALE = 60.0
HALF_MADE = 2.0
PAUSE = 0.1
PATIENCE = 1.0
"""Seconds of waiting after which it is said for whom."""
LONGEST = 4096
"""Bytes of a lock that are read; ours have about a hundred."""

_held: set[Path] = set()
_started = False


@dataclass(frozen=True)
class Holder:
    """The process that a lock names.

    Parameters
    ----------
    pid, host
        The process.
    since
        Seconds since 1970 when it took the lock; None where it does not say.
    space, run
        Marks of its space of process numbers and of the process; empty where it has none.
    """

    pid: int
    host: str
    since: float | None = None
    space: str = ""
    run: str = ""

    def __str__(self) -> str:
        since = time.strftime("%H:%M:%S", time.localtime(self.since)) if self.since else ""
        return f"process {self.pid} on {self.host}" + (f", since {since}" if since else "")

    @property
    def is_gone(self) -> bool:
        """True where it was a process of this host and is no more."""
        if self.host != platform.node() or self.space not in ("", host_mark()):
            return False
        return (
            self.run not in ("", leftover.RUN) if self.pid == os.getpid() else not alive(self.pid)
        )


@contextmanager
def hold(
    path: Path,
    waits: Callable[[Holder], None] = lambda holder: None,
    guard: Callable[[Path], AbstractContextManager[None]] = writing,
) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; wait while another process holds it.

    A lock is taken over where its process is gone (same host), where its heartbeat is a
    minute old or a minute ahead of the clock, and where it names no process.

    Parameters
    ----------
    path
        The lock.
    waits
        Told once for whom it waits.
    guard
        Turns what the disk refuses into an error.

    Raises
    ------
    RunError
        Where something that cannot be removed stands in the place of the lock.
    """
    with guard(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    mine = _mine()
    begun, told = time.monotonic(), False
    try:
        while not _take(path, mine, guard):
            if is_stale(path):
                clear(path)
                continue
            holder = holder_of(path)
            if not told and holder and time.monotonic() - begun > PATIENCE:
                waits(holder)
                told = True
            time.sleep(PAUSE)
        _held.add(path)
        _start_heart()
        yield
    finally:
        _held.discard(path)
        if _read_holder(path) == mine:  # a lock that was taken over is another's
            path.unlink(missing_ok=True)


def _mine() -> dict[str, Any]:
    """Return what a new lock of this process says."""
    return {
        "pid": os.getpid(),
        "host": platform.node(),
        "since": round(time.time(), 3),
        "space": host_mark(),
        "run": leftover.RUN,
        "mark": os.urandom(8).hex(),
    }


def _take(
    path: Path, mine: dict[str, Any], guard: Callable[[Path], AbstractContextManager[None]]
) -> bool:
    with guard(path):
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        try:
            with os.fdopen(handle, "w") as file:
                json.dump(mine, file)
        except BaseException:  # a full disk: nobody may wait for half a lock
            path.unlink(missing_ok=True)
            raise
    return True


def clear(path: Path) -> None:
    """Remove a stale lock; one process at a time, so that no fresh lock is taken for it."""
    with _one_at_a_time(path.parent):
        if not is_stale(path):
            return
        try:
            _remove(path)
        except FileNotFoundError:
            return
        except OSError as error:
            what = f"{path} stands in the place of a lock"
            fix = "remove it; nothing in the cache is lost by that"
            raise RunError(Problem(what, got=error.strerror, fix=fix)) from error


def _remove(path: Path) -> None:
    """Remove a file, a link or an empty folder."""
    if stat.S_ISDIR(path.lstat().st_mode):
        path.rmdir()
    else:
        path.unlink()


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network disks lock no folders
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def is_stale(path: Path) -> bool:
    """Return True for a lock that nobody holds any more, and for what is no lock."""
    try:
        entry = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(entry.st_mode):
        return True
    age = abs(time.time() - entry.st_mtime)  # a clock ahead says as little as one that stopped
    holder = holder_of(path)
    if holder is None:  # killed between making and filling the file, or garbage
        return age > HALF_MADE
    return age > STALE or holder.is_gone


def holder_of(path: Path) -> Holder | None:
    """Return who holds a lock; None where the file is gone or names no process."""
    found = _read_holder(path)
    if not isinstance(found, dict):
        return None
    pid, host, since = found.get("pid"), found.get("host"), found.get("since")
    if type(pid) is not int or not 0 < pid < 2**31 or not isinstance(host, str):
        return None
    known = since if isinstance(since, int | float) and 0 < since < 2**40 else None
    return Holder(pid, host, known, str(found.get("space", "")), str(found.get("run", "")))


def _read_holder(path: Path) -> Any:
    """Return what stands in a lock; None where it is no file or nothing that reads."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # opening a pipe would wait for ever
            return None
        with path.open("rb") as file:
            return json.loads(file.read(LONGEST))
    except (OSError, ValueError, RecursionError):
        return None


def _start_heart() -> None:
    global _started
    if not _started:
        _started = True
        threading.Thread(target=_beat, daemon=True, name="objclass lock heartbeat").start()


def _beat() -> None:
    while True:
        time.sleep(HEARTBEAT)
        for path in list(_held):
            try:
                os.utime(path)
            except OSError:  # released in the meantime
                continue


def _born() -> None:
    """Forget what the parent holds: a forked child has neither its locks nor its heart."""
    global _started
    _started = False
    _held.clear()


os.register_at_fork(after_in_child=_born)
