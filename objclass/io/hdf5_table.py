"""Tables in HDF5 as ilastik writes them: one structured array, and images of objects beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from objclass.data.blocks import Region, chunk_runs
from objclass.data.lazy_array import LazyArray
from objclass.errors import Problem, RunError
from objclass.io import axistags
from objclass.io.csv_table import cell
from objclass.io.hdf5_write import LEVEL
from objclass.io.output import HeldFile, hdf5_output
from objclass.io.raster import BLOCK
from objclass.io.tables import Columns, checked_length

if TYPE_CHECKING:
    import h5py
    import numpy as np
    from numpy.typing import NDArray

TABLE = "table"
CHUNK_BYTES = 2**18
"""What is compressed together, about."""
TINY = 512
"""Voxels below which an image is not worth compressing."""
MEMBER = 64
"""Bytes that a column takes in the head of a file that HDF5 1.6 reads, beside its name."""
HEAD = 65_000
"""Bytes of columns that such a head holds; newer heads hold twice as many."""
ImageType = Literal["image", "labeling"]


class Hdf5Table:
    """An HDF5 file that is being written: rows are appended, images put beside them."""

    def __init__(self, file: h5py.File, held: HeldFile, first: Columns) -> None:
        self._file = file
        self._held = held
        self._data = self._new(TABLE, structured(first)[:0].dtype)
        file.create_group("images")

    def append(self, columns: Columns) -> None:
        """Append rows of the same columns; texts may be longer than before."""
        rows = structured(columns)
        if rows.dtype.names != self._data.dtype.names:
            raise ValueError("appended columns differ from the first ones")
        self._widen(rows.dtype)
        start = len(self._data)
        self._data.resize(start + len(rows), 0)
        self._data[start:] = rows.astype(self._data.dtype, copy=False)
        self._held.check()

    def add_image(self, name: str, voxels: LazyArray, kind: ImageType) -> None:
        """Write an image under ``images/``, region by region.

        Parameters
        ----------
        name
            Such as ``0/raw``.
        voxels
            The image, in the order of the file.
        kind
            What its attribute ``type`` says.
        """
        packed = {"compression": "gzip", "compression_opts": LEVEL, "shuffle": True}
        data = self._file["images"].create_dataset(
            name,
            shape=voxels.shape,
            dtype=voxels.dtype,
            track_times=False,
            **(packed if voxels.size > TINY else {}),
        )
        if voxels.nbytes <= BLOCK:
            data[...] = voxels.read(Region.whole(voxels.shape))
        else:
            for region in chunk_runs(voxels.shape, voxels.chunk, BLOCK):
                data[region.slices] = voxels.read(region)
                self._held.check()
        data.attrs["type"] = kind
        data.attrs["axistags"] = axistags.dumps(voxels.axes)
        self._held.check()

    def _new(self, name: str, dtype: np.dtype[Any]) -> h5py.Dataset:
        try:
            return self._file.create_dataset(
                name,
                shape=(0,),
                maxshape=(None,),
                chunks=(max(1, CHUNK_BYTES // dtype.itemsize),),
                dtype=dtype,
                compression="gzip",
                compression_opts=LEVEL,
                shuffle=True,
                track_times=False,
            )
        except ValueError as error:
            if "too large" not in str(error):
                raise
            what, fix = "they do not fit a table in HDF5", "choose some, or write it as .parquet"
            got = f"{len(dtype.names or ()):,} columns"
            raise RunError(Problem(what, got, "about 1,000 at most", fix)) from None

    def _widen(self, wanted: np.dtype[Any]) -> None:
        """Write the table anew where a text is longer than its column."""
        import numpy as np

        old = self._data
        names = old.dtype.names or ()
        longer = [n for n in names if old.dtype[n].kind == "S"]
        if all(wanted[n].itemsize <= old.dtype[n].itemsize for n in longer):
            return
        sizes = {n: max(wanted[n].itemsize, old.dtype[n].itemsize) for n in longer}
        dtype = np.dtype([(n, _text_type(sizes[n]) if n in sizes else old.dtype[n]) for n in names])
        data = self._new(f"{TABLE}_", dtype)
        data.resize(len(old), 0)
        step = max(1, BLOCK // dtype.itemsize)
        for start in range(0, len(old), step):
            data[start : start + step] = old[start : start + step].astype(dtype)
        del self._file[TABLE]
        self._file.move(f"{TABLE}_", TABLE)
        self._data = self._file[TABLE]


@contextmanager
def hdf5_table(path: Path, first: Columns) -> Iterator[Hdf5Table]:
    """Open a new file for a table.

    Parameters
    ----------
    path
        The file.
    first
        The first rows, which decide the types of the columns; they are not appended here.
    """
    head = sum(MEMBER + len(name.encode()) // 8 * 8 for name in first)
    with hdf5_output(path, "latest" if head > HEAD else "earliest") as (file, held):
        yield Hdf5Table(file, held, first)


def structured(columns: Columns) -> NDArray[Any]:
    """Return rows as a structured array; texts are UTF-8 of a fixed length, truths 0 and 1."""
    import numpy as np

    arrays = {name: _plain(values) for name, values in columns.items()}
    types = {
        n: _text_type(a.itemsize) if a.dtype.kind == "S" else a.dtype for n, a in arrays.items()
    }
    rows = np.empty(checked_length(columns), np.dtype(list(types.items())))
    for name, array in arrays.items():
        rows[name] = array
    return rows


def _plain(values: Any) -> NDArray[Any]:
    import numpy as np

    if not hasattr(values, "dtype"):
        listed = list(values)
        if listed and all(isinstance(v, int | float | None) for v in listed):
            whole = all(isinstance(v, int) for v in listed)
            missing = [np.nan if v is None else v for v in listed]
            return np.array(missing, np.int64 if whole else np.float64)
        values = np.array([cell(v).encode() for v in listed], "S")
    if values.dtype.kind == "b":
        return np.asarray(values, np.uint8)
    if values.dtype.kind in "UO":
        return _plain(values.tolist())
    return np.asarray(values)


def _text_type(length: int) -> Any:
    import h5py

    return h5py.string_dtype("utf-8", max(1, length))
