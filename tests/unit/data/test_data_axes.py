"""Axis letters, and the grid an image lies on."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from objclass.data.axes import Grid, grid_from, to_order


def test_axes_are_transposed_and_missing_ones_put_in() -> None:
    array = np.arange(6).reshape(2, 3)
    found = to_order(array, "xy", "tzyx")
    assert found.shape == (1, 1, 3, 2)
    assert np.array_equal(found[0, 0], array.T)


def test_an_axis_of_length_one_may_go() -> None:
    assert to_order(np.zeros((4, 1, 5)), "ycx", "yx").shape == (4, 5)


def test_an_axis_with_voxels_may_not() -> None:
    with pytest.raises(ValueError, match="axis c of length 2 has no place"):
        to_order(np.zeros((4, 2, 5)), "ycx", "yx")


def test_an_empty_array_keeps_its_empty_axis() -> None:
    assert to_order(np.zeros((0, 5)), "yx", "zyx").shape == (1, 0, 5)


def test_a_view_is_returned_never_a_copy() -> None:
    array = np.zeros((2, 3, 4))
    assert to_order(array, "zyx", "xyz").base is array


def test_a_grid_without_time_has_one_unnamed_frame() -> None:
    assert Grid((4, 5)).times == (None,)
    assert Grid((4, 5), frames=2).times == (0, 1)
    assert Grid((4, 5), frames=0).times == ()


def test_a_grid_knows_its_letters_and_voxel() -> None:
    plane, deep = Grid((4, 5), spacing=(2.0, 0.5, 0.25)), Grid((3, 4, 5))
    assert (plane.dimensions, plane.spatial, plane.voxel) == (2, "yx", (0.5, 0.25))
    assert (deep.dimensions, deep.spatial, deep.voxel) == (3, "zyx", (1.0, 1.0, 1.0))


def test_the_place_of_a_grid_is_where_its_crop_starts() -> None:
    assert Grid((4, 5), origin=(0, 7, 9), first_frame=3).place == (3, 0, 7, 9)


def test_grids_at_different_crops_are_not_the_same_place() -> None:
    here = Grid((4, 5), frames=2)
    assert here.same_place(Grid((4, 5), frames=2, spacing=(1, 2, 3), axes="tyx"))
    for other in (
        Grid((4, 6), frames=2),
        Grid((4, 5), frames=3),
        Grid((4, 5), frames=2, origin=(0, 1, 0)),
        Grid((4, 5), frames=2, first_frame=1),
    ):
        assert not here.same_place(other)


def test_a_grid_comes_back_from_json() -> None:
    grid = Grid((3, 4, 5), 2, (1, 2, 3), 4, (1.0, 0.5, 0.5), "um", "5 min", "tzyx")
    facts = {n: list(v) if isinstance(v, tuple) else v for n, v in asdict(grid).items()}
    assert grid_from(facts) == grid
