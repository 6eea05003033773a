"""A table in HDF5 is one structured array that grows piece by piece, with images beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from objclass.data.lazy_array import LazyArray
from objclass.errors import RunError
from objclass.io.hdf5_table import hdf5_table, structured


def written(path: Path, *pieces: dict[str, Any]) -> np.ndarray:
    """Write pieces, and return the table as numpy reads it."""
    with hdf5_table(path, pieces[0]) as table:
        for piece in pieces:
            table.append(piece)
    with h5py.File(path) as file:
        assert sorted(file) == ["images", "table"]
        return file["table"][()]


def test_numbers_keep_their_types_and_texts_are_bytes_of_one_length(tmp_path: Path) -> None:
    columns = {
        "object_id": np.arange(2),
        "Mean Intensity": np.array([1.5, np.nan], np.float32),
        "Predicted Class": ["cell", "Größe"],
        "inside": np.array([True, False]),
        "count": [3, 4],
        "share": [0.5, None],
    }
    table = written(tmp_path / "t.h5", columns)
    assert [table.dtype[n].str for n in table.dtype.names] == [
        "<i8", "<f4", "|S7", "|u1", "<i8", "<f8",
    ]  # fmt: skip
    assert [text.decode() for text in table["Predicted Class"]] == ["cell", "Größe"]
    assert np.isnan(table["Mean Intensity"][1])
    assert np.isnan(table["share"][1])


def test_a_longer_text_in_a_later_piece_is_not_cut_off(tmp_path: Path) -> None:
    pieces = [
        {"n": np.arange(3), "class": ["a", "b", ""]},
        {"n": np.arange(2), "class": ["mitosis"] * 2},
    ]
    table = written(tmp_path / "t.h5", *pieces)
    assert table["class"].tolist() == [b"a", b"b", b"", b"mitosis", b"mitosis"]
    assert table["n"].tolist() == [0, 1, 2, 0, 1]


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    table = written(tmp_path / "t.h5", {"n": np.zeros(0, np.int64), "class": []})
    assert (table.shape, table.dtype.names) == ((0,), ("n", "class"))


def test_pieces_of_other_columns_are_a_fault_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="differ from the first"):
        written(tmp_path / "t.h5", {"a": [1]}, {"b": [1]})


def test_eight_hundred_columns_need_a_newer_head_and_two_thousand_are_refused(
    tmp_path: Path,
) -> None:
    def wide(number: int) -> dict[str, Any]:
        return {f"Histogram of Intensity in neighborhood_{i}": np.ones(2) for i in range(number)}

    assert len(written(tmp_path / "t.h5", wide(800)).dtype.names) == 800
    with pytest.raises(RunError, match=r"2,000 columns.*choose some, or write it as .parquet"):
        written(tmp_path / "u.h5", wide(2000))


@pytest.mark.parametrize("shape", [(3, 4), (300, 400)])
def test_an_image_says_its_axes_and_what_it_is(tmp_path: Path, shape: tuple[int, int]) -> None:
    voxels = np.arange(shape[0] * shape[1], dtype=np.uint16).reshape(shape)
    with hdf5_table(tmp_path / "t.h5", {"n": [1]}) as table:
        table.add_image("0/raw", LazyArray.of(voxels, "xy"), "image")
    with h5py.File(tmp_path / "t.h5") as file:
        data = file["images/0/raw"]
        assert (data.dtype.name, data.attrs["type"]) == ("uint16", "image")
        assert '"key": "x"' in data.attrs["axistags"]
        np.testing.assert_array_equal(data[()], voxels)


def test_structured_rows_hold_every_column() -> None:
    assert structured({"a": [1, 2], "b": ["x", "yz"]}).tolist() == [(1, b"x"), (2, b"yz")]
