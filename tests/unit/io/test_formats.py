"""Paths, suffixes and files that are not what they seem."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from objclass.errors import InputError
from objclass.io.formats import describe, format_of, open_reader, split_inner


@pytest.mark.parametrize(
    ("text", "file", "inner"),
    [
        ("a.h5", "a.h5", None),
        ("a.h5/", "a.h5", None),
        ("a.h5/raw", "a.h5", "raw"),
        ("a.h5/group/name", "a.h5", "group/name"),
        ("a.h5:/group/name", "a.h5", "group/name"),
        ("a.h5:raw", "a.h5", "raw"),
        ("dir/A.HDF5/x", "dir/A.HDF5", "x"),
        (r"C:\a.h5:/raw", r"C:\a.h5", "raw"),
        (r"C:\data\a.h5\group\raw", r"C:\data\a.h5", "group/raw"),
        ("C:/a.tif", "C:/a.tif", None),
        ("a.h5.bak/x.tif", "a.h5.bak/x.tif", None),
        ("my.h5files/a.tif", "my.h5files/a.tif", None),
        ("{plate}/{well}_prob.h5/exported_data", "{plate}/{well}_prob.h5", "exported_data"),
        ("", "", None),
    ],
)
def test_a_path_may_go_on_inside_a_file(text: str, file: str, inner: str | None) -> None:
    assert split_inner(text) == (file, inner)


def test_a_folder_called_like_a_file_stays_part_of_the_path(tmp_path: Path) -> None:
    folder = tmp_path / "plate.h5"
    folder.mkdir()
    assert split_inner(f"{folder}/a.tif") == (f"{folder}/a.tif", None)
    assert split_inner(f"{folder}/b.h5/raw") == (f"{folder}/b.h5", "raw")


def test_suffixes_do_not_mind_case() -> None:
    assert format_of(Path("A.TIF")).name == "TIFF"
    assert format_of(Path("a.ome.tiff")).name == "TIFF"


def message(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        describe(path)
    return str(caught.value)


def test_an_unknown_suffix_lists_the_known_ones(tmp_path: Path) -> None:
    said = message(tmp_path / "a.czi")
    assert "suffix .czi" in said
    assert ".h5" in said
    assert ".tif" in said
    assert "no suffix" in message(tmp_path / "image")


def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    np.save(tmp_path / "nuclei_01.npy", np.zeros((2, 2)))
    assert "did you mean nuclei_01.npy?" in message(tmp_path / "nuclei_1.npy")
    assert "no folder" in message(tmp_path / "nowhere" / "a.npy")


def test_folders_and_empty_files_are_no_images(tmp_path: Path) -> None:
    (tmp_path / "a.tif").mkdir()
    (tmp_path / "b.tif").touch()
    assert "is a folder" in message(tmp_path / "a.tif")
    assert "is empty (0 bytes)" in message(tmp_path / "b.tif")


def test_a_file_that_is_another_format_says_which(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    (tmp_path / "a.npy").rename(tmp_path / "a.h5")
    said = message(tmp_path / "a.h5")
    assert "got a NPY file" in said
    assert "expected HDF5" in said
    (tmp_path / "b.png").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    assert "git lfs pull" in message(tmp_path / "b.png")


@pytest.mark.parametrize("suffix", [".h5", ".tif", ".png", ".jpg", ".bmp", ".npy"])
@pytest.mark.parametrize("content", [b"x", b"hello, I am no image\n" * 50, bytes(4096)])
def test_nonsense_is_refused_in_one_sentence(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    said = message(path)
    assert "cannot be read" in said
    assert str(path) in said
    assert "\n" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX")
def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((2, 2)))
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        assert "may not be read" in message(path)
    else:
        pytest.skip("this user may read everything")


def test_a_reader_and_a_header_agree(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.uint16).reshape(2, 3)
    np.save(tmp_path / "a.npy", array)
    header = describe(tmp_path / "a.npy")
    assert (header.shape, header.dtype, header.axes) == ((2, 3), "uint16", "yx")
    reader = open_reader(tmp_path / "a.npy")
    assert reader.read((slice(0, 2), 1)).tolist() == [1, 4]
    reader.close()


def test_importing_the_table_of_formats_imports_no_library() -> None:
    code = (
        "import sys; import objclass.io.formats, objclass.io.join, objclass.io.sheet,"
        " objclass.io.tables, objclass.io.image, objclass.io.stack, objclass.io.write\n"
        "heavy = {'numpy', 'h5py', 'tifffile', 'PIL', 'pandas', 'pyarrow', 'numba', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
