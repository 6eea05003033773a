"""Whether voxels fit into memory, asked before any of them is read.

A header of a few bytes can declare an image of any size, and a small file can hold a large
one: decoders take memory for what is declared. What is too large is refused by name.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

from objclass.data.memory_share import memory_share
from objclass.errors import InputError, Problem, RunError
from objclass.io.control_groups import group_folders

SMALL = 64 * 2**20
"""Bytes that nobody asks about."""
LARGE = 256 * 2**20
"""Bytes from which a file must hold a trace of what it declares."""
ENDLESS = 64 * 2**30
"""Bytes beyond which an image that is nearly empty is refused also by block."""
TRACE = 2000
"""At most this many bytes are declared for one that is stored: deflate reaches 1032."""
COPIES = 2
"""Arrays of a region that exist at the same time, at least."""


def available() -> int | None:
    """Return the bytes of memory that may still be taken; None where the system does not say."""
    return min(_limits(), default=None)


def _limits() -> Iterator[int]:
    numbers = _numbers(Path("/proc/meminfo"))
    if "MemAvailable:" in numbers:
        yield 1024 * numbers["MemAvailable:"]
    for group in group_folders("memory", ("memory",)):
        for limit, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            most, now = _number(group / limit), _number(group / used)
            if most is not None and now is not None:
                yield max(0, most - now)
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    mine = _numbers(Path("/proc/self/status"))
    if space != resource.RLIM_INFINITY and "VmSize:" in mine:
        yield max(0, space - 1024 * mine["VmSize:"])
    share = memory_share()
    if share is not None:
        yield max(0, share.bytes - 1024 * mine.get("VmRSS:", 0))


def _numbers(path: Path) -> dict[str, int]:
    """Return the numbers of a file of lines ``name: number kB``."""
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
    except OSError:
        return {}
    return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].isdigit()}


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def format_bytes(count: int) -> str:
    """Return bytes for people: ``3.6 GB``."""
    for unit, scale in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} bytes"


def check_declared(name: object, declared: int, stored: int) -> None:
    """Refuse an image so large and so empty that not even its blocks can be worked on.

    Raises
    ------
    InputError
        Where more than 64 GB are declared and less than one byte in 2000 is stored.
    """
    if declared > ENDLESS and declared > TRACE * stored:
        raise InputError(hollow(name, declared, stored, "copy it again, or write it anew"))


def hollow(name: object, declared: int, stored: int, fix: str) -> Problem:
    """The problem of a file that declares more than it holds."""
    what = f"{name} declares {format_bytes(declared)} of voxels and holds {format_bytes(stored)}"
    return Problem(what, expected="an image that was written to its end", fix=fix)


def check_room(name: object, needed: int, fix: str = "run it by block, or crop it") -> None:
    """Refuse to read so much at once that memory cannot hold it twice.

    Raises
    ------
    RunError
        With the bytes needed and those that are free.
    """
    if needed <= SMALL:
        return
    free = available()
    if free is not None and COPIES * needed > free:
        what = f"{name}: {format_bytes(needed)} of voxels at once do not fit into memory"
        raise RunError(Problem(what, got=f"{format_bytes(free)} free", fix=fix))
