"""An array as Zarr v3 keeps it: one file per chunk and one that describes it.

The files are read and written here and not by the Zarr library, which takes about a
millisecond for a chunk; any program that knows Zarr v3 opens the array.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from objclass.data.blocks import Region, chunk_shape, chunks_in

ARRAY = "zarr.json"
LEVEL = 1
"""Of compression: label images are mostly runs, which any level packs."""


class ChunkFiles:
    """An array of a folder whose chunks are fixed by the shape.

    Parameters
    ----------
    path
        The folder.
    shape, dtype
        Of the array.

    Notes
    -----
    Regions that share a chunk must not be written at the same time.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: str) -> None:
        self.path = path
        self.shape = shape
        self.dtype = np.dtype(dtype).newbyteorder("<")
        self.chunks = chunk_shape(shape)

    @classmethod
    def create(cls, path: Path, shape: tuple[int, ...], dtype: str) -> ChunkFiles:
        """Make the folder of a new array, of which nothing is written."""
        made = cls(path, shape, dtype)
        path.mkdir(parents=True)
        (path / ARRAY).write_text(json.dumps(made.description()), encoding="utf-8")
        return made

    @classmethod
    def opened(cls, path: Path) -> ChunkFiles:
        """Return an array that was written here; raise ValueError where another program did."""
        said = json.loads((path / ARRAY).read_bytes())
        found = cls(path, tuple(said["shape"]), said["data_type"])
        known = found.description()
        differs = [
            name for name in ("chunk_grid", "chunk_key_encoding") if said[name] != known[name]
        ]
        if differs or [codec["name"] for codec in said["codecs"]] != ["bytes", "zstd"]:
            raise ValueError(f"{path / ARRAY} is not as it was written")
        return found

    def description(self) -> dict[str, Any]:
        """Return what ``zarr.json`` says."""
        order = {"configuration": {"endian": "little"}} if self.dtype.itemsize > 1 else {}
        compression = {"level": LEVEL, "checksum": False}
        return {
            "zarr_format": 3,
            "node_type": "array",
            "shape": list(self.shape),
            "data_type": self.dtype.name,
            "chunk_grid": {
                "name": "regular",
                "configuration": {"chunk_shape": list(self.chunks)},
            },
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": False if self.dtype.kind == "b" else 0,
            "codecs": [
                {"name": "bytes", **order},
                {"name": "zstd", "configuration": compression},
            ],
            "attributes": {},
        }

    def write(self, region: Region, voxels: NDArray[np.generic]) -> None:
        """Write a region; a chunk of which it holds a part is read first."""
        from imagecodecs import zstd_encode

        for part, chunk in self._parts(region):
            new = voxels[part.within(region)]
            file = self._file(chunk)
            if new.shape != self.chunks:
                whole = self._chunk(file) if file.exists() else np.zeros(self.chunks, self.dtype)
                whole[part.within(chunk)] = new
                new = whole
            packed = zstd_encode(np.ascontiguousarray(new, self.dtype).tobytes(), level=LEVEL)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(packed)

    def read(self, region: Region) -> NDArray[np.generic]:
        """Return a copy of a region."""
        out = np.empty(region.shape, self.dtype)
        for part, chunk in self._parts(region):
            out[part.within(region)] = self._chunk(self._file(chunk))[part.within(chunk)]
        return out

    def _parts(self, region: Region) -> Iterator[tuple[Region, Region]]:
        """Yield the parts of a region that lie in one chunk each, and their chunks."""
        for part in chunks_in(region, self.shape) if region.size else ():
            yield part, part.aligned(self.chunks, self.shape)

    def _file(self, chunk: Region) -> Path:
        numbers = (a // n for a, n in zip(chunk.start, self.chunks, strict=True))
        return self.path.joinpath("c", *map(str, numbers))

    def _chunk(self, file: Path) -> NDArray[np.generic]:
        """Return the voxels of a chunk, also those beyond the end of the array."""
        from imagecodecs import zstd_decode

        size = prod(self.chunks) * self.dtype.itemsize
        found = bytearray(zstd_decode(file.read_bytes(), out=size))
        if len(found) != size:
            raise ValueError(f"{file} holds {len(found)} bytes, not {size}")
        voxels: NDArray[np.generic] = np.frombuffer(found, self.dtype)
        return voxels.reshape(self.chunks)
