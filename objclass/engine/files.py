"""Small durable files: written aside, synced, renamed, so that a kill never halves one."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from objclass.data.digest import of_bytes


def write_json(path: Path, value: Any, name: str = "", aside: Path | None = None) -> None:
    """Replace `path` by a JSON list of a digest, a value and its name, atomically.

    Parameters
    ----------
    path
        Where; folders are made.
    value
        What JSON can hold.
    name
        What the file is the record of; :func:`read_json` gives it back under no other name.
        The digest is of both.
    aside
        Where it is written until it is whole, on the same disk.
    """
    data = sealed(value, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = aside or path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def sealed(value: Any, *names: Any) -> bytes:
    """Return a JSON list of a digest, a value, and what it is the record of."""
    text = json.dumps([value, *names], separators=(",", ":"))[1:-1].encode()
    return b'["%s",%s]' % (of_bytes(text).encode(), text)


def where_removed(make: Callable[[], None]) -> None:
    """Make something in a folder, again where another process removed that folder meanwhile.

    One that ends removes what is empty; that several do in a row is not worth more tries. A
    folder that goes just after it was found to be there is told as one that exists.
    """
    for _ in range(REMOVALS):
        with suppress(FileNotFoundError, FileExistsError):
            make()
            return
    make()


REMOVALS = 3
"""How often a folder may be removed from under us."""


def read_json(path: Path, name: str = "") -> Any | None:
    """Return the value in `path`, or None where it is missing or damaged.

    A file is damaged where one bit of it is not as :func:`write_json` wrote it, and where it
    is whole but the record of something else: restored, synchronised or swapped. Files of a
    release that wrote no names are read as they are.
    """
    try:
        found = unseal(path)
    except (OSError, ValueError, RecursionError):
        return None
    return found[0] if found[1:] in ([], [name]) else None


def unseal(path: Path) -> list[Any]:
    """Return what :func:`write_json` wrote without its digest: the value and its name.

    Raises
    ------
    OSError, ValueError, RecursionError
        Where the file does not read, or is not as it was written.
    """
    return unsealed(path.read_bytes())


def unsealed(data: bytes) -> list[Any]:
    """Return what :func:`sealed` was given.

    Raises
    ------
    ValueError, RecursionError
        Where it is not as it was sealed.
    """
    found = _SEALED.fullmatch(data)
    if found is None or of_bytes(found[2]) != found[1].decode():
        raise ValueError("not as it was written")
    values: list[Any] = json.loads(b"[%s]" % found[2])
    return values


_SEALED = re.compile(rb'\["([0-9a-f]{32})",(.*)\]', re.DOTALL)


def sync_folder(folder: Path) -> None:
    """Flush every file below `folder`, then the folders themselves, to the disk."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in [*names, ""]:
            handle = os.open(Path(parent, name) if name else parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


FilesState = list[list[int]] | None
"""Sizes and times of files; None where one was missing."""


def stat(files: Sequence[Path]) -> FilesState:
    """Return size and modification time of every file, or None where one is missing.

    A folder is not walked: its time tells what was added to it, removed and renamed.
    """
    try:
        found = [path.stat() for path in files]
    except OSError:
        return None
    return [[entry.st_size, entry.st_mtime_ns] for entry in found]


def state_written(path: Path) -> FilesState:
    """Return size and modification time of what was written, or None where it is missing.

    Of a folder, the size of all files below it and the latest of their times, so that an edit
    of any file is seen: only what an export wrote is walked, never an input.
    """
    if not path.is_dir():
        return stat([path])
    below = stat([Path(parent, name) for parent, _, names in os.walk(path) for name in names])
    return below and [[sum(size for size, _ in below), max(time for _, time in below)]]


def tally(folder: Path) -> list[int]:
    """Return the number of files below `folder` and their total size in bytes."""
    sizes = [
        entry.stat().st_size
        for parent, _, _ in os.walk(folder)
        for entry in os.scandir(parent)
        if entry.is_file()
    ]
    return [len(sizes), sum(sizes)]
