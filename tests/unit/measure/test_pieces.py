"""Objects in pieces far apart: measured piece by piece, they cost and give what they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from objclass.measure.kernels import nearest, orientation, outline, pieces, skeleton, texture
from objclass.measure.kernels.thinning import simple_in_plane
from objclass.measure.runs import ObjectRuns, label_volume, runs_of
from objclass.testing import index_of

ONE = np.ones(3, np.int64)
SHAPES = [(1, 90, 110), (24, 45, 50)]


def objects(labels: np.ndarray) -> tuple[ObjectRuns, np.ndarray, np.ndarray]:
    """Runs and boxes of the objects of a volume."""
    index = index_of(labels)
    runs = runs_of(labels, index.ids)
    return runs, index.start.astype(np.int64), index.stop.astype(np.int64)


def split(labels: np.ndarray, reach: int = 1) -> list[tuple[np.ndarray, ...]]:
    """The pieces of every object: runs, first run, low and high corners."""
    runs, start, stop = objects(labels)
    return [
        pieces.pieces_of(runs.pieces, *runs.first[k : k + 2], start[k], stop[k], reach, ONE)
        for k in range(len(runs))
    ]


def scattered(shape: tuple[int, ...]) -> np.ndarray:
    """Five ids, each with several blobs; two ids are their own mirror images."""
    random = np.random.default_rng(7)
    noise = ndimage.gaussian_filter(random.normal(size=shape), (0 if shape[0] == 1 else 1, 1.5, 2))
    blobs = ndimage.label(noise > 2.2 * noise.std())[0]
    labels = (blobs % 5 + 1).astype(np.uint32) * (blobs > 0)
    labels[:, :8] = labels[:, -8:] = 0
    labels[:3, 2:7, 2:8] = labels[:3, 2:7, -8:-2] = 6
    labels[:3, -7:-2, 2:7] = labels[:3, -7:-2, -7:-2] = 7
    return labels


def test_voxels_at_most_reach_apart_are_of_one_piece() -> None:
    line = np.zeros((1, 1, 900), np.uint32)
    line[0, 0, [0, 1, 3, 6, 899]] = 1
    assert [len(split(line, reach)[0][2]) for reach in (1, 2, 3)] == [4, 3, 2]


@pytest.mark.parametrize("shape", SHAPES)
def test_pieces_are_those_of_scipy(shape: tuple[int, ...]) -> None:
    labels, some = scattered(shape), 0
    for number, (runs, first, low, high) in enumerate(split(labels), start=1):
        if len(low) == 1:
            continue  # its pieces lie close
        some += 1
        found, count = ndimage.label(labels == number, np.ones((3, 3, 3)))
        assert count == len(low)
        for k, box in enumerate(ndimage.find_objects(found)):
            assert low[k].tolist() == [side.start for side in box]
            assert high[k].tolist() == [side.stop for side in box]
            assert runs[first[k] : first[k + 1], 3].sum() == (found == k + 1).sum()
    assert some >= 2


@pytest.mark.parametrize("far", [100, 1000, 100_000])
def test_what_is_drawn_of_two_far_pieces_does_not_grow_with_the_image(far: int) -> None:
    labels = np.zeros((1, 2, far), np.uint32)
    labels[..., :5] = labels[..., -5:] = 1
    ((_, _, low, high),) = split(labels)
    assert np.prod(high - low + 2, axis=1).tolist() == [3 * 4 * 7] * 2


def test_an_object_whose_pieces_lie_close_is_drawn_at_once() -> None:
    comb = np.zeros((1, 9, 9), np.uint32)
    comb[:, ::2] = 1
    assert len(split(comb)[0][2]) == 1


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.0), (2.0, 0.7, 0.3)])
def test_outlines_of_pieces_add_up_to_those_of_the_box(voxel: tuple[float, ...]) -> None:
    size = np.array(voxel)
    for shape in SHAPES:
        runs, start, stop = objects(scattered(shape))
        measure = outline.outlines_2d if shape[0] == 1 else outline.outlines_3d
        table = measure(runs.pieces, runs.first, start, stop, size)
        for k, row in enumerate(table):
            mask = outline.draw(runs.pieces, *runs.first[k : k + 2], start[k], stop[k])
            crossed = np.zeros(3 if shape[0] == 1 else 13, np.int64)
            if shape[0] == 1:
                edges = np.zeros(3, np.int64)
                outline.count_edges(mask[1], edges)
                outline.count_crossings_2d(mask[1], crossed)
                if voxel[1] == voxel[2]:
                    assert row[0] == outline.perimeter(edges) * voxel[1]
                assert row[1] == outline.crofton_2d(crossed, *voxel[1:])
                assert row[2] == outline.euler_2d(mask[1])
            else:
                outline.count_crossings(mask, outline.directions(), crossed)
                area = 2.0 * (crossed * outline.direction_weights(size)).sum()
                assert row[0] == pytest.approx(area, rel=1e-14)
                assert row[1] == outline.euler_3d(mask, outline.corner_terms())


@pytest.mark.parametrize("shape", SHAPES)
def test_pairs_of_levels_are_those_of_shifted_boxes(shape: tuple[int, ...]) -> None:
    labels = scattered(shape)
    grey = np.random.default_rng(1).integers(0, 4, shape)
    runs, _, _ = objects(labels)
    for k in range(len(runs)):
        own = runs.part(k, k + 1)
        box = np.pad(np.where(labels == k + 1, grey, -1), 1, constant_values=-1)
        levels = own.values(grey.astype(np.float64)).astype(np.int64)
        for step in outline.directions():
            expected, pairs = np.zeros((4, 4)), np.empty((4, 4))
            other = np.roll(box, tuple(-step), (0, 1, 2))
            both = (box >= 0) & (other >= 0)
            np.add.at(expected, (box[both], other[both]), 1.0)
            first = texture.first_voxels(own.pieces)
            total = texture.count_pairs(own.pieces, first, levels, step, pairs)
            assert np.array_equal(pairs, expected + expected.T)
            assert total == pairs.sum()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_standing_of_voxels_is_that_of_their_box(shape: tuple[int, ...]) -> None:
    flat = shape[0] == 1
    runs, start, stop = objects(scattered(shape))
    for k in range(len(runs)):
        own, box = runs.part(k, k + 1), np.empty(3, np.int64)
        skeleton.box_of(start[k], stop[k], flat, box)
        mask = skeleton.mask_of(own.pieces, 0, len(own.pieces), start[k], stop[k], flat)
        places = skeleton.places_of(own.pieces, start[k], flat)
        assert mask.shape == tuple(box)
        found = np.empty((2, orientation.WAYS), np.int64)
        count = orientation.find_ways(mask, np.ones(3), flat, found[0])
        same = orientation.find_ways_of_places(places, box, np.ones(3), flat, found[1])
        assert found[0, :count].tolist() == found[1, :same].tolist()


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.0), (2.0, 0.7, 0.3)])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_skeleton_of_pieces_is_that_of_the_box(
    shape: tuple[int, ...], voxel: tuple[float, ...]
) -> None:
    """Lengths are added piece by piece, so that their last digit may differ."""
    flat, size = shape[0] == 1, np.array(voxel)
    runs, start, stop = objects(scattered(shape))
    result, centers = skeleton.measure_skeletons(runs.pieces, runs.first, start, stop, size, flat)
    ways, table = np.empty(orientation.WAYS, np.int64), simple_in_plane()
    for k in range(len(runs)):
        mask = skeleton.mask_of(runs.pieces, *runs.first[k : k + 2], start[k], stop[k], flat)
        count = orientation.find_ways(mask, size, flat, ways)
        out, middle, center = np.zeros(7), np.empty(3), np.empty(3)
        skeleton.measure_standing(mask, ways[0], size, flat, table, out, middle)
        shape_of_box = np.array(mask.shape, np.int64)
        orientation.lay_place(middle, ways[:count], shape_of_box, center)
        assert result[k] == pytest.approx(out, rel=1e-14)
        assert result[k, skeleton.DIAMETER] == out[skeleton.DIAMETER]
        assert centers[k].tolist() == (center - [not flat, 1, 1]).tolist()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_neighbours_of_pieces_are_those_of_the_box(shape: tuple[int, ...]) -> None:
    labels = scattered(shape)
    volume, (runs, start, stop) = label_volume(labels), objects(labels)
    reach = np.array([0 if shape[0] == 1 else 6, 6, 6])
    size = np.array([2.0, 1.0, 1.5])
    some = False
    for k in range(len(runs)):
        found = []
        own = (runs.pieces, *runs.first[k : k + 2], start[k], stop[k])
        for parts in (pieces.pieces_of(*own, 1, reach), pieces.whole(*own)):
            found.append(nearest.nearby_pieces(volume, *parts, size, reach, np.uint64(k + 1), 36.0))
        some = some or len(pieces.pieces_of(*own, 1, reach)[2]) > 1
        # beyond the reach of 6 the window of a piece ends, and only that of the box goes on
        assert min(found[0][0], 36.0) == min(found[1][0], 36.0)
        assert found[0][1] == found[1][1]
    assert some
