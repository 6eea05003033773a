"""The digest of a large file is made in bounded memory, and a small file is read once."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from objclass.data import blocks
from objclass.data.blocks import Region
from objclass.data.digest import of_array
from objclass.io import hdf5, kept_frames
from objclass.io.image import image_header, layout_of
from objclass.io.kept_frames import KEPT
from objclass.io.locator import Locator
from objclass.io.stack import describe_source
from objclass.nodes.source import FileSource

SHAPE = (130, 200, 210)


def volume() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 99, SHAPE, dtype=np.uint8)


def source_of(path: Path, chunks: tuple[int, ...] | None) -> FileSource:
    with h5py.File(path, "w") as file:
        file.create_dataset("raw", data=volume(), chunks=chunks)
    where = Locator(path, "raw")
    file_header, axes = describe_source(where, "zyx")
    layout = layout_of(file_header, axes)
    header = image_header(file_header, layout)
    return FileSource(
        where,
        path.name,
        layout,
        header,
        layout.grid(),
        axes,
        stored=file_header.dtype,
        chunks=file_header.chunks,
    )


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many voxels each read of a file gave."""
    KEPT.clear()
    found: list[int] = []
    read = hdf5.Hdf5Reader.read

    def watched(self: hdf5.Hdf5Reader, index: tuple[slice | int, ...]) -> np.ndarray:
        found.append((array := read(self, index)).size)
        return array

    monkeypatch.setattr(hdf5.Hdf5Reader, "read", watched)
    return found


@pytest.mark.parametrize("chunks", [None, (1, 200, 210), (16, 16, 16), (64, 64, 64)])
def test_the_digest_of_a_large_volume_takes_little_memory(
    chunks: tuple[int, ...] | None,
    tmp_path: Path,
    decoded: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "BAND_BYTES", 2**19)
    monkeypatch.setattr(kept_frames, "FRAME_BYTES", 2**19)
    source = source_of(tmp_path / "a.h5", chunks)
    tracemalloc.start()
    found = source.digest(None, "0").digest
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == of_array(volume())
    assert sum(decoded) == np.prod(SHAPE)
    assert max(decoded) <= 64 * 64 * 210
    assert peak < 4 * 64 * 64 * 210 < np.prod(SHAPE)


def test_a_volume_that_fits_is_decoded_once_for_digest_and_use(
    tmp_path: Path, decoded: list[int]
) -> None:
    source = source_of(tmp_path / "a.h5", (64, 64, 64))
    assert source.digest(None, "0").digest == of_array(volume())
    source.close()
    region = Region((3, 4, 5), (100, 60, 70))
    assert np.array_equal(source.read(None, 0, region), volume()[region.slices])
    assert decoded == [np.prod(SHAPE)]
