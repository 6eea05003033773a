"""Chunks that are decoded outside the HDF5 library hold what the library reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import h5py
import numpy as np
import pytest

from objclass.data.blocks import tiles
from objclass.errors import RunError
from objclass.io import hdf5_chunks
from objclass.io.hdf5 import open as open_reader
from objclass.io.hdf5_chunks import Hdf5Chunks, is_plain
from objclass.io.locator import Locator

SHAPE, CHUNK = (7, 50, 61), (3, 16, 32)
INDICES = (
    np.s_[:, :, :],
    np.s_[2:6, 15:33, 31:61],
    np.s_[6, 49, :],
    np.s_[0:1, 3, 60],
    np.s_[3:3, :, 0:5],
)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_chunks, "LEAST_BYTES", 1)


def written(path: Path, dtype: str = "<u2", **more: Any) -> np.ndarray:
    """Write random numbers in chunks that fit the shape nowhere."""
    values = np.random.default_rng(1).integers(0, 200, SHAPE).astype(dtype)
    with h5py.File(path, "w") as file:
        usual = {"chunks": CHUNK, "compression": "gzip"}
        file.create_dataset("data", data=values, **{**usual, **more})
    return values


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u4", "<i8", "<f4", ">f8"])
def test_every_index_gives_what_the_library_gives(
    dtype: str, shuffle: bool, tmp_path: Path
) -> None:
    written(tmp_path / "a.h5", dtype, shuffle=shuffle)
    with h5py.File(tmp_path / "a.h5") as file:
        assert is_plain(file["data"])
        chunks = Hdf5Chunks(file["data"], Lock(), 2**20)
        for index in INDICES:
            found, expected = chunks.read(index), file["data"][index]
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)


def test_chunks_that_were_never_written_hold_the_fill_value(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        data = file.create_dataset(
            "data", SHAPE, "u1", chunks=CHUNK, compression="gzip", fillvalue=9
        )
        data[0:3, 0:16, 0:32] = 1
        found = Hdf5Chunks(data, Lock(), 2**20).read(np.s_[:, :, :])
        np.testing.assert_array_equal(found, data[()])
        assert found[6, 49, 60] == 9


@pytest.mark.parametrize(
    "more",
    [
        {"compression": "lzf"},
        {"fletcher32": True},
        {"compression": None},
        {"scaleoffset": 0},
        {"chunks": None, "compression": None},
    ],
)
def test_other_filters_are_left_to_the_library(more: dict[str, Any], tmp_path: Path) -> None:
    values = written(tmp_path / "a.h5", **more)
    with h5py.File(tmp_path / "a.h5") as file:
        assert not is_plain(file["data"])
    reader = open_reader(Locator(tmp_path / "a.h5", "data"))
    np.testing.assert_array_equal(reader.read(np.s_[:, :, :]), values)
    reader.close()


def test_blocks_read_by_three_threads_are_the_image(tmp_path: Path) -> None:
    values = written(tmp_path / "a.h5")
    reader, out = open_reader(Locator(tmp_path / "a.h5", "data")), np.zeros_like(values)
    regions = list(tiles(SHAPE, (2, 7, 11)))
    with ThreadPoolExecutor(3) as pool:
        read = pool.map(lambda region: reader.read(region.slices), regions)
        for region, voxels in zip(regions, read, strict=True):
            out[region.slices] = voxels
    np.testing.assert_array_equal(out, values)
    reader.close()


def test_a_damaged_chunk_fails_as_the_library_says(tmp_path: Path) -> None:
    written(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        place = file["data"].id.get_chunk_info(0)
    with (tmp_path / "a.h5").open("r+b") as raw:
        raw.seek(place.byte_offset + 10)
        raw.write(b"\xff" * (place.size - 20))
    reader = open_reader(Locator(tmp_path / "a.h5", "data"))
    with pytest.raises(RunError, match=r"a\.h5"):
        reader.read(np.s_[0:1, 0:1, 0:1])
    reader.close()
