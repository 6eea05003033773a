"""The plugin files that a person allowed to run, by digest: one list per user.

It is a text file with a digest and a path in each line. A person may look at it and take
lines out.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "OBJCLASS_TRUSTED_PLUGINS"
"""Environment variable that names another file."""
NAME = "trusted-plugins"


def trust_file() -> Path | None:
    """Return where the list lies; None where the user has no home."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    if os.environ.get("XDG_CONFIG_HOME"):
        return Path(os.environ["XDG_CONFIG_HOME"]) / "objclass" / NAME
    try:
        return Path.home() / ".config" / "objclass" / NAME
    except RuntimeError:
        return None


def is_trusted() -> frozenset[str]:
    """Return the digests of the files that may run."""
    file = trust_file()
    try:
        text = file.read_text(encoding="utf-8", errors="replace") if file else ""
    except OSError:
        return frozenset()
    return frozenset(line.split()[0] for line in text.splitlines() if line.strip())


def trust(digest: str, path: Path) -> None:
    """Add a file to the list.

    Raises
    ------
    OSError
        Where the list cannot be written.
    """
    file = trust_file()
    if file is None:
        raise OSError(0, "the user has no home folder")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shown = str(path.absolute()).encode("unicode_escape").decode()  # a name may hold a line break
    line = f"{digest}  {shown}\n".encode()
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)
