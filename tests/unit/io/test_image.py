"""Axes and crop become frames, channels and voxels in the order (z,) y, x."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from objclass.data.blocks import Region
from objclass.errors import InputError
from objclass.io.formats import describe, open_reader
from objclass.io.header import FileHeader
from objclass.io.image import Crop, FrameReader, channel_names, image_header, layout_of


def file(shape: tuple[int, ...], axes: str | None = None, **facts: object) -> FileHeader:
    return FileHeader(shape, "uint8", axes, **facts)  # type: ignore[arg-type]


def message(header: FileHeader, axes: str | None = None, crop: Crop | None = None) -> str:
    with pytest.raises(InputError) as caught:
        layout_of(header, axes, crop)
    return str(caught.value)


def test_time_and_channels_are_loops_around_space() -> None:
    layout = layout_of(file((5, 66, 62, 3), "txyc"))
    assert layout.frames == 5
    assert layout.channels == 3
    assert layout.shape == (62, 66)
    assert layout.spatial == "yx"


def test_a_pair_keeps_an_axis_and_an_integer_drops_it() -> None:
    layout = layout_of(file((5, 10, 20, 30), "tzyx"), crop={"t": 2, "z": [4, 8], "x": (5, 25)})
    grid = layout.grid()
    assert grid.frames is None
    assert grid.shape == (4, 20, 20)
    assert grid.origin == (4, 0, 5)
    assert grid.first_frame == 2
    assert grid.axes == "zyx"


def test_one_plane_is_two_dimensional() -> None:
    for crop in ({"z": 3}, {"z": [3, 4]}):
        grid = layout_of(file((10, 20, 30), "zyx"), crop=crop).grid()
        assert grid.shape == (20, 30)
        assert grid.origin == (3, 0, 0)
    assert layout_of(file((1, 20, 30), "zyx")).grid().shape == (20, 30)


def test_a_cropped_time_axis_keeps_its_first_frame() -> None:
    grid = layout_of(file((9, 20, 30), "tyx"), crop={"t": [4, 7]}).grid()
    assert (grid.frames, grid.first_frame, grid.axes) == (3, 4, "tyx")


def test_the_users_axes_overrule_the_files() -> None:
    assert layout_of(file((3, 20, 30), "zyx"), "cyx").channels == 3


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((20, 30), "yx"),
        ((73, 187, 3), "yxc"),
        ((9, 73, 187), "zyx"),
        ((9, 73, 187, 2), "zyxc"),
        ((4, 9, 73, 187), "tzyx"),
        ((4, 9, 73, 187, 2), "tzyxc"),
    ],
)
def test_unknown_axes_are_asked_for_with_few_values_last_as_channels(
    shape: tuple[int, ...], axes: str
) -> None:
    said = message(file(shape))
    assert f"does not name its axes (shape {shape})" in said
    assert f"add for example axes: {axes}" in said


@pytest.mark.parametrize("axes", ["yx", "zyy", "zcx", "zyxc", "abc"])
def test_axes_that_do_not_fit_are_refused(axes: str) -> None:
    assert "do not fit" in message(file((3, 4, 5)), axes)


@pytest.mark.parametrize(
    ("crop", "words"),
    [
        ({"t": 0}, "crop names axis t, which the file does not have"),
        ({"z": 10}, "got 10; expected 0 to 9"),
        ({"z": -1}, "got -1; expected 0 to 9"),
        ({"z": [0, 11]}, "got [0, 11]; expected within [0, 10]"),
        ({"z": [5, 5]}, "does not lie in the image"),
        ({"z": [1, 2, 3]}, "is no pair"),
        ({"y": 3}, "write [3, 4] to keep it"),
    ],
)
def test_a_crop_that_does_not_fit_is_refused(crop: Crop, words: str) -> None:
    assert words in message(file((10, 20, 30), "zyx"), crop=crop)


def test_all_problems_of_a_crop_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        layout_of(file((10, 20), "yx"), crop={"y": [0, 11], "x": 3, "z": 0})
    assert len(caught.value.problems) == 3


def test_spacing_needs_every_axis_of_the_image() -> None:
    layout = layout_of(file((10, 20, 30), "zyx"))
    assert layout.grid({"z": 2.0, "y": 0.5, "x": 0.5}, "um").spacing == (2.0, 0.5, 0.5)
    assert layout.grid({"y": 0.5, "x": 0.5}, "um").spacing is None
    assert layout.grid({"y": 0.5, "x": 0.5}, "um").unit is None
    flat = layout_of(file((20, 30), "yx")).grid({"y": 0.5, "x": 0.5}, "um")
    assert flat.spacing == (1.0, 0.5, 0.5)


def test_channels_are_named_by_the_user_then_the_file_then_by_number() -> None:
    named = file((3, 4, 2), "yxc", channels=("dapi", "gfp"))
    layout = layout_of(named)
    assert channel_names(named, layout, ["a", "b"]) == ("a", "b")
    assert channel_names(named, layout) == ("dapi", "gfp")
    assert channel_names(file((3, 4, 2), "yxc"), layout) == ("0", "1")
    assert channel_names(file((3, 4), "yx"), layout_of(file((3, 4), "yx"))) == ("0",)
    second = layout_of(named, crop={"c": 1})
    assert channel_names(named, second) == ("gfp",)
    with pytest.raises(InputError, match="3 names: a, b, c; expected 2"):
        channel_names(named, layout, ["a", "b", "c"])
    with pytest.raises(InputError, match="repeat"):
        channel_names(named, layout, ["a", "a"])


def test_the_header_takes_the_files_facts_unless_told_otherwise() -> None:
    given = file((4, 5), "yx", spacing={"y": 0.5, "x": 0.5}, unit="um", value_range=(0.0, 1.0))
    header = image_header(given, layout_of(given))
    assert header.grid.unit == "um"
    assert header.value_range == (0.0, 1.0)
    other = image_header(
        given,
        layout_of(given),
        spacing={"y": 2.0, "x": 2.0},
        unit="nm",
        role="prediction_map",
        value_range=(0.0, 255.0),
    )
    assert other.grid.spacing == (1.0, 2.0, 2.0)
    assert other.grid.unit == "nm"
    assert other.role == "prediction_map"
    assert other.value_range == (0.0, 255.0)


LENGTHS = {"t": 3, "c": 2, "z": 4, "y": 5, "x": 6}


@pytest.mark.parametrize("axes", ["yx", "xy", "yxc", "cyx", "txyc", "zyx", "tzyxc", "cxzyt"])
@pytest.mark.parametrize("crop", [{}, {"y": [1, 4]}, {"t": 1}, {"z": 2}, {"c": 1}, {"t": [1, 3]}])
def test_frames_are_read_in_canonical_order(tmp_path: Path, axes: str, crop: Crop) -> None:
    if set(crop) - set(axes):
        return
    array = np.arange(np.prod([LENGTHS[a] for a in axes])).reshape([LENGTHS[a] for a in axes])
    np.save(tmp_path / "a.npy", array)
    layout = layout_of(describe(tmp_path / "a.npy"), axes, crop)
    frames = FrameReader(open_reader(tmp_path / "a.npy"), layout)
    canonical = array.transpose([axes.index(a) for a in "tczyx" if a in axes])
    canonical = canonical[tuple(slice(None) if a in axes else None for a in "tczyx")]
    canonical = canonical[tuple(slice(*layout.range_of(a)) for a in "tczyx")]
    shape = layout.shape
    region = Region(tuple(n // 3 for n in shape), tuple(n - n // 4 for n in shape))
    for t in layout.grid().times:
        for channel in range(layout.channels):
            expected = canonical[t or 0, channel].reshape(shape)
            assert np.array_equal(frames.read(t, channel, Region.whole(shape)), expected)
            part = frames.read(t, channel, region)
            assert np.array_equal(part, expected[region.slices])
            assert part.flags.c_contiguous
    frames.close()
