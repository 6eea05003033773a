"""How much memory a command may take: what a person, a container, a cluster or the machine says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.data.memory_share import WORKER_BYTES
from objclass.errors import InputError, Problem
from objclass.io.control_groups import GROUPS, MINE, group_folders
from objclass.io.room import format_bytes

UNITS = {
    "": 1, "b": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.ASCII | re.IGNORECASE)
EXAMPLES = "a size such as 4GiB, 500MB or a number of bytes"


@dataclass(frozen=True)
class MemoryLimit:
    """How much memory the processes of a command may take together.

    Parameters
    ----------
    bytes
        At most.
    origin
        Who says so: ``--memory``, ``SLURM``, ….
    """

    bytes: int
    origin: str

    @property
    def is_said(self) -> bool:
        """True where a person or a cluster says it, and not the computer."""
        return self.origin in ("--memory", "OBJCLASS_MEMORY", "SLURM")

    def __str__(self) -> str:
        return f"{format_bytes(self.bytes)} ({self.origin})"


def memory_limit_of(asked: str | None) -> MemoryLimit:
    """Return how much memory a command may take.

    Parameters
    ----------
    asked
        What a person said, such as ``4GiB``; None for what ``OBJCLASS_MEMORY`` says, or else
        what control groups, SLURM and the computer allow.

    Raises
    ------
    InputError
        Where that is no size, or less than a process needs for itself.
    """
    text = os.environ.get("OBJCLASS_MEMORY", "") if asked is None else asked
    if not text and asked is None:
        return allowed_memory()
    where = "OBJCLASS_MEMORY" if asked is None else "--memory"
    found = bytes_of(text, where)
    if found < WORKER_BYTES:
        what = f"{where}: less than one process takes before it reads a voxel"
        expected = f"at least {format_bytes(WORKER_BYTES)}, as 250MB"
        raise InputError(Problem(what, got=text, expected=expected))
    return MemoryLimit(found, where)


def bytes_of(text: str, where: str) -> int:
    """Return the bytes that a text means.

    Parameters
    ----------
    text
        A number and perhaps a unit: kB, MB, GB, TB of 1000, KiB, MiB, GiB, TiB of 1024.
    where
        Who said it, for the message.

    Raises
    ------
    InputError
        Where it is no size.
    """
    found = SIZE.fullmatch(text.strip())
    scale = UNITS.get(found[2].lower()) if found else None
    if found and scale:
        return int(float(found[1]) * scale) if "." in found[1] else int(found[1]) * scale
    unit = found[2].lower() if found else ""
    both = f"write {found[1]}{unit.upper()}iB or {found[1]}{unit.upper()}B" if found else None
    fix = both if unit in ("k", "m", "g", "t") else None
    raise InputError(Problem(f"{where}: no size", got=text, expected=EXAMPLES, fix=fix))


def allowed_memory(groups: Path = GROUPS, mine: Path = MINE) -> MemoryLimit:
    """Return the least of what control groups, SLURM and the computer allow.

    Parameters
    ----------
    groups
        Where the system shows control groups, of version 1 or 2.
    mine
        Lists the control groups of this process.
    """
    found = [*_by_group(groups, mine), *_by_cluster(), _by_computer()]
    return min(found, key=lambda limit: limit.bytes)


def _by_group(groups: Path, mine: Path) -> Iterator[MemoryLimit]:
    """Yield the limits of the groups that this process is in; a group may have none."""
    for folder in group_folders("memory", ("memory",), groups, mine):
        for name in ("memory.max", "memory.limit_in_bytes"):
            with suppress(OSError, ValueError):  # version 2 says "max" for no limit
                yield MemoryLimit(int((folder / name).read_text()), "control group")


def _by_cluster() -> Iterator[MemoryLimit]:
    """Yield what SLURM gives a job on this computer; it counts in MiB, and 0 is all there is."""
    for name, times in (("SLURM_MEM_PER_NODE", 1), ("SLURM_MEM_PER_CPU", _processors())):
        with suppress(ValueError):
            if (number := int(os.environ.get(name, ""))) > 0:
                yield MemoryLimit(number * times * 2**20, "SLURM")


def _processors() -> int:
    for name in ("SLURM_CPUS_ON_NODE", "SLURM_CPUS_PER_TASK"):
        with suppress(ValueError):
            return max(1, int(os.environ.get(name, "")))
    return 1


def _by_computer() -> MemoryLimit:
    """Return the memory of the computer; where it does not say, there is no end to it."""
    with suppress(AttributeError, ValueError, OSError):
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
        if pages > 0 and size > 0:
            return MemoryLimit(pages * size, "this computer")
    return MemoryLimit(2**63, "this computer")
