"""Windows, tiles and sheets: what is shown, and where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from objclass.curation.png import free_path, write_picture
from objclass.curation.tiles import GAP, SIDE, Tile, sheet
from objclass.curation.view import (
    STRETCHED,
    Window,
    _side,
    cut_window,
    in_colors,
    outline,
    thin_out,
    unite,
)
from objclass.data.axes import Grid
from objclass.data.blocks import Region

VOLUME = np.arange(3 * 4 * 5).reshape(3, 4, 5)


def test_a_window_is_cut_in_coordinates_of_the_uncropped_image() -> None:
    grid = Grid((3, 4, 5), origin=(10, 20, 30))
    found = cut_window(lambda r: VOLUME[r.slices], grid, Window(11, (21, 31), (23, 34)), np.int64)
    assert found.tolist() == VOLUME[1, 1:3, 1:4].tolist()


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(0, (-1, -1), (1, 1)), [[0, 0], [0, 1]]),
        (Window(0, (2, 2), (4, 4)), [[9, 0], [0, 0]]),
        (Window(0, (5, 5), (6, 6)), [[0]]),
        (Window(1, (0, 0), (1, 1)), [[0]]),
    ],
)
def test_what_leaves_the_frame_is_0(window: Window, expected: list[list[int]]) -> None:
    plane = np.arange(1, 10).reshape(3, 3)
    assert cut_window(lambda r: plane[r.slices], Grid((3, 3)), window, int).tolist() == expected


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 30), st.integers(-9, 40))
def test_a_window_is_moved_into_the_frame_as_far_as_it_fits(
    side: int, length: int, origin: int, start: int
) -> None:
    window = Window(0, (start, start), (start + side, start + side))
    found = window.inside(Grid((length, length), origin=(0, origin, origin)))
    assert found.shape == (min(side, length),) * 2
    assert origin <= found.start[0] < found.stop[0] <= origin + length
    if origin <= start <= origin + length - side:
        assert found == window


def test_windows_are_united() -> None:
    windows = [Window(2, (5, 1), (6, 2)), Window(2, (3, 4), (4, 9))]
    assert unite(windows) == Window(2, (3, 1), (6, 9))


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.data())
def test_a_stretch_lies_in_the_image_and_holds_its_middle(
    low: int, length: int, data: st.DataObject
) -> None:
    middle = data.draw(st.integers(low, low + length - 1))
    start, stop = _side(middle, low, low + length)
    assert low <= start <= middle < stop <= low + length
    assert stop - start == min(length, STRETCHED)
    margin = STRETCHED // 4
    assert start == low or middle - start >= margin
    assert stop == low + length or stop - middle > margin - 1


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_a_thinned_plane_is_every_kth_voxel(step: int) -> None:
    plane = np.arange(1300 * 11).reshape(1300, 11)

    def read(region: Region) -> np.ndarray:
        return plane[region.slices]

    assert np.array_equal(thin_out(read, plane.shape, step), plane[::step, ::step])


def test_channels_are_stretched_and_rgb_is_not() -> None:
    plane = np.linspace(300, 900, 400).reshape(20, 20)
    grey = in_colors([plane], rgb_image=False)
    assert (grey.min(), grey.max()) == (0, 255)
    rgb = [np.full((4, 4), value, np.uint8) for value in (10, 20, 30)]
    assert np.unique(in_colors(rgb, rgb_image=True).reshape(-1, 3), axis=0).tolist() == [
        [10, 20, 30]
    ]


def test_areas_are_outlined_in_their_colours() -> None:
    areas = np.zeros((40, 40), np.uint32)
    areas[5:15, 5:15], areas[20:35, 20:35] = 1, 2
    found = outline(np.zeros((40, 40, 3), np.uint8), areas, ["#FF0000", "#0000FF"], 2)
    assert found.shape == (80, 80, 3)
    assert found[10, 20].tolist() == [255, 0, 0]
    assert found[40, 50].tolist() == [0, 0, 255]
    assert not found[:8].any()


def tile(color: tuple[int, int, int], title: str = "1") -> Tile:
    """A tile of one colour."""
    return Tile(np.full((SIDE, SIDE, 3), color, np.uint8), title, "kept")


@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 1, 1), (8, 1, 8), (9, 2, 8)])
def test_tiles_lie_in_rows_of_eight(count: int, rows: int, columns: int) -> None:
    found = sheet([tile((k, 0, 0)) for k in range(count)])
    step = (found.shape[0] - GAP) // rows
    assert found.shape[1] == columns * (SIDE + GAP) + GAP
    for k in range(count):
        y, x = GAP + k // 8 * step, GAP + k % 8 * (SIDE + GAP)
        assert (found[y : y + SIDE, x : x + SIDE] == (k, 0, 0)).all()


def test_a_legend_lies_below_and_a_long_title_is_cut() -> None:
    plain = sheet([tile((0, 0, 0), "x" * 200)])
    found = sheet([tile((0, 0, 0), "x" * 200)], [("#00FF00", "before"), ("#FF00FF", "now" * 9)])
    assert found.shape[0] > plain.shape[0]
    assert (found[: plain.shape[0] - GAP] == plain[:-GAP]).all()
    colors = {tuple(c) for c in found[plain.shape[0] :].reshape(-1, 3)}
    assert {(0, 255, 0), (255, 0, 255)} <= colors


def test_a_picture_of_ours_is_replaced_and_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    for value in (1, 2):
        assert write_picture(path, np.full((2, 2, 3), value, np.uint8)) == path
    with Image.open(path) as found:
        assert np.asarray(found).max() == 2
    for content in (b"text", b"\x89PNG\r\n\x1a\nbroken", b""):
        path.write_bytes(content)
        assert free_path(path) == tmp_path / "a_2.png"
    path.unlink()
    path.symlink_to(tmp_path / "nowhere.png")
    assert free_path(path) == tmp_path / "a_2.png"
