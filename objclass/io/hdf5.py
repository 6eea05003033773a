"""HDF5 files, as ilastik and many others write them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from objclass.errors import InputError, Problem, RunError, list_some, nearest
from objclass.io import axistags
from objclass.io.hdf5_chunks import Hdf5Chunks, is_plain
from objclass.io.header import FileHeader, as_voxels, checked_shape, plain_axes, voxel_type
from objclass.io.locator import Locator
from objclass.io.reading import reading
from objclass.io.room import check_declared, check_room

if TYPE_CHECKING:
    import h5py
    import numpy as np
    from numpy.typing import NDArray

# Decoded chunks that HDF5 keeps, so that channels of one chunk are decoded once.
CACHE_BYTES = 32 * 2**20


@contextmanager
def open_file(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading and close it again."""
    import h5py

    with h5py.File(path, "r", locking="best-effort") as file:
        yield file


def datasets_in(file: h5py.File) -> tuple[str, ...]:
    """Return the paths of all arrays in the file, sorted; links to other files are not followed."""
    import h5py

    names: list[str] = []

    def collect(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim > 1:
            names.append(name)

    file.visititems(collect)
    return tuple(sorted(names))


def chosen(file: h5py.File, path: Path, inner: str | None) -> h5py.Dataset:
    """Return the array that `inner` names, or the only one."""
    import h5py

    if inner is None:
        return file[_only(datasets_in(file), path)]
    found = file.get(inner) if inner in file else None
    if not isinstance(found, h5py.Dataset):
        names = datasets_in(file)
        close = nearest(inner, names)
        what = "is a group, not an array" if found is not None else "does not exist"
        raise InputError(
            Problem(
                f"'{inner}' {what} in {path}",
                expected=f"one of: {list_some(names)}" if names else None,
                fix=f"did you mean {path}/{close}?" if close else None,
            )
        )
    return found


def _only(names: tuple[str, ...], path: Path) -> str:
    if len(names) == 1:
        return names[0]
    if not names:
        raise InputError(Problem(f"{path} holds no image", fix="give a file with an array of 2D+"))
    raise InputError(
        Problem(
            f"{path} holds {len(names)} arrays",
            got=list_some(names),
            expected="one, or a path inside the file",
            fix=f"write for example {path}/{names[0]}",
        )
    )


def check_readable(data: h5py.Dataset, path: Path) -> None:
    """Raise where voxels lie in another file or need a decoder that is not installed."""
    import h5py

    if data.is_virtual or data.external or Path(data.file.filename) != Path(str(path)):
        fix = "copy the array into one file (h5repack)"
        raise InputError(Problem(f"{path}: the voxels of {data.name} lie in another file", fix=fix))
    plan = data.id.get_create_plist()
    for number in range(plan.get_nfilters()):
        code, _, _, name = plan.get_filter(number)
        if not h5py.h5z.filter_avail(code):
            word = name.decode("utf-8", "replace") or f"filter {code}"
            raise InputError(
                Problem(
                    f"{path}: {data.name} is compressed in a way that cannot be read here",
                    got=word,
                    expected="gzip, lzf or none",
                    fix="write it again with h5repack -f GZIP=1",
                )
            )


def describe(where: Locator, mask: bool = False) -> FileHeader:
    """Return the header of one array; see :func:`objclass.io.formats.describe`."""
    path = where.path
    with open_file(path) as file:
        data = chosen(file, path, where.inner)
        check_readable(data, path)
        shape = checked_shape(data.shape, f"{path}/{data.name.strip('/')}")
        axes, spacing, unit, notes = _axes_of(data)
        stored = int(data.id.get_storage_size())
        check_declared(f"{path}/{data.name.strip('/')}", declared_bytes(data), stored)
        return FileHeader(
            shape=shape,
            dtype=voxel_type(data.dtype, path),
            axes=axes,
            channels=_channels_of(data),
            spacing=spacing,
            unit=unit,
            value_range=_range_of(data),
            inner=data.name.strip("/"),
            datasets=datasets_in(file),
            notes=notes,
            stored=stored,
            chunks=data.chunks,
        )


def declared_bytes(data: h5py.Dataset) -> int:
    """Return the bytes that all voxels of an array take in memory."""
    return prod(int(n) for n in data.shape) * int(data.dtype.itemsize)


def _axes_of(
    data: h5py.Dataset,
) -> tuple[str | None, dict[str, float] | None, str | None, tuple[str, ...]]:
    """Axes, spacing, unit and notes from axistags, else from the plain rule."""
    tags = data.attrs.get("axistags")
    read = (
        axistags.parse(tags, data.attrs.get("axis_units"), data.ndim) if tags is not None else None
    )
    if read is not None:
        spacing = dict(read.spacing) if read.spacing else None
        return read.axes, spacing, read.unit, ()
    notes = () if tags is None else ("its axistags do not fit and are not used",)
    return plain_axes(data.ndim), *_element_size(data), notes


def _element_size(data: h5py.Dataset) -> tuple[dict[str, float] | None, str | None]:
    """Spacing from ``element_size_um`` (z, y, x), as Fiji and others write it."""
    sizes = data.attrs.get("element_size_um")
    try:
        numbers = [float(size) for size in sizes]
    except (TypeError, ValueError):
        return None, None
    if len(numbers) != 3 or min(numbers) <= 0:
        return None, None
    return dict(zip("zyx", numbers, strict=True)), "um"


def _channels_of(data: h5py.Dataset) -> tuple[str, ...] | None:
    """Channel names that objclass wrote, as a JSON list."""
    try:
        names = json.loads(axistags.text_of(data.attrs["channel_names"]))
    except (KeyError, ValueError):
        return None
    return tuple(map(str, names)) if isinstance(names, list) else None


def _range_of(data: h5py.Dataset) -> tuple[float, float] | None:
    """The attribute ``drange``, where it is two ascending numbers."""
    try:
        low, high = (float(value) for value in data.attrs["drange"])
    except (KeyError, TypeError, ValueError):
        return None
    return (low, high) if low < high else None


class Hdf5Reader:
    """Reads slices; HDF5 decodes only the chunks they touch."""

    def __init__(self, where: Locator) -> None:
        import h5py

        self._path = path = where.path
        self._lock = Lock()
        self._file = h5py.File(path, "r", locking="best-effort", rdcc_nbytes=CACHE_BYTES)
        try:
            self._data = chosen(self._file, path, where.inner)
            check_readable(self._data, path)
            self._dtype = voxel_type(self._data.dtype, path)
            self._chunk = prod(self._data.chunks or (0,)) * int(self._data.dtype.itemsize)
            plain = is_plain(self._data)
            self._chunks = Hdf5Chunks(self._data, self._lock, CACHE_BYTES) if plain else None
        except BaseException:
            self._file.close()
            raise

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return the voxels at `index`, in file axis order."""
        with reading(self._path, RunError):
            check_room(self._path, self._chunk, "write it with smaller chunks (h5repack)")
            if self._chunks is not None:
                return as_voxels(self._chunks.read(index), self._dtype)
            with self._lock:
                return as_voxels(self._data[index], self._dtype)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open(where: Locator, mask: bool = False) -> Hdf5Reader:
    """Return a reader of one array; see :func:`objclass.io.formats.open_reader`."""
    return Hdf5Reader(where)
