"""OME-Zarr, plain Zarr (2 and 3) and N5: images that are folders, or lie on a server."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.errors import InputError, Problem, RunError
from objclass.io.address import Address
from objclass.io.header import FileHeader, Reader, as_voxels, voxel_type
from objclass.io.locator import Locator
from objclass.io.n5 import N5Array
from objclass.io.reading import missing, quietly, reading
from objclass.io.room import check_room
from objclass.io.zarr_array import choose_array, header_of
from objclass.io.zarr_metadata import (
    N5,
    ZARR2,
    FolderStore,
    KeyValueStore,
    MetadataNode,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def store_of(path: Path) -> KeyValueStore:
    """Return where the files of a hierarchy lie, or raise where there is no folder."""
    if isinstance(path, Address):
        from objclass.io.server import ServerStore

        return ServerStore(path)
    if path.is_dir():
        return FolderStore(path)
    if path.exists():
        got, expected = "a file", "a folder, as Zarr and N5 images are"
        fix = "unpack it if it is an archive, or give it the suffix of its format"
        raise InputError(Problem(f"{path} is not what its name says", got, expected, fix))
    raise InputError(missing(path))


def describe(where: Locator, mask: bool = False) -> FileHeader:
    """Return the header of one array; see :func:`objclass.io.formats.describe`."""
    found = choose_array(store_of(where.path), where.inner or "", where.level)
    return header_of(found, str(where.path))


def vouch(where: Locator) -> tuple[Path, ...]:
    """Return the metadata of an array and of the groups around it, and its uppermost folders.

    Every program that writes an image anew writes its metadata; one that adds chunks, or puts
    new ones in the place of old ones, changes the time of their folder.
    """
    store = store_of(where.path)
    node = choose_array(store, where.inner or "", where.level).node
    if isinstance(where.path, Address):
        return tuple(store.root / key for key in sorted(store.found))
    array = store.root / node.path
    folders = [folder for folder in (array, array / "c") if folder.is_dir()]
    return (*(store.root / key for key in sorted(store.found)), *folders)


class ZarrReader:
    """Reads slices; only the chunks they touch are decoded."""

    def __init__(self, where: Locator) -> None:
        self._path = where.path
        store = store_of(where.path)
        node = choose_array(store, where.inner or "", where.level).node
        self._array = open_array(store, node)
        self._dtype = voxel_type(self._array.dtype, where)
        self._chunk = prod(self._array.chunks) * int(self._array.dtype.itemsize)

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return the voxels at `index`, in file axis order."""
        with reading(self._path, RunError):
            check_room(self._path, self._chunk, "write it with smaller chunks")
            return as_voxels(self._array[index], self._dtype)

    def close(self) -> None:
        """Let go of the array; no file stays open."""
        del self._array


def open_array(store: KeyValueStore, node: MetadataNode) -> Any:
    """Return the array as something with ``shape``, ``chunks``, ``dtype`` and slices."""
    if node.format == N5:
        return N5Array(store, node)
    import zarr

    version = 2 if node.format == ZARR2 else 3
    with quietly():
        if isinstance(store, FolderStore):
            return zarr.open_array(str(store.root / node.path), mode="r", zarr_format=version)
        from objclass.io.served_chunks import ServedChunks

        served = ServedChunks(store.root)
        return zarr.open_array(served, path=node.path, mode="r", zarr_format=version)


def open(where: Locator, mask: bool = False) -> Reader:
    """Return a reader of one array; see :func:`objclass.io.formats.open_reader`."""
    return ZarrReader(where)
