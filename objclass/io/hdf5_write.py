"""Writes HDF5 files that ilastik reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.blocks import Region, chunk_runs, tiles
from objclass.errors import InputError, Problem
from objclass.io import axistags
from objclass.io.output import HeldFile, hdf5_output
from objclass.io.raster import BLOCK

if TYPE_CHECKING:
    import h5py
    from numpy.typing import NDArray

    from objclass.io.write import ImageToWrite


def write(path: Path, picture: ImageToWrite) -> None:
    """Write one chunked array, compressed with gzip 1, whose ``axistags`` ilastik reads."""
    voxels = picture.voxels
    chunks = voxels.chunk if voxels.size else None
    with hdf5_output(path) as (file, held):
        data = file.create_dataset(
            checked_name(picture.dataset),
            shape=voxels.shape,
            dtype=voxels.dtype,
            chunks=chunks,
            compression="gzip" if chunks else None,
            compression_opts=1 if chunks else None,
            shuffle=True if chunks else None,
            track_times=False,
        )
        for region in chunk_runs(voxels.shape, chunks, BLOCK) if chunks else ():
            _write_block(data, region, voxels.read(region), held)
        _describe_axes(data, picture)


def _write_block(data: h5py.Dataset, region: Region, block: NDArray[Any], held: HeldFile) -> None:
    """Write a region chunk by chunk, so that little is held where there is no room."""
    for tile in tiles(block.shape, data.chunks):
        data[tile.moved(region.start).slices] = block[tile.slices]
        held.check()


def _describe_axes(data: h5py.Dataset, picture: ImageToWrite) -> None:
    """Write the attributes that say what the axes and values are."""
    data.attrs["axistags"] = axistags.dumps(picture.axes, picture.spacing)
    if picture.spacing and picture.unit:
        units = {letter: picture.unit for letter in picture.axes if letter in picture.spacing}
        data.attrs["axis_units"] = json.dumps(units)
    if picture.channel_names:
        data.attrs["channel_names"] = json.dumps(picture.channel_names, ensure_ascii=False)
    if picture.value_range:
        data.attrs["drange"] = picture.value_range


def checked_name(name: str) -> str:
    """Return the path inside the file, or raise where it cannot be one."""
    parts = name.strip("/").split("/")
    if not all(parts) or "." in parts or ".." in parts or "\0" in name:
        expected = "names separated by /, such as exported_data"
        problem = Problem("not a path inside an HDF5 file", got=f"'{name}'", expected=expected)
        raise InputError(problem)
    return "/".join(parts)
