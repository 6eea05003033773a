"""Reading HDF5 written by anybody: every array is looked at before a byte of it is read.

Only hard links are followed. Only contiguous arrays without filters are read, and together
they must fit in the file's own size, so no declared shape, no sparse or compressed array and
no array that lies twice on the same bytes can ask for more memory than the file has bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from objclass.errors import InputError, Problem, list_some

if TYPE_CHECKING:
    import h5py
    import numpy as np
    from numpy.typing import NDArray
    from pydantic import TypeAdapter

    T = TypeVar("T")

MEMBERS = 100_000
"""Most links a group may have."""
REPLACE = "take a copy of the file from before, or write it again with 'objclass run'"


class GuardedFile:
    """An open HDF5 file from which only harmless arrays can be read."""

    def __init__(self, file: h5py.File, path: Path) -> None:
        self._file = file
        self.path = path
        self._left = path.stat().st_size

    def refuse(
        self, what: str, got: object = None, expected: object = None, fix: str = REPLACE
    ) -> NoReturn:
        """Raise the :class:`InputError` of this file."""
        raise InputError(
            Problem(
                f"project file '{self.path}': {printable(what)}",
                got=None if got is None else printable(got),
                expected=None if expected is None else str(expected),
                fix=fix,
            )
        )

    def members(self, name: str = "/") -> list[str]:
        """Return the names in a group, numbers in order; every one of them is a hard link."""
        with self._damage(name):
            group = self._group(name)
            count = group.get_num_objs()
            if count > MEMBERS:
                self.refuse(f"too many entries in '{name}'", count, f"at most {MEMBERS}")
            names = sorted((link.decode("utf-8") for link in group), key=lambda n: (len(n), n))
            for member in names:
                self._check_link(group, member, name)
        return names

    def array(self, name: str, dtype: str, axes: int) -> NDArray[Any]:
        """Return the array `name`; it must have this dtype and number of axes."""
        import h5py

        with self._damage(name):
            parent, _, last = name.rpartition("/")
            group = self._group(parent or "/")
            if last.encode() not in group:
                self.refuse("an entry is missing", expected=f"'{name}'")
            self._check_link(group, last, parent or "/")
            dataset = h5py.h5o.open(group, last.encode())
            if not isinstance(dataset, h5py.h5d.DatasetID):
                self.refuse(f"'{name}' is not an array")
            self._check_storage(name, dataset)
            self._check_shape(name, dataset, dtype, axes)
            values = h5py.Dataset(dataset)[()]
        return _native(values)

    def text(self, name: str) -> str:
        """Return a text kept as an array of UTF-8 bytes."""
        data = self.array(name, "uint8", 1).tobytes()
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            self.refuse(f"'{name}' is not UTF-8 text", f"byte {error.start}: {error.reason}")

    def json(self, name: str, shape: type[T]) -> T:
        """Return a JSON text as an instance of `shape`, a dataclass or a typed container."""
        from pydantic import ValidationError

        try:
            adapter: TypeAdapter[T] = _adapter(shape)  # type: ignore[arg-type]
            return adapter.validate_json(self.text(name), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            self.refuse(f"'{name}' is not the JSON it should be", f"{where} {first['msg']}".strip())

    @contextmanager
    def _damage(self, name: str) -> Iterator[None]:
        """Turn whatever HDF5 says about broken bytes into one message."""
        try:
            yield
        except (OSError, RuntimeError, ValueError, TypeError, KeyError, OverflowError) as error:
            first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            self.refuse(f"'{name}' cannot be read", first)

    def _group(self, name: str) -> h5py.h5g.GroupID:
        """Open a group step by step, following hard links only."""
        import h5py

        group = self._file.id
        done = ""
        for part in [p for p in name.split("/") if p]:
            if part.encode() not in group:
                self.refuse("an entry is missing", expected=f"'{name}'")
            self._check_link(group, part, done or "/")
            group = h5py.h5o.open(group, part.encode())
            done = f"{done}/{part}"
            if not isinstance(group, h5py.h5g.GroupID):
                self.refuse(f"'{done[1:]}' is not a group")
        return group

    def _check_link(self, group: h5py.h5g.GroupID, name: str, inside: str) -> None:
        import h5py

        kinds = {h5py.h5l.TYPE_SOFT: "soft", h5py.h5l.TYPE_EXTERNAL: "external"}
        kind = group.links.get_info(name.encode()).type
        if kind != h5py.h5l.TYPE_HARD:
            found = f"a link ({kinds.get(kind, 'user-defined')})"
            self.refuse(f"'{name}' in '{inside}' leads elsewhere", found, "data in this file")

    def _check_storage(self, name: str, dataset: h5py.h5d.DatasetID) -> None:
        """Refuse data outside the file, filters and layouts we do not write."""
        import h5py

        made = dataset.get_create_plist()
        layout = made.get_layout()
        if layout == h5py.h5d.VIRTUAL or made.get_external_count():
            self.refuse(f"'{name}' takes its data from other files", expected="data in this file")
        if made.get_nfilters():
            filters = [made.get_filter(k)[3].decode("utf-8", "replace") or made.get_filter(k)[0]
                       for k in range(made.get_nfilters())]  # fmt: skip
            self.refuse(f"'{name}' is filtered or compressed", list_some(filters), "plain data")
        if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT):
            self.refuse(f"'{name}' is stored in chunks", expected="contiguous data")

    def _check_shape(self, name: str, dataset: h5py.h5d.DatasetID, dtype: str, axes: int) -> None:
        """Compare dtype and axes, and the bytes declared with those that are there."""
        import h5py
        import numpy as np

        space = dataset.get_space()
        simple = space.get_simple_extent_type() == h5py.h5s.SIMPLE
        rank = space.get_simple_extent_ndims() if simple else 0
        found, wanted = dataset.dtype, np.dtype(dtype)
        if found.newbyteorder("=") != wanted or rank != axes or found.hasobject:
            got = f"{found.name or found} with {rank} axes"
            self.refuse(f"'{name}' has another type", got, f"{dtype} with {axes} axes")
        size = prod(int(n) for n in space.shape) * wanted.itemsize
        if size > min(self._left, dataset.get_storage_size()):
            self.refuse(f"'{name}' declares more data than the file holds", f"{size} bytes")
        self._left -= size


@cache
def _adapter(shape: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(shape)


def printable(value: object) -> str:
    """Return text of a file for a screen: no control characters, not too long."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text if len(text) <= 300 else text[:300] + "…"


def _native(values: NDArray[np.generic]) -> NDArray[np.generic]:
    import numpy as np

    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))
