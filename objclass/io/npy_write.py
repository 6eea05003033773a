"""Writes NPY files: one array in the order it has; names and spacing have no place in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from objclass.io.output import NewFile
from objclass.io.raster import in_raster_order

if TYPE_CHECKING:
    from objclass.io.write import ImageToWrite


def write(path: Path, picture: ImageToWrite) -> None:
    """Write the array as it comes."""
    from numpy.lib.format import dtype_to_descr, write_array_header_1_0

    voxels = picture.voxels
    facts = {"descr": dtype_to_descr(voxels.dtype), "fortran_order": False, "shape": voxels.shape}
    with NewFile(path) as file:
        write_array_header_1_0(file, facts)
        for piece in in_raster_order(voxels, path.parent):
            file.write(piece)
            del piece  # before the next one is made
