"""Real files read as their own libraries read them."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image

from objclass.io.formats import describe, open_reader
from objclass.io.image import FrameReader, layout_of
from objclass.io.join import images_of
from objclass.io.locator import Locator
from objclass.io.tables import read_rows
from objclass.io.write import write_image

# Set, file, axes and channels as its README tells them; "?" where the file does not say.
KNOWN = [
    ("ilastik_h5", "2d.h5", "yx"),
    ("ilastik_h5", "2d3c.h5", "?"),
    ("ilastik_h5", "2d3c_Probabilities.h5", "yxc"),
    ("ilastik_h5", "3d.h5", "?"),
    ("ilastik_h5", "3d2c_Probabilities.h5", "zyxc"),
    ("ilastik_h5", "mitocheck_small_2D+t_mergers.h5", "txyc"),
    ("ilastik_h5", "2d_cells_apoptotic_1channel.png", "yx"),
    ("skimage_ihc", "ihc.png", "yxc"),
    ("skimage_ihc", "derived/ihc_Probabilities.h5", "yxc"),
    ("imc_pancreas", "G01_imc.tiff", "?"),
    ("imc_pancreas", "G01_mask.tiff", "yx"),
    ("nyxus_tissue", "int/p0_y1_r1_c0.ome.tif", "yx"),
    ("omezarr_mitotic_plate", "xyz_8bit__mitotic_plate_calibrated.tiff", "zyx"),
    ("neubias_basics", "xyz_8bit__nuclei_autothresh.tif", "zyx"),
    ("human_mitosis_ph3", "AS_09125_050116030001_D03f00d0.tif", "yx"),
    ("human_mitosis_ph3", "derived/raw_cyx.tif", "cyx"),
    ("dsb2018_stardist", "img3d.tif", "?"),
    ("bccd_blood", "JPEGImages/BloodImage_00012.jpg", "yxc"),
    ("wbc_tecom", "Dataset 1/079.bmp", "yxc"),
]


def by_its_own_library(path: Path) -> np.ndarray:
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            (name,) = (n for n, item in file.items() if isinstance(item, h5py.Dataset))
            return file[name][()]
    if path.suffix.lower() in (".tif", ".tiff"):
        return tifffile.imread(path)
    return np.asarray(Image.open(path))


@pytest.mark.parametrize(("folder", "name", "axes"), KNOWN)
def test_real_files_read_as_their_library_reads_them(
    shared: Path, folder: str, name: str, axes: str
) -> None:
    path = shared / "data" / folder / name
    header = describe(path)
    expected = by_its_own_library(path)
    assert (header.axes or "?") == axes
    assert header.shape == expected.shape
    assert header.dtype == expected.dtype.name
    reader = open_reader(path)
    assert np.array_equal(reader.read(tuple(slice(0, n) for n in header.shape)), expected)
    middle = tuple(slice(n // 3, n - n // 4) for n in header.shape)
    assert np.array_equal(reader.read(middle), expected[middle])
    reader.close()


def test_calibrated_files_know_their_voxel_size(shared: Path) -> None:
    plate = describe(shared / "data/omezarr_mitotic_plate/xyz_8bit__mitotic_plate_calibrated.tiff")
    assert plate.unit == "um"
    assert plate.spacing is not None
    assert plate.spacing["z"] == 3.0
    assert plate.spacing["x"] == pytest.approx(0.0851964, abs=1e-6)
    flat = describe(shared / "data/neubias_basics/xy_16bit_calibrated__nuclei_various_shapes.tif")
    assert flat.spacing == {"y": pytest.approx(0.2), "x": pytest.approx(0.2)}


def test_ilastiks_range_is_read(shared: Path) -> None:
    path = shared / "data/ilastik_h5/mitocheck_small_2D+t_mergers_export.h5"
    assert describe(path).value_range == (0.0, 1.0)


def test_every_reference_case_is_readable(shared: Path) -> None:
    """All HDF5 files beside ilastik's reference projects, axes as their tags say."""
    found = 0
    for path in sorted((shared / "reference/ilastik_cases").glob("*/*.h5")):
        with h5py.File(path) as file:
            images = {}
            file.visititems(lambda n, o: images.update({n: o.shape}) if has_tags(o) else None)  # noqa: B023
            for name in images:
                keys = json.loads(file[name].attrs["axistags"])["axes"]
                assert describe(Locator(path, name)).axes == "".join(axis["key"] for axis in keys)
                found += 1
    assert found > 20


def has_tags(item: object) -> bool:
    return isinstance(item, h5py.Dataset) and "axistags" in item.attrs


def test_a_movie_of_single_files_is_one_image(shared: Path) -> None:
    folder = shared / "data/neubias_basics/mitocheck-movie"
    pattern = "EMBO_2012_Group3--empty--empty--W0002--P001--T{t}--Z000--C.tif"
    (image,) = images_of({"raw": pattern}, folder)
    from objclass.io.stack import describe_source, open_source

    header, axes = describe_source(image.sources["raw"])
    assert header.axes == "tyx"
    assert header.shape[1:] == (190, 211)
    layout = layout_of(header, axes)
    frames = FrameReader(open_source(image.sources["raw"]), layout)
    seventh = tifffile.imread(next(folder.glob("*T00007*")))
    from objclass.data.blocks import Region

    assert np.array_equal(frames.read(7, 0, Region.whole((190, 211))), seventh)
    frames.close()


def test_a_real_image_survives_every_format(shared: Path, tmp_path: Path) -> None:
    array = tifffile.imread(shared / "data/dsb2018_stardist/mask3d.tif")
    for name in ("a.h5", "a.tif", "a.ome.tif", "a.npy"):
        write_image(tmp_path / name, array, "zyx")
        reader = open_reader(tmp_path / name)
        assert np.array_equal(reader.read(tuple(slice(0, n) for n in array.shape)), array)
        reader.close()


def test_truth_tables_are_read(shared: Path) -> None:
    table = read_rows(shared / "data/skimage_ihc/derived/ihc_classes.csv")
    assert table.header == ("label", "y", "x", "area", "dab_local", "class")
    assert len(table.rows) == 272
    assert table.rows[0] == (2, ("1", "77.36", "12.85", "993", "0.095", "epithelium"))
