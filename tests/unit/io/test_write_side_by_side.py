"""Images whose regions are compressed side by side are the files of one thread."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objclass.data.blocks import CHUNKS, Region
from objclass.data.lazy_array import LazyArray
from objclass.data.ordered import ThreadedMap
from objclass.io import hdf5_write, tiff_write, zarr_write
from objclass.io.write import write_image


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many regions and strips in a small image."""
    for module in (hdf5_write, zarr_write):
        monkeypatch.setattr(module, "BLOCK", 2**13)
    monkeypatch.setitem(CHUNKS, 3, (8, 16, 16))
    monkeypatch.setattr(tiff_write, "STRIP_BYTES", 2**10)


def voxels(reads: set[int] | None = None, *, fails_from: int = 99) -> LazyArray:
    """Ids 0 to 6 in 20 planes of 37 x 41; who reads them is noted, and planes may fail."""
    ids = np.random.default_rng(0).integers(0, 7, (20, 37, 41), np.uint16)

    def read(region: Region) -> np.ndarray:
        if reads is not None:
            reads.add(threading.get_ident())
            time.sleep(0.005)  # long enough for another thread to begin
        if region.stop[0] > fails_from:
            raise ValueError(f"plane {region.start[0]} is broken")
        return ids[region.slices]

    return LazyArray("zyx", ids.shape, ids.dtype, read)


def content(path: Path) -> dict[str, bytes]:
    """The bytes of a file, or of all in a folder."""
    found = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return {each.relative_to(path).as_posix(): each.read_bytes() for each in found}


@pytest.mark.parametrize("name", ["a.h5", "a.tif", "a.ome.zarr", "a.npy"])
def test_a_file_is_the_same_whoever_compresses_it(name: str, tmp_path: Path) -> None:
    found = []
    for threads in (1, 2, 3):
        folder = tmp_path / str(threads)
        folder.mkdir()
        write_image(folder / name, voxels(), "zyx", ids=True, each=ThreadedMap(threads))
        found.append(content(folder / name))
    assert len(found[0]) > 0
    assert found[1] == found[0]
    assert found[2] == found[0]


@pytest.mark.parametrize("name", ["a.h5", "a.ome.zarr"])
def test_regions_are_read_by_several_threads(name: str, tmp_path: Path) -> None:
    reads: set[int] = set()
    write_image(tmp_path / name, voxels(reads), "zyx", ids=True, each=ThreadedMap(2))
    assert len(reads) > 1
    assert threading.get_ident() not in reads


def test_strips_are_deflated_by_several_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tifffile

    deflate, threads = tifffile.TIFF.COMPRESSORS[8], set()

    def noted(*given: Any, **more: Any) -> bytes:
        threads.add(threading.get_ident())
        time.sleep(0.005)
        return bytes(deflate(*given, **more))

    monkeypatch.setattr(tiff_write, "deflating", lambda: noted)
    write_image(tmp_path / "a.tif", voxels(), "zyx", each=ThreadedMap(2))
    assert len(threads) > 1
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("name", ["a.h5", "a.tif", "a.ome.zarr"])
def test_of_several_regions_that_fail_the_first_one_is_told_and_no_file_is_left(
    name: str, tmp_path: Path
) -> None:
    broken = voxels(fails_from=8)
    with pytest.raises(ValueError, match="plane 8 is broken"):
        write_image(tmp_path / name, broken, "zyx", ids=True, each=ThreadedMap(3))
    assert list(tmp_path.iterdir()) == []
