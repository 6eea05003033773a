"""Files on servers: metadata are kept as long as they are current, chunks are read when needed.

What stands for size and time of a file on a disk: of metadata their bytes and what the server
says of their version (``ETag``, ``Last-Modified``); of a chunk its bytes, as long as this
process lasts.
"""

from __future__ import annotations

import errno
import os
import stat as modes
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from objclass.data.dataclass import dataclass
from objclass.data.digest import of_bytes
from objclass.errors import InputError, Problem, RunError
from objclass.io.request import fetch

CURRENT = 10.0
"""Seconds for which metadata count as current: a run asks for them after every step."""
MOST_CHUNKS = 100_000
"""Chunks whose bytes are compared when they are read again."""
AT_ONCE = 8
"""Files that are asked for at once."""


@dataclass(frozen=True)
class ServedFile:
    """A small file as a server gave it; `data` is None where there is none.

    Parameters
    ----------
    data
        Its bytes.
    version
        What the server says of its version.
    looked
        When it was asked for, on the clock that only goes forward.
    """

    data: bytes | None
    version: str
    looked: float

    @property
    def is_current(self) -> bool:
        """True where it was asked for not long ago."""
        return time.monotonic() - self.looked < CURRENT


class ServedFiles:
    """What this process knows of files on servers."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, ServedFile] = {}
        self._chunks: dict[tuple[str, int | None, int | None], str] = {}

    def metadata(self, url: str, likely: Iterable[str] = ()) -> bytes | None:
        """Return a small file, None where there is none; others are asked for at once with it."""
        if url not in self._known:
            from concurrent.futures import ThreadPoolExecutor

            wanted = [each for each in dict.fromkeys((url, *likely)) if each not in self._known]
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for each, found in zip(wanted, pool.map(_look, wanted), strict=True):
                    self._known[each] = found
        return self._known[url].data

    def state(self, url: str) -> os.stat_result:
        """Return size and state of a small file, asked for again where it is long ago.

        Raises
        ------
        OSError
            Where there is none, or the server does not answer.
        """
        found = self._known.get(url)
        if found is None or not found.is_current:
            try:
                found = self._known[url] = _look(url)
            except InputError as error:
                raise OSError(errno.EIO, str(error), url) from None
        if found.data is None:
            raise FileNotFoundError(errno.ENOENT, "not on the server", url)
        number = int(of_bytes(found.version.encode() + b"\0" + found.data)[:14], 16)
        facts = (modes.S_IFREG, 0, 0, 1, 0, 0, len(found.data), 0, 0, 0)
        return os.stat_result(facts, {"st_mtime_ns": number})

    def chunk(self, url: str, start: int | None = None, stop: int | None = None) -> bytes | None:
        """Return bytes of a chunk or shard, None where there is none.

        Raises
        ------
        RunError
            Where the server does not give it, or gives other bytes than before.
        """
        found = fetch(url, start, stop).data
        mark = "" if found is None else of_bytes(found)
        with self._lock:
            room = len(self._chunks) < MOST_CHUNKS
            before = self._chunks.get((url, start, stop), mark)
            if room:
                self._chunks[url, start, stop] = before
        if before != mark:
            raise RunError(Problem(f"{url} changed while it was read", fix="run again"))
        return found

    def forget(self) -> None:
        """Ask for everything anew: a run begins."""
        with self._lock:
            self._known.clear()
            self._chunks.clear()


def _look(url: str) -> ServedFile:
    found = fetch(url, is_metadata=True)
    return ServedFile(found.data, found.version, time.monotonic())


SERVED = ServedFiles()
"""What this process knows of files on servers."""


class ServerStore:
    """A hierarchy on a server; `found` holds what was read of its metadata."""

    lists = False

    def __init__(self, root: Path) -> None:
        self.root = root
        self.found: set[str] = set()

    def get(self, key: str) -> bytes | None:
        """Return a metadata file below the root; None where there is none."""
        folder, slash, _ = key.rpartition("/")
        likely = (f"{self.root}/{folder}{slash}{name}" for name in self._names)
        data = SERVED.metadata(f"{self.root}/{key}", likely)
        if data is not None:
            self.found.add(key)
        return data

    @property
    def _names(self) -> tuple[str, ...]:
        n5 = self.root.suffix.lower() == ".n5"
        return ("attributes.json",) if n5 else ("zarr.json", ".zarray", ".zgroup", ".zattrs")

    def chunk(self, key: str, start: int | None = None, stop: int | None = None) -> bytes | None:
        """Return bytes of a chunk; None where there is none."""
        return SERVED.chunk(f"{self.root}/{key}", start, stop)

    def children(self, key: str) -> tuple[str, ...]:
        """Return nothing: what lies in a folder of a server is not asked for."""
        return ()

    def __str__(self) -> str:
        """Return the address."""
        return str(self.root)
