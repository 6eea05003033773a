"""Where machine code of kernels is read from and written to.

What numba writes is kept, and three things done otherwise: machine code that came with a package
on a read-only disk is read there; a file is named by what it was compiled for, so that processes
and computers with different processors share a folder; what is damaged is compiled again.
"""

from __future__ import annotations

import glob
import inspect
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
from blake3 import blake3
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)

from objclass.data.kernel_sources import PACKAGE
from objclass.data.machine_code import is_private, place, private_folder

SUM = 8
"""Bytes of the digest at the end of a file."""


class _PackageLocator(InTreeCacheLocator):  # type: ignore[misc]
    """Names the folder beside a source, and does not ask whether it can be written."""

    def ensure_cache_path(self) -> None:
        """Leave folders alone until there is something to write."""


class KernelNames(CompileResultCacheImpl):  # type: ignore[misc]
    """Names files after a kernel, its line and the version of Python."""

    _locator_classes = (_PackageLocator,)


class KernelFile(IndexDataCacheFile):  # type: ignore[misc]
    """The machine code of one kernel in one folder, for any number of processors and processes.

    numba keeps an index of numbered files, which two processes that compile at once overwrite for
    each other. Here what it was compiled for names a file: there is nothing to be lost, and a file
    is there as a whole or not at all.

    Parameters
    ----------
    folder
        Where files are.
    name
        The kernel, its line and the version of Python.
    stamp
        Digest of the sources.
    """

    def __init__(self, folder: Path, name: str, stamp: str) -> None:
        super().__init__(str(folder), name, stamp)
        self.folder, self.name = folder, name
        self._stamp = _digest(stamp, numba.__version__)

    def save(self, key: object, data: object) -> None:
        """Write machine code, aside and then at once; what other sources left is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._save_data(self._file(key), (_text(key), data))
        self._clear()

    def load(self, key: object) -> Any:
        """Return machine code; None where there is none that can be read."""
        with suppress(Exception):  # a damaged file is compiled again
            if _is_whole((self.folder / self._file(key)).read_bytes()):
                made_for, data = self._load_data(self._file(key))
                return data if made_for == _text(key) else None
        return None

    def is_filled(self) -> bool:
        """Return True where there is machine code of these sources."""
        return any(self.folder.glob(f"{glob.escape(self.name)}.{self._stamp}.*.nbc"))

    def flush(self) -> None:
        """Remove all of these sources."""
        for each in self.folder.glob(f"{glob.escape(self.name)}.{self._stamp}.*.nbc"):
            each.unlink(missing_ok=True)

    def _dump(self, data: object) -> bytes:
        """Return what a file holds: what numba reads, and its digest, which numba passes over."""
        written: bytes = super()._dump(data)
        return written + _sum(written)

    def _file(self, key: object) -> str:
        return f"{self.name}.{self._stamp}.{_digest(_text(key))}.nbc"

    def _clear(self) -> None:
        """Remove what other sources left, those too in which the kernel stood on another line."""
        kernel = re.sub(r"-\d+(?=\.py)", "-*", glob.escape(self.name))
        for each in self.folder.glob(f"{kernel}.*nb[ci]"):
            if not each.name.startswith(f"{self.name}.{self._stamp}."):
                with suppress(OSError):  # another process reads it, or has removed it
                    each.unlink()


def _text(key: object) -> str:
    """Return in words what machine code is for: types, processor, the kernel's byte code."""
    return repr(key)


def _digest(*texts: str) -> str:
    return blake3("\n".join(texts).encode()).hexdigest(8)


def _sum(written: bytes) -> bytes:
    return blake3(written).digest(SUM)


def _is_whole(read: bytes) -> bool:
    """Return True where a file is as it was written: a processor would run damaged code as well."""
    return read[-SUM:] == _sum(read[:-SUM])


class KernelFiles:
    """The machine code of one kernel, wherever it lies.

    Parameters
    ----------
    usual
        Folders in the order in which they are asked: beside the sources, below the home; or the
        one that ``NUMBA_CACHE_DIR`` names.
    spare
        Folder below the temporary one, where no other takes files.
    make
        Returns the file of a folder.
    """

    def __init__(
        self, usual: tuple[Path, ...], spare: str, make: Callable[[Path], KernelFile]
    ) -> None:
        self.usual, self.spare, self.make = usual, spare, make

    def load(self, key: Any) -> Any:
        """Return machine code from the first folder that has it, else None."""
        return next((found for each in self._read() if (found := each.load(key)) is not None), None)

    def save(self, key: Any, data: Any) -> None:
        """Write machine code into the first folder that takes it; a full disk takes none."""
        for folder in self._written():
            with suppress(OSError):
                self.make(folder).save(key, data)
                return

    def flush(self) -> None:
        """Forget what lies where it can be written."""
        with suppress(OSError, StopIteration):
            self.make(next(self._written())).flush()

    def home(self) -> Path | None:
        """Return the folder below which machine code lies; None where there is none."""
        for each in self._read():
            if each.is_filled():
                folder = each.folder
                return PACKAGE if PACKAGE in folder.parents else folder.parent
        return None

    def folder(self) -> Path | None:
        """Return the folder that machine code is written to; None where none takes files."""
        return next(self._written(), None)

    def _read(self) -> Iterator[KernelFile]:
        yield from map(self.make, self.usual)
        with suppress(OSError):
            if is_private(place()):
                yield self.make(place() / self.spare)

    def _written(self) -> Iterator[Path]:
        yield from filter(takes_files, self.usual)
        if (folder := private_folder()) is not None:
            yield folder / self.spare


@cache
def takes_files(folder: Path) -> bool:
    """Return True where files can be written into a folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


class KernelCache(FunctionCache):  # type: ignore[misc]
    """numba's cache of one kernel, with our files and the digest of all sources that decide."""

    _impl_class = KernelNames

    def __init__(self, function: Callable[..., object], stamp: str) -> None:
        super().__init__(function)
        base, file = self._impl.filename_base, inspect.getfile(function)
        chosen = [UserProvidedCacheLocator] if numba.config.CACHE_DIR else _USUAL
        folders = tuple(Path(each(function, file).get_cache_path()) for each in chosen)
        self._cache_file = KernelFiles(
            folders,
            InTreeCacheLocator.get_suitable_cache_subpath(file),
            lambda folder: KernelFile(folder, base, stamp),
        )

    @property
    def files(self) -> KernelFiles:
        """Where machine code lies."""
        files: KernelFiles = self._cache_file
        return files


_USUAL = (InTreeCacheLocator, UserWideCacheLocator)
