"""Locks that heal themselves: a file with pid and host whose time stands for a heartbeat."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HEARTBEAT = 10.0
STALE = 60.0
HALF_MADE = 2.0
PAUSE = 0.1

_held: set[Path] = set()
_started = False


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; wait while another process holds it.

    A lock whose process is gone (same host) or whose heartbeat is a minute old is taken
    over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = {"pid": os.getpid(), "host": socket.gethostname(), "mark": os.urandom(8).hex()}
    while not _take(path, mine):
        if is_stale(path):
            clear(path)
        else:
            time.sleep(PAUSE)
    _held.add(path)
    _start_heart()
    try:
        yield
    finally:
        _held.discard(path)
        if _owner(path) == mine:  # a lock that was taken over is another's
            path.unlink(missing_ok=True)


def _take(path: Path, mine: dict[str, object]) -> bool:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        json.dump(mine, file)
    return True


def clear(path: Path) -> None:
    """Remove a stale lock; one process at a time, so that no fresh lock is taken for it."""
    with path.with_suffix(".clearing").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if is_stale(path):
            path.unlink(missing_ok=True)


def is_stale(path: Path) -> bool:
    """Return True for a lock that nobody holds any more."""
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return False
    owner = _owner(path)
    if owner is None:  # killed between making and filling the file
        return age > HALF_MADE
    same_host = owner["host"] == socket.gethostname()
    return age > STALE or (same_host and not alive(int(owner["pid"])))


def _owner(path: Path) -> dict[str, str | int] | None:
    """Return who holds a lock; None where the file is gone or says nothing."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) and {"pid", "host"} <= set(found) else None


def alive(pid: int) -> bool:
    """Return True where a process of this host is running."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


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
