"""Files whose heads are the same bytes are described once, and as each would be alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

from objclass.errors import InputError
from objclass.io import tiff
from objclass.io.formats import describe
from objclass.io.header import FileHeader
from objclass.io.locator import Locator
from objclass.io.same_head import HEADS, MOST_ALIKE, MOST_BYTES, MOST_HEADS, NotedFile

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    HEADS.clear()
    yield
    HEADS.clear()


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The files that tifffile was given."""
    found: list[object] = []
    inner = tiff.open_file

    def open_file(file: Path | NotedFile) -> tifffile.TiffFile:
        found.append(file)
        return inner(file)

    monkeypatch.setattr(tiff, "open_file", open_file)
    return found


def written(path: Path, shape: tuple[int, ...] = (16, 16), **options: object) -> Path:
    tifffile.imwrite(path, RNG.integers(1, 200, shape).astype("uint8"), **options)
    return path


def outcome(path: Path, *, mask: bool = False) -> FileHeader | str:
    try:
        return describe(path, mask=mask)
    except InputError as error:
        return str(error)


def alone(path: Path, *, mask: bool = False) -> FileHeader | str:
    """What a file is said to be where no other was met; the plain twin."""
    HEADS.clear()
    return outcome(path, mask=mask)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"metadata": None},
        {"imagej": True},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"tile": (16, 16)},
        {"rowsperstrip": 3},
        {"resolution": (4.0, 2.0)},
    ],
)
def test_ten_images_of_one_head_are_parsed_once(
    tmp_path: Path, parsed: list[object], options: dict[str, object]
) -> None:
    paths = [written(tmp_path / f"{n}.tif", **options) for n in range(10)]
    headers = [describe(path) for path in paths]
    assert len(parsed) == 1
    assert headers == [alone(path) for path in paths]
    assert len(parsed) == 11


def test_a_file_with_any_byte_changed_is_told_as_it_would_be_alone(tmp_path: Path) -> None:
    whole, changed = written(tmp_path / "a.tif"), tmp_path / "b.tif"
    data = whole.read_bytes()
    differ = 0
    for place in range(len(data) - 256 + 8):
        changed.write_bytes(data[:place] + bytes([data[place] ^ 0x15]) + data[place + 1 :])
        expected = alone(changed)
        HEADS.clear()
        usual = describe(whole)
        assert outcome(changed) == expected, place
        differ += expected != usual
    assert differ > 50


def test_a_file_that_was_cut_off_is_refused_after_a_whole_one(tmp_path: Path) -> None:
    whole, cut = written(tmp_path / "a.tif"), tmp_path / "b.tif"
    cut.write_bytes(whole.read_bytes()[:-1])
    describe(whole)
    assert "cut off" in str(outcome(cut))


def test_masks_series_and_suffixes_are_told_apart(tmp_path: Path) -> None:
    white = written(tmp_path / "a.tif", photometric="miniswhite", metadata=None)
    assert describe(white).notes
    assert not describe(white, mask=True).notes
    several = tmp_path / "s.tif"
    with tifffile.TiffWriter(several) as file:
        for edge in (8, 12):
            file.write(np.ones((edge, edge), np.uint8), metadata=None)
    shapes = [describe(Locator(several, series=number)).shape for number in (0, 1)]
    assert shapes == [(8, 8), (12, 12)]
    other = tmp_path / "a.png"
    other.write_bytes(white.read_bytes())
    assert "not what its name says" in str(outcome(other))


def test_what_may_depend_on_other_files_is_never_kept(tmp_path: Path, parsed: list[object]) -> None:
    path = written(tmp_path / "a.ome.tif")
    describe(path)
    describe(path)
    assert len(parsed) == 2


def test_a_first_strip_that_was_decoded_belongs_to_the_head(
    tmp_path: Path, parsed: list[object]
) -> None:
    whole = written(tmp_path / "a.tif", compression="zlib")
    data = bytearray(whole.read_bytes())
    with tifffile.TiffFile(whole) as file:
        data[file.pages.first.dataoffsets[0] + 2] ^= 0xFF
    (tmp_path / "b.tif").write_bytes(data)
    describe(whole)
    expected = outcome(tmp_path / "b.tif")
    assert len(parsed) == 2
    assert expected == alone(tmp_path / "b.tif")


def test_long_heads_and_many_lengths_are_not_kept(tmp_path: Path, parsed: list[object]) -> None:
    long = written(tmp_path / "long.tif", description="x" * MOST_BYTES, metadata=None)
    describe(long)
    describe(long)
    assert len(parsed) == 2
    for edge in range(16, 16 + MOST_HEADS + 5):
        describe(written(tmp_path / f"{edge}.tif", (16, edge)))
    assert len(HEADS._kept) == MOST_HEADS
    for number in range(MOST_ALIKE + 3):
        describe(written(tmp_path / f"d{number}.tif", description=f"d{number}", metadata=None))
    assert max(map(len, HEADS._kept.values())) == MOST_ALIKE
