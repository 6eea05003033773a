"""Several files presented as one."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from objclass.errors import InputError
from objclass.io.locator import Locator
from objclass.io.source import Stack
from objclass.io.stack import (
    MOST_OPEN,
    SHARED,
    OpenFiles,
    describe_source,
    open_source,
    open_stack,
)

RNG = np.random.default_rng(0)


def saved(folder: Path, arrays: list[np.ndarray]) -> tuple[Locator, ...]:
    for number, array in enumerate(arrays):
        np.save(folder / f"{number}.npy", array)
    return tuple(Locator(folder / f"{number}.npy") for number in range(len(arrays)))


def everything(shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(0, n) for n in shape)


def test_frames_and_channels_become_axes(tmp_path: Path) -> None:
    array = RNG.integers(0, 99, (3, 2, 5, 6), dtype=np.uint8)
    paths = saved(tmp_path, [array[t, c] for t in range(3) for c in range(2)])
    stack = Stack("tc", (("0", "1", "2"), ("dapi", "gfp")), paths)
    header, axes = describe_source(stack)
    assert (header.shape, header.axes, axes) == ((3, 2, 5, 6), "tcyx", None)
    assert header.channels == ("dapi", "gfp")
    reader = open_source(stack)
    assert np.array_equal(reader.read(everything(array.shape)), array)
    part = reader.read((1, slice(0, 2), slice(1, 3), 4))
    assert np.array_equal(part, array[1, 0:2, 1:3, 4])
    reader.close()


def test_numbers_do_not_name_channels(tmp_path: Path) -> None:
    paths = saved(tmp_path, [np.zeros((2, 2))] * 2)
    assert describe_source(Stack("c", (("1", "2"),), paths))[0].channels is None


def test_files_with_the_axis_are_joined_along_it(tmp_path: Path) -> None:
    array = RNG.integers(0, 99, (7, 5, 6), dtype=np.uint16)
    paths = saved(tmp_path, [array[0:2], array[2:6], array[6:7]])
    stack = Stack("t", (("0", "1", "2"),), paths)
    header, axes = describe_source(stack, "tyx")
    assert (header.shape, axes) == ((7, 5, 6), "tyx")
    reader = open_stack(stack, "tyx")
    for start in range(7):
        for stop in range(start, 8):
            part = reader.read((slice(start, stop), slice(1, 4), 2))
            assert np.array_equal(part, array[start:stop, 1:4, 2])
    assert np.array_equal(reader.read((5, slice(0, 5), slice(0, 6))), array[5])
    reader.close()


def test_the_axes_of_the_whole_stack_will_do_too(tmp_path: Path) -> None:
    array = RNG.integers(0, 99, (2, 3, 4, 5), dtype=np.uint8)
    stack = Stack("t", (("0", "1"),), saved(tmp_path, list(array)))
    header, axes = describe_source(stack, "zyx")
    assert axes == "tzyx"
    for letters in ("zyx", "tzyx"):
        reader = open_stack(stack, letters)
        assert np.array_equal(reader.read(everything(header.shape)), array)


def test_arrays_inside_files_are_stacked(tmp_path: Path) -> None:
    for number in range(2):
        with h5py.File(tmp_path / f"{number}.h5", "w") as file:
            file["raw"] = np.full((2, 3), number)
            file["other"] = np.zeros((2, 3))
    stack = Stack("z", (("0", "1"),), tuple(Locator(tmp_path / f"{n}.h5", "raw") for n in range(2)))
    reader = open_source(stack)
    assert reader.read((slice(0, 2), 1, 2)).tolist() == [0, 1]
    reader.close()


def message(stack: Stack, axes: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        describe_source(stack, axes)
    return str(caught.value)


def test_files_that_differ_are_named(tmp_path: Path) -> None:
    paths = saved(tmp_path, [np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 4))])
    said = message(Stack("t", (("0", "1", "2"),), paths))
    assert "2.npy cannot be stacked with" in said
    assert "got shape (2, 4), float64; expected shape (2, 3), float64" in said
    paths = saved(tmp_path, [np.zeros((2, 3)), np.zeros((2, 3), np.uint8)])
    assert "uint8" in message(Stack("t", (("0", "1"),), paths))


def test_unknown_axes_of_one_file_are_asked_for(tmp_path: Path) -> None:
    paths = saved(tmp_path, [np.zeros((2, 3, 4))] * 2)
    assert "axes are not known" in message(Stack("t", (("0", "1"),), paths))


def test_few_files_stay_open(tmp_path: Path) -> None:
    paths = saved(tmp_path, [np.zeros((2, 2))] * (MOST_OPEN + 5))
    files = OpenFiles()
    for path in paths:
        with files.reader(path):
            pass
    assert len(files._idle) == MOST_OPEN
    with files.reader(paths[-1]) as one, files.reader(paths[-1]) as two:
        assert one is not two
    files.close()
    assert not files._idle


def test_however_many_readers_there_are_few_files_are_open(tmp_path: Path) -> None:
    paths = saved(tmp_path, [np.full((2, 2), k) for k in range(MOST_OPEN + 5)])
    readers = [open_source(path) for path in paths]
    for _ in range(2):
        found = [int(reader.read((0, 0))) for reader in readers]  # type: ignore[arg-type]
        assert found == list(range(len(paths)))
    assert len(SHARED._idle) <= MOST_OPEN
    for reader in readers:
        reader.close()
    assert {where for where, _ in SHARED._idle}.isdisjoint(paths)


def test_a_file_that_was_written_anew_is_opened_anew(tmp_path: Path) -> None:
    (path,) = saved(tmp_path, [np.zeros((2, 2))])
    reader = open_source(path)
    assert reader.read((0, 0)) == 0
    np.save(tmp_path / "new.npy", np.ones((2, 2)))
    (tmp_path / "new.npy").replace(path.path)
    assert reader.read((0, 0)) == 1
    reader.close()
