"""Where ilastik writes its results, and how it names its inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from objclass.ilastik.contents import TableSettings
from objclass.ilastik.inputs import candidates, file_name, split_stack
from objclass.ilastik.outputs import FORMATS, dataset_dir, fill, image_path, nickname, table_path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("data/2d3c.h5/data", "2d3c-data"),
        ("data/2d3c.h5/volume/data", "2d3c-volume-data"),
        ("data/cell.png", "cell"),
        ("a.b.tif", "a.b"),
        (r"C:\x\raw.h5/data", "raw-data"),
        ("x/cell_*.png", "cell_"),
        ("a/cell_01.png:a/cell_02.png", "cell_0"),
        ("a/x.png:a/y.png", "x"),
    ],
)
def test_a_nickname_is_the_stem_and_the_path_inside(text: str, name: str) -> None:
    assert nickname(text) == name


def test_the_issue_s_names_come_out(tmp_path: Path) -> None:
    pattern, raw = "{dataset_dir}/{nickname}_{result_type}", str(tmp_path / "R.h5/data")
    assert image_path(pattern, "compressed hdf5", raw, "Object Identities") == (
        tmp_path / "R-data_Object Identities.h5"
    )
    assert table_path(TableSettings(), raw) == tmp_path / "R-data_table.csv"


@pytest.mark.parametrize(("format", "suffix"), sorted(FORMATS.items()))
def test_the_suffix_follows_the_format(tmp_path: Path, format: str, suffix: str) -> None:
    for pattern in ("out", "out.h5", "out.png"):
        assert image_path(pattern, format, "r.h5", "x", tmp_path) == tmp_path / f"out{suffix}"


def test_a_dot_in_a_nickname_is_no_suffix(tmp_path: Path) -> None:
    made = image_path("{nickname}", "png", "a.tif.png", "x", tmp_path)
    assert made == tmp_path / "a.tif.png"


def test_unknown_placeholders_stay() -> None:
    assert fill("{nickname}_{roi}_{x_start}", {"nickname": "n"}) == "n_{roi}_{x_start}"


def test_a_table_is_named_after_its_settings(tmp_path: Path) -> None:
    settings = TableSettings(path=str(tmp_path / "t.csv"))
    assert table_path(settings, "r.h5") == tmp_path / "t_table.csv"
    assert table_path(settings, "r.h5", f"{tmp_path}/{{nickname}}.csv") == tmp_path / "r_table.csv"
    assert table_path(settings, "r.h5", f"{tmp_path}/bare") == tmp_path / "bare_table.csv"


def test_a_table_in_hdf5_keeps_its_path(tmp_path: Path) -> None:
    settings = TableSettings(file_type="h5", path=str(tmp_path / "t.h5"))
    assert table_path(settings, "r.h5") == tmp_path / "t.h5"
    assert table_path(settings, "r.h5", str(tmp_path / "t.csv")) == tmp_path / "t.h5"


def test_the_folder_is_that_of_the_file_not_of_the_array() -> None:
    assert dataset_dir("a/b.h5/volume/data") == str(Path.cwd() / "a")


# -- stored paths -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("", ()),
        ("a.h5/data", ("a.h5/data",)),
        ("a.png:b.png", ("a.png", "b.png")),
        (r"C:\a.png;C:\b.png", (r"C:\a.png", r"C:\b.png")),
        ("C:/a.h5/data", ("C:/a.h5/data",)),
        ("a.h5:/data", ("a.h5:/data",)),
        ("a.h5/x:b.h5/x", ("a.h5/x", "b.h5/x")),
        ("precomputed://https://x.org/a", ("precomputed://https://x.org/a",)),
        ("odd;name.png", ("odd;name.png",)),
    ],
)
def test_stacks_are_split_at_the_separator_of_their_system(
    text: str, files: tuple[str, ...]
) -> None:
    assert split_stack(text) == files


def test_a_stored_path_is_searched_where_it_can_be() -> None:
    here = Path("p")
    assert candidates("a/b.h5/data", here) == ("p/a/b.h5/data",)
    assert candidates(r"a\b.h5/data", here) == (r"p/a\b.h5/data", "p/a/b.h5/data")
    assert candidates("/x/b.h5", here) == ("/x/b.h5",)
    assert candidates(r"D:\x\b.h5", here) == (r"D:\x\b.h5", "D:/x/b.h5")
    assert file_name(r"D:\x\b.h5/data") == "b.h5"
