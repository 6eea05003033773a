"""Which images are results of others is found without filling in every kind of result."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objclass.io import own_files
from objclass.io.own_files import may_be_there, without_own
from objclass.io.pattern import Pattern
from objclass.io.patterns import MatchedFile

FOLDER = Path("/cells")
FOLDERS = ("", "out/", "img/", "{f}/", "{dataset_dir}/", "/cells/img/", "img/../img/")
NAMES = ("{f}_objects.csv", "{image}.tif", "{nickname}_ids.tif", "{f}.{f}", "{f}_ids", "{f}.h5/x")
RESULTS = st.lists(
    st.builds(str.__add__, st.sampled_from(FOLDERS), st.sampled_from(NAMES)), max_size=6
)
FILES = st.lists(
    st.sampled_from(["a.tif", "a_ids.tif", "a_ids_ids.tif", "a_ids", "b.csv", "a.a", "b.tif"]),
    min_size=1,
    max_size=5,
    unique=True,
)


def matched(name: str) -> MatchedFile:
    return MatchedFile(f"/cells/img/{name}", {"f": name.rpartition(".")[0] or name})


@given(RESULTS, FILES)
def test_the_same_files_are_images_whether_or_not_unlikely_results_are_left_out(
    results: list[str], names: list[str]
) -> None:
    found = {"raw": [matched(name) for name in names]}
    patterns = {"raw": Pattern.parse("/cells/img/{f}")}
    quick = without_own(found, patterns, results, FOLDER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_files, "may_be_there", lambda results, there, folder: tuple(results))
        assert without_own(found, patterns, results, FOLDER) == quick


def test_results_in_a_folder_without_images_are_no_work() -> None:
    there = {"/cells/img/a.tif", "/cells/img/b.tif"}
    results = [f"out/{{image}}_{n}.tif" for n in range(100)]
    assert may_be_there(results, there, FOLDER) == ()
    assert may_be_there(["img/{f}.csv", "img/{f}.tif"], there, FOLDER) == ("img/{f}.tif",)
    outside = os.path.relpath("/cells/img", "/cells/out")
    assert may_be_there([f"{outside}/{{f}}.tif"], there, Path("/cells/out"))
