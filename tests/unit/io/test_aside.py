"""Half a file is never seen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from objclass.errors import RunError
from objclass.io.aside import written_aside


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with written_aside(path) as aside:
        aside.write_text("new")
        assert path.read_text() == "old"
        assert aside.parent == path.parent
        assert aside.name.startswith(".")
        assert aside.suffix == ".txt"
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with written_aside(path) as aside:
            aside.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_folders_are_made(tmp_path: Path) -> None:
    with written_aside(tmp_path / "x" / "y" / "a.txt") as aside:
        aside.write_text("new")
    assert (tmp_path / "x" / "y" / "a.txt").read_text() == "new"


def test_a_writer_that_wrote_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be written"), written_aside(tmp_path / "a.txt"):
        pass


def test_a_folder_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(RunError, match="folder of that name"), written_aside(tmp_path / "a.txt"):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written"), written_aside(tmp_path / "file" / "a"):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    with written_aside(tmp_path / "link.txt") as aside:
        aside.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def make(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "a.txt").write_text(text)


def test_a_folder_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    make(tmp_path / "a.zarr", "old")
    (tmp_path / "a.zarr" / "more.txt").touch()
    with written_aside(tmp_path / "a.zarr", folder=True) as aside:
        make(aside, "new")
        assert (tmp_path / "a.zarr" / "a.txt").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]
    assert [entry.name for entry in (tmp_path / "a.zarr").iterdir()] == ["a.txt"]
    assert (tmp_path / "a.zarr" / "a.txt").read_text() == "new"


def test_half_a_folder_goes_and_the_older_one_stays(tmp_path: Path) -> None:
    make(tmp_path / "a.zarr", "old")

    def fail() -> None:
        with written_aside(tmp_path / "a.zarr", folder=True) as aside:
            make(aside, "half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]
    assert (tmp_path / "a.zarr" / "a.txt").read_text() == "old"


def test_the_older_folder_comes_back_where_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "a.zarr", "old")
    real = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if (self / "a.txt").is_file() and (self / "a.txt").read_text() == "new":
            raise OSError(5, "no")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(RunError), written_aside(tmp_path / "a.zarr", folder=True) as aside:
        make(aside, "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]
    assert (tmp_path / "a.zarr" / "a.txt").read_text() == "old"
