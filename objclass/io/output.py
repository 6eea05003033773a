"""Files for libraries that write: what the disk refuses is raised, or held until they are done.

Some libraries swallow an error when they close a file; HDF5 may crash after one. So they
write into files of ours.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import h5py


class NewFile(io.RawIOBase):
    """A new file without a buffer: what cannot be written is known at once."""

    def __init__(self, path: Path) -> None:
        self._handle = -1
        self._at = 0
        self._stop = 0
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def writable(self) -> bool:
        """It can be written."""
        return True

    def seekable(self) -> bool:
        """It has positions."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._stop}[whence]
        self._at = base + offset
        return self._at

    def write(self, data: Any) -> int:
        """Write all of `data`.

        Raises
        ------
        OSError
            What the disk refuses.
        """
        view = memoryview(data).cast("B")
        self._put(view, self._at)
        self._at += len(view)
        self._stop = max(self._stop, self._at)
        return len(view)

    def _put(self, view: memoryview, at: int) -> None:
        while view:
            done = os.pwrite(self._handle, view, at)
            view, at = view[done:], at + done

    def readinto(self, buffer: Any) -> int:
        """Read what was written; zeros where nothing was."""
        view = memoryview(buffer).cast("B")
        length = max(0, min(len(view), self._stop - self._at))
        found = os.pread(self._handle, length, self._at)
        view[:length] = found + bytes(length - len(found))
        self._at += length
        return length

    def truncate(self, size: int | None = None) -> int:
        """Cut or extend the file."""
        self._stop = self._at if size is None else size
        self._cut(self._stop)
        return self._stop

    def _cut(self, size: int) -> None:
        os.ftruncate(self._handle, size)

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            os.close(handle)
        super().close()


class HeldFile(NewFile):
    """A file that never refuses: the first error is held, and what follows stays in memory.

    So a library can read back what it wrote and close its file in peace. Whoever writes asks
    with :meth:`check` after each piece, so that little is kept in memory.
    """

    def __init__(self, path: Path) -> None:
        self._error: BaseException | None = None
        self._lost: list[tuple[int, bytes]] = []
        super().__init__(path)

    def check(self) -> None:
        """Raise the error that is held."""
        if self._error is not None:
            raise self._error

    def _put(self, view: memoryview, at: int) -> None:
        if self._error is None:
            try:
                super()._put(view, at)
            except BaseException as error:  # an interruption too: HDF5 cannot take any
                self._error = error
        if self._error is not None:
            self._lost.append((at, bytes(view)))

    def readinto(self, buffer: Any) -> int:
        """Read what was written, whether it reached the disk or not."""
        at = self._at
        length = super().readinto(buffer)
        view = memoryview(buffer).cast("B")
        for start, data in self._lost:
            low, high = max(at, start), min(at + length, start + len(data))
            if low < high:
                view[low - at : high - at] = data[low - start : high - start]
        return length

    def _cut(self, size: int) -> None:
        try:
            super()._cut(size)
        except OSError as error:
            self._error = self._error or error


@contextmanager
def hdf5_output(
    path: Path, libver: Literal["earliest", "latest"] = "earliest"
) -> Iterator[tuple[h5py.File, HeldFile]]:
    """Open a new HDF5 file for writing; what the disk refused is raised once it is closed.

    HDF5 may crash when a file is closed that it could not write. `libver` says which versions
    of HDF5 read the file.
    """
    import h5py

    with HeldFile(path) as held:
        with h5py.File(held, "w", track_order=False, libver=libver) as file:
            yield file, held
        held.check()
