"""Paths of many files in few folders are spelled as the standard library spells each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objclass.io.path_spelling import RealPaths, relative_path

PARTS = st.lists(st.sampled_from(["a", "b", "..", ".", "", "a.b"]), min_size=1, max_size=5)


@given(PARTS, PARTS, st.booleans(), st.booleans())
def test_a_path_is_seen_as_the_standard_library_sees_it(
    path: list[str], start: list[str], path_is_absolute: bool, start_is_absolute: bool
) -> None:
    text = "/" * path_is_absolute + "/".join(path) or "a"
    folder = "/" * start_is_absolute + "/".join(start) or "b"
    assert relative_path(text, folder) == os.path.relpath(text, folder)


def test_a_relative_path_goes_with_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "xy":
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert relative_path("img/a.tif", tmp_path) == f"{name}/img/a.tif"


def test_links_are_resolved_as_the_standard_library_resolves_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img/a").write_text("")
    (tmp_path / "linked").symlink_to(tmp_path / "img")
    (tmp_path / "img/again").symlink_to("../linked/a")
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)
    real = RealPaths()
    names = ["a", "again", "missing", "linked/a", "linked/again", "linked/../img/a"]
    names += ["img/a", "img/again", "loop", "loop/a", ".", "..", "linked", "linked/", "img/."]
    for name in [*names, *(f"{tmp_path}/{each}" for each in names)]:
        assert real.of(name) == os.path.realpath(name)
