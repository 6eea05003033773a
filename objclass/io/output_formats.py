"""Which module writes which image: a table one can read, imported only when needed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some
from objclass.io.formats import FORMATS, split_inner

if TYPE_CHECKING:
    from objclass.io.write import ImageToWrite


DEFLATED = 1 / 1032
"""The smallest share that deflate leaves: 258 equal bytes take two bits (RFC 1951)."""


@dataclass(frozen=True)
class OutputFormat:
    """One format that images are written in: its module and its suffixes.

    `inside` is true where the array has a name inside the file; `flat` where a file holds one
    plane of whole numbers and no more; `folder` where what is written is a folder; `ending` is
    what names of files end in that we choose, where that is not their suffix alone; `least` is
    the smallest share of the bytes of its voxels that a file takes.
    """

    name: str
    module: str
    suffixes: tuple[str, ...]
    inside: bool = False
    flat: bool = False
    folder: bool = False
    ending: str = ""
    least: float = 0.0


OUTPUT_FORMATS: tuple[OutputFormat, ...] = (
    OutputFormat("HDF5", "objclass.io.hdf5_write", (".h5", ".hdf5"), inside=True),
    OutputFormat("TIFF", "objclass.io.tiff_write", (".tif", ".tiff"), least=DEFLATED),
    OutputFormat("PNG", "objclass.io.png_write", (".png",), flat=True, least=DEFLATED),
    OutputFormat("NPY", "objclass.io.npy_write", (".npy",), least=1.0),
    OutputFormat("OME-Zarr", "objclass.io.zarr_write", (".zarr",), folder=True, ending=".ome.zarr"),
)


HDF5_TABLES = (".h5", ".hdf5", ".hd5")
"""Suffixes of tables in HDF5."""


class OutputModule(Protocol):
    """What the module of a format offers."""

    def write(self, path: Path, picture: ImageToWrite) -> None:
        """Write a new file, or folder, at `path`, reading the image region by region."""


def writable_suffixes() -> tuple[str, ...]:
    """Every suffix that images are written with."""
    return tuple(suffix for row in OUTPUT_FORMATS for suffix in row.suffixes)


def usual_ending(suffix: str) -> str:
    """Return what names of files end in that we choose.

    >>> usual_ending(".zarr"), usual_ending(".tif")
    ('.ome.zarr', '.tif')
    """
    endings = (row.ending for row in OUTPUT_FORMATS if suffix in row.suffixes)
    return next(endings, "") or suffix


def output_format(path: Path) -> OutputFormat:
    """Return the row of `path`'s suffix, or raise with the suffixes that are written."""
    suffix = output_suffix(path)
    for row in OUTPUT_FORMATS:
        if suffix in row.suffixes:
            return row
    reads = any(suffix in row.suffixes for row in FORMATS)
    got = f"{suffix or 'no suffix'}{', which is only read' if reads else ''}"
    expected = list_some(writable_suffixes())
    raise InputError(Problem(f"{path}: images are not written so", got=got, expected=expected))


def output_suffix(path: Path) -> str:
    """Return the suffix that says the format: of the folder, where a path goes on inside one."""
    file, inner = split_inner(str(path))
    folders = {suffix for row in OUTPUT_FORMATS if row.folder for suffix in row.suffixes}
    outer = Path(file).suffix.lower()
    return outer if inner and outer in folders else path.suffix.lower()


def is_folder(path: Path) -> bool:
    """Return True where what is written at a path is a folder."""
    suffix = output_suffix(path)
    return any(row.folder for row in OUTPUT_FORMATS if suffix in row.suffixes)


def output_module(row: OutputFormat) -> OutputModule:
    """Import the module of a format."""
    return cast(OutputModule, import_module(row.module))
