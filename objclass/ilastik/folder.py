"""Reading a project file of ilastik: every entry is looked at before a byte of it is read.

A project is an HDF5 file that may come from anywhere. Only hard links are followed, data
that lie in other files are refused, and no array is read that declares more bytes than the
file can hold (gzip makes at most about a thousand bytes of one).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem
from objclass.io.project.guard import printable

if TYPE_CHECKING:
    import h5py
    from numpy.typing import NDArray

MEMBERS: Final = 100_000
"""Most entries a group may have."""
TEXTS: Final = 10_000
"""Most texts a list may have."""
LARGEST: Final = 2**30
"""Bytes of the largest array that is read."""
GZIP: Final = 1040
"""Most bytes that one byte of gzip can stand for."""
FILTERS: Final = {1: "gzip", 2: "shuffle", 3: "fletcher32"}
MEND: Final = "open the project in ilastik and save it again, or take an older copy"

Damage = (OSError, RuntimeError, ValueError, TypeError, KeyError, OverflowError, MemoryError)


@contextmanager
def open_file(path: Path) -> Iterator[ProjectGroup]:
    """Open a project file and yield its root.

    Raises
    ------
    InputError
        If it is missing, no HDF5 file, or cut off; also for whatever turns out to be broken
        while it is read.
    """
    import h5py

    if not path.is_file():
        raise InputError(Problem(f"{path}: there is no such file"))
    try:
        file = h5py.File(path, "r", locking="best-effort")
    except Damage as error:
        what = f"{path} is not a project file of ilastik, or is cut off"
        raise InputError(Problem(what, got=_first_line(error), fix=MEND)) from None
    with file:
        yield ProjectGroup(file.id, "", path)


def _first_line(error: BaseException) -> str:
    text = str(error).splitlines()
    return printable(text[0])[:200] if text else type(error).__name__


@dataclass(frozen=True)
class ProjectGroup:
    """One group of a project file.

    Parameters
    ----------
    group
        The open group.
    name
        Its path in the file, empty for the root.
    path
        The file.
    """

    group: h5py.h5g.GroupID
    name: str
    path: Path

    def refuse(self, what: str, got: object = None, expected: object = None) -> NoReturn:
        """Raise the :class:`InputError` of this file."""
        raise InputError(
            Problem(
                f"{self.path}: {printable(what)}",
                got=None if got is None else printable(got),
                expected=None if expected is None else str(expected),
                fix=MEND,
            )
        )

    def within(self, name: str) -> str:
        """Return the path of an entry."""
        return f"{self.name}/{name}" if self.name else name

    def names(self) -> list[str]:
        """Return the names of all entries, numbers in order."""
        with self._damage(self.name or "/"):
            count = self.group.get_num_objs()
            if count > MEMBERS:
                self.refuse(f"too many entries in '{self.name}'", count, f"at most {MEMBERS}")
            found = [link.decode("utf-8", "surrogateescape") for link in self.group]
        for each in found:
            if not each.isprintable():
                self.refuse(f"an entry of '{self.name}' has no readable name", each)
        return sorted(found, key=lambda n: (int(n), "") if _is_number(n) else (-1, n))

    def __contains__(self, name: str) -> bool:
        with self._damage(self.within(name)):
            return name.encode() in self.group

    def folders(self) -> Iterator[tuple[str, ProjectGroup]]:
        """Yield every group in this one; other entries are passed over."""
        for name in self.names():
            inside = self.folder(name)
            if inside is not None:
                yield name, inside

    def folder(self, name: str) -> ProjectGroup | None:
        """Return a group by its path, or None where there is none."""
        import h5py

        found = self
        for part in name.split("/"):
            item = found._open(part)
            if not isinstance(item, h5py.h5g.GroupID):
                return None
            found = ProjectGroup(item, found.within(part), self.path)
        return found

    def array(self, name: str, kinds: str = "iuf", axes: int | None = None) -> NDArray[Any]:
        """Return an array of numbers in the machine's byte order.

        Parameters
        ----------
        name
            The entry; it must exist.
        kinds
            numpy's letters of the dtypes allowed, such as ``iu`` for integers.
        axes
            Number of axes it must have.
        """
        import h5py
        import numpy as np

        with self._damage(self.within(name)):
            data = self._dataset(name)
            where, dtype = self.within(name), data.dtype
            if dtype.kind not in kinds or dtype.hasobject:
                self.refuse(f"'{where}' has another type", dtype.name, f"one of {kinds}")
            if axes is not None and data.rank != axes:
                self.refuse(f"'{where}' has {data.rank} axes", expected=axes)
            self._check_size(where, data)
            values = np.empty(data.shape, dtype)
            if values.size:
                data.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
        return np.asarray(values, dtype=dtype.newbyteorder("="), order="C")

    def number(self, name: str, default: float | None = None) -> float:
        """Return a single finite number; the default where there is no entry."""
        if default is not None and name not in self:
            return default
        values = self.array(name, "iufb").reshape(-1)
        if len(values) != 1:
            self.refuse(f"'{self.within(name)}' has {len(values)} values", expected="one number")
        if not isfinite(values[0]):
            self.refuse(f"'{self.within(name)}' is no number", values[0])
        return float(values[0])

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a single whole number of at least 0; the default where there is no entry."""
        value = self.number(name, default)
        if value != int(value) or not 0 <= value < 2**53:
            self.refuse(f"'{self.within(name)}' is no whole number of at least 0", value)
        return int(value)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a single text; the default where there is no entry."""
        if default is not None and name not in self:
            return default
        found = self.texts(name)
        if len(found) != 1:
            self.refuse(f"'{self.within(name)}' has {len(found)} texts", expected="one")
        return found[0]

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; a single one is a list of one."""
        return tuple(each.decode("utf-8", "replace") for each in self.raw(name))

    def raw(self, name: str) -> tuple[bytes, ...]:
        """Return texts or opaque values as bytes; a single one is a list of one."""
        import h5py

        with self._damage(self.within(name)):
            data = self._dataset(name)
            where = self.within(name)
            if prod(data.shape) > TEXTS or data.rank > 1:
                self.refuse(f"'{where}' is no list of texts", data.shape, f"at most {TEXTS}")
            if h5py.check_string_dtype(data.dtype) is None and data.dtype.kind not in "VS":
                self.refuse(f"'{where}' is no text", data.dtype.name)
            self._check_size(where, data)
            items, left = h5py.Dataset(data), self.path.stat().st_size
            found = []
            for place in range(data.shape[0]) if data.rank else [()]:
                found.append(_bytes_of(items[place]))
                left -= len(found[-1])
                if left < 0:
                    self.refuse(f"'{where}' declares more text than the file holds")
        return tuple(found)

    def attribute(self, name: str, key: str) -> object:
        """Return a single text or number kept as an attribute of an entry, or None."""
        import h5py

        with self._damage(f"{self.within(name)}, attribute {key}"):
            item = self._open(name)
            if item is None or not h5py.h5a.exists(item, key.encode()):
                return None
            found = h5py.h5a.open(item, key.encode())
            if prod(found.shape) != 1:
                return None
            holder = h5py.Group if isinstance(item, h5py.h5g.GroupID) else h5py.Dataset
            value = holder(item).attrs[key]
        return _plain(value)

    def _dataset(self, name: str) -> h5py.h5d.DatasetID:
        import h5py

        item = self._open(name)
        if item is None:
            self.refuse("an entry is missing", expected=f"'{self.within(name)}'")
        if not isinstance(item, h5py.h5d.DatasetID):
            self.refuse(f"'{self.within(name)}' is not an array")
        return item

    def _open(self, name: str) -> Any:
        """Open an entry, or return None where there is none; links elsewhere are refused."""
        import h5py

        with self._damage(self.within(name)):
            key = name.encode("utf-8", "surrogateescape")
            if key not in self.group:
                return None
            if self.group.links.get_info(key).type != h5py.h5l.TYPE_HARD:
                self.refuse(f"'{self.within(name)}' leads elsewhere", "a link", "data in this file")
            return h5py.h5o.open(self.group, key)

    def _check_size(self, where: str, data: h5py.h5d.DatasetID) -> None:
        """Refuse arrays outside of the file, and those that declare more than it can hold."""
        import h5py

        made = data.get_create_plist()
        if made.get_layout() == h5py.h5d.VIRTUAL or made.get_external_count():
            self.refuse(f"'{where}' takes its data from other files", expected="data in this file")
        filters = [made.get_filter(k)[0] for k in range(made.get_nfilters())]
        for code in filters:
            if code not in FILTERS:
                self.refuse(f"'{where}' is compressed in an unknown way", f"filter {code}", "gzip")
        held = data.get_storage_size() * (GZIP if 1 in filters else 1)
        size = prod(int(n) for n in data.shape) * data.dtype.itemsize
        if size > min(held, LARGEST):
            self.refuse(f"'{where}' declares more data than the file holds", f"{size} bytes")

    @contextmanager
    def _damage(self, name: str) -> Iterator[None]:
        """Turn whatever HDF5 says about broken bytes into one message."""
        try:
            yield
        except Damage as error:
            self.refuse(f"'{name}' cannot be read", _first_line(error))


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= 18


def _bytes_of(value: Any) -> bytes:
    """Return one element of a list of texts, or an opaque value, as bytes."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    raw = value if isinstance(value, bytes) else bytes(value.tobytes())
    return raw.rstrip(b"\0")


def _plain(value: Any) -> object:
    """Return an attribute as text, number or None."""
    single = value.reshape(-1)[0] if hasattr(value, "reshape") and value.ndim else value
    if isinstance(single, bytes):
        return single.decode("utf-8", "replace")
    return single.item() if hasattr(single, "item") else single
