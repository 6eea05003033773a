"""Small frames are decoded once, in bounded memory."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from objclass.data.blocks import Region
from objclass.data.digest import of_chunk
from objclass.io import image as image_module
from objclass.io import kept_frames
from objclass.io.header import voxel_bytes
from objclass.io.image import FrameReader, layout_of
from objclass.io.kept_frames import KEPT, KeptFrames
from objclass.io.locator import Locator
from objclass.io.npy import NpyReader
from objclass.io.stack import describe_source, open_frames

RNG = np.random.default_rng(3)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    KEPT.clear()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The shapes that were read from files."""
    found: list[tuple[int, ...]] = []
    real = NpyReader.read

    def read(self: NpyReader, index: tuple[slice | int, ...]) -> np.ndarray:
        found.append((array := real(self, index)).shape)
        return array

    monkeypatch.setattr(NpyReader, "read", read)
    return found


def frames_of(path: Path) -> FrameReader:
    where = Locator(path)
    file, axes = describe_source(where, "tyx")
    return open_frames(where, layout_of(file, axes), file.dtype, "tyx")


def saved(path: Path, shape: tuple[int, ...] = (3, 8, 9)) -> np.ndarray:
    array = RNG.integers(0, 99, shape, dtype=np.uint16)
    np.save(path, array)
    return array


def test_regions_of_a_small_frame_are_decoded_once_and_are_those_of_the_file(
    tmp_path: Path, decoded: list[tuple[int, ...]]
) -> None:
    array = saved(tmp_path / "a.npy")
    for start in range(8):
        part = frames_of(tmp_path / "a.npy").read(1, 0, Region((start, 2), (8, 5)))
        assert np.array_equal(part, array[1, start:, 2:5])
        assert part.flags.writeable
        part[...] = 0
    assert decoded == [(8, 9)]


def test_a_frame_over_the_limit_is_read_region_by_region(
    tmp_path: Path, decoded: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    array = saved(tmp_path / "a.npy")
    monkeypatch.setattr(kept_frames, "FRAME_BYTES", 8 * 9 * 2 - 1)
    frames = frames_of(tmp_path / "a.npy")
    for _ in range(2):
        assert np.array_equal(frames.read(1, 0, Region((2, 2), (4, 5))), array[1, 2:4, 2:5])
    assert decoded == [(2, 3), (2, 3)]


def test_a_file_that_was_written_anew_is_decoded_anew(tmp_path: Path) -> None:
    whole = Region((0, 0), (8, 9))
    for _ in range(2):
        array = saved(tmp_path / "new.npy")
        (tmp_path / "new.npy").replace(tmp_path / "a.npy")
        assert np.array_equal(frames_of(tmp_path / "a.npy").read(0, 0, whole), array[0])


@pytest.mark.parametrize("small", [True, False])
def test_a_chunk_is_hashed_once_where_its_frame_is_kept(
    small: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: Counter[str] = Counter()
    monkeypatch.setattr(image_module, "of_chunk", lambda a: hashed.update("n") or of_chunk(a))
    monkeypatch.setattr(kept_frames, "FRAME_BYTES", 2**25 if small else 10)
    array = saved(tmp_path / "a.npy")
    whole = Region((0, 0), (8, 9))
    digests = {frames_of(tmp_path / "a.npy").digest(2, 0, whole) for _ in range(3)}
    assert digests == {of_chunk(array[2])}
    assert hashed["n"] == (1 if small else 3)


def filled(kept: KeptFrames, file: str, count: int) -> list[bool]:
    """Ask for frames of 10 bytes; True for those that are kept."""
    frame = np.zeros(10, np.uint8)
    return [kept.frame(file, k, 10, lambda: frame) is not None for k in range(count)]


def test_the_first_frames_of_a_file_stay_and_the_others_are_streamed() -> None:
    kept = KeptFrames(most=35)
    assert filled(kept, "a", 5) == [True, True, True, False, False]
    assert filled(kept, "a", 5) == [True, True, True, False, False]


def test_frames_of_another_file_give_way_oldest_first() -> None:
    kept = KeptFrames(most=35)
    filled(kept, "a", 2)
    filled(kept, "b", 1)
    assert filled(kept, "c", 1) == [True]
    again: list[int] = []
    for file, index in (("a", 0), ("a", 1), ("b", 0)):
        known = (file, index) in kept._kept
        again += [] if known else [index]
    assert again == [0]
    assert kept._bytes == 30


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "float32", "float64", "int64"])
def test_the_bytes_of_a_voxel_are_in_the_name_of_its_type(dtype: str) -> None:
    assert voxel_bytes(dtype) == np.dtype(dtype).itemsize
