"""Files that are written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from objclass.errors import InputError, RunError
from objclass.io.new_file import numbered_name, write_new


def test_a_new_file_holds_the_text_as_it_is(tmp_path: Path) -> None:
    write_new(tmp_path / "a/b/new.csv", "µ\r\n")
    assert (tmp_path / "a/b/new.csv").read_bytes() == b"\xc2\xb5\r\n"


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    (tmp_path / "link.csv").symlink_to(tmp_path / "nowhere.csv")
    for name in ("a.csv", "link.csv"):
        with pytest.raises(InputError, match="exists already; nothing was written; choose another"):
            write_new(tmp_path / name, "other")
    assert (tmp_path / "a.csv").read_text() == "mine"
    assert not (tmp_path / "nowhere.csv").exists()


def test_a_file_on_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(RunError, match="cannot be written"):
        write_new(tmp_path / "a/b.csv", "text")


def test_names_that_are_taken_get_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.bak"
    names = []
    for _ in range(3):
        free = numbered_name(path)
        free.write_text("")
        names.append(free.name)
    assert names == ["a.csv.bak", "a.csv.bak2", "a.csv.bak3"]
