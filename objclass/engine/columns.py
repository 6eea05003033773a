"""Columns of a table of which one reads some rows; those of a large one stay on disk."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import finalize
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.intp]

GAP = 512
"""Rows between two that are asked for which are read with them: one long read costs less."""
_LOCAL_HEADER = 30
"""Bytes of a local header of a zip archive before its name."""


class Columns(Protocol):
    """Columns by name, of which some rows are read."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in order."""

    def rows(self, name: str, rows: Rows) -> NDArray[np.generic]:
        """Return the values (m,) of some rows (m,) of a column."""


@dataclass(frozen=True)
class ArrayColumns:
    """Columns in memory: arrays (n,) by name."""

    arrays: Mapping[str, NDArray[np.generic]]

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in order."""
        return tuple(self.arrays)

    def rows(self, name: str, rows: Rows) -> NDArray[np.generic]:
        """Return the values (m,) of some rows (m,) of a column."""
        return self.arrays[name][rows]


@dataclass(frozen=True)
class _Place:
    """Where a column begins in a file, its type and its number of rows."""

    start: int
    dtype: np.dtype[Any]
    count: int


class StoredColumns:
    """Columns in a file of stacks of them, as :func:`objclass.engine.content.write_record` has it.

    The file stays open, so that it can be read though it was removed.

    Parameters
    ----------
    path
        The file, an uncompressed ``.npz``.
    order, groups
        The names of the columns in order, and those of each stack.

    Raises
    ------
    ValueError
        Where the file is no such file.
    """

    def __init__(
        self, path: Path, order: tuple[str, ...], groups: tuple[tuple[str, ...], ...]
    ) -> None:
        self.names = order
        self._file = os.open(path, os.O_RDONLY)
        self._close = finalize(self, os.close, self._file)
        with open(self._file, "rb", closefd=False) as file, ZipFile(file) as archive:
            self._places = {
                name: place
                for k, stack in enumerate(groups)
                for name, place in zip(stack, _places(archive, f"{k}.npy"), strict=True)
            }

    def rows(self, name: str, rows: Rows) -> NDArray[np.generic]:
        """Return the values (m,) of some rows (m,) of a column.

        Raises
        ------
        ValueError
            Where the file was cut short.
        """
        place = self._places[name]
        if len(rows) and _follow_each_other(rows):  # all objects, piece by piece: nothing to sort
            return self._read(place, int(rows[0]), int(rows[-1]) + 1)
        found = np.empty(len(rows), place.dtype)
        order = np.argsort(rows, kind="stable")
        cuts = np.flatnonzero(np.diff(rows[order]) > GAP) + 1
        for part in np.split(order, cuts) if len(rows) else ():
            first, last = int(rows[part[0]]), int(rows[part[-1]])
            found[part] = self._read(place, first, last + 1)[rows[part] - first]
        return found

    def _read(self, place: _Place, first: int, stop: int) -> NDArray[np.generic]:
        if not 0 <= first <= stop <= place.count:
            raise IndexError(f"rows {first} to {stop} of {place.count}")
        size = place.dtype.itemsize
        data = os.pread(self._file, (stop - first) * size, place.start + first * size)
        if len(data) != (stop - first) * size:
            raise ValueError("the file was cut short")
        return np.frombuffer(bytearray(data), place.dtype)  # which may be written to, as copies may


def _follow_each_other(rows: Rows) -> bool:
    return bool(rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all())


def _places(archive: ZipFile, name: str) -> list[_Place]:
    """Return where the rows of a stack (k, n) begin."""
    entry = archive.getinfo(name)
    with archive.open(entry) as member:
        version = np.lib.format.read_magic(member)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, fortran, dtype = read(member)
        header = member.tell()
    if entry.compress_type != ZIP_STORED or (fortran and len(shape) > 1) or len(shape) != 2:
        raise ValueError(f"{name} is no stack of columns")
    start, row = _begin(archive, entry) + header, shape[1] * dtype.itemsize
    return [_Place(start + k * row, dtype, shape[1]) for k in range(shape[0])]


def _begin(archive: ZipFile, entry: ZipInfo) -> int:
    """Return where the data of an entry begin; its local header has lengths of its own."""
    assert archive.fp is not None
    archive.fp.seek(entry.header_offset)
    words: tuple[int, int] = struct.unpack("<26x2H", archive.fp.read(_LOCAL_HEADER))
    return entry.header_offset + _LOCAL_HEADER + sum(words)
