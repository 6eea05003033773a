"""Locks that heal themselves: a file with pid and host whose time stands for a heartbeat."""

from __future__ import annotations

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
    while not _take(path):
        if _is_stale(path):
            path.unlink(missing_ok=True)
        else:
            time.sleep(PAUSE)
    _held.add(path)
    _start_heart()
    try:
        yield
    finally:
        _held.discard(path)
        path.unlink(missing_ok=True)


def _take(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        json.dump({"pid": os.getpid(), "host": socket.gethostname()}, file)
    return True


def _is_stale(path: Path) -> bool:
    try:
        age = time.time() - path.stat().st_mtime
        owner = json.loads(path.read_text())
    except FileNotFoundError:
        return False
    except ValueError:  # killed between making and filling the file
        return age > 2.0
    same_host = owner.get("host") == socket.gethostname()
    return age > STALE or (same_host and not _alive(int(owner["pid"])))


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return True
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
