"""TIFF, BigTIFF, OME-TIFF and ImageJ TIFF files through tifffile."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from objclass.errors import FieldSetting, InputError, Problem, RunError, advise, list_some
from objclass.io import ome
from objclass.io.header import (
    FileHeader,
    as_voxels,
    checked_shape,
    known_axes,
    plain_axes,
    voxel_type,
)
from objclass.io.locator import Locator
from objclass.io.reading import damaged, reading
from objclass.io.room import check_declared
from objclass.io.same_head import HEADS, NotedFile
from objclass.io.tiff_pages import PageSource, file_bytes_needed
from objclass.io.tiff_strips import impossible, misfit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tifffile import TiffFile, TiffPageSeries

# tifffile says so of files that were cut off: pages and values lie beyond the end.
_BEYOND = re.compile(r"invalid (page|value) offset ([1-9][0-9]|[89])")
# What tifffile logged while we read; None where somebody else is reading with it.
_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


class _LogCapture(logging.Filter):
    """Keeps tifffile's log off the screen while objclass reads, and remembers it."""

    def filter(self, record: logging.LogRecord) -> bool:
        heard = _heard.get()
        if heard is None:
            return True
        heard.append(record.getMessage())
        return False


_ear = _LogCapture()


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect what tifffile logs in this thread instead of printing it."""
    logger = logging.getLogger("tifffile")
    if _ear not in logger.filters:
        logger.addFilter(_ear)
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def open_file(file: Path | NotedFile) -> TiffFile:
    """Open the file alone: planes that its OME text seeks in other files are not followed."""
    import tifffile

    return tifffile.TiffFile(file, _multifile=False)


def the_series(
    file: TiffFile, path: Path, heard: list[str], wanted: str | int | None = None
) -> TiffPageSeries:
    """Return the only image of the file, or the one wanted, complete; or raise."""
    series = file.series
    if any(_BEYOND.search(line) for line in heard):
        raise InputError(_cut_off(path, "it points beyond its end"))
    if not series:
        raise InputError(Problem(f"{path} holds no image"))
    found = _find_wanted(series, None if wanted is None else str(wanted), path)
    check_complete(found, path)
    return found


def _find_wanted(series: list[TiffPageSeries], wanted: str | None, path: Path) -> TiffPageSeries:
    """Return the series of a name or number."""
    if wanted is None and len(series) == 1:
        return series[0]
    fitting = [s for s in series if s.name == wanted]
    if not fitting and wanted is not None and wanted.isdecimal() and int(wanted) < len(series):
        fitting = [series[int(wanted)]]
    if len(fitting) == 1:
        return fitting[0]
    shown = [f"{n} '{s.name}' {s.axes.lower()} {s.shape}" for n, s in enumerate(series)]
    if wanted is None:
        what = f"{path} holds {len(series)} images (series)"
    elif fitting:
        what = f"{path} holds {len(fitting)} series '{wanted}'"
    else:
        what = f"{path} holds no series {wanted}"
    first = series.index(fitting[0]) if fitting else 0
    fix = advise(FieldSetting("series", str(first), verb="write", example=True))
    raise InputError(Problem(what, got=list_some(shown, 6), fix=fix))


def check_complete(series: TiffPageSeries, path: Path) -> None:
    """Raise where planes are missing or the file ends before its voxels do."""
    absent = sum(page is None for page in series._pages)
    if absent:
        fix = "export it again, or crop to the frames that are there"
        got = f"{absent} of {len(series._pages)} planes are missing"
        raise InputError(Problem(f"{path} is not complete", got=got, fix=fix))
    wrong = impossible(series)
    if wrong:
        raise InputError(_cut_off(path, wrong))
    size, needed = path.stat().st_size, file_bytes_needed(series)
    if size < needed:
        raise InputError(_cut_off(path, f"{size:,} bytes where its voxels need {needed:,}"))
    found = sum(page.size for page in series._pages)
    if series.dataoffset is None and found != prod(series.shape):
        raise InputError(_cut_off(path, f"{found:,} voxels where it promises {series.size:,}"))


def _cut_off(path: Path, got: str) -> Problem:
    return Problem(f"{path} is cut off or damaged", got=got, fix="copy it again")


def axes_of(series: TiffPageSeries) -> str | None:
    """Return the axes that the file names, or those of a plain grey or RGB page, or None."""
    letters = series.axes.lower().replace("s", "c")
    known = known_axes(letters, len(series.shape))
    if known is not None:
        return known
    spare = [n for n, letter in zip(series.shape, letters, strict=True) if letter not in "yxc"]
    return plain_axes(len(series.shape)) if not spare else None


def describe(where: Locator, mask: bool = False) -> FileHeader:
    """Return the header of the image; see :func:`objclass.io.formats.describe`."""
    with listening() as heard, NotedFile(where.path) as noted, open_file(noted) as file:
        header = _header_of(file, where, mask, heard)
        if not heard and not speaks_of_files(file):
            HEADS.keep(where, mask, noted, header)
        return header


def speaks_of_files(file: TiffFile) -> bool:
    """True where what a file is read as may depend on its name, or on files beside it."""
    return bool(file.is_ome or file.is_mmstack or file.is_ndtiff)


def _header_of(file: TiffFile, where: Locator, mask: bool, heard: list[str]) -> FileHeader:
    path = where.path
    series = the_series(file, path, heard, where.series)
    declared = prod(series.shape) * series.dtype.itemsize
    check_declared(path, declared, path.stat().st_size)
    wrong = misfit(file, series)
    if wrong:
        raise InputError(_cut_off(path, wrong))
    axes = axes_of(series)
    facts = facts_of(file, series, axes)
    notes: tuple[str, ...] = ()
    if file.is_ome and series.kind != "ome":
        notes = ("its OME text speaks of other files; only this file's planes are read",)
    black = black_of(file, series)
    if not mask:
        notes += tuple(colour_notes(series, black))
    return FileHeader(
        shape=checked_shape(series.shape, path),
        dtype=voxel_type(series.dtype, path),
        axes=axes,
        channels=facts.channels if _names_fit(facts, series, axes) else None,
        spacing=facts.spacing,
        unit=facts.unit,
        notes=(*notes, *(f"tifffile: {line}" for line in heard[:1])),
        black=black,
    )


MIN_IS_WHITE, PALETTE = 0, 3
"""Of the tag PhotometricInterpretation."""


def black_of(file: TiffFile, series: TiffPageSeries) -> int | None:
    """Return what black is stored as in a file that says MinIsWhite and means it, else None.

    ImageJ says so of pictures that it shows with an inverted table, tifffile of every image
    of one bit; in both 0 is background as in any other file.
    """
    page = series.keyframe
    if page.photometric != MIN_IS_WHITE or series.dtype.kind not in "bu" or file.is_imagej:
        return None
    if page.bitspersample == 1 and file.is_shaped:
        return None
    return int(2**page.bitspersample - 1)


def _is_grey_ramp(palette: NDArray[np.uint16] | None) -> bool:
    """Return True where a higher index is shown as a lighter grey: then nothing is hidden."""
    if palette is None:
        return False
    grey = palette[0]
    return bool((palette == grey).all() and (grey[1:] > grey[:-1]).all())


def colour_notes(series: TiffPageSeries, black: int | None) -> Iterator[str]:
    """Yield how the stored values of an image are read that is shown with other ones."""
    if series.keyframe.photometric == PALETTE and not _is_grey_ramp(series.keyframe.colormap):
        yield "its palette is for display: the index is the value"
    if black is not None:
        yield "it is MinIsWhite, 0 is white: the values are used as they are stored"


def facts_of(file: TiffFile, series: TiffPageSeries, axes: str | None) -> ome.OmeMetadata:
    """Channel names and voxel size, from OME or ImageJ."""
    if series.kind == "ome" and file.ome_metadata:
        return ome.from_ome(file.ome_metadata, file.series.index(series))
    return ome.from_imagej(file, axes) if file.is_imagej else ome.OmeMetadata()


def _names_fit(facts: ome.OmeMetadata, series: TiffPageSeries, axes: str | None) -> bool:
    """One name per channel; a file without a channel axis has one channel."""
    if facts.channels is None or axes is None:
        return False
    count = series.shape[axes.index("c")] if "c" in axes else 1
    return len(facts.channels) == count


class TiffReader:
    """Decodes only the strips or tiles that a region touches."""

    def __init__(self, where: Locator) -> None:
        self._path = path = where.path
        with listening() as heard:
            self._file = open_file(path)
            try:
                series = the_series(self._file, path, heard, where.series)
                self._dtype = voxel_type(series.dtype, path)
                self._source = PageSource(path, self._file, series)
            except BaseException:
                self._file.close()
                raise

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return the voxels at `index`, in file axis order."""
        with reading(self._path, RunError), listening() as heard:
            array = self._source.read(index)
            if any("corrupt" in line or "failed" in line for line in heard):
                raise RunError(damaged(self._path, heard[0]))
            return as_voxels(array, self._dtype)

    def close(self) -> None:
        """Close the file."""
        self._source.close()
        self._file.close()


def open(where: Locator, mask: bool = False) -> TiffReader:
    """Return a reader of the image; see :func:`objclass.io.formats.open_reader`."""
    return TiffReader(where)
