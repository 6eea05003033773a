"""A file of sealed records, one a line, to which one process appends.

A line is a JSON list of a digest, a value, the name of its record and when it was written. A line
that a killed process or a full disk cut short has no end, or not its digest: it is as if it were
not there, and what is appended later begins on a line of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import finalize

from objclass.engine.files import unsealed
from objclass.io.leftover import is_left_behind

SUFFIX = ".log"
FIRST_READ = 4096
"""Bytes read for a record: most are shorter."""
FIRST_STAMP = 10**18
"""Nanoseconds since 1970 from which on they have as many digits: in 2001."""
_STAMP = 19


class RecordFile:
    """A file of records that is read; while it is open it can be read though it was removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_to = self._size = 0
        self._open()
        self._number = os.fstat(self._file).st_ino

    def _open(self) -> None:
        self._file = os.open(self.path, os.O_RDONLY)
        self._close: finalize[[int], RecordFile] = finalize(self, os.close, self._file)

    def close(self) -> None:
        """Close the file until it is read again, so that its disk is in use by nobody."""
        self._close()

    def is_there(self) -> bool:
        """Open the file; False where it was removed: its records lie elsewhere, or were dropped."""
        try:
            if not self._close.alive:
                self._open()
        except FileNotFoundError:
            return False
        state = os.fstat(self._file)
        return state.st_nlink > 0 and state.st_ino == self._number

    def new_lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the whole lines that were not read yet, and where they begin."""
        if not self._close.alive and not self.is_there():
            return
        size = os.fstat(self._file).st_size
        if size == self._size:
            return
        self._size = size
        with open(self._file, "rb", closefd=False) as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                start, self._read_to = self._read_to, self._read_to + len(line)
                yield start, line

    def line_at(self, start: int) -> bytes:
        """Return the line that begins there."""
        size = FIRST_READ
        line = os.pread(self._file, size, start)
        while (end := line.find(b"\n")) < 0 and len(line) == size:
            size *= 16
            line = os.pread(self._file, size, start)
        return line[: end + 1]


def name_in(line: bytes) -> bytes:
    """Return the name of the record in a line, without its room; anything where it is no record."""
    end = -_STAMP - 4
    return line[line.rfind(b"/", 0, end) + 1 : end]


def stamp_in(line: bytes) -> bytes:
    """Return when the record in a line was written: digits that sort as the moments do."""
    return line[-_STAMP - 2 : -2]


def value_in(line: bytes, name: str) -> Any | None:
    """Return the value of a record; None where the line is not as it was written, or another's."""
    found = record_in(line)
    return found[0] if found is not None and found[1] == name else None


def record_in(line: bytes) -> tuple[Any, str] | None:
    """Return value and name of the record in a line; None where it is not as it was written."""
    try:
        value, name, _ = unsealed(line.removesuffix(b"\n"))
    except (ValueError, RecursionError):
        return None
    return (value, name) if line.endswith(b"\n") else None


def append(path: Path, lines: bytes, *, sync: bool = False) -> None:
    """Add lines to a file, which is made where it is missing; wholly or not at all.

    Raises
    ------
    OSError
        What the disk refused.
    """
    while not _appended(path, lines, sync):
        continue  # it was packed away between being opened and being locked


def _appended(path: Path, lines: bytes, sync: bool) -> bool:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        with suppress(OSError):  # some network disks lock no files; then nobody packs this one
            fcntl.flock(file, fcntl.LOCK_EX)
        state = os.fstat(file)
        if state.st_nlink == 0:
            return False
        cut = state.st_size and os.pread(file, 1, state.st_size - 1) != b"\n"
        _write(file, b"\n" + lines if cut else lines, state.st_size)
        if sync:
            os.fsync(file)
    finally:
        os.close(file)
    return True


def _write(file: int, data: bytes, size: int) -> None:
    """Write at the end of a file of this size; where the disk refuses, take back what it took."""
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(file, left) :]
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, size)
        raise


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold a file of records so that nobody appends; False where that cannot be said of it."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        yield False
        return
    try:
        yield _is_taken(file, path)
    finally:
        os.close(file)


def _is_taken(file: int, path: Path) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk that locks no files
        return is_left_behind(path.name)
    return os.fstat(file).st_nlink > 0
