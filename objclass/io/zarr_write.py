"""Writes OME-Zarr images with their pyramid, chunk by chunk; label images beside an input too.

A chunk, or a shard of several, is written once and whole: regions are made of whole ones, so
that no two of them touch the same file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.blocks import Region, chunk_runs
from objclass.data.lazy_array import LazyArray
from objclass.data.ordered import OrderedMap
from objclass.io.label_group import LABELS, listed, version_for
from objclass.io.leftover import temporary_name
from objclass.io.ome_metadata import ORDER, image_metadata
from objclass.io.pyramid import halved, halved_axes
from objclass.io.raster import BLOCK
from objclass.io.reading import quietly

if TYPE_CHECKING:
    from objclass.io.write import ImageToWrite

MOST_FILES = 10_000
"""Chunks of an array beyond which several are put into one file, a shard."""
NEWEST = "0.5"


def write(path: Path, picture: ImageToWrite) -> None:
    """Write an image as a new folder: its levels from fine to coarse, its metadata last.

    The axes are put into the order t, c, z, y, x, which the standard asks for. Inside
    ``labels`` of another image it has the version of that image, and is listed there.
    """
    version = version_for(path, picture.ome_zarr or NEWEST)
    picture = picture.in_order("".join(letter for letter in ORDER if letter in picture.axes))
    path.mkdir()
    voxels, factors = picture.voxels, [dict.fromkeys(picture.axes, 1)]
    spacing = dict(picture.spacing or {})
    while True:
        written = _write_level(path / str(len(factors) - 1), voxels, version, picture.each)
        axes = halved_axes(voxels, spacing)
        if not axes:
            break
        voxels = halved(written, axes, ids=picture.ids)
        spacing = {a: size * (2 if a in axes else 1) for a, size in spacing.items()}
        factors.append({a: n * (2 if a in axes else 1) for a, n in factors[-1].items()})
    inside = path.parent.name == LABELS and picture.ids
    name = picture.name or path.name
    said = image_metadata(picture, factors, version, name, inside=inside)
    write_group(path, said, version)
    if inside:
        _list(path.parent, name, version)


def _list(group: Path, name: str, version: str) -> None:
    """Add a name to the label images of an image."""
    with listed(group) as names:
        if name not in names:
            write_group(group, {"labels": [*names, name]}, version)


def _write_level(folder: Path, voxels: LazyArray, version: str, each: OrderedMap) -> LazyArray:
    """Write one array, and return it as it can be read from now on."""
    chunk = tuple(max(1, edge) for edge in voxels.chunk)
    unit = write_unit(voxels.shape, chunk) if version == NEWEST else chunk
    array = create(folder, voxels, chunk, unit, version)

    def write_region(region: Region) -> None:
        array[region.slices] = voxels.read(region)

    for _ in each(write_region, chunk_runs(voxels.shape, unit, BLOCK)):
        pass
    return replace(voxels, read=lambda region: array[region.slices])


def write_unit(shape: tuple[int, ...], chunk: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of what is one file: a chunk, or a shard of as many as are needed.

    Shards grow along the axis with the most of them, until there are at most 10,000.
    """
    unit = list(chunk)

    def counts() -> list[int]:
        return [-(-n // edge) for n, edge in zip(shape, unit, strict=True)]

    while prod(counts()) > MOST_FILES:
        axis = max(range(len(shape)), key=lambda a: counts()[a])
        unit[axis] *= 2
    return tuple(unit)


def create(
    folder: Path,
    voxels: LazyArray,
    chunk: tuple[int, ...],
    unit: tuple[int, ...],
    version: str,
) -> Any:
    """Return a new array on disk; chunks that hold 0 only are not written."""
    import zarr

    newest = version == NEWEST
    more: dict[str, Any] = {"dimension_names": list(voxels.axes)} if newest else {}
    encoding = {"name": "default" if newest else "v2", "separator": "/"}
    with quietly():
        return zarr.create_array(
            str(folder),
            shape=voxels.shape,
            dtype=voxels.dtype,
            chunks=chunk,
            shards=unit if unit != chunk else None,
            compressors=_compressor(voxels.dtype.itemsize, newest=newest),
            chunk_key_encoding=encoding,
            fill_value=0,
            zarr_format=3 if newest else 2,
            **more,
        )


def _compressor(itemsize: int, *, newest: bool) -> Any:
    if not newest:
        return {"id": "blosc", "cname": "zstd", "clevel": 3, "shuffle": 1, "blocksize": 0}
    from zarr.codecs import BloscCodec

    return BloscCodec(cname="zstd", clevel=3, shuffle="shuffle", typesize=itemsize)


def write_group(folder: Path, said: Mapping[str, Any], version: str) -> None:
    """Write the metadata of a group, in the words of OME."""
    folder.mkdir(exist_ok=True)
    if version == NEWEST:
        attributes = {"ome": {"version": NEWEST, **said}}
        facts = {"zarr_format": 3, "node_type": "group", "attributes": attributes}
        write_json(folder / "zarr.json", facts)
        return
    write_json(folder / ".zgroup", {"zarr_format": 2})
    write_json(folder / ".zattrs", said)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a metadata file as people read it; whoever looks finds the old one or the new."""
    aside = path.with_name(temporary_name())
    aside.write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")
    aside.replace(path)
