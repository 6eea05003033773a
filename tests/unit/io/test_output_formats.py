"""A format to write is a file, a line in a table, and a test; images are never whole in memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from types import ModuleType

import h5py
import numpy as np
import pytest
import tifffile

from objclass.data.blocks import Region, tiles
from objclass.data.lazy_array import LazyArray
from objclass.errors import InputError, RunError
from objclass.io import output_formats
from objclass.io.output_formats import OUTPUT_FORMATS, OutputFormat, output_module
from objclass.io.write import ImageToWrite, write_image


def write_chunks(path: Path, picture: ImageToWrite) -> None:
    """Write a folder with a file per chunk, as Zarr does."""
    path.mkdir()
    (path / "facts.json").write_text(json.dumps([picture.axes, picture.voxels.shape]))
    for tile in tiles(picture.voxels.shape, picture.voxels.chunk):
        name = ".".join(map(str, tile.start))
        (path / name).write_bytes(picture.voxels.read(tile).tobytes())


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format that is a folder: one module, one line."""
    module = ModuleType("chunks_write")
    module.write = write_chunks  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "chunks_write", module)
    row = OutputFormat("chunks", "chunks_write", (".chunks",), folder=True)
    monkeypatch.setattr(output_formats, "OUTPUT_FORMATS", (*OUTPUT_FORMATS, row))


@pytest.mark.usefixtures("chunks")
def test_a_new_format_is_one_module_and_one_line(tmp_path: Path) -> None:
    array = np.arange(3 * 600, dtype=np.uint16).reshape(3, 600)
    write_image(tmp_path / "a.chunks", array, "yx")
    found = {path.name: path.read_bytes() for path in (tmp_path / "a.chunks").iterdir()}
    assert found == {
        "facts.json": b'["yx", [3, 600]]',
        "0.0": array[:, :512].tobytes(),
        "0.512": array[:, 512:].tobytes(),
    }


@pytest.mark.usefixtures("chunks")
def test_a_folder_replaces_an_older_one_and_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.chunks"
    write_image(path, np.zeros((3, 600), np.uint8), "yx")
    write_image(path, np.zeros((3, 4), np.uint8), "yx")
    assert sorted(each.name for each in path.iterdir()) == ["0.0", "facts.json"]
    write_image(tmp_path / "b.npy", np.zeros((3, 4), np.uint8), "yx")
    (tmp_path / "b.npy").rename(tmp_path / "b.chunks")
    write_image(tmp_path / "b.chunks", np.zeros((3, 4), np.uint8), "yx")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.chunks", "b.chunks"]


@pytest.mark.usefixtures("chunks")
def test_a_folder_that_fails_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "a.chunks"
    write_image(path, np.zeros((3, 4), np.uint8), "yx")
    late = np.zeros((3, 600), np.uint16)
    late[0, -1] = 256
    with pytest.raises(RunError, match="do not fit uint8; got uint16 from 0 to 256"):
        write_image(path, late, "yx", dtype="uint8")
    assert (path / "facts.json").read_text() == '["yx", [3, 4]]'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("chunks")
def test_a_refusal_names_the_new_format_too(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.zarr, \.chunks"):
        write_image(tmp_path / "a.gif", np.zeros((3, 4), np.uint8), "yx")


def test_every_module_of_the_table_writes() -> None:
    assert all(callable(output_module(row).write) for row in OUTPUT_FORMATS)


def test_importing_the_table_imports_no_library() -> None:
    code = (
        "import sys; import objclass.io.output_formats, objclass.io.write\n"
        "heavy = {'numpy', 'h5py', 'tifffile', 'PIL', 'numba', 'imagecodecs', 'zarr'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def volume(shape: tuple[int, ...]) -> LazyArray:
    """Voxels that tell their place, made as they are read."""

    def read(region: Region) -> np.ndarray:
        ends = zip(region.start, region.stop, strict=True)
        z, y, x = np.ix_(*(np.arange(a, b, dtype=np.uint16) for a, b in ends))
        return 31 * (z // 8) + 7 * (y // 8) + x // 8

    return LazyArray("zyx", shape, np.dtype(np.uint16), read)


def peak(path: Path, voxels: LazyArray) -> int:
    """The most bytes that arrays take while an image is written."""
    tracemalloc.start()
    write_image(path, voxels, "zyx")
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def read_back(path: Path) -> np.ndarray:
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            return np.asarray(file["exported_data"][()])
    return np.load(path) if path.suffix == ".npy" else np.asarray(tifffile.imread(path))


@pytest.mark.parametrize("suffix", [".h5", ".tif", ".npy"])
def test_four_times_as_many_planes_take_no_more_memory(tmp_path: Path, suffix: str) -> None:
    small, large = volume((128, 256, 256)), volume((512, 256, 256))
    write_image(tmp_path / f"first{suffix}", volume((2, 3, 4)), "zyx")  # imports count once
    little = peak(tmp_path / f"small{suffix}", small)
    much = peak(tmp_path / f"large{suffix}", large)
    assert much < little + 2**21
    found = read_back(tmp_path / f"large{suffix}")
    assert np.array_equal(found, large.read(Region.whole(large.shape)))
