"""Where an array lies: said once, and taken everywhere."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from objclass.errors import InputError
from objclass.io.formats import describe, locate, open_reader
from objclass.io.locator import Locator
from objclass.io.source import Stack


@pytest.mark.parametrize("text", ["a.tif", "b/a.h5/raw", "/abs/a.h5/group/raw"])
def test_a_path_and_its_locator_say_the_same(text: str) -> None:
    assert str(locate(text)) == text
    assert locate(str(locate(text))) == locate(text)


def test_the_colon_before_an_inner_path_is_a_way_to_write_it() -> None:
    assert locate("a.h5:/group/raw") == Locator(Path("a.h5"), "group/raw")


def test_another_series_of_a_stack_is_that_series_of_every_file() -> None:
    stack = Stack("t", (("0", "1"),), tuple(Locator(Path(f"{t}.tif")) for t in range(2)))
    assert [member.series for member in stack.at("gfp").members] == ["gfp", "gfp"]
    assert (stack.at("gfp").key, stack.key) == ([["series", "gfp"]], [])
    assert stack.at(None, 2).key == [["level", 2]]
    assert stack.first == Locator(Path("0.tif"))


def test_a_file_that_holds_several_members_is_one_file() -> None:
    members = tuple(Locator(Path("a.h5"), name) for name in ("one", "two"))
    assert Stack("c", (("one", "two"),), members).files == (Path("a.h5"),)


def test_readers_and_headers_follow_the_locator(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["one"], file["two"] = np.full((2, 3), 1, np.uint8), np.full((4, 5), 2, np.uint16)
    where = Locator(tmp_path / "a.h5", "two")
    assert describe(where).shape == (4, 5)
    reader = open_reader(where)
    assert reader.read((0, 0)) == 2
    reader.close()


@pytest.mark.parametrize(
    ("name", "chosen", "said"),
    [
        ("a.npy", {"series": 0}, "has no series; got NPY, series 0; remove it"),
        ("a.h5", {"series": "x"}, "got HDF5, series x; name the array behind the file: file.h5/"),
        ("a.tif", {"level": 1}, "has no levels; got TIFF, level 1; remove it"),
    ],
)
def test_what_a_format_does_not_have_cannot_be_asked_for(
    name: str, chosen: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        describe(Locator(tmp_path / name, **chosen))  # type: ignore[arg-type]
    assert said in str(caught.value)
