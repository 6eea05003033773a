"""The index of a label image in a file is made in bounded memory, and is that of the whole."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from objclass.data import blocks
from objclass.data.blocks import Region
from objclass.data.labels import LabelHeader
from objclass.engine.artifact import Content, pack_index
from objclass.errors import RunError
from objclass.io import kept_frames
from objclass.io.image import layout_of
from objclass.io.kept_frames import KEPT
from objclass.io.locator import Locator
from objclass.io.stack import describe_source
from objclass.nodes.source import FileSource
from objclass.segmentation.index import index

PRIMES = (67, 71, 73)


@pytest.fixture(autouse=True)
def small_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut frames of these tests into several bands, and keep none in memory."""
    monkeypatch.setattr(blocks, "BAND_BYTES", 2**13)
    monkeypatch.setattr(kept_frames, "FRAME_BYTES", 0)
    KEPT.clear()


def grains(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Blocky ids of which many cross every plane, some in several pieces, and sparse."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 40, [-(-n // 9) for n in shape])
    for axis in range(len(shape)):
        coarse = coarse.repeat(9, axis)
    ids = coarse[tuple(slice(n) for n in shape)] * 3
    return ids.astype(dtype)


def source_of(path: Path, ids: np.ndarray, chunks: tuple[int, ...] | None = None) -> FileSource:
    axes = "zyx"[-ids.ndim :]
    with h5py.File(path, "w") as file:
        file.create_dataset("ids", data=ids, chunks=chunks)
    where = Locator(path, "ids")
    file_header, named = describe_source(where, axes)
    layout = layout_of(file_header, named)
    header = LabelHeader(layout.grid(), "uint64" if ids.dtype.itemsize == 8 else "uint32")
    return FileSource(
        where,
        path.name,
        layout,
        header,
        layout.grid(),
        named,
        stored=file_header.dtype,
        chunks=file_header.chunks,
    )


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64", "int32", "float32"])
@pytest.mark.parametrize("shape", [PRIMES, (1, 71, 73), (67, 1, 73), (211, 223)])
def test_an_index_made_by_bands_is_that_of_the_whole_frame(
    shape: tuple[int, ...], dtype: str, tmp_path: Path
) -> None:
    ids = grains(shape, dtype)
    source = source_of(tmp_path / "a.h5", ids)
    assert len(list(source._bands())) > 1
    frame = ids.astype(source.header.dtype).reshape(source.header.grid.shape)
    whole = Content(record=pack_index(index(frame)))
    assert source.digest(None, "index").digest == whole.artifact().digest


@pytest.mark.parametrize("chunks", [(5, 7, 11), (64, 64, 64), (67, 71, 73)])
def test_an_index_does_not_depend_on_the_chunks_of_the_file(
    chunks: tuple[int, ...], tmp_path: Path
) -> None:
    ids = grains(PRIMES, "uint32")
    cut = source_of(tmp_path / "cut.h5", ids, chunks).digest(None, "index")
    plain = source_of(tmp_path / "plain.h5", ids).digest(None, "index")
    assert (cut.digest, cut.warnings) == (plain.digest, plain.warnings)


def test_one_object_that_fills_every_band_is_one_row(tmp_path: Path) -> None:
    ids = np.full((67, 80, 90), 7, np.uint8)
    found = source_of(tmp_path / "a.h5", ids).digest(None, "index")
    assert "no voxel is 0" in found.warnings[0]
    whole = Content(record=pack_index(index(ids)))
    assert found.digest == whole.artifact().digest


def test_a_frame_without_objects_has_an_empty_index(tmp_path: Path) -> None:
    ids = np.zeros(PRIMES, np.uint16)
    found = source_of(tmp_path / "a.h5", ids).digest(None, "index")
    assert found.digest == Content(record=pack_index(index(ids))).artifact().digest


def test_the_index_of_a_large_volume_takes_less_memory_than_its_voxels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BAND_BYTES", 2**20)
    ids = np.zeros((192, 256, 256), np.uint32)
    ids[::3, 10:250, 10:250] = np.arange(64, dtype=np.uint32)[:, None, None] + 1
    source = source_of(tmp_path / "a.h5", ids, (16, 64, 64))
    source.digest(None, "index")  # compiles what is not compiled
    tracemalloc.start()
    source.digest(None, "index")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < ids.nbytes / 2


def test_ids_that_change_while_they_are_read_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of(tmp_path / "a.h5", grains(PRIMES, "uint32"))
    read, seen = FileSource.read, []

    def changed(self: FileSource, t: int | None, channel: int, region: Region) -> np.ndarray:
        seen.append(region)
        again = seen.count(region) > 1
        return np.where(again, 500, read(self, t, channel, region)).astype(np.uint32)

    monkeypatch.setattr(FileSource, "read", changed)
    with pytest.raises(RunError, match=r"a\.h5 changed while it was read"):
        source.digest(None, "index")
