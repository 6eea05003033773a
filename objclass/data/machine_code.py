"""A private folder for machine code where neither the package nor the home can be written.

Apptainer and other containers mount both read-only; kernels would be compiled in every process.
"""

from __future__ import annotations

import os
import stat
import tempfile
from functools import cache
from pathlib import Path


def place() -> Path:
    """Return the temporary folder of this user, which need not be there."""
    owner = os.getuid() if hasattr(os, "getuid") else "me"
    return Path(tempfile.gettempdir()) / f"objclass-kernels-{owner}"


@cache
def private_folder() -> Path | None:
    """Return a temporary folder that only this user can write, made if need be; else None.

    Machine code that is found there is run: a folder of somebody else, or one that others can
    write, is never used.
    """
    folder = place()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder if is_private(folder) else None
    except OSError:  # a full disk, no temporary folder, a file of that name
        return None


def is_private(folder: Path) -> bool:
    """Return True for a folder, no link, that is this user's and closed to all others."""
    state = folder.lstat()
    if not hasattr(os, "getuid"):  # the temporary folder of such a system is the user's own
        return stat.S_ISDIR(state.st_mode)
    closed = not state.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and closed
