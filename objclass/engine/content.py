"""How contents lie on disk: Zarr arrays for voxels, one columnar file for a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from objclass.data import digest
from objclass.data.blocks import Region, chunk_shape, tiles
from objclass.engine.artifact import Content, Record

RECORD = "record.npz"
FACTS = "facts.json"
VOXELS = "voxels"


class ChunkDigests:
    """Digests of chunks as they are written, and of the whole array from them."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype).newbyteorder("<").str
        self.found: dict[tuple[int, ...], str] = {}

    def add(self, region: Region, array: NDArray[np.generic]) -> None:
        """Note the chunks of a region that lies on chunk borders."""
        for tile in tiles(region.shape, chunk_shape(self.shape)):
            start = tuple(a + b for a, b in zip(region.start, tile.start, strict=True))
            self.found[start] = digest.of_chunk(array[tile.slices])

    def whole(self) -> str:
        """Return the digest of the array; every chunk must have been written."""
        order = tiles(self.shape, chunk_shape(self.shape))
        return digest.of_chunks(self.shape, self.dtype, [self.found[r.start] for r in order])


class ZarrVoxels:
    """An array in a Zarr v3 folder; chunks are fixed by the shape, checksummed, compressed."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: str) -> None:
        import zarr
        from zarr.codecs import ZstdCodec

        self.path = path
        self.shape = shape
        self._digests = ChunkDigests(shape, dtype)
        self._array = zarr.create_array(
            store=str(path),
            shape=shape,
            chunks=chunk_shape(shape),
            dtype=dtype,
            compressors=[ZstdCodec(level=1, checksum=True)],
            fill_value=0,
            config={"write_empty_chunks": True},
        )

    def write(self, region: Region, array: NDArray[np.generic]) -> None:
        """Write a region on chunk borders."""
        self._digests.add(region, array)
        self._array[region.slices] = array

    def read(self, region: Region) -> NDArray[np.generic]:
        """Return a region."""
        return np.asarray(self._array[region.slices])

    def digest(self) -> str:
        """Return the digest of all voxels."""
        return self._digests.whole()


class MemoryVoxels:
    """An array in memory with the same digest as one on disk."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        self.shape = shape
        self._digests = ChunkDigests(shape, dtype)
        self._array: NDArray[Any] = np.zeros(shape, dtype=dtype)

    def write(self, region: Region, array: NDArray[np.generic]) -> None:
        """Write a region on chunk borders."""
        self._digests.add(region, array)
        self._array[region.slices] = array

    def read(self, region: Region) -> NDArray[np.generic]:
        """Return a region."""
        return self._array[region.slices]

    def digest(self) -> str:
        """Return the digest of all voxels."""
        return self._digests.whole()


def lay_out(content: Content, folder: Path) -> None:
    """Write a content's record and move its Zarr arrays into `folder`."""
    (folder / VOXELS).mkdir(parents=True)
    for name, voxels in content.voxels.items():
        assert isinstance(voxels, ZarrVoxels)
        voxels.path.rename(folder / VOXELS / name)
    if content.record is not None:
        arrays = {name: np.asarray(array) for name, array in content.record.arrays.items()}
        with (folder / RECORD).open("wb") as file:
            np.savez(
                file, allow_pickle=False, **{f"a{i}": a for i, a in enumerate(arrays.values())}
            )
        facts = {"names": list(arrays), "facts": dict(content.record.facts)}
        (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def read_record(folder: Path) -> Record:
    """Return the record kept in `folder`; nothing in it is unpickled."""
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    with np.load(folder / RECORD, allow_pickle=False) as file:
        arrays = {name: file[f"a{i}"] for i, name in enumerate(facts["names"])}
    return Record(arrays, facts["facts"])


def voxel_reader(folder: Path) -> Callable[[str, Region], NDArray[np.generic]]:
    """Return ``read(name, region)`` for the arrays kept in `folder`."""
    arrays: dict[str, Any] = {}

    def read(name: str, region: Region) -> NDArray[np.generic]:
        if name not in arrays:
            import zarr

            arrays[name] = zarr.open_array(str(folder / VOXELS / name), mode="r")
        return np.asarray(arrays[name][region.slices])

    return read
