"""Paths spelled otherwise, for many files of few folders: what is said of a folder is kept."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from objclass.io.address import is_address

FOLDERS = 4096
"""Folders that are remembered at once."""


def relative_path(path: str | Path, start: str | Path) -> str:
    """Return a path as seen from a folder; the same text as :func:`os.path.relpath`."""
    text, seen_from = os.fspath(path), os.fspath(start)
    if is_address(text):
        return text
    folder, name = os.path.split(text)
    if name in ("", os.curdir, os.pardir):
        return os.path.relpath(text, seen_from)
    is_anywhere = text.startswith(os.sep) and seen_from.startswith(os.sep)
    seen = _relative_folder(folder, seen_from, "" if is_anywhere else os.getcwd())  # noqa: PTH109
    if seen.endswith(os.pardir):  # the folder may lie on the way to where it is seen from
        return os.path.relpath(text, seen_from)
    return name if seen == os.curdir else f"{seen}{os.sep}{name}"


@lru_cache(FOLDERS)
def _relative_folder(folder: str, start: str, here: str) -> str:
    """Return a folder as seen from another one; `here` is where relative paths begin."""
    return os.path.relpath(folder or os.curdir, start)


def in_utf8(path: str) -> str:
    """Return a path as every table and file can hold it: bytes that are no UTF-8 as ``�``."""
    return os.fsencode(path).decode("utf-8", "replace")


class RealPaths:
    """Resolves links; each folder once, so that it is for one look at the disk."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def of(self, path: str | Path) -> str:
        """Return the path without links; the same text as :func:`os.path.realpath`."""
        text = os.fspath(path)
        if is_address(text):
            return text
        folder, name = os.path.split(text)
        if name in ("", os.curdir, os.pardir):
            return os.path.realpath(text)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder or os.curdir)
        real = os.path.join(self._folders[folder], name)  # noqa: PTH118
        return os.path.realpath(real) if os.path.islink(real) else real  # noqa: PTH114
