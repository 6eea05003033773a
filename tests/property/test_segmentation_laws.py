"""The laws of segmentation on random images: blocks, regions, axis order, plain twins, peers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_segmentation import (
    Canvas,
    grown,
    holding,
    in_parts,
    index_rows,
    numbered_by_first_voxel,
    reader,
    scratch,
    sized,
    smoothed,
)
from plain_segmentation import (
    components as plain_components,
)
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold
from skimage.measure import label
from skimage.segmentation import watershed

from objclass.data.blocks import Region
from objclass.data.ordered import ThreadedMap
from objclass.segmentation import depth, ilastik
from objclass.segmentation.automatic import otsu
from objclass.segmentation.components import components
from objclass.segmentation.cutting import Blocks
from objclass.segmentation.found_objects import label_components
from objclass.segmentation.growth import grow
from objclass.segmentation.holes import fill_holes
from objclass.segmentation.index import COLUMNS, index
from objclass.segmentation.rules import OWN
from objclass.segmentation.segment import (
    segment,
    segment_in_memory,
    smoothed_reader,
    write_smoothed,
)
from objclass.segmentation.settings import SegmentationSettings
from objclass.segmentation.smooth import gaussian, half_weights, radius

DTYPES = ("bool", "uint8", "uint16", "uint32", "uint64")
LAYERS = ("cores", "cores_filtered", "unfiltered", "objects")
law = settings(max_examples=60, deadline=None)


@st.composite
def shapes(draw: st.DrawFn, longest: int = 18) -> tuple[int, ...]:
    d = draw(st.sampled_from([2, 3]))
    return tuple(draw(st.integers(1, longest if d == 2 else longest // 2)) for _ in range(d))


@st.composite
def generators(draw: st.DrawFn) -> np.random.Generator:
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


@st.composite
def segmentations(draw: st.DrawFn) -> np.ndarray:
    """Random ids: fine or coarse, few or many, sometimes far apart."""
    shape, rng = draw(shapes()), draw(generators())
    values = rng.integers(0, draw(st.sampled_from([2, 3, 6])), shape)
    for axis in range(len(shape)):
        if draw(st.booleans()):
            values = values.repeat(2, axis)
    dtype = draw(st.sampled_from(DTYPES))
    values = values.astype(dtype)
    return values * np.uint64(2**40 + 1) if dtype == "uint64" else values


@st.composite
def maps(draw: st.DrawFn, shape: tuple[int, ...]) -> np.ndarray:
    """A smooth or noisy map; a third of them have few levels and therefore many ties."""
    rng = draw(generators())
    image = ndimage.gaussian_filter(rng.random(shape), draw(st.sampled_from([0, 0.7, 1.5])))
    image = (image - image.min()) / max(np.ptp(image), 1e-9)
    kind = draw(st.sampled_from(["float32", "float64", "few"]))
    return np.round(image * 4) / 4 if kind == "few" else image.astype(kind)


@st.composite
def cuts(draw: st.DrawFn, shape: tuple[int, ...]) -> Blocks:
    """Blocks of any size, prime or larger than the image, of chunks of any size.

    One, two or three of them are worked on at a time.
    """
    block = tuple(draw(st.integers(1, n + 3)) for n in shape)
    chunk = tuple(draw(st.integers(1, 4)) for _ in shape)
    return Blocks(shape, block, chunk, ThreadedMap(draw(st.integers(1, 3))))


def one_block(shape: tuple[int, ...]) -> Blocks:
    """An image in memory."""
    return Blocks(shape, shape)


@st.composite
def wishes(draw: st.DrawFn, dimensions: int) -> SegmentationSettings:
    low = draw(st.sampled_from([0.25, 0.4, 0.5]))
    return SegmentationSettings(
        sigma=tuple(draw(st.sampled_from([0, 0.5, 1.0, 1.6])) for _ in range(dimensions)),
        threshold=low,
        method=draw(st.sampled_from(["simple", "hysteresis"])),
        core_threshold=low + draw(st.sampled_from([0.0, 0.1, 0.3])),
        min_size=draw(st.integers(0, 4)),
        max_size=draw(st.sampled_from([None, 8, 40])),
    )


@law
@given(segmentations(), st.data())
def test_components_are_those_of_scikit_image_numbered_by_first_voxel(
    values: np.ndarray, data: st.DataObject
) -> None:
    connectivity = data.draw(st.integers(1, values.ndim))
    made, count = components(values, connectivity)
    _, small = np.unique(values, return_inverse=True)
    peer = label(small.reshape(values.shape) + (values.min() > 0), connectivity=connectivity)
    np.testing.assert_array_equal(made, numbered_by_first_voxel(peer))
    assert count == peer.max()
    np.testing.assert_array_equal(made, plain_components(values, connectivity))


@law
@given(segmentations(), st.data())
def test_blocks_of_any_shape_give_the_components_of_the_whole(
    values: np.ndarray, data: st.DataObject
) -> None:
    blocks = data.draw(cuts(values.shape))
    connectivity = data.draw(st.integers(1, values.ndim))
    limits = data.draw(st.integers(0, 3)), data.draw(st.sampled_from([None, 5]))
    whole, canvas = Canvas(values.shape), Canvas(values.shape)
    told, report = (
        made.of(label_components(reader(values), cut, scratch, connectivity, *limits))
        for made, cut in ((whole, one_block(values.shape)), (canvas, blocks))
    )
    np.testing.assert_array_equal(canvas.voxels, whole.voxels)
    twin = sized(plain_components(values, connectivity), *limits)
    np.testing.assert_array_equal(whole.voxels, twin)
    np.testing.assert_array_equal(report.values, told.values)
    assert report == told
    assert (canvas.times == 1).all()


@law
@given(st.data())
def test_blocks_of_any_shape_give_the_objects_of_the_whole(data: st.DataObject) -> None:
    shape = data.draw(shapes())
    image, wanted = data.draw(maps(shape)), data.draw(wishes(len(shape)))
    core = data.draw(st.one_of(st.none(), maps(shape)))
    rules = data.draw(st.sampled_from([OWN, ilastik.RULES]))
    layer = data.draw(st.sampled_from(LAYERS))
    if wanted.method == "simple" and layer.startswith("cores"):
        layer = "objects"
    whole, told = segment_in_memory(image, wanted, core, layer, rules)
    canvas, read_core = Canvas(shape), None if core is None else reader(core)
    found = segment(reader(image), data.draw(cuts(shape)), wanted, scratch, read_core, layer, rules)
    report = canvas.of(found)
    np.testing.assert_array_equal(canvas.voxels, whole)
    np.testing.assert_array_equal(found.sizes[1:], np.bincount(whole.ravel())[1:])
    np.testing.assert_array_equal(report.values, told.values)
    assert report == told


@law
@given(st.data())
def test_blocks_keep_touching_classes_apart_like_the_whole(data: st.DataObject) -> None:
    shape = data.draw(shapes())
    images = [data.draw(maps(shape)) for _ in range(3)]
    wanted = data.draw(wishes(len(shape)))
    whole, whole_report = segment_in_memory(images, wanted)
    canvas = Canvas(shape)
    reads = [reader(image) for image in images]
    report = canvas.of(segment(reads, data.draw(cuts(shape)), wanted, scratch))
    np.testing.assert_array_equal(canvas.voxels, whole)
    np.testing.assert_array_equal(report.values, whole_report.values)
    assert report == whole_report


@law
@given(st.data())
def test_objects_grown_by_block_are_those_of_the_whole(data: st.DataObject) -> None:
    """Few levels and low ones: many ties, and components that lie across many blocks."""
    shape = data.draw(shapes())
    images = [data.draw(maps(shape)) for _ in range(data.draw(st.integers(1, 3)))]
    wanted = replace(data.draw(wishes(len(shape))), method="hysteresis", merge_objects=False)
    cores = [data.draw(maps(shape)) for _ in images] if data.draw(st.booleans()) else None
    layer = data.draw(st.sampled_from(("unfiltered", "objects")))
    whole, told = segment_in_memory(images, wanted, cores, layer)
    canvas, reads = Canvas(shape), [reader(image) for image in images]
    read_cores = None if cores is None else [reader(core) for core in cores]
    blocks = data.draw(cuts(shape))
    found = segment(reads, blocks, wanted, scratch, read_cores, layer)
    report = canvas.of(found)
    np.testing.assert_array_equal(canvas.voxels, whole)
    np.testing.assert_array_equal(found.sizes[1:], np.bincount(whole.ravel())[1:])
    np.testing.assert_array_equal(report.values, told.values)
    assert report == told
    assert (canvas.times == 1).all()


@law
@given(st.data())
def test_a_voxel_of_a_region_has_the_smoothed_bits_of_the_whole(data: st.DataObject) -> None:
    shape = data.draw(shapes())
    image = data.draw(maps(shape)).astype(np.float32)
    sigma = tuple(data.draw(st.sampled_from([0, 0.3, 1.0, 2.2, 5.0])) for _ in shape)
    start = tuple(data.draw(st.integers(0, n - 1)) for n in shape)
    ends = zip(start, shape, strict=True)
    stop = tuple(data.draw(st.integers(a + 1, n)) for a, n in ends)
    region = Region(start, stop)
    for rules in (OWN, ilastik.RULES):
        whole = rules.smooth(image, rules.sigma(sigma, shape))
        part = smoothed_reader(reader(image), shape, sigma, rules)(region)
        np.testing.assert_array_equal(part, whole[region.slices])
        canvas = Canvas(shape, "float32")
        write_smoothed(reader(image), data.draw(cuts(shape)), sigma, canvas.write, rules)
        np.testing.assert_array_equal(canvas.voxels, whole)


@law
@given(st.data())
def test_smoothing_has_the_bits_of_the_plain_twin_and_the_values_of_scipy(
    data: st.DataObject,
) -> None:
    shape = data.draw(shapes())
    image = data.draw(maps(shape)).astype(np.float32)
    sigma = tuple(data.draw(st.sampled_from([0, 0.4, 1.0, 1.9])) for _ in shape)
    made = gaussian(image, sigma)
    used = [s if n > 1 else 0 for s, n in zip(sigma, shape, strict=True)]
    twin = smoothed(image, [half_weights(s).astype(np.float32) for s in used])
    np.testing.assert_array_equal(made, twin)
    reach = tuple(radius(s) for s in used)
    peer = ndimage.gaussian_filter(image.astype(float), used, mode="mirror", radius=reach)
    np.testing.assert_allclose(made, peer, atol=1e-6)


@law
@given(st.data())
def test_objects_are_those_of_the_plain_steps(data: st.DataObject) -> None:
    shape = data.draw(shapes())
    image, wanted = data.draw(maps(shape)), data.draw(wishes(len(shape)))
    made, _ = segment_in_memory(image, wanted)
    level = gaussian(image, wanted.sigma)
    low = numbered_by_first_voxel(label(level >= np.float32(wanted.threshold), connectivity=1))
    limits = wanted.min_size, wanted.max_size
    if wanted.method == "hysteresis":
        cores = sized(label(level >= np.float32(wanted.high), connectivity=1), *limits)
        apart = replace(wanted, merge_objects=False)
        plain = sized(grown(cores, level, low > 0), *limits)
        np.testing.assert_array_equal(segment_in_memory(image, apart)[0], plain)
        low = holding(low, cores)
    np.testing.assert_array_equal(made, sized(low, *limits))


@law
@given(st.data())
def test_hysteresis_is_that_of_scikit_image(data: st.DataObject) -> None:
    """scikit-image asks for more than the level, so it gets the number just below."""
    shape = data.draw(shapes())
    image = data.draw(maps(shape)).astype(np.float32)
    wanted = SegmentationSettings((0,) * len(shape), 0.4, "hysteresis", 0.75)
    made = segment_in_memory(image, wanted)[0]
    below = [np.nextafter(np.float32(v), np.float32(0)) for v in (0.4, 0.75)]
    mask = apply_hysteresis_threshold(image, *below)
    np.testing.assert_array_equal(made, numbered_by_first_voxel(label(mask, connectivity=1)))


@law
@given(st.data())
def test_growth_is_that_of_the_plain_twin(data: st.DataObject) -> None:
    shape, rng = data.draw(shapes()), data.draw(generators())
    image = data.draw(maps(shape)).astype(np.float32)
    if data.draw(st.booleans()):
        image = (image * 255).astype(np.uint8)
    seeds = components(rng.random(shape) < data.draw(st.sampled_from([0.02, 0.1, 0.4])))[0]
    mask = rng.random(shape) < data.draw(st.sampled_from([0.6, 0.95, 1.0]))
    np.testing.assert_array_equal(grow(seeds, image, mask), grown(seeds, image, mask))


@law
@given(st.data())
def test_growth_is_the_watershed_of_scikit_image(data: st.DataObject) -> None:
    """Any plateaus; only seeds have a brightness each, since their ties are left to its heap."""
    shape, rng = data.draw(shapes()), data.draw(generators())
    image = data.draw(maps(shape)).astype(np.float32)
    seeds = components(rng.random(shape) < data.draw(st.sampled_from([0.02, 0.1, 0.4])))[0]
    mask = (rng.random(shape) < data.draw(st.sampled_from([0.6, 0.95, 1.0]))) | (seeds > 0)
    image[seeds > 0] = rng.permutation(int((seeds > 0).sum())) / 1000 + rng.integers(0, 2)
    peer = watershed(-image, seeds.astype(int), mask=mask)
    np.testing.assert_array_equal(grow(seeds, image, mask), peer)


@law
@given(segmentations(), st.data())
def test_the_index_is_that_of_the_plain_twin_in_any_blocks(
    values: np.ndarray, data: st.DataObject
) -> None:
    origin, t = (3, 1, 4), data.draw(st.integers(0, 2**40))
    whole = index(values, origin, t)
    twin = index_rows(values, origin, t)
    columns = whole.ids, whole.start, whole.stop, whole.size, whole.inside
    for k, (one, start, stop, size, inside, border, stamp) in enumerate(twin):
        told = [np.array(column[k]).tolist() for column in columns]
        assert told == [one, list(start), list(stop), size, list(inside)]
        assert bool(whole.touches_border[k]) == border
        assert whole.stamp[k].decode() == stamp
    assert len(whole) == len(twin)
    regions = data.draw(st.permutations(data.draw(cuts(values.shape)).regions))
    parts = in_parts(values, regions, origin, t)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
        assert getattr(parts, name).dtype == getattr(whole, name).dtype


@law
@given(segmentations(), st.integers(1, 60))
def test_large_objects_are_measured_slab_by_slab_with_the_same_result(
    values: np.ndarray, largest: int
) -> None:
    whole = index(values).inside
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depth, "LARGEST_BOX", largest)
        patch.setattr(depth, "SEARCHED", 0)
        patch.setattr(depth, "SEARCHED_FLAT", 0)
        np.testing.assert_array_equal(index(values).inside, whole)


@law
@given(segmentations(), st.data())
def test_holes_are_those_of_scipy_where_objects_do_not_touch(
    values: np.ndarray, data: st.DataObject
) -> None:
    one = values == values.max(initial=0)
    if values.shape[0] > 1 or values.ndim == 2:
        mask = Canvas(one.shape, "bool")
        fill_holes(reader(one), one_block(one.shape), scratch, mask.write)
        np.testing.assert_array_equal(mask.voxels, ndimage.binary_fill_holes(one))
    whole, canvas = (Canvas(values.shape, str(values.dtype)) for _ in range(2))
    fill_holes(reader(values), one_block(values.shape), scratch, whole.write)
    fill_holes(reader(values), data.draw(cuts(values.shape)), scratch, canvas.write)
    np.testing.assert_array_equal(canvas.voxels, whole.voxels)


@law
@given(st.data())
def test_axis_order_in_memory_changes_nothing(data: st.DataObject) -> None:
    shape = data.draw(shapes())
    image, wanted = data.draw(maps(shape)), data.draw(wishes(len(shape)))
    wanted = replace(wanted, merge_objects=wanted.method == "simple" or data.draw(st.booleans()))
    whole = segment_in_memory(image, wanted)[0]
    order = data.draw(st.permutations(range(len(shape))))
    back = np.argsort(order)
    stored = np.ascontiguousarray(image.transpose(order)).transpose(back)
    np.testing.assert_array_equal(segment_in_memory(stored, wanted)[0], whole)


@law
@given(st.data())
def test_a_single_plane_is_segmented_like_a_2d_image(data: st.DataObject) -> None:
    shape = data.draw(shapes().filter(lambda s: len(s) == 2))
    image, wanted = data.draw(maps(shape)), data.draw(wishes(2))
    flat = segment_in_memory(image, wanted)[0]
    for rules in (OWN, ilastik.RULES):
        deep = replace(wanted, sigma=(2.0, *wanted.sigma))
        plane = segment_in_memory(image[None], deep, rules=rules)[0]
        same = segment_in_memory(image, wanted, rules=rules)[0]
        np.testing.assert_array_equal(plane[0], same)
    np.testing.assert_array_equal(index(flat[None]).stamp, index(flat).stamp)


@law
@given(st.lists(st.integers(0, 9), min_size=256, max_size=256).filter(any))
def test_otsu_finds_the_largest_variance_between_classes(counts: list[int]) -> None:
    def variance(k: int) -> Fraction:
        dark, bright = counts[:k], counts[k:]
        if not sum(dark) or not sum(bright):
            return Fraction(-1)
        below = Fraction(sum(i * n for i, n in enumerate(dark)), sum(dark))
        above = Fraction(sum(i * n for i, n in enumerate(bright, start=k)), sum(bright))
        return sum(dark) * sum(bright) * (above - below) ** 2

    assert variance(otsu(counts)) == max(map(variance, range(1, 256)))
