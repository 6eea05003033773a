"""The deepest voxel: what a search finds is what the distances of all voxels say."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.segmentation import depth
from objclass.segmentation.components import components
from objclass.segmentation.grouping import GroupedRuns, by_value
from objclass.segmentation.runs import runs
from objclass.segmentation.smooth import gaussian


def objects_of(mask: np.ndarray) -> GroupedRuns:
    return by_value(runs(components(mask)[0]))[1]


def noise(shape: tuple[int, ...], blob: float, part: float, seed: int) -> np.ndarray:
    """A mask of blobs that fill this part of the image."""
    made = gaussian(np.random.default_rng(seed).random(shape, np.float32), (blob,) * len(shape))
    return np.asarray(made >= np.quantile(made, 1 - part))


@pytest.mark.parametrize("shape", [(150, 170), (40, 50, 60)])
@pytest.mark.parametrize("blob", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_a_search_finds_the_voxel_that_all_distances_say(
    shape: tuple[int, ...], blob: float, part: float
) -> None:
    flat = len(shape) == 2
    for seed in range(3):
        objects = objects_of(noise(shape, blob, part, seed))
        found, far = depth._search_deepest(objects, flat)
        plain, plain_far = depth._find_deepest(objects, flat)
        np.testing.assert_array_equal(found, plain)
        np.testing.assert_array_equal(far, plain_far)


def test_of_equally_deep_voxels_the_first_is_found() -> None:
    bar = np.zeros((9, 40), np.bool_)
    bar[2:7, 3:38] = True
    for find in (depth._search_deepest, depth._find_deepest):
        place, far = find(objects_of(bar), True)
        assert (place.tolist(), far.tolist()) == ([[0, 4, 5]], [9])


def test_large_boxes_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []
    plain = depth._search_deepest

    def noting(objects: GroupedRuns, flat: bool) -> object:
        searched.append(len(objects))
        return plain(objects, flat)

    monkeypatch.setattr(depth, "_search_deepest", noting)
    mask = np.zeros((400, 400), np.bool_)
    mask[10:300, 10:20] = mask[10:20, 10:300] = mask[350:360, 350:360] = True
    place = depth.deepest(objects_of(mask), True)
    assert [n for n in searched if n] == [1]
    np.testing.assert_array_equal(place[1], [0, 354, 354])
