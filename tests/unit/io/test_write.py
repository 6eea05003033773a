"""Images are written with all they know, and read back by others and by us."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image

from objclass.data.blocks import Region
from objclass.data.lazy_array import LazyArray
from objclass.errors import InputError, ObjclassError, RunError
from objclass.io.formats import describe, open_reader
from objclass.io.write import fit_size, write_image

RNG = np.random.default_rng(0)
SPACING = {"z": 2.0, "y": 0.5, "x": 0.25}


def read(path: Path) -> np.ndarray:
    reader = open_reader(path)
    array = reader.read(tuple(slice(0, n) for n in describe(path).shape))
    reader.close()
    return array


def message(path: Path, *args: object, **options: object) -> str:
    with pytest.raises(ObjclassError) as caught:
        write_image(path, *args, **options)  # type: ignore[arg-type]
    assert list(path.parent.iterdir()) == []
    return str(caught.value)


def test_hdf5_keeps_axes_names_spacing_and_range(tmp_path: Path) -> None:
    array = RNG.random((3, 4, 2)).astype(np.float32)
    write_image(
        tmp_path / "a.h5",
        array,
        "yxc",
        channel_names=["background", "Zellkern µ"],
        spacing=SPACING,
        unit="um",
        value_range=(0.0, 1.0),
    )
    header = describe(tmp_path / "a.h5")
    assert header.inner == "exported_data"
    assert header.axes == "yxc"
    assert header.channels == ("background", "Zellkern µ")
    assert header.spacing == {"y": 0.5, "x": 0.25}
    assert header.unit == "um"
    assert header.value_range == (0.0, 1.0)
    with h5py.File(tmp_path / "a.h5") as file:
        data = file["exported_data"]
        assert np.array_equal(data[()], array)
        assert data.compression == "gzip"
        assert data.compression_opts == 2
        assert data.chunks == (3, 4, 1)
        keys = [axis["key"] for axis in json.loads(data.attrs["axistags"])["axes"]]
        assert keys == ["y", "x", "c"]


def test_hdf5_bytes_depend_on_content_only(tmp_path: Path) -> None:
    array = RNG.integers(0, 99, (30, 40))
    write_image(tmp_path / "a.h5", array, "yx")
    write_image(tmp_path / "b.h5", array, "yx")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_hdf5_chunks_are_blocks_of_one_frame_and_channel(tmp_path: Path) -> None:
    write_image(tmp_path / "a.h5", np.zeros((2, 600, 700, 3), np.uint8), "tyxc")
    write_image(tmp_path / "b.h5", np.zeros((2, 70, 80, 90), np.uint8), "tzyx")
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["exported_data"].chunks == (1, 512, 512, 1)
    with h5py.File(tmp_path / "b.h5") as file:
        assert file["exported_data"].chunks == (1, 64, 64, 64)


def test_hdf5_datasets_may_lie_in_groups(tmp_path: Path) -> None:
    write_image(tmp_path / "a.h5", np.ones((2, 3)), "yx", dataset="/volume/data")
    assert describe(tmp_path / "a.h5").inner == "volume/data"
    (tmp_path / "a.h5").unlink()
    for bad in ("", "a//b", "..", "a/./b", "a\0b"):
        assert "not a path inside" in message(tmp_path / "a.h5", np.ones((2, 3)), "yx", dataset=bad)


def test_tiff_keeps_names_and_spacing_in_ome(tmp_path: Path) -> None:
    array = RNG.integers(0, 99, (2, 4, 5, 6)).astype(np.uint16)
    write_image(
        tmp_path / "a.ome.tif",
        array,
        "czyx",
        channel_names=["a", "b"],
        colors=["#ff0000", "#00ff80"],
        spacing=SPACING,
        unit="um",
    )
    header = describe(tmp_path / "a.ome.tif")
    assert header.axes == "czyx"
    assert header.channels == ("a", "b")
    assert header.spacing == SPACING
    assert header.unit == "um"
    assert np.array_equal(tifffile.imread(tmp_path / "a.ome.tif"), array)
    text = tifffile.tiffcomment(tmp_path / "a.ome.tif")
    assert 'Color="-16776961"' in text  # red, opaque, as a signed integer
    assert 'Color="16744703"' in text
    assert 'PhysicalSizeZ="2.0"' in text


def test_tiff_puts_y_and_x_last(tmp_path: Path) -> None:
    array = RNG.random((4, 5, 2, 3))
    write_image(tmp_path / "a.tif", array, "yxct")
    header = describe(tmp_path / "a.tif")
    assert header.axes == "ctyx"
    assert np.array_equal(read(tmp_path / "a.tif"), array.transpose(2, 3, 0, 1))


def test_tiff_holds_64_bit_ids(tmp_path: Path) -> None:
    array = np.array([[[0, 2**40]], [[2**63 + 1, 7]]], np.uint64)
    write_image(tmp_path / "a.tif", array, "zyx")
    assert describe(tmp_path / "a.tif").axes == "zyx"
    assert np.array_equal(read(tmp_path / "a.tif"), array)


def test_tiff_shows_classes_in_their_colours_and_keeps_the_ids(tmp_path: Path) -> None:
    classes = np.array([[0, 1, 2]], np.uint8)
    write_image(tmp_path / "a.tif", classes, "yx", colors=["#ff0000", "#0000ff"])
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        table = file.pages[0].colormap
        assert table[:, 0].tolist() == [0, 0, 0]
        assert table[:, 1].tolist() == [65535, 0, 0]
        assert table[:, 2].tolist() == [0, 0, 65535]
    assert np.array_equal(read(tmp_path / "a.tif"), classes)


def test_an_rgb_picture_stays_rgb(tmp_path: Path) -> None:
    picture = RNG.integers(0, 255, (5, 6, 3)).astype(np.uint8)
    for name in ("a.tif", "a.png"):
        write_image(tmp_path / name, picture, "yxc", rgb=True)
        assert describe(tmp_path / name).axes == "yxc"
        assert np.array_equal(np.asarray(Image.open(tmp_path / name)), picture)
        assert np.array_equal(read(tmp_path / name), picture)


def test_tiff_bytes_depend_on_content_only(tmp_path: Path) -> None:
    one, two = np.zeros((4, 5), np.uint8), np.ones((4, 5), np.uint8)
    for name, array in (("a", one), ("b", one), ("c", two)):
        write_image(tmp_path / f"{name}.ome.tif", array, "yx")
    content = [(tmp_path / f"{name}.ome.tif").read_bytes() for name in "abc"]
    texts = [tifffile.tiffcomment(tmp_path / f"{name}.ome.tif") for name in "abc"]
    assert len({len(c) for c in content}) == 1
    assert texts[0].split("UUID=")[1][:50] == texts[1].split("UUID=")[1][:50]
    assert texts[0].split("UUID=")[1][:50] != texts[2].split("UUID=")[1][:50]


def test_large_tiffs_are_bigtiff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("objclass.io.tiff_write.CLASSIC_BYTES", 100)
    write_image(tmp_path / "a.tif", np.zeros((20, 20), np.uint8), "yx")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.is_bigtiff


def test_png_takes_ids_that_fit_16_bits(tmp_path: Path) -> None:
    small = np.array([[0, 255]], np.uint8)
    large = np.array([[0, 65535]], np.uint32)
    write_image(tmp_path / "a.png", small, "yx")
    write_image(tmp_path / "b.png", large, "yx")
    assert np.asarray(Image.open(tmp_path / "a.png")).dtype == np.uint8
    assert np.array_equal(read(tmp_path / "b.png"), large)
    assert describe(tmp_path / "b.png").dtype == "uint16"


def test_png_takes_single_planes_however_called(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", np.arange(6, dtype=np.uint8).reshape(1, 3, 2, 1), "txyc")
    assert read(tmp_path / "a.png").tolist() == [[0, 2, 4], [1, 3, 5]]


def test_png_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    assert "from 0 to 65,536" in message(path, np.array([[0, 65536]], np.uint32), "yx")
    assert "from -1 to 3" in message(path, np.array([[-1, 3]]), "yx")
    assert "no fractions" in message(path, np.array([[0.5]]), "yx")
    assert "one plane" in message(path, np.zeros((2, 3, 4), np.uint8), "zyx")
    assert "one plane" in message(path, np.zeros((2, 3, 4, 5), np.uint8), "tzyx")
    assert "8 bits" in message(path, np.zeros((3, 4, 3), np.uint16), "yxc", rgb=True)


def test_npy_keeps_the_order(tmp_path: Path) -> None:
    array = RNG.random((2, 3, 4))
    write_image(tmp_path / "a.npy", array.transpose(2, 0, 1), "xyz")
    assert np.array_equal(np.load(tmp_path / "a.npy"), array.transpose(2, 0, 1))


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    assert ".jpg, which is only read" in message(tmp_path / "a.jpg", np.zeros((2, 2)), "yx")
    assert "got .gif;" in message(tmp_path / "a.gif", np.zeros((2, 2)), "yx")


def test_axes_that_do_not_fit_are_a_mistake_of_the_program(tmp_path: Path) -> None:
    for axes in ("yxc", "y", "yy", "zc"):
        with pytest.raises(ValueError, match="do not fit"):
            write_image(tmp_path / "a.npy", np.zeros((2, 2)), axes)


def test_a_value_that_does_not_fit_is_never_wrapped(tmp_path: Path) -> None:
    ids = np.array([[0, 256]], np.uint32)
    with pytest.raises(RunError, match="do not fit uint8; got uint32 from 0 to 256"):
        fitted(ids, "uint8")
    assert fitted(ids, "uint16").dtype == np.uint16
    with pytest.raises(RunError):
        fitted(np.array([[-1]]), "uint8")
    with pytest.raises(RunError):
        fitted(np.array([[2**24 + 1]], np.uint64), "float32")
    assert fitted(np.array([[2**24]], np.uint64), "float32").tolist() == [[2**24]]
    with pytest.raises(RunError, match="do not fit uint8"):
        fitted(np.array([[0.0]]), "uint8")
    assert fitted(np.array([[0.1]]), "float32").dtype == np.float32
    assert fitted(np.array([[True]]), None).dtype == np.uint8
    assert fitted(np.zeros((0, 2), np.uint64), "uint8").dtype == np.uint8


def fitted(array: np.ndarray, dtype: str | None) -> np.ndarray:
    found = fit_size(LazyArray.of(array, "yx"), dtype, Path("a.tif"))
    voxels = found.read(Region.whole(array.shape))
    assert voxels.dtype == found.dtype
    return voxels


def test_an_unwritable_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written"):
        write_image(tmp_path / "file" / "a.npy", np.zeros((2, 2)), "yx")


def test_unknown_formats_fail_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write_image(tmp_path / "sub" / "a.xyz", np.zeros((2, 2)), "yx")
    assert not (tmp_path / "sub").exists()


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "uint64", "float32", "float64"])
@pytest.mark.parametrize(
    ("shape", "axes"), [((700, 513), "yx"), ((65, 64, 130), "zyx"), ((2, 70, 3, 80), "tyzx")]
)
def test_chunks_packed_here_are_what_hdf5_itself_reads(
    tmp_path: Path, shape: tuple[int, ...], axes: str, dtype: str
) -> None:
    array = (RNG.random(shape) * 100).astype(dtype)
    write_image(tmp_path / "a.h5", array, axes)
    with h5py.File(tmp_path / "a.h5") as file:
        data = file["exported_data"]
        assert (data.compression, data.shuffle, data.dtype) == ("gzip", True, array.dtype)
        np.testing.assert_array_equal(data[()], array)
