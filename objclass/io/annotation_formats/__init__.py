"""Which module reads which file of annotations that another program wrote.

One file per format and this table; the first line that recognises a file reads it. Painted
images are read with the objects that were painted, see :mod:`objclass.annotations.painted`.
"""

from __future__ import annotations

from pathlib import Path

from objclass.errors import InputError, Problem, list_some
from objclass.io.annotation_formats import (
    cell_counter,
    geojson,
    imagej_roi,
    plain_table,
    training_set,
)
from objclass.io.annotation_formats.contract import AnnotationFormat, ForeignTable
from objclass.io.formats import split_inner, suffixes
from objclass.io.reading import check_present, reading

FORMATS: tuple[AnnotationFormat, ...] = (
    cell_counter.FORMAT,
    imagej_roi.FORMAT,
    geojson.FORMAT,
    training_set.FORMAT,
    plain_table.FORMAT,
)


def is_painted(path: Path) -> bool:
    """Return True for an image, or an array inside a file: its voxels are classes."""
    return Path(split_inner(str(path))[0]).suffix.lower() in suffixes()


def annotation_format_of(path: Path) -> AnnotationFormat:
    """Return the format of a file.

    Raises
    ------
    InputError
        Where it is not there, or no format recognises it.
    """
    check_present(path, "a file of annotations")
    for each in FORMATS:
        if path.suffix.lower() in each.suffixes and each.recognises(path):
            return each
    known = dict.fromkeys(suffix for each in FORMATS for suffix in each.suffixes)
    expected = list_some((*known, *suffixes()), 30)
    what = f"{path}: annotations of this kind are not known"
    raise InputError(Problem(what, got=path.suffix or "no suffix", expected=expected))


def read_foreign(path: Path) -> ForeignTable:
    """Return what a file of another program says.

    Raises
    ------
    InputError
        Where it is not there, no format recognises it, or it is damaged, in whatever way.
    """
    found = annotation_format_of(path)
    with reading(path):
        return found.read(path)
