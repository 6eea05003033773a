"""How many processors this process may use: what affinity, a container and a cluster allow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path

from objclass.errors import InputError, Problem
from objclass.io.control_groups import GROUPS, MINE, group_folders


def workers_of(asked: int | None) -> int:
    """Return how many processes may work for a command.

    Parameters
    ----------
    asked
        What a person said; None for what ``OBJCLASS_WORKERS`` says, or else for as many as
        there are processors.

    Raises
    ------
    InputError
        Where that is no number of at least 1.
    """
    text = os.environ.get("OBJCLASS_WORKERS", "") if asked is None else str(asked)
    if not text:
        return allowed()
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    where = "OBJCLASS_WORKERS" if asked is None else "workers"
    raise InputError(Problem(f"{where}: no number of workers", got=text, expected="1 or more"))


def allowed(groups: Path = GROUPS, mine: Path = MINE) -> int:
    """Return the number of processors that this process may use, at least 1.

    Parameters
    ----------
    groups
        Where the system shows control groups, of version 1 or 2.
    mine
        Lists the control groups of this process.
    """
    found = [_by_affinity(), *_by_quota(groups, mine), *_by_cluster()]
    return max(1, min(found))


def _by_affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _by_cluster() -> Iterator[int]:
    """Yield what SLURM gives every task of a job."""
    with suppress(ValueError):
        yield int(os.environ.get("SLURM_CPUS_PER_TASK", ""))


def _by_quota(groups: Path, mine: Path) -> Iterator[int]:
    """Yield the CPU quotas of the groups that this process is in, rounded up."""
    for folder in group_folders("cpu", ("cpu,cpuacct", "cpu"), groups, mine):
        with suppress(OSError, ValueError, ZeroDivisionError):
            yield ceil(_quota(folder))


def _quota(folder: Path) -> float:
    """Return processors per time of a group; raise where it has no limit."""
    if (folder / "cpu.max").is_file():  # version 2: quota and period, or "max"
        quota, period = (folder / "cpu.max").read_text().split()
        return int(quota) / int(period)
    quota_us = int((folder / "cpu.cfs_quota_us").read_text())
    if quota_us <= 0:  # version 1 says -1 for no limit
        raise ValueError("no limit")
    return quota_us / int((folder / "cpu.cfs_period_us").read_text())
