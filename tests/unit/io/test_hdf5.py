"""HDF5 files: axes, attributes, inner paths, and files that must be refused."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from objclass.errors import InputError, RunError
from objclass.io import axistags
from objclass.io.formats import describe, open_reader


def tags(axes: str) -> str:
    entries = [{"key": a, "typeFlags": 2, "resolution": 0, "description": ""} for a in axes]
    return json.dumps({"axes": entries})


def one(path: Path, shape: tuple[int, ...], **attributes: object) -> Path:
    with h5py.File(path, "w") as file:
        data = file.create_dataset("data", data=np.arange(np.prod(shape)).reshape(shape))
        data.attrs.update(attributes)
    return path


def message(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        describe(path)
    return str(caught.value)


def test_axistags_name_the_axes(tmp_path: Path) -> None:
    header = describe(one(tmp_path / "a.h5", (2, 3, 4, 5), axistags=tags("txyc")))
    assert header.axes == "txyc"
    assert header.inner == "data"
    assert header.datasets == ("data",)
    assert header.dtype == "int64"


def test_axistags_may_be_bytes(tmp_path: Path) -> None:
    header = describe(one(tmp_path / "a.h5", (2, 3, 4), axistags=np.bytes_(tags("zyx"))))
    assert header.axes == "zyx"


@pytest.mark.parametrize("bad", [tags("?yx"), tags("yx"), tags("zyy"), tags("byx"), "{", "[]", "3"])
def test_axistags_that_do_not_fit_count_as_unknown(tmp_path: Path, bad: str) -> None:
    header = describe(one(tmp_path / "a.h5", (2, 3, 4), axistags=bad))
    assert header.axes is None
    assert header.notes == ("its axistags do not fit and are not used",)


def test_two_dimensions_without_tags_are_yx_and_three_are_unknown(tmp_path: Path) -> None:
    assert describe(one(tmp_path / "a.h5", (3, 4))).axes == "yx"
    assert describe(one(tmp_path / "b.h5", (3, 4, 3))).axes is None


def test_spacing_comes_from_tags_and_units(tmp_path: Path) -> None:
    text = axistags.dumps("zyx", {"z": 2.0, "y": 0.5, "x": 0.5})
    units = json.dumps({"z": "µm", "y": "micron", "x": "um"})
    header = describe(one(tmp_path / "a.h5", (2, 3, 4), axistags=text, axis_units=units))
    assert header.spacing == {"z": 2.0, "y": 0.5, "x": 0.5}
    assert header.unit == "um"
    mixed = json.dumps({"z": "nm", "y": "um", "x": "um"})
    header = describe(one(tmp_path / "b.h5", (2, 3, 4), axistags=text, axis_units=mixed))
    assert (header.spacing, header.unit) == ({"z": 0.002, "y": 0.5, "x": 0.5}, "um")
    strange = json.dumps({"z": "planes", "y": "um", "x": "um"})
    header = describe(one(tmp_path / "c.h5", (2, 3, 4), axistags=text, axis_units=strange))
    assert (header.spacing, header.unit) == ({"z": 2.0, "y": 0.5, "x": 0.5}, None)


def test_spacing_comes_from_element_size(tmp_path: Path) -> None:
    header = describe(one(tmp_path / "a.h5", (2, 3, 4), element_size_um=[2.0, 0.5, 0.25]))
    assert header.spacing == {"z": 2.0, "y": 0.5, "x": 0.25}
    assert header.unit == "um"


def test_drange_is_the_value_range(tmp_path: Path) -> None:
    assert describe(one(tmp_path / "a.h5", (3, 4), drange=(0, 100))).value_range == (0.0, 100.0)
    assert describe(one(tmp_path / "b.h5", (3, 4), drange=(5, 5))).value_range is None
    assert describe(one(tmp_path / "c.h5", (3, 4), drange="broken")).value_range is None


def test_several_arrays_need_an_inner_path(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["raw"] = np.zeros((3, 4), np.uint8)
        file["group/labels"] = np.ones((3, 4), np.uint32)
        file["a_number"] = 5
        file["a_list"] = np.arange(3)
    said = message(path)
    assert "holds 2 arrays" in said
    assert "group/labels, raw" in said
    assert describe(f"{path}/group/labels").dtype == "uint32"
    assert describe(f"{path}:/raw").dtype == "uint8"
    assert "did you mean" in message(f"{path}/group/label")
    assert "is a group, not an array" in message(f"{path}/group")
    assert "expected one of: group/labels, raw" in message(f"{path}/nothing")


def test_a_file_without_images_says_so(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["list"] = np.arange(3)
    assert "holds no image" in message(tmp_path / "a.h5")
    assert "is no image" in message(f"{tmp_path}/a.h5/list")


def test_tables_text_and_complex_numbers_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["table"] = np.zeros((2, 2), [("a", "i4")])
        file["complex"] = np.zeros((2, 2), complex)
        file.create_dataset("empty", (0, 3), "u1")
    assert "got a table" in message(f"{tmp_path}/a.h5/table")
    assert "got complex128" in message(f"{tmp_path}/a.h5/complex")
    assert "has no voxels" in message(f"{tmp_path}/a.h5/empty")


def test_voxels_in_other_files_are_refused(tmp_path: Path) -> None:
    secret = one(tmp_path / "secret.h5", (3, 4))
    (tmp_path / "raw.bin").write_bytes(bytes(12))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["linked"] = h5py.ExternalLink(secret.name, "data")
        external = [(str(tmp_path / "raw.bin"), 0, 12)]
        file.create_dataset("outside", (3, 4), "u1", external=external)
        layout = h5py.VirtualLayout((3, 4), "i8")
        layout[...] = h5py.VirtualSource(str(secret), "data", (3, 4))
        file.create_virtual_dataset("virtual", layout)
    for name in ("linked", "outside", "virtual"):
        assert "lie in another file" in message(f"{tmp_path}/a.h5/{name}")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = one(tmp_path / "a.h5", (300, 400))
    path.write_bytes(path.read_bytes()[:-1000])
    assert "cannot be read" in message(path)


def test_a_damaged_chunk_is_a_problem_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        data = np.random.default_rng(0).integers(0, 9, (64, 64))
        written = file.create_dataset("data", data=data, compression="gzip", chunks=(64, 64))
        place = written.id.get_chunk_info(0).byte_offset
    with path.open("r+b") as raw:
        raw.seek(place + 10)
        raw.write(b"\xff" * 200)
    reader = open_reader(path)
    with pytest.raises(RunError, match="cannot be read"):
        reader.read((slice(0, 64), slice(0, 64)))
    reader.close()


@pytest.mark.parametrize("compression", ["gzip", "lzf"])
def test_only_the_chunks_that_a_region_touches_are_decoded(
    compression: str, tmp_path: Path
) -> None:
    """All other chunks are damaged; what is never decoded cannot fail."""
    path, rows = tmp_path / "a.h5", np.random.default_rng(0).integers(0, 9, (256, 256))
    with h5py.File(path, "w") as file:
        usual = {"compression": compression, "chunks": (64, 64)}
        written = file.create_dataset("data", data=rows, **usual)
        chunks = [written.id.get_chunk_info(n) for n in range(16)]
        others = [each.byte_offset for each in chunks if each.chunk_offset != (64, 128)]
    with path.open("r+b") as raw:
        for place in others:
            raw.seek(place + 10)
            raw.write(b"\xff" * 200)
    reader = open_reader(path)
    found = reader.read((slice(70, 120), slice(130, 190)))
    assert np.array_equal(found, rows[70:120, 130:190])
    with pytest.raises(RunError, match="cannot be read"):
        reader.read((slice(60, 120), slice(130, 190)))
    reader.close()


def test_regions_are_read_in_file_order(tmp_path: Path) -> None:
    reader = open_reader(one(tmp_path / "a.h5", (2, 3, 4)))
    whole = np.arange(24).reshape(2, 3, 4)
    assert np.array_equal(reader.read((slice(0, 2), 1, slice(1, 3))), whole[:, 1, 1:3])
    reader.close()


def test_bool_half_and_big_endian_become_ordinary(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["bool"] = np.array([[True, False]])
        file["half"] = np.array([[0.5, 1.5]], np.float16)
        file["big"] = np.array([[1, 2]], ">u2")
    for name, dtype, values in (
        ("bool", "uint8", [[1, 0]]),
        ("half", "float32", [[0.5, 1.5]]),
        ("big", "uint16", [[1, 2]]),
    ):
        assert describe(f"{tmp_path}/a.h5/{name}").dtype == dtype
        reader = open_reader(f"{tmp_path}/a.h5/{name}")
        array = reader.read((slice(0, 1), slice(0, 2)))
        reader.close()
        assert array.dtype == np.dtype(dtype)
        assert array.tolist() == values
