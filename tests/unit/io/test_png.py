"""PNG, JPEG and BMP: grey, colour, palette, alpha, depth."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from objclass.errors import InputError, RunError
from objclass.io.formats import describe, open_reader
from objclass.io.header import FileHeader


def read(path: Path) -> tuple[FileHeader, np.ndarray]:
    header = describe(path)
    reader = open_reader(path)
    array = reader.read(tuple(slice(0, n) for n in header.shape))
    reader.close()
    assert array.shape == header.shape
    assert array.dtype == np.dtype(header.dtype)
    return header, array


def test_grey_is_yx_and_colour_is_yxc(tmp_path: Path) -> None:
    grey = np.array([[0, 255, 7]], np.uint8)
    colour = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    for suffix in ("png", "bmp"):
        Image.fromarray(grey).save(tmp_path / f"g.{suffix}")
        Image.fromarray(colour).save(tmp_path / f"c.{suffix}")
        header, array = read(tmp_path / f"g.{suffix}")
        assert header.axes == "yx"
        assert array.tolist() == grey.tolist()
        header, array = read(tmp_path / f"c.{suffix}")
        assert header.axes == "yxc"
        assert array.tolist() == colour.tolist()


def test_sixteen_bits_keep_their_values(tmp_path: Path) -> None:
    grey = np.array([[0, 65535, 258]], np.uint16)
    colour = np.array([[[1, 300, 65535], [0, 2, 40000]]], np.uint16)
    (tmp_path / "g.png").write_bytes(imagecodecs.png_encode(grey))
    (tmp_path / "c.png").write_bytes(imagecodecs.png_encode(colour))
    assert read(tmp_path / "g.png")[1].tolist() == grey.tolist()
    header, array = read(tmp_path / "c.png")
    assert (header.dtype, header.axes) == ("uint16", "yxc")
    assert array.tolist() == colour.tolist()


def test_one_bit_is_zero_and_one(tmp_path: Path) -> None:
    Image.fromarray(np.array([[True, False, True]])).save(tmp_path / "a.png")
    header, array = read(tmp_path / "a.png")
    assert header.dtype == "uint8"
    assert array.tolist() == [[1, 0, 1]]


def test_a_palette_becomes_rgb(tmp_path: Path) -> None:
    picture = Image.fromarray(np.array([[0, 1]], np.uint8), mode=None).convert("P")
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.save(tmp_path / "a.png")
    header, array = read(tmp_path / "a.png")
    assert header.axes == "yxc"
    assert header.notes == ("palette colours are expanded to RGB",)
    assert array.tolist() == [[[10, 20, 30], [40, 50, 60]]]


def test_opaque_alpha_is_dropped_and_other_alpha_kept(tmp_path: Path) -> None:
    opaque = np.full((2, 3, 4), 255, np.uint8)
    opaque[..., 0] = 9
    glassy = opaque.copy()
    glassy[0, 0, 3] = 254
    Image.fromarray(opaque).save(tmp_path / "a.png")
    Image.fromarray(glassy).save(tmp_path / "b.png")
    header, array = read(tmp_path / "a.png")
    assert header.shape == (2, 3, 3)
    assert header.notes == ("opaque alpha channel dropped",)
    assert array.tolist() == opaque[..., :3].tolist()
    header, array = read(tmp_path / "b.png")
    assert header.shape == (2, 3, 4)
    assert header.notes == ("the last channel is transparency",)
    assert array.tolist() == glassy.tolist()


def test_grey_with_opaque_alpha_is_grey(tmp_path: Path) -> None:
    both = np.array([[[5, 255], [6, 255]]], np.uint8)
    Image.fromarray(both, mode=None).save(tmp_path / "a.png")
    header, array = read(tmp_path / "a.png")
    assert header.axes == "yx"
    assert array.tolist() == [[5, 6]]


def test_jpeg_is_read_as_pillow_decodes_it(tmp_path: Path) -> None:
    colour = np.random.default_rng(0).integers(0, 255, (16, 24, 3), dtype=np.uint8)
    Image.fromarray(colour).save(tmp_path / "a.jpg", quality=90)
    header, array = read(tmp_path / "a.jpg")
    assert header.axes == "yxc"
    assert np.array_equal(array, np.asarray(Image.open(tmp_path / "a.jpg")))
    Image.fromarray(colour).convert("CMYK").save(tmp_path / "b.jpg")
    with pytest.raises(InputError, match="CMYK"):
        describe(tmp_path / "b.jpg")


def test_a_cut_off_picture_is_a_problem_of_the_run(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    path = tmp_path / "a.png"
    path.write_bytes(path.read_bytes()[:2000])
    reader = open_reader(path)
    with pytest.raises(RunError, match="cannot be read"):
        reader.read((slice(0, 64), slice(0, 64)))


def test_a_large_picture_is_no_bomb_and_a_bomb_is_refused(tmp_path: Path) -> None:
    start = b"\x89PNG\r\n\x1a\n"

    def announced(edge: int) -> Path:
        import struct
        import zlib

        head = b"IHDR" + struct.pack(">IIBBBBB", edge, edge, 8, 0, 0, 0, 0)
        body = b"IDAT" + zlib.compress(b"")
        chunks = b"".join(
            struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c))
            for c in (head, body)
        )
        path = tmp_path / f"{edge}.png"
        path.write_bytes(start + chunks)
        return path

    assert describe(announced(16_000)).shape == (16_000, 16_000)
    with pytest.raises(InputError, match="too large for a picture"):
        describe(announced(70_000))
    assert Image.MAX_IMAGE_PIXELS is not None


def test_regions_are_copies(tmp_path: Path) -> None:
    Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4)).save(tmp_path / "a.png")
    reader = open_reader(tmp_path / "a.png")
    part = reader.read((slice(1, 3), slice(1, 2)))
    part[...] = 0
    assert reader.read((slice(1, 3), slice(1, 2))).tolist() == [[5], [9]]
    reader.close()
