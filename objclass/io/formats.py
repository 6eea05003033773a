"""Which module reads which file: a table one can read, imported only when needed."""

from __future__ import annotations

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some
from objclass.io.address import as_path, on_disk
from objclass.io.header import FileHeader, Reader
from objclass.io.locator import Locator
from objclass.io.reading import check_present, reading, signature
from objclass.io.same_head import HEADS
from objclass.io.source import Source


@dataclass(frozen=True)
class Format:
    """One file format: its name, its module, its suffixes and the signatures it reads.

    `inside` is true for files that hold several arrays, so that a path may go on inside
    them; `series` for files that hold several images, which are asked for by name or number;
    `levels` for image pyramids; `folder` for formats that are, or may be, folders on disk.
    """

    name: str
    module: str
    suffixes: tuple[str, ...]
    signatures: tuple[str, ...] = ()
    inside: bool = False
    series: bool = False
    levels: bool = False
    folder: bool = False


FORMATS = (
    Format("HDF5", "objclass.io.hdf5", (".h5", ".hdf5"), ("HDF5",), inside=True),
    Format("TIFF", "objclass.io.tiff", (".tif", ".tiff"), ("TIFF",), series=True),
    Format(
        "PNG, JPEG or BMP",
        "objclass.io.png",
        (".png", ".jpg", ".jpeg", ".bmp"),
        ("PNG", "JPEG", "BMP"),
    ),
    Format("NPY", "objclass.io.npy", (".npy",), ("NPY",)),
    Format(
        "OME-Zarr, Zarr or N5",
        "objclass.io.zarr",
        (".zarr", ".n5"),
        inside=True,
        levels=True,
        folder=True,
    ),
)


class FormatModule(Protocol):
    """What the module of a format offers."""

    def describe(self, where: Locator, mask: bool = False) -> FileHeader:
        """Return the header of the array; reads no voxel."""

    def open(self, where: Locator, mask: bool = False) -> Reader:
        """Return a reader of the array."""

    def vouch(self, where: Locator) -> tuple[Path, ...]:
        """Return what vouches for an array in a folder; files need no such function.

        These are few files or folders, whatever the number of chunks: the metadata of the
        array, and what else changes when a program writes voxels. None of them need be there.
        """


PLANNED = {".ilp": "an ilastik project"}
"""Suffixes of what is known but not read yet."""
ARCHIVES = (".ozx", ".zip", ".tar", ".gz", ".tgz", ".7z")
"""Suffixes of what must be unpacked first."""


def suffixes() -> tuple[str, ...]:
    """Every suffix that objclass reads."""
    return tuple(suffix for row in FORMATS for suffix in row.suffixes)


def format_of(path: Path) -> Format:
    """Return the row of `path`'s suffix, or raise with the suffixes that are known."""
    for row in FORMATS:
        if path.suffix.lower() in row.suffixes:
            return row
    ends = (part.suffix.lower() for part in (path, *path.parents))
    known = next((PLANNED[end] for end in ends if end in PLANNED), None)
    what = f"{path}: {known} is not read yet" if known else f"{path}: the format is not known"
    if path.suffix.lower() in ARCHIVES:
        what = f"{path} is an archive, and images inside archives are not read"
        raise InputError(Problem(what, fix="unpack it, and name what was in it"))
    got = f"the suffix {path.suffix}" if path.suffix else "no suffix"
    fix = "save it as OME-TIFF, for example in Fiji" if path.suffix else None
    raise InputError(Problem(what, None if known else got, list_some(suffixes(), 20), fix))


def module_of(row: Format) -> FormatModule:
    """Import the module of a format."""
    return cast(FormatModule, import_module(row.module))


_ENDINGS = "|".join(re.escape(end) for row in FORMATS if row.inside for end in row.suffixes)
_INSIDE = re.compile(rf"(?i)(?:{_ENDINGS})(?=[:/\\]|$)")


def split_inner(path_text: str) -> tuple[str, str | None]:
    """Split a path into the file and the array inside it.

    ``file.h5/group/name``, ``file.h5:/group/name`` and ``C:\\a.h5:/raw`` name an array inside
    a file; the inner path comes back without a leading slash, None where there is none.
    A folder that is called like such a file stays part of the path.
    """
    for found in _INSIDE.finditer(path_text):
        file, rest = path_text[: found.end()], path_text[found.end() :]
        if rest and not format_of(Path(file)).folder and Path(file).is_dir():
            continue
        inner = rest.replace("\\", "/").lstrip(":/").rstrip("/")
        return file, inner or None
    return path_text, None


def relocate(text: str, start: Path, folder: Path) -> str:
    """Return a path as seen from another folder; absolute paths stay, patterns too.

    >>> relocate("a/{well}.h5/raw", Path("/data"), Path("/data/work"))
    '../a/{well}.h5/raw'
    """
    file, inner = split_inner(str(Path(text).expanduser()) if text.startswith("~") else text)
    if not as_path(on_disk(file)).is_absolute() and start != folder:
        file = Path(os.path.relpath(start / file, folder)).as_posix()
    return f"{file}/{inner}" if inner else file


def locate(text: str | Path) -> Locator:
    """Return the array that a path names; as text it may go on inside the file."""
    file, inner = split_inner(str(text))
    return Locator(as_path(file), inner)


def _row_of(where: Locator) -> Format:
    """The format of an existing file, whose first bytes do not say something else."""
    path, row = where.path, format_of(where.path)
    check_chosen(where)
    if row.folder and path.is_dir():
        return row
    check_present(path)
    with reading(path):
        kind = signature(path)
    if kind is None or kind in row.signatures:
        return row
    if kind == "Git LFS pointer":
        raise InputError(Problem(f"{path} is a Git LFS pointer, not the image", fix="git lfs pull"))
    raise InputError(
        Problem(
            f"{path} is not what its name says",
            got=f"a {kind} file",
            expected=row.name,
            fix="give it the suffix of its format",
        )
    )


def describe(where: Locator | Path | str, *, mask: bool = False) -> FileHeader:
    """Return the header of one array, without reading a voxel.

    Parameters
    ----------
    where
        The array; a path stands for what :func:`locate` makes of it.
    mask
        True where the voxels are ids or classes: the index of a palette counts, not its
        colours, small numbers are not spread over the grey scale, and white is the object
        also where the file stores it as 0 (MinIsWhite).

    Raises
    ------
    InputError
        Where the file is missing, unreadable, damaged, of another format, has nothing of the
        kind that is asked for, or holds several arrays and `where` does not say which.
    """
    array = where if isinstance(where, Locator) else locate(where)
    known = HEADS.find(array, mask)
    if known is not None:
        return known
    row = _row_of(array)
    with reading(array.path):
        return module_of(row).describe(array, mask)


def open_reader(where: Locator | Path | str, *, mask: bool = False) -> Reader:
    """Return a reader of one array; close it after use. Takes and raises as :func:`describe`."""
    array = where if isinstance(where, Locator) else locate(where)
    row = _row_of(array)
    with reading(array.path):
        return module_of(row).open(array, mask)


def vouch(source: Source) -> tuple[Path, ...]:
    """Return the paths whose sizes and times vouch that voxels are unchanged, each once.

    A file vouches for itself. A folder is not walked, since it may hold 10,000 chunks: its
    format says which few of its files do.

    Raises
    ------
    InputError
        Where the format is not known, or a folder cannot be read.
    """
    found = (path for member in source.members for path in _vouch_one(member))
    return tuple(dict.fromkeys(found))


def _vouch_one(where: Locator) -> tuple[Path, ...]:
    row = format_of(where.path)
    if not row.folder or not where.path.is_dir():
        return (where.path,)
    with reading(where.path):
        return module_of(row).vouch(where)


def check_chosen(where: Locator) -> None:
    """Raise where a series or a level is asked for of a file whose format has none."""
    row = format_of(where.path)
    if where.series is not None and not row.series:
        fix = "name the array behind the file: file.h5/raw" if row.inside else "remove it"
        what = f"{where}: a file of this format has no series"
        raise InputError(Problem(what, f"{row.name}, series {where.series}", fix=fix))
    if where.level is not None and not row.levels:
        what = f"{where}: a file of this format has no levels"
        raise InputError(Problem(what, f"{row.name}, level {where.level}", fix="remove it"))
