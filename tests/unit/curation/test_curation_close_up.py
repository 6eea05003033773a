"""Close-ups show an object in its own plane, never mostly black, and of volumes three planes."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.curation.close_up import (
    BRIGHT,
    GAP,
    SMALLEST,
    CloseUp,
    brighten,
    close_up,
    compose,
    fit_size,
)
from objclass.curation.tiles import PAPER, SIDE
from objclass.curation.view import PlaneCutter
from objclass.data.axes import Grid
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelHeader, LabelImage
from objclass.segmentation.index import index


def frame(ids: np.ndarray, raw: np.ndarray, spacing=None) -> tuple[Image, LabelImage]:
    """An image of one frame and its objects."""
    unit = "um" if spacing else None
    grid = Grid(ids.shape, spacing=spacing, unit=unit, axes="zyx"[-ids.ndim :])
    header = ImageHeader(grid, ("dna",), str(raw.dtype))
    labels = LabelImage(
        LabelHeader(grid), lambda r: ids[r.slices], lambda: index(ids, grid.origin, 0)
    )
    return Image(header, lambda channel, r: raw[r.slices]), labels


def cone() -> np.ndarray:
    """An object that is 1 voxel wide at the bottom and 90 at the top of 5 planes."""
    ids = np.zeros((5, 200, 200), np.uint32)
    for z, half in enumerate((0, 2, 4, 6, 45)):
        ids[z, 100 - half : 101 + half, 100 - half : 101 + half] = 1
    return ids


def test_a_tile_is_cut_to_the_object_in_its_own_plane_not_to_the_whole_volume() -> None:
    raw, labels = frame(cone(), np.full((5, 200, 200), 9, np.uint8))
    narrow = close_up(PlaneCutter(), "a", raw, labels, 1, (1, 100, 100))
    wide = close_up(PlaneCutter(), "a", raw, labels, 1, (4, 100, 100))
    assert narrow.areas.shape == (SMALLEST + GAP + 5,) * 2
    assert wide.areas.shape[0] > 91


def test_a_volume_is_shown_in_three_planes() -> None:
    volume = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    found = compose(volume, (1, 2, 3), 1.0)
    assert found[:3, :4].tolist() == volume[1].tolist()
    assert found[:3, 4 + GAP :].tolist() == volume[:, :, 3].T.tolist()
    assert found[3 + GAP :, :4].tolist() == volume[:, 2].tolist()
    assert not found[3 : 3 + GAP].any()


@pytest.mark.parametrize(("ratio", "tall"), [(1.0, 2), (3.0, 6), (0.5, 1)])
def test_planes_along_z_have_the_proportions_of_the_voxels(ratio: float, tall: int) -> None:
    found = compose(np.ones((2, 3, 4), int), (0, 0, 0), ratio)
    assert found.shape == (3 + GAP + tall, 4 + GAP + tall)


def test_dim_objects_are_brightened_and_the_tile_says_so() -> None:
    picture = np.full((5, 5, 3), 20, np.uint8)
    found, remark = brighten(picture)
    assert int(found.max()) == BRIGHT
    assert remark == "10 x brighter"


@pytest.mark.parametrize("value", [0, 64, 255])
def test_what_is_bright_enough_or_empty_stays_as_it_is(value: int) -> None:
    picture = np.full((5, 5, 3), value, np.uint8)
    found, remark = brighten(picture)
    assert found is picture
    assert remark == ""


def test_brightness_is_one_for_a_frame_so_that_objects_can_be_compared() -> None:
    ids = np.zeros((60, 200), np.uint32)
    ids[25:35, 25:35], ids[25:35, 165:175] = 1, 2
    raw = np.where(ids == 2, 200, np.where(ids == 1, 100, 0)).astype(np.uint8)
    image, labels = frame(ids, raw)
    viewer = PlaneCutter()
    dim, bright = (
        int(close_up(viewer, "a", image, labels, k, (0, 30, x)).picture.max())
        for k, x in ((1, 30), (2, 170))
    )
    assert bright == 255
    assert dim == pytest.approx(127, abs=1)


def test_a_frame_narrower_than_a_tile_leaves_white_not_black() -> None:
    shown = CloseUp(np.full((10, 40, 3), 90, np.uint8), np.zeros((10, 40), np.uint32))
    tile = fit_size(shown, ["#FFEB3B"])
    assert tile.shape == (SIDE, SIDE, 3)
    assert tuple(tile[2, 80]) == PAPER
    assert tuple(tile[SIDE // 2, SIDE // 2]) == (90, 90, 90)


def test_insides_are_not_tinted() -> None:
    ids = np.zeros((60, 60), np.uint32)
    ids[20:40, 20:40] = 1
    image, labels = frame(ids, np.where(ids > 0, 100, 200).astype(np.uint8))
    tile = fit_size(close_up(PlaneCutter(), "a", image, labels, 1, (0, 30, 30)), ["#FFEB3B"])
    middle = tile[SIDE // 2, SIDE // 2]
    assert len(set(middle.tolist())) == 1
