"""Arrays of the store are written and read chunk by chunk, as Zarr has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

from objclass.data.blocks import Region
from objclass.engine.chunk_files import ChunkFiles


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "uint64", "float32", "bool"])
@pytest.mark.parametrize("shape", [(70, 600), (513, 512), (65, 70, 128), (1, 64, 5)])
def test_what_is_written_is_what_zarr_reads(
    tmp_path: Path, shape: tuple[int, ...], dtype: str
) -> None:
    voxels = (np.random.default_rng(0).random(shape) * 9).astype(dtype)
    ChunkFiles.create(tmp_path / "a", shape, dtype).write(Region.whole(shape), voxels)
    read = zarr.open_array(str(tmp_path / "a"), mode="r")
    assert (read.shape, read.dtype) == (shape, voxels.dtype)
    np.testing.assert_array_equal(read[:], voxels)
    np.testing.assert_array_equal(
        ChunkFiles.opened(tmp_path / "a").read(Region.whole(shape)), voxels
    )


def test_what_zarr_wrote_with_checksums_is_read(tmp_path: Path) -> None:
    voxels = np.arange(70 * 70 * 70, dtype=np.uint32).reshape(70, 70, 70)
    codec = zarr.codecs.ZstdCodec(level=1, checksum=True)
    given = {"shape": voxels.shape, "chunks": (64,) * 3, "dtype": "uint32", "compressors": [codec]}
    zarr.create_array(str(tmp_path / "a"), **given)[:] = voxels
    part = Region((60, 1, 2), (70, 66, 3))
    read = ChunkFiles.opened(tmp_path / "a").read(part)
    np.testing.assert_array_equal(read, voxels[part.slices])


def test_parts_of_a_chunk_are_added_to_what_it_holds(tmp_path: Path) -> None:
    array = ChunkFiles.create(tmp_path / "a", (600, 700), "uint8")
    array.write(Region((0, 0), (300, 700)), np.ones((300, 700), np.uint8))
    array.write(Region((300, 0), (600, 700)), np.full((300, 700), 2, np.uint8))
    read = array.read(Region((299, 600), (301, 602)))
    assert read.tolist() == [[1, 1], [2, 2]]


def test_an_array_of_other_chunks_is_refused(tmp_path: Path) -> None:
    zarr.create_array(str(tmp_path / "a"), shape=(600, 600), chunks=(100, 100), dtype="uint8")
    with pytest.raises(ValueError, match="not as it was written"):
        ChunkFiles.opened(tmp_path / "a")
