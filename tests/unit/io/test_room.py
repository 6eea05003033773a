"""Images that declare more than they hold, or more than fits into memory."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image

from objclass.errors import InputError, RunError
from objclass.io import room
from objclass.io.formats import describe, open_reader


def sparse(path: Path, edge: int) -> Path:
    """Write an HDF5 file of one chunk that declares edge × edge voxels."""
    with h5py.File(path, "w") as file:
        data = file.create_dataset("x", (edge, edge), "u1", chunks=(256, 256), compression="gzip")
        data[:256, :256] = 7
    return path


def test_an_endless_hollow_file_is_refused_at_once(tmp_path: Path) -> None:
    path = sparse(tmp_path / "a.h5", 10**6)
    with pytest.raises(InputError, match=r"declares 1\.0 TB of voxels and holds \d+ bytes"):
        describe(path)


def test_a_sparse_file_is_read_by_region(tmp_path: Path) -> None:
    path = sparse(tmp_path / "a.h5", 60_000)
    assert describe(path).shape == (60_000, 60_000)
    assert path.stat().st_size < 10_000
    reader = open_reader(path)
    array = reader.read((slice(0, 300), slice(200, 300)))
    reader.close()
    assert int(array.sum()) == 7 * 256 * 56


def test_a_region_that_does_not_fit_is_refused_with_both_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "available", lambda: 10**9)
    room.check_room("raw.tif", 4 * 10**8)
    with pytest.raises(RunError) as found:
        room.check_room("raw.tif", 6 * 10**8)
    assert str(found.value) == (
        "raw.tif: 600.0 MB of voxels at once do not fit into memory; got 1.0 GB free; run it by "
        "block, or crop it"
    )


def test_a_system_that_says_nothing_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "available", lambda: None)
    room.check_room("raw.tif", 10**15)


def test_free_memory_is_a_number_of_bytes() -> None:
    free = room.available()
    assert free is None or 10**6 < free < 10**15


def test_a_chunk_larger_than_memory_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SMALL", 1000)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=np.zeros((200, 200), "u1"), chunks=(200, 200), compression=1)
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((200, 200), "u1"), compression="zlib", rowsperstrip=200
    )
    Image.fromarray(np.zeros((200, 200), np.uint8)).save(tmp_path / "a.png")
    for name in ("a.h5", "a.tif", "a.png"):
        reader = open_reader(tmp_path / name)
        with monkeypatch.context() as patch:
            patch.setattr(room, "available", lambda: 50_000)
            with pytest.raises(RunError, match=r"40\.0 kB of voxels at once"):
                reader.read((slice(0, 1), slice(0, 1)))
        assert reader.read((slice(0, 1), slice(0, 1))).tolist() == [[0]]
        reader.close()


def test_a_picture_that_cannot_hold_what_it_declares_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    with pytest.raises(InputError, match=r"declares 3\.6 GB of voxels and holds \d+ bytes"):
        describe(tmp_path / "a.png")


def test_an_array_longer_than_its_file_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((4, 4), np.uint8))
    data = (tmp_path / "a.npy").read_bytes()
    huge = data.replace(b"(4, 4), }", b"(1000000, 1000000), }").replace(b" " * 18, b"", 1)
    (tmp_path / "a.npy").write_bytes(huge)
    with pytest.raises(InputError, match=r"a\.npy"):
        describe(tmp_path / "a.npy")
