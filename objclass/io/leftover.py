"""What dead processes left behind.

Every temporary name says which process made it: host (with its space of process numbers),
number, and a mark of that run. So a later run tells what a dead process left from what a
living one is writing, and removes only the former, and only on the host that it died on.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from secrets import token_hex

from objclass.data.digest import of_bytes

PREFIX = ".objclass-"
"""How temporary files beside results begin."""
RUN = token_hex(4)
"""Tells this process from an earlier one of the same number."""
_MARK = re.compile(r"([0-9a-f]{8})-(\d{1,10})-([0-9a-f]{8})-[0-9a-f]{8}")
_swept: set[Path] = set()


def mark() -> str:
    """Return a new mark of this process for a temporary name."""
    return f"{host_mark()}-{os.getpid()}-{RUN}-{token_hex(4)}"


def begin_anew() -> None:
    """Tell this process, a copy of another one, from that and from its other copies."""
    global RUN
    RUN = token_hex(4)


@cache
def host_mark() -> str:
    """Return what tells this host from others, and its containers from each other."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return of_bytes(f"{socket.gethostname()} {space}".encode())[:8]


def is_left_behind(name: str) -> bool:
    """Return True for a name that bears the mark of a process of this host that is gone."""
    found = _MARK.search(name)
    if found is None or found[1] != host_mark():
        return False
    pid = int(found[2])
    return found[3] != RUN if pid == os.getpid() else not alive(pid)


def is_mine(name: str) -> bool:
    """Return True for a name that bears the mark of a living process of this host."""
    found = _MARK.search(name)
    return found is not None and found[1] == host_mark() and not is_left_behind(name)


def alive(pid: int) -> bool:
    """Return True where a process of this host is running."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def temporary_name(suffix: str = "") -> str:
    """Return a new hidden name for a file that is written beside a result."""
    return f"{PREFIX}{mark()}{suffix}"


def left_in(folder: Path, prefix: str = "") -> Iterator[Path]:
    """Yield what dead processes left in a folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and is_left_behind(entry.name):
                yield Path(entry.path)


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as that is possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def sweep_again() -> None:
    """Let :func:`sweep_once` look again: a new run begins."""
    _swept.clear()


def sweep_once(folder: Path) -> None:
    """Remove what dead processes left beside results in a folder; looks once per run."""
    if folder in _swept:
        return
    _swept.add(folder)
    for path in list(left_in(folder, PREFIX)):
        remove(path)
