"""Which array of a file is read: a series of several, and pages that are frames and channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from terminal import typed

from objclass.data.blocks import Region
from objclass.io.chosen import ArrayChoice, unfold, with_lead
from objclass.io.header import FileHeader
from objclass.io.image import FrameReader, layout_of
from objclass.io.locator import Locator
from objclass.io.patterns import expand
from objclass.io.stack import describe_source, open_source
from workflows import SHAPE, Bench, discs, flat, series, write_map


def write_series(path: Path, **images: np.ndarray) -> None:
    """Write an OME-TIFF of several images by name; the n-th has pixels of n micrometres."""
    with tifffile.TiffWriter(path, ome=True) as file:
        for number, (name, image) in enumerate(images.items(), 1):
            axes = "TYX"[-image.ndim :]
            size = {f"PhysicalSize{a}": float(number) for a in "XY"}
            units = {f"PhysicalSize{a}Unit": "um" for a in "XY"}
            file.write(image, metadata={"axes": axes, "Name": name, **size, **units})


def brightness(bench: Bench, *sets: str) -> list[float]:
    """Run, and return the mean intensities of all objects."""
    screen = typed(" ".join(["run cells.yaml", *(f"--set {each}" for each in sets)]), bench.folder)
    assert screen.code == 0, screen.err
    table = pd.read_csv(bench.folder / "results/objects.csv")
    return sorted(table.filter(regex="^intensity_mean").iloc[:, 0].to_list())


# --- series -------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["1", "scan"])
def test_a_series_is_chosen_by_number_or_name(wanted: str, tmp_path: Path) -> None:
    bench = flat(tmp_path)
    alone = brightness(bench)
    write_series(tmp_path / "raw.tif", label=np.zeros((10, 12), np.uint8), scan=discs()[0])
    assert brightness(bench, f"raw.series={wanted}") == alone
    grid = bench.job(f"raw.series={wanted}").graph.parts["raw"]["raw"][0].header.grid
    assert (grid.spacing, grid.unit) == ((1.0, 2.0, 2.0), "um")


def test_init_lists_the_series_of_a_file_and_takes_one(tmp_path: Path) -> None:
    flat(tmp_path)
    (tmp_path / "cells.yaml").unlink()
    write_series(tmp_path / "raw.tif", label=np.zeros((10, 12), np.uint8), scan=discs()[0])
    ids = np.zeros(SHAPE, np.uint8)
    write_series(tmp_path / "ids.tif", thumb=ids[::2, ::2], ids=ids)
    line = "init --raw raw.tif --label-image ids.tif"
    said = typed(line, tmp_path).err
    assert (
        "raw.tif holds 2 images (series); got 0 'label' yx (10, 12), 1 'scan' yx (48, 64)" in said
    )
    assert "add for example --series raw=0\n" in said
    assert "add for example --series cells=0\n" in said
    screen = typed(f"{line} --series raw=scan --series cells=1", tmp_path)
    assert screen.code == 0, screen.err
    text = (tmp_path / "cells.yaml").read_text(encoding="utf-8")
    assert "    series: scan " in text
    assert "    series: 1 " in text or '    series: "1" ' in text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("--series prob=1", "--series prob=1: there is no such file; write raw=1 or cells=1"),
        ("--series 0 --series raw=1", "--series of raw is given twice; got 0 and 1"),
    ],
)
def test_init_refuses_a_series_of_no_file(more: str, said: str, tmp_path: Path) -> None:
    write_series(tmp_path / "raw.tif", scan=discs()[0])
    screen = typed(f"init --raw raw.tif --label-image raw.tif {more}", tmp_path)
    assert (screen.code, screen.err) == (2, f"{said}\n")


def test_another_series_of_one_file_is_another_image(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    write_series(tmp_path / "raw.tif", one=discs(1)[0], two=discs(31)[0])
    one, two = brightness(bench, "raw.series=one"), brightness(bench, "raw.series=two")
    np.testing.assert_allclose(np.subtract(two, one), 30)
    assert brightness(bench, "raw.series=one") == one


def test_a_series_of_a_time_series_and_of_every_file_of_a_stack(tmp_path: Path) -> None:
    frames = np.stack([discs(t)[0] for t in range(3)])
    write_series(tmp_path / "all.tif", small=np.zeros((4, 5), np.uint8), movie=frames)
    header, axes = describe_source(Locator(tmp_path / "all.tif", series="movie"))
    assert (header.shape, header.axes, axes) == ((3, *SHAPE), "tyx", None)
    reader = open_source(Locator(tmp_path / "all.tif", series=1))
    np.testing.assert_array_equal(reader.read((2, slice(0, 48), slice(5, 9))), frames[2, :, 5:9])


def test_a_batch_reads_the_series_that_training_read(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    small = np.zeros((10, 12), np.uint8)
    write_series(tmp_path / "raw.tif", label=small, scan=discs()[0])
    bench.edit(("path: raw.tif\n", "path: raw.tif\n    series: scan\n"))
    brightness(bench)
    for number, name in enumerate("ab"):
        raw, probability = discs(number)
        (tmp_path / "new").mkdir(exist_ok=True)
        scan = "scan" if name == "a" else "other"
        write_series(tmp_path / f"new/{name}.tif", label=small, **{scan: raw})
        write_map(tmp_path / f"new/{name}.h5", probability)
    inputs = "--raw 'new/{name}.tif' --prediction-map 'new/{name}.h5'"
    screen = typed(f"batch cells.objclass.h5 {inputs} --out out", tmp_path)
    assert screen.code == 1
    assert screen.lines[-1] == "1 done, 1 failed; results in out"
    assert "holds no series scan; got 0 'label' yx (10, 12), 1 'other' yx (48, 64)" in screen.out
    chosen = typed(f"batch cells.objclass.h5 {inputs} --out out2 --set raw.series=1", tmp_path)
    assert chosen.lines[-1] == "2 done, 0 failed; results in out2"


# --- pages --------------------------------------------------------------------------------------


def plain(path: Path, pages: np.ndarray) -> None:
    """Write a multi-page TIFF that says nothing of its axes."""
    tifffile.imwrite(path, pages, photometric="minisblack", metadata=None)


@pytest.mark.parametrize(
    ("axes", "given", "shape"),
    [
        (None, {"t": 3, "c": 2}, (3, 2, 5, 7)),
        (None, {"c": 2, "t": 3}, (2, 3, 5, 7)),
        ("tcyx", {"c": 2}, (3, 2, 5, 7)),
        ("tczyx", {"t": 3, "z": 1}, (3, 2, 1, 5, 7)),
        ("zyx", {"z": 6}, (6, 5, 7)),
    ],
)
def test_pages_unfold_with_the_last_letter_fastest(
    axes: str | None, given: dict[str, int], shape: tuple[int, ...], tmp_path: Path
) -> None:
    pages = np.arange(6 * 35, dtype=np.uint16).reshape(6, 5, 7)
    plain(tmp_path / "a.tif", pages)
    np.save(tmp_path / "a.npy", pages)
    for name in ("a.tif", "a.npy"):
        source, chosen = Locator(tmp_path / name), ArrayChoice(sizes=given)
        header, read = describe_source(source, axes, chosen)
        assert header.shape == shape
        assert header.axes == (axes or "".join(given) + "yx")
        reader = open_source(source, read, chosen)
        whole = reader.read(tuple(slice(0, n) for n in shape))
        np.testing.assert_array_equal(whole, pages.reshape(shape))
        last = tuple(n - 1 for n in shape[:-2])
        part = reader.read((*last, slice(1, 4), slice(2, 3)))
        np.testing.assert_array_equal(part, pages[5, 1:4, 2:3])


def test_colour_pages_unfold_too(tmp_path: Path) -> None:
    pages = np.arange(4 * 5 * 7 * 3, dtype=np.uint8).reshape(4, 5, 7, 3)
    tifffile.imwrite(tmp_path / "a.tif", pages, photometric="rgb", metadata=None)
    source, chosen = Locator(tmp_path / "a.tif"), ArrayChoice(sizes={"t": 2, "z": 2})
    header, axes = describe_source(source, None, chosen)
    assert (header.shape, header.axes) == ((2, 2, 5, 7, 3), "tzyxc")
    frames = FrameReader(open_source(source, axes, chosen), layout_of(header, axes))
    np.testing.assert_array_equal(frames.read(1, 2, Region.whole((2, 5, 7))), pages[2:, ..., 2])


def test_pages_of_stacked_files_unfold_in_every_file(tmp_path: Path) -> None:
    pages = np.arange(2 * 4 * 5 * 7, dtype=np.uint16).reshape(2, 4, 5, 7)
    for t in range(2):
        plain(tmp_path / f"{t}.tif", pages[t])
    (image,) = expand("{t}.tif", tmp_path)
    chosen = ArrayChoice(sizes={"z": 2, "c": 2})
    for given in (None, "zcyx"):
        header, _ = describe_source(image.source, given, chosen)
        assert (header.shape, header.axes) == ((2, 2, 2, 5, 7), "tzcyx")
        reader = open_source(image.source, given, chosen)
        np.testing.assert_array_equal(
            reader.read(tuple(slice(0, n) for n in header.shape)), pages.reshape(header.shape)
        )


def test_a_workflow_runs_on_pages_as_on_a_file_that_names_its_axes(tmp_path: Path) -> None:
    bench = series(tmp_path / "named")
    named = brightness(bench)
    other = series(tmp_path / "pages")
    raw = tifffile.imread(tmp_path / "pages/raw.tif")
    both = np.stack([raw, raw], 1).reshape(6, *SHAPE)
    plain(tmp_path / "pages/raw.tif", both)
    new = "path: raw.tif\n    sizes: {t: 3, c: 2}\n    crop: {c: 1}\n"
    other.edit(("path: raw.tif\n    axes: tyx\n", new))
    assert brightness(other) == named


@pytest.mark.parametrize("shape", [(6, 5, 7), (2, 3, 5, 7)])
def test_what_was_known_of_channels_goes_with_their_axis(shape: Any) -> None:
    file = FileHeader(shape, "uint8", axes=None, channels=("a", "b"))
    if len(shape) == 4:
        found = unfold(file, ArrayChoice(sizes={"t": 2}), "tcyx", "x.tif")
        assert with_lead(file, found).channels == ("a", "b")
    else:
        found = unfold(file, ArrayChoice(sizes={"c": 2}), "tcyx", "x.tif")
        assert with_lead(file, found).channels is None
