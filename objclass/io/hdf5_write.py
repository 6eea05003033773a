"""Writes HDF5 files that ilastik reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.blocks import Region, chunk_runs, tiles
from objclass.data.lazy_array import LazyArray
from objclass.errors import InputError, Problem
from objclass.io import axistags
from objclass.io.output import hdf5_output
from objclass.io.raster import BLOCK

if TYPE_CHECKING:
    import h5py
    from numpy.typing import NDArray

    from objclass.io.write import ImageToWrite

LEVEL = 2
"""Of zlib-ng, where it takes less time than 1 and less room than level 1 of zlib."""


def write(path: Path, picture: ImageToWrite) -> None:
    """Write one chunked array, compressed with gzip, whose ``axistags`` ilastik reads."""
    voxels = picture.voxels
    chunks = voxels.chunk if voxels.size else None
    with hdf5_output(path) as (file, held):
        data = file.create_dataset(
            checked_name(picture.dataset),
            shape=voxels.shape,
            dtype=voxels.dtype,
            chunks=chunks,
            compression="gzip" if chunks else None,
            compression_opts=LEVEL if chunks else None,
            shuffle=True if chunks else None,
            track_times=False,
        )
        regions = chunk_runs(voxels.shape, chunks, BLOCK) if chunks else ()
        for packed in picture.each(partial(_packed_region, voxels), regions):
            for start, chunk in packed:
                data.id.write_direct_chunk(start, chunk)
                held.check()
        _describe_axes(data, picture)


def _packed_region(voxels: LazyArray, region: Region) -> list[tuple[tuple[int, ...], bytes]]:
    """Return for each chunk of a region where it starts, and its bytes."""
    block, chunk, dtype = voxels.read(region), voxels.chunk, voxels.dtype
    return [
        (tile.moved(region.start).start, _packed(block[tile.slices], chunk, dtype))
        for tile in tiles(block.shape, chunk)
    ]


def _packed(voxels: NDArray[Any], chunk: tuple[int, ...], dtype: Any) -> bytes:
    """Return a chunk as the filters shuffle and gzip leave it, in a third of HDF5's own time.

    What lies beyond the end of the array is 0, as HDF5 has it.
    """
    import numpy as np
    from imagecodecs import zlibng_encode

    whole = np.ascontiguousarray(voxels, dtype)
    if whole.shape != chunk:
        whole = np.zeros(chunk, dtype)
        whole[tuple(slice(0, n) for n in voxels.shape)] = voxels
    shuffled = whole.reshape(-1).view(np.uint8).reshape(-1, dtype.itemsize).T
    return bytes(zlibng_encode(shuffled.tobytes(), level=LEVEL))


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


def write_array(
    path: Path,
    voxels: NDArray[Any],
    axes: str,
    spacing: Mapping[str, float] | None = None,
    unit: str | None = None,
) -> None:
    """Write an array that is in memory as it is, with its axes and the size of a voxel."""
    with hdf5_output(path) as (file, _):
        data = file.create_dataset("data", data=voxels, track_times=False)
        data.attrs["axistags"] = axistags.dumps(axes, spacing)
        if spacing and unit:
            data.attrs["axis_units"] = json.dumps(dict.fromkeys(spacing, unit))
