"""Where machine code of kernels is read from and written to.

numba's own files are kept, and three things done otherwise: machine code that came with a package
on a read-only disk is read there; a file is named by what it was compiled for, so that computers
with different processors share a folder; what is damaged is compiled again.
"""

from __future__ import annotations

import inspect
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

from objclass.data.machine_code import is_private, place, private_folder

PACKAGE = Path(__file__).parents[1]


class _PackageLocator(InTreeCacheLocator):  # type: ignore[misc]
    """Names the folder beside a source, and does not ask whether it can be written."""

    def ensure_cache_path(self) -> None:
        """Leave folders alone until there is something to write."""


class KernelNames(CompileResultCacheImpl):  # type: ignore[misc]
    """Names files after a kernel, its line and the version of Python."""

    _locator_classes = (_PackageLocator,)


class KernelFile(IndexDataCacheFile):  # type: ignore[misc]
    """The machine code of one kernel in one folder, for any number of processors.

    numba numbers files, so that two processes that begin at once may write the code of two
    processors into one. Here what it was compiled for names a file, and it is there before the
    index names it.
    """

    def save(self, key: Any, data: Any) -> None:
        """Write machine code, then the index; what other sources left is removed."""
        Path(self._cache_path).mkdir(parents=True, exist_ok=True)
        stem = self._index_name.removesuffix(".nbi")
        name = f"{stem}.{blake3(repr((key, self._source_stamp)).encode()).hexdigest(8)}.nbc"
        self._save_data(name, data)
        named = {**self._load_index(), key: name}
        self._save_index(named)
        for old in Path(self._cache_path).glob(f"{stem}.*.nbc"):
            if old.name not in named.values():
                old.unlink(missing_ok=True)

    def load(self, key: Any) -> Any:
        """Return machine code; None where there is none that can be read."""
        with suppress(Exception):  # a damaged file is compiled again
            return super().load(key)
        return None

    def is_filled(self) -> bool:
        """Return True where there is machine code of these sources."""
        with suppress(Exception):
            return bool(self._load_index())
        return False


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
                folder = Path(each._cache_path)
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
    """numba's cache of one kernel, with our files and the digest of a whole room of sources."""

    _impl_class = KernelNames

    def __init__(self, function: Callable[..., object], stamp: str) -> None:
        super().__init__(function)
        base, file = self._impl.filename_base, inspect.getfile(function)
        chosen = [UserProvidedCacheLocator] if numba.config.CACHE_DIR else _USUAL
        folders = tuple(Path(each(function, file).get_cache_path()) for each in chosen)
        self._cache_file = KernelFiles(
            folders,
            InTreeCacheLocator.get_suitable_cache_subpath(file),
            lambda folder: KernelFile(str(folder), base, stamp),
        )

    @property
    def files(self) -> KernelFiles:
        """Where machine code lies."""
        files: KernelFiles = self._cache_file
        return files


_USUAL = (InTreeCacheLocator, UserWideCacheLocator)
