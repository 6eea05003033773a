"""Embeddings that were computed elsewhere: one row an object, from NPZ, Parquet or Zarr.

Nothing in a file is run: arrays of Python objects are refused, and so is an archive whose
members do not hold what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from objclass.data.dataclass import dataclass
from objclass.data.digest import of_array
from objclass.errors import InputError, Problem, list_some
from objclass.io.reading import check_present, missing, quietly, reading

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]

IMAGE, T, OBJECT, EMBEDDING = "image", "t", "object", "embedding"
"""Arrays, or columns, of a table of embeddings."""
SUFFIXES: Final = (".npz", ".parquet", ".zarr")
FIX: Final = "write the arrays 'object' (n,) and 'embedding' (n, d), and 'image' (n,) for several"


@dataclass(frozen=True)
class EmbeddingTable:
    """Rows of a file, as they are written.

    Parameters
    ----------
    image
        Name of the image of each row (n,); None where the file speaks of one image.
    t
        int64 (n,), frame in the uncropped image; None without time.
    ids
        uint64 (n,), the objects.
    values
        float32 or float64 (n, d).
    """

    image: NDArray[np.str_] | None
    t: NDArray[np.int64] | None
    ids: NDArray[np.uint64]
    values: NDArray[np.floating]

    def of_image(self, name: str) -> EmbeddingTable:
        """Return the rows of one image, by frame and object."""
        import numpy as np

        rows = np.arange(len(self.ids))
        if self.image is not None:
            rows = self.rows_by_image.get(name, rows[:0])
        keys = [self.ids[rows]] if self.t is None else [self.ids[rows], self.t[rows]]
        rows = rows[np.lexsort(keys)]
        t = None if self.t is None else self.t[rows]
        return EmbeddingTable(None, t, self.ids[rows], self.values[rows])

    @cached_property
    def rows_by_image(self) -> dict[str, NDArray[np.intp]]:
        """The rows of every image, by its name in order; empty where none are named."""
        import numpy as np

        if self.image is None:
            return {}
        names, code = np.unique(self.image, return_inverse=True)
        ends = np.cumsum(np.bincount(code, minlength=len(names)))[:-1]
        rows = np.split(np.argsort(code, kind="stable"), ends)
        return dict(zip(names.tolist(), rows, strict=True)) if len(names) else {}

    @cached_property
    def digest(self) -> str:
        """The digest of its content."""
        from objclass.data.digest import of_value

        times = "" if self.t is None else of_array(self.t)
        return of_value([times, of_array(self.ids), of_array(self.values)])


def files_of(path: Path) -> tuple[Path, ...]:
    """Return the files that vouch for a table: itself, or all in its folder."""
    if not path.is_dir():
        return (path,)
    return tuple(sorted(each for each in path.rglob("*") if each.is_file()))


@lru_cache(maxsize=1)
def read_embeddings(path: Path, state: str) -> EmbeddingTable:
    """Read a table of embeddings.

    Parameters
    ----------
    path
        ``.npz``, ``.parquet`` or a ``.zarr`` folder.
    state
        Sizes and times of its files: the last table is kept as long as they stay.

    Raises
    ------
    InputError
        Where the file is missing, damaged, or its arrays do not fit together.
    """
    readers: dict[str, Callable[[Path], Arrays]] = {
        ".npz": _npz,
        ".parquet": _parquet,
        ".zarr": _zarr,
    }
    suffix = path.suffix.lower()
    if suffix not in readers:
        what = f"{path} is no table of embeddings"
        raise InputError(Problem(what, suffix or "no suffix", list_some(SUFFIXES)))
    if suffix != ".zarr":
        check_present(path, "a table of embeddings")
    elif not path.is_dir():
        raise InputError(missing(path))
    with reading(path), quietly():
        found = readers[suffix](path)
    return _checked(path, found)


@lru_cache(maxsize=1)
def read_image_rows(path: Path, state: str, image: str) -> EmbeddingTable:
    """Return the rows of one image, sorted once for all its frames; as :func:`read_embeddings`."""
    return read_embeddings(path, state).of_image(image)


def _npz(path: Path) -> Arrays:
    import numpy as np

    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise InputError(Problem(f"{path} is one array, no archive of arrays", fix=FIX))
        return {name: file[name] for name in (IMAGE, T, OBJECT, EMBEDDING) if name in file.files}


def _zarr(path: Path) -> Arrays:
    import numpy as np
    import zarr

    group = zarr.open_group(str(path), mode="r")
    names = [name for name in (IMAGE, T, OBJECT, EMBEDDING) if name in group]
    return {name: np.asarray(group[name][...]) for name in names}


def _parquet(path: Path) -> Arrays:
    """Read the columns; where none is called embedding, every further one is a value of it."""
    import numpy as np
    import pyarrow.parquet as pq

    table = pq.read_table(path).combine_chunks()
    known = [name for name in (IMAGE, T, OBJECT) if name in table.column_names]
    found = {name: np.asarray(table[name].to_pylist()) for name in known}
    if EMBEDDING in table.column_names:
        return found | {EMBEDDING: _vectors(path, table[EMBEDDING])}
    rest = [name for name in table.column_names if name not in known]
    columns = [table[name].to_numpy() for name in rest]
    texts = [n for n, column in zip(rest, columns, strict=True) if column.dtype.kind not in "fiu"]
    if texts:
        what = f"{path}: column '{texts[0]}' holds no numbers"
        raise InputError(Problem(what, fix="write the columns image, t, object and numbers"))
    return found | ({EMBEDDING: np.stack(columns, axis=1)} if columns else {})


def _vectors(path: Path, column: pa.ChunkedArray) -> NDArray[np.generic]:
    """Return a column of lists as float64 (n, d), and any other as it is.

    No list becomes one of Python's: a number would take 32 bytes instead of 4.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    lists = pa.types.is_list(kind), pa.types.is_large_list(kind), pa.types.is_fixed_size_list(kind)
    if not any(lists):
        return np.asarray(column.to_numpy())
    lengths = sorted({each or 0 for each in pc.list_value_length(column).unique().to_pylist()})
    if len(lengths) > 1:
        raise InputError(Problem(f"{path}: embeddings differ in length", list_some(lengths)))
    flat = np.asarray(pc.list_flatten(column).to_numpy())
    return flat.astype(np.float64).reshape(len(column), lengths[0] if lengths else 0)


def _checked(path: Path, found: Arrays) -> EmbeddingTable:
    """Return the table, or say which array is wrong."""
    import numpy as np

    lacking = [name for name in (OBJECT, EMBEDDING) if name not in found]
    if lacking:
        got = list_some(found) if found else "none of its arrays"
        what = f"{path} has no '{lacking[0]}'"
        raise InputError(Problem(what, got=got, expected="object, embedding", fix=FIX))
    ids, values = found[OBJECT], found[EMBEDDING]
    if values.ndim != 2 or values.dtype.kind not in "fiu" or not values.shape[1]:
        got = f"{values.dtype} of shape {values.shape}"
        raise InputError(Problem(f"{path}: 'embedding' is no table of numbers", got, "(n, d)"))
    for name, array in found.items():
        if name != EMBEDDING and array.shape != (len(values),):
            got, expected = f"{name} {array.shape}", f"({len(values)},), as embedding has rows"
            raise InputError(Problem(f"{path}: arrays differ in length", got, expected))
        if name in (OBJECT, T) and (
            array.dtype.kind not in "iu" or (len(array) and array.min() < 0)
        ):
            raise InputError(Problem(f"{path}: '{name}' holds no whole numbers from 0"))
    kept = np.float32 if values.dtype == np.float32 else np.float64
    narrow: NDArray[np.floating] = values.astype(kept, copy=False)
    bad = np.flatnonzero(~np.isfinite(narrow).all(axis=1))
    if len(bad):
        what = f"{path}: {len(bad):,} of {len(narrow):,} rows hold NaN or infinity"
        first = f"object {int(ids[bad[0]])} in row {int(bad[0]) + 1}"
        raise InputError(Problem(what, got=first, fix="compute them again, or leave the rows out"))
    image = np.array(found[IMAGE].tolist(), str) if IMAGE in found else None
    t = found[T].astype(np.int64) if T in found else None
    return _unique(path, EmbeddingTable(image, t, ids.astype(np.uint64), narrow))


def _unique(path: Path, table: EmbeddingTable) -> EmbeddingTable:
    """Return the table, or name an object that has two rows."""
    import numpy as np

    image = np.zeros(len(table.ids)) if table.image is None else table.image
    t = np.zeros(len(table.ids)) if table.t is None else table.t
    order = np.lexsort((table.ids, t, image))
    keys = [each[order] for each in (image, t, table.ids)]
    twice = np.logical_and.reduce([each[1:] == each[:-1] for each in keys])
    if twice.any():
        row = order[np.flatnonzero(twice)[0]]
        whose = "" if table.image is None else f" of image '{table.image[row]}'"
        what = f"{path}: object {int(table.ids[row])}{whose} has two rows"
        raise InputError(Problem(what, fix="keep one; frames of a series are told apart by t"))
    return table
