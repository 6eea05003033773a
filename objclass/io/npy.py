"""NPY files: one numpy array, mapped into memory, never unpickled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.errors import RunError
from objclass.io.header import FileHeader, as_voxels, checked_shape, plain_axes, voxel_type
from objclass.io.locator import Locator
from objclass.io.mapped_array import MappedArray
from objclass.io.reading import reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def map_ids(path: Path) -> np.memmap[Any, Any]:
    """Return the array of the file as a read-only memory map; pickles are refused."""
    import numpy as np

    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        first = version == (1, 0)
        header = (
            np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = header(file)
    voxel_type(dtype, path)
    checked_shape(shape, path)
    array: np.memmap[Any, Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def describe(where: Locator, mask: bool = False) -> FileHeader:
    """Return the header of the array; see :func:`objclass.io.formats.describe`."""
    path = where.path
    array = map_ids(path)
    return FileHeader(
        shape=checked_shape(array.shape, path),
        dtype=voxel_type(array.dtype, path),
        axes=plain_axes(array.ndim),
    )


class NpyReader:
    """Reads regions through a memory map."""

    def __init__(self, path: Path) -> None:
        self._path = path
        array = map_ids(path)
        self._array = MappedArray(array)
        self._dtype = voxel_type(array.dtype, path)

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return a copy of the voxels at `index`, in file axis order."""
        with reading(self._path, RunError):
            return as_voxels(self._array.read(index), self._dtype)

    def close(self) -> None:
        """Let go of the map."""
        del self._array


def open(where: Locator, mask: bool = False) -> NpyReader:
    """Return a reader of the array; see :func:`objclass.io.formats.open_reader`."""
    return NpyReader(where.path)
