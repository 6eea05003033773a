"""Files whose heads are the same bytes are described once.

A header is made of few bytes of a file and of its length. A thousand images of one microscope
often differ in their voxels only, so most of them have the head of one that was described.
"""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.io.header import FileHeader
from objclass.io.locator import Locator

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Array = tuple[str, str | None, str | int | None, int | None, bool]
"""What is read of a file: its suffix, what is chosen in it, and whether it is a mask."""
Piece = tuple[int, bytes]
"""Bytes of a file, and where they begin."""
MOST_BYTES = 16 * 1024
"""Bytes of a head: what needs more is rarely the same in two files."""
MOST_HEADS, MOST_ALIKE = 64, 4
"""Lengths of files of which heads are kept, and how many heads of one length."""
SIGNATURE = 32
"""Bytes at the start that name the format, at most."""


class NotedFile(io.BufferedReader):
    """A file that notes which of its bytes are read, while these are few."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.pieces: dict[Piece, None] = {}
        self.is_noted = True
        """False where more was read than is kept, or past this object."""
        self._bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read and note bytes."""
        start = self.tell()
        found = super().read(size)
        self._note(start, found)
        return found

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read and note bytes."""
        start = self.tell()
        count = super().readinto(buffer)
        self._note(start, bytes(memoryview(buffer).cast("B")[:count]))
        return count

    def fileno(self) -> int:
        """Return the number under which somebody reads what cannot be noted."""
        self.is_noted = False
        return super().fileno()

    def _note(self, start: int, found: bytes) -> None:
        self._bytes += len(found)
        self.is_noted = self.is_noted and self._bytes <= MOST_BYTES
        if self.is_noted:
            self.pieces[start, found] = None
        else:
            self.pieces.clear()


@dataclass(frozen=True)
class Head:
    """The bytes that a header was made of, and the header."""

    pieces: tuple[Piece, ...]
    header: FileHeader

    def is_of(self, file: int) -> bool:
        """True where an open file has the same bytes in the same places."""
        return all(os.pread(file, len(found), start) == found for start, found in self.pieces)


class Heads:
    """The heads that were met last, by what is read of a file and its length."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[Array, int], tuple[Head, ...]] = OrderedDict()

    def find(self, where: Locator, mask: bool) -> FileHeader | None:
        """Return the header of a file that has a head we know; None where it must be read."""
        try:
            file = os.open(where.path, os.O_RDONLY)
        except OSError:
            return None
        try:
            heads = self._kept.get((_array(where, mask), os.fstat(file).st_size), ())
            return next((head.header for head in heads if head.is_of(file)), None)
        except OSError:
            return None
        finally:
            os.close(file)

    def keep(self, where: Locator, mask: bool, file: NotedFile, header: FileHeader) -> None:
        """Keep the head of a file that was just described."""
        file.seek(0)
        file.read(SIGNATURE)
        if file.is_noted:
            key = _array(where, mask), file.seek(0, os.SEEK_END)
            self._add(key, Head(_joined(file.pieces), header))

    def _add(self, key: tuple[Array, int], head: Head) -> None:
        with self._lock:
            self._kept[key] = (head, *self._kept.get(key, ()))[:MOST_ALIKE]
            if len(self._kept) > MOST_HEADS:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget every head."""
        with self._lock:
            self._kept.clear()


def _array(where: Locator, mask: bool) -> Array:
    suffix = where.path.suffix.lower()
    return suffix, where.inner, where.series, where.level, mask


def _joined(pieces: dict[Piece, None]) -> tuple[Piece, ...]:
    """Return the same bytes in as few pieces as possible, in order."""
    found: list[tuple[int, bytearray]] = []
    for start, piece in sorted(pieces):
        end = found[-1][0] + len(found[-1][1]) if found else -1
        if start <= end:
            found[-1][1].extend(piece[end - start :])
        else:
            found.append((start, bytearray(piece)))
    return tuple((start, bytes(piece)) for start, piece in found)


HEADS = Heads()
"""The heads that this process met."""
