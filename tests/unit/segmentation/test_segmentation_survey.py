"""Size, place, border and regions of objects, as a whole and added up from blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_segmentation import drawn

from objclass.data.blocks import Region, tiles
from objclass.segmentation.selection import border_ids
from objclass.segmentation.survey import ObjectSurvey, survey, unite

OBJECTS = drawn("..1...", ".22.3.", ".2..3.", "......")
REGIONS = drawn("7.....", "77..8.", "7...8.", "......")


def whole(label_image: np.ndarray, other: np.ndarray | None = None) -> ObjectSurvey:
    return survey(label_image, Region.whole(label_image.shape), label_image.shape, other)


def by_block(label_image: np.ndarray, block: tuple[int, ...], other: np.ndarray) -> ObjectSurvey:
    regions = list(tiles(label_image.shape, block))
    parts = [survey(label_image[r.slices], r, label_image.shape, other[r.slices]) for r in regions]
    return unite(parts)


def test_a_survey_tells_size_first_voxel_and_border() -> None:
    made = whole(OBJECTS)
    np.testing.assert_array_equal(made.ids, [1, 2, 3])
    np.testing.assert_array_equal(made.sizes, [1, 3, 2])
    np.testing.assert_array_equal(made.first, [2, 7, 10])
    np.testing.assert_array_equal(made.border, [True, False, False])
    assert len(made.shared.voxels) == 0


def test_voxels_in_regions_are_counted_where_asked_for() -> None:
    np.testing.assert_array_equal(
        whole(OBJECTS, REGIONS).shared.total(whole(OBJECTS).ids), [0, 1, 2]
    )


def test_a_survey_of_nothing_has_no_rows() -> None:
    empty = whole(np.zeros((3, 4), np.uint32))
    assert len(empty) == len(unite([empty])) == len(unite([])) == 0


def test_only_sides_of_a_block_that_are_sides_of_the_image_are_border() -> None:
    block = Region((1, 1), (3, 5))
    assert len(border_ids(OBJECTS[block.slices], block, OBJECTS.shape)) == 0
    block = Region((0, 1), (3, 5))
    np.testing.assert_array_equal(border_ids(OBJECTS[block.slices], block, OBJECTS.shape), [1])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.data())
def test_the_survey_of_blocks_is_that_of_the_whole(seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(data.draw(st.lists(st.integers(1, 8), min_size=2, max_size=3)))
    label_image = rng.integers(0, 5, shape).astype(data.draw(st.sampled_from(["uint8", "uint64"])))
    other = rng.integers(0, 3, shape).astype(np.uint16)
    block = tuple(data.draw(st.integers(1, n + 1)) for n in shape)
    made, expected = by_block(label_image, block, other), whole(label_image, other)
    for name in ("ids", "sizes", "first", "border"):
        np.testing.assert_array_equal(getattr(made, name), getattr(expected, name))
    for name in ("objects", "regions", "voxels"):
        np.testing.assert_array_equal(getattr(made.shared, name), getattr(expected.shared, name))


@pytest.mark.parametrize("shape", [(4, 5), (3, 4, 5), (1, 4, 5)])
def test_the_border_is_that_of_a_plain_look(shape: tuple[int, ...]) -> None:
    label_image = np.arange(1, np.prod(shape) + 1, dtype=np.uint32).reshape(shape)
    inner = label_image[tuple(slice(1, -1) if n > 1 else slice(None) for n in shape)]
    expected = np.setdiff1d(label_image, inner)
    made = whole(label_image)
    np.testing.assert_array_equal(made.ids[made.border], expected)
