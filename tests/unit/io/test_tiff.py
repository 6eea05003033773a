"""TIFF files: axes, metadata, regions of every storage kind, and files to be refused."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import tifffile

from objclass.errors import InputError, RunError
from objclass.io import tiff_pages
from objclass.io.formats import describe, open_reader

RNG = np.random.default_rng(0)


def noise(*shape: int, dtype: str = "uint8") -> np.ndarray:
    return RNG.integers(0, 200, shape).astype(dtype)


def whole(path: Path) -> np.ndarray:
    reader = open_reader(path)
    array = reader.read(tuple(slice(0, n) for n in describe(path).shape))
    reader.close()
    return array


def message(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        describe(path)
    return str(caught.value)


def test_a_plain_grey_page_is_yx_and_rgb_is_yxc(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", noise(5, 6), metadata=None)
    tifffile.imwrite(tmp_path / "b.tif", noise(5, 6, 3), metadata=None, photometric="rgb")
    planar = {"metadata": None, "photometric": "rgb", "planarconfig": "separate"}
    tifffile.imwrite(tmp_path / "c.tif", noise(3, 5, 6), **planar)
    assert describe(tmp_path / "a.tif").axes == "yx"
    assert describe(tmp_path / "b.tif").axes == "yxc"
    assert describe(tmp_path / "c.tif").axes == "cyx"


def test_pages_that_nobody_named_are_unknown(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", noise(4, 5, 7), metadata=None, photometric="minisblack")
    tifffile.imwrite(tmp_path / "b.tif", noise(4, 5, 7), photometric="minisblack")
    tifffile.imwrite(tmp_path / "c.tif", noise(4, 5, 6, 3), metadata=None, photometric="rgb")
    for name in "abc":
        assert describe(tmp_path / f"{name}.tif").axes is None
    assert describe(tmp_path / "a.tif").shape == (4, 5, 7)


def test_axes_come_from_imagej_and_ome(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "i.tif", noise(3, 2, 5, 6), imagej=True, metadata={"axes": "TCYX"})
    tifffile.imwrite(
        tmp_path / "o.ome.tif",
        noise(2, 3, 5, 6),
        metadata={"axes": "CZYX"},
        photometric="minisblack",
    )
    tifffile.imwrite(
        tmp_path / "t.tif",
        noise(2, 3, 5, 6),
        metadata={"axes": "ZCYX"},
        photometric="minisblack",
    )
    assert describe(tmp_path / "i.tif").axes == "tcyx"
    assert describe(tmp_path / "o.ome.tif").axes == "czyx"
    assert describe(tmp_path / "t.tif").axes == "zcyx"


def test_pixel_size_comes_from_imagej(tmp_path: Path) -> None:
    metadata = {"axes": "ZYX", "spacing": 2.0, "unit": "micron"}
    written = {"imagej": True, "metadata": metadata}
    tifffile.imwrite(tmp_path / "a.tif", noise(4, 5, 6), resolution=(4.0, 2.0), **written)
    header = describe(tmp_path / "a.tif")
    assert header.spacing == {"z": 2.0, "y": 0.5, "x": 0.25}
    assert header.unit == "um"
    metadata |= {"spacing": 2000.0, "zunit": "nm"}
    tifffile.imwrite(tmp_path / "c.tif", noise(4, 5, 6), resolution=(4.0, 2.0), **written)
    assert describe(tmp_path / "c.tif").spacing == {"z": 2.0, "y": 0.5, "x": 0.25}
    metadata["unit"] = "pixel"
    tifffile.imwrite(tmp_path / "b.tif", noise(4, 5, 6), resolution=(4.0, 2.0), **written)
    assert describe(tmp_path / "b.tif").spacing is None


def test_channels_and_pixel_size_come_from_ome(tmp_path: Path) -> None:
    metadata = {
        "axes": "CYX",
        "PhysicalSizeX": 0.65,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": 650.0,
        "PhysicalSizeYUnit": "nm",
        "Channel": {"Name": ["DAPI", "GFP"]},
    }
    tifffile.imwrite(tmp_path / "a.ome.tif", noise(2, 5, 6), metadata=metadata)
    header = describe(tmp_path / "a.ome.tif")
    assert header.channels == ("DAPI", "GFP")
    assert header.spacing == {"y": 0.65, "x": 0.65}  # 650 nm
    assert header.unit == "um"
    metadata |= {"PhysicalSizeY": 0.5, "PhysicalSizeYUnit": "µm"}
    tifffile.imwrite(tmp_path / "b.ome.tif", noise(2, 5, 6), metadata=metadata)
    assert describe(tmp_path / "b.ome.tif").spacing == {"y": 0.5, "x": 0.65}
    one = {"axes": "YX", "Channel": {"Name": ["DAPI"]}}
    tifffile.imwrite(tmp_path / "c.ome.tif", noise(5, 6), metadata=one)
    assert describe(tmp_path / "c.ome.tif").channels == ("DAPI",)


def test_ids_in_a_palette_stay_ids(tmp_path: Path) -> None:
    colormap = np.zeros((3, 256), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", noise(5, 6), photometric="palette", colormap=colormap)
    assert describe(tmp_path / "a.tif").axes == "yx"


def test_one_bit_pages_are_zero_and_one(tmp_path: Path) -> None:
    mask = noise(5, 9) > 100
    tifffile.imwrite(tmp_path / "a.tif", mask)
    assert describe(tmp_path / "a.tif").dtype == "uint8"
    assert np.array_equal(whole(tmp_path / "a.tif"), mask.astype(np.uint8))


STORED = {
    "contiguous": {},
    "big endian": {"byteorder": ">"},
    "bigtiff": {"bigtiff": True},
    "strips": {"compression": "zlib", "rowsperstrip": 7},
    "odd strips": {"compression": "lzw", "rowsperstrip": 13, "predictor": True},
    "tiles": {"compression": "zlib", "tile": (16, 32)},
    "raw tiles": {"tile": (16, 16)},
    "one strip": {"compression": "zlib"},
}


@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("case", ["yx", "zyx", "yxs", "syx", "zyxs", "tcyx"])
def test_any_region_of_any_storage_is_what_tifffile_reads(
    tmp_path: Path, kind: str, case: str
) -> None:
    lengths = {"y": 41, "x": 53, "z": 3, "s": 3, "t": 2, "c": 2}
    array = noise(*(lengths[a] for a in case), dtype="uint16")
    options = dict(STORED[kind])
    if "s" in case:
        contig = "contig" if case.endswith("s") else "separate"
        options |= {"photometric": "rgb", "planarconfig": contig}
    else:
        options |= {"photometric": "minisblack"}
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, array, metadata={"axes": case.upper()}, **options)
    header = describe(path)
    assert header.axes == case.replace("s", "c")
    reader = open_reader(path)
    for _ in range(12):
        index = tuple(
            int(RNG.integers(n))
            if RNG.random() < 0.3
            else slice(*sorted(map(int, RNG.integers(0, n + 1, 2))))
            for n in array.shape
        )
        part = reader.read(index)
        assert part.dtype == array.dtype
        assert np.array_equal(part, array[index])
    reader.close()


def test_volumetric_tiles_are_read_by_region(tmp_path: Path) -> None:
    array = noise(20, 33, 40)
    tile = {"tile": (16, 16, 16), "compression": "zlib", "volumetric": True}
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="minisblack", **tile)
    reader = open_reader(tmp_path / "a.tif")
    index = (slice(3, 18), slice(10, 30), 17)
    assert np.array_equal(reader.read(index), array[index])
    reader.close()


def test_only_the_tiles_touched_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = noise(64, 64)
    tifffile.imwrite(tmp_path / "a.tif", array, tile=(16, 16), compression="zlib")
    decoded: list[int] = []
    raw = tiff_pages.Segments._raw

    def counting(self: tiff_pages.Segments, page: object, segment: int) -> bytes | None:
        decoded.append(segment)
        return raw(self, page, segment)

    monkeypatch.setattr(tiff_pages.Segments, "_raw", counting)
    reader = open_reader(tmp_path / "a.tif")
    reader.read((slice(17, 30), slice(0, 20)))
    assert decoded == [4, 5]
    reader.read((slice(17, 30), slice(0, 20)))
    assert decoded == [4, 5]
    reader.close()


def test_several_series_are_refused(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(noise(5, 6))
        file.write(noise(7, 8))
    said = message(tmp_path / "a.tif")
    assert "holds 2 images (series)" in said
    assert "(7, 8)" in said


@pytest.mark.parametrize("options", [{}, {"compression": "zlib", "rowsperstrip": 4}])
@pytest.mark.parametrize("kind", ["ome", "imagej", "shaped"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_a_cut_off_file_never_passes_for_a_smaller_one(
    tmp_path: Path, options: dict[str, object], kind: str, share: float
) -> None:
    path = tmp_path / "a.tif"
    how = {"ome": kind == "ome", "imagej": kind == "imagej", "photometric": "minisblack"}
    tifffile.imwrite(path, noise(6, 64, 64), metadata={"axes": "ZYX"}, **how, **options)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    said = message(path)
    assert "is cut off" in said or "cannot be read" in said or "not complete" in said


def test_damaged_strips_are_a_problem_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, noise(64, 64), compression="zlib")
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].dataoffsets[0]
    with path.open("r+b") as raw:
        raw.seek(place)
        raw.write(b"\xff" * 100)
    reader = open_reader(path)
    with pytest.raises(RunError, match="cannot be read"):
        reader.read((slice(0, 64), slice(0, 64)))
    reader.close()


def test_planes_in_other_files_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, noise(2, 8, 8), metadata={"axes": "CYX", "UUID": "a" * 8})
    text = tifffile.tiffcomment(path)
    other = '<UUID FileName="secret.ome.tif">urn:uuid:other</UUID></TiffData>'
    text = text.replace('PlaneCount="2"/>', f'PlaneCount="2">{other}')
    tifffile.tiffcomment(path, text.encode())
    header = describe(path)
    assert header.axes is None
    assert "speaks of other files" in header.notes[0]


def test_nothing_of_tifffiles_log_reaches_the_screen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, noise(2, 8, 8), metadata={"axes": "CYX"})
    tifffile.tiffcomment(path, b"<OME xmlns='x'><Image><Pixels></OME>")
    header = describe(path)
    assert header.axes is None
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
    logging.getLogger("tifffile").warning("of somebody else")
    assert [record.message for record in caplog.records] == ["of somebody else"]


def test_hostile_ome_text_names_nothing() -> None:
    from objclass.io.ome import from_ome

    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><OME><Image><Pixels/></Image></OME>'
    assert from_ome(bomb).channels is None
    assert from_ome("<OME").channels is None
    assert from_ome("<OME/>").spacing is None
    assert from_ome("<OME><Pixels PhysicalSizeX='wide'/></OME>").spacing is None
