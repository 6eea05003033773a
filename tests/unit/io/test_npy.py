"""NPY files: mapped, never unpickled."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from objclass.errors import InputError
from objclass.io.formats import describe, open_reader


def test_two_dimensions_are_yx_and_more_are_unknown(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 3), np.float32))
    np.save(tmp_path / "b.npy", np.zeros((2, 3, 3), np.uint8))
    assert describe(tmp_path / "a.npy").axes == "yx"
    assert describe(tmp_path / "b.npy").axes is None


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<u2", ">u2", "bool", "<f2", "<u8"])
def test_regions_have_the_headers_type(tmp_path: Path, order: str, dtype: str) -> None:
    array = (np.arange(24).reshape(2, 3, 4) % 2).astype(dtype)
    np.save(tmp_path / "a.npy", np.asarray(array, order=order))  # type: ignore[call-overload]
    header = describe(tmp_path / "a.npy")
    reader = open_reader(tmp_path / "a.npy")
    part = reader.read((1, slice(0, 2), slice(1, 4)))
    reader.close()
    assert part.dtype == np.dtype(header.dtype)
    assert part.tolist() == array[1, 0:2, 1:4].tolist()
    part[...] = 0


def refused(path: Path, words: str) -> None:
    with pytest.raises(InputError, match=words):
        describe(path)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[None, {}]], dtype=object), allow_pickle=True)
    refused(tmp_path / "a.npy", "cannot be classified")
    (tmp_path / "b.npy").write_bytes(pickle.dumps({"a": 1}))
    refused(tmp_path / "b.npy", "cannot be read")


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(5))
    refused(tmp_path / "a.npy", "is no image")
    np.save(tmp_path / "b.npy", np.zeros((0, 5)))
    refused(tmp_path / "b.npy", "has no voxels")
    np.save(tmp_path / "c.npy", np.zeros((2, 2), "S3"))
    refused(tmp_path / "c.npy", "cannot be classified")
    np.save(tmp_path / "d.npy", np.zeros((20, 20)))
    (tmp_path / "d.npy").write_bytes((tmp_path / "d.npy").read_bytes()[:1000])
    refused(tmp_path / "d.npy", "cannot be read")
