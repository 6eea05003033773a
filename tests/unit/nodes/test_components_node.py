"""``components`` in whole workflows: every field does what it says, against plain twins."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from finding import Finding, Found, ordered
from plain_segmentation import components, drawn, numbered_by_first_voxel, sized
from scipy import ndimage
from skimage import measure, segmentation

from objclass.data import blocks
from objclass.errors import InputError
from workflows import quick_folder

SHAPES = [(30, 41), (12, 20, 23)]
BLOCK = 16
IDS = "label_image"


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as name:
        yield Path(name)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few voxels, so that a small image has many blocks."""
    monkeypatch.setattr(blocks, "CHUNKS", {2: (8, 8), 3: (4, 8, 8)})


def mask(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Ragged regions with holes, uint8."""
    image = ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), 0.8)
    return (image >= np.quantile(image, 0.65 if len(shape) == 2 else 0.85)).astype(np.uint8)


def sparse(shape: tuple[int, ...], dtype: str = "uint16") -> np.ndarray:
    """A label image whose ids are out of order, with gaps; some lie in several pieces."""
    ids = components(mask(shape))
    number = (ids * np.uint32(37)) % 101 + 3
    return np.where(ids > 0, number, 0).astype(dtype)


def find(folder: Path, array: np.ndarray, axes: str = "", **fields: Any) -> Finding:
    """A segmentation and its node; fields with a leading underscore are the input's."""
    more = {name[1:]: fields.pop(name) for name in [*fields] if name[0] == "_"}
    source = {"role": "segmentation", **more}
    axes = axes or "zyx"[-array.ndim :]
    return Finding(folder, {"kind": "components", **fields}).file("mask", array, axes, **source)


def renumbered(ids: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Kept ids, numbered by their first voxels."""
    return numbered_by_first_voxel(np.where(np.isin(ids, keep), ids, 0))


# --- segmentations ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("connectivity", ["faces", "full"])
def test_regions_are_those_of_scikit_image_numbered_by_first_voxel(
    folder: Path, shape: tuple[int, ...], connectivity: str
) -> None:
    array = mask(shape)
    found = find(folder, array, connectivity=connectivity).run()
    peer = measure.label(array, connectivity=1 if connectivity == "faces" else len(shape))
    np.testing.assert_array_equal(found.ids(), numbered_by_first_voxel(peer))
    assert found.image().header.dtype == "uint32"
    assert not found.image().header.keeps_ids


def test_touching_regions_of_another_value_stay_apart(folder: Path) -> None:
    array = drawn("11.7", "1772", ".772")
    found = find(folder, array).run()
    np.testing.assert_array_equal(found.ids(), drawn("11.2", "1334", ".334"))


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
)
def test_a_segmentation_may_hold_any_whole_numbers(folder: Path, dtype: str) -> None:
    largest = 1 if dtype == "bool" else np.iinfo(dtype).max
    array = np.array([[0, 1, 0], [0, largest, largest]], dtype)
    found = find(folder, array).run()
    expected = [[0, 1, 0], [0, 1, 1]] if dtype == "bool" else [[0, 1, 0], [0, 2, 2]]
    np.testing.assert_array_equal(found.ids(), expected)


def test_a_segmentation_without_any_zero_is_refused_with_the_values_found(folder: Path) -> None:
    found = find(folder, np.array([[1, 2, 2], [1, 1, 2]], np.uint8)).run()
    assert "mask.npy has no background: no voxel is 0; got values 1, 2" in found.problems
    assert found.state("found") == "skipped"


def test_numbers_below_zero_are_refused(folder: Path) -> None:
    array = np.array([[0, -1, 2]], np.int16)
    assert "mask.npy has values below 0; got -1" in find(folder, array).run().problems
    assert "mask.npy has ids below 0; got -1" in find(folder, array, _role=IDS).run().problems


FLOATS = pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])


@FLOATS
@pytest.mark.parametrize(
    ("role", "what"), [("segmentation", "values of a segmentation"), (IDS, "ids")]
)
@pytest.mark.parametrize("value", [1.5, np.nan, np.inf])
def test_numbers_that_are_not_whole_are_named_with_their_place(
    folder: Path, role: str, what: str, dtype: str, value: float
) -> None:
    array = np.zeros((2, 3), dtype)
    array[0, 0], array[1, 2] = 1, value
    said = find(folder, array, _role=role).run().problems
    assert f"mask.npy holds numbers that are no {what}; got {value:g} at y 1, x 2" in said
    assert "save it as uint16 or uint32, or is it a prediction_map?" in said


@FLOATS
def test_whole_numbers_stored_as_float_are_ids(folder: Path, dtype: str) -> None:
    array = np.array([[0, 0, 7], [300, 0, 7], [300, 0, 0]])
    whole = find(folder, array.astype(np.uint16), _role=IDS).run()
    again = find(folder, array.astype(dtype), _role=IDS).run()
    np.testing.assert_array_equal(again.ids(), whole.ids())
    masked = find(folder, (array > 0).astype(dtype)).run()
    np.testing.assert_array_equal(masked.ids() > 0, array > 0)


def test_ids_above_65535_stored_as_float_stay_themselves(folder: Path) -> None:
    array = np.array([[0, 70_000, 0, 16_777_216]], np.float32)
    found = find(folder, array, _role=IDS).run()
    np.testing.assert_array_equal(np.unique(found.ids()), np.unique(array))
    assert not any("float32" in warning for warning in found.warnings)
    high = find(folder, np.array([[0, 16_777_218]], np.float32), _role=IDS).run()
    (said,) = [w for w in high.warnings if "float32" in w]
    assert said.startswith("its ids are stored as float32 and go up to 16,777,218; above")


def test_ids_that_no_label_image_can_hold_are_refused(folder: Path) -> None:
    found = find(folder, np.array([[0, 2.0**32]], np.float32), _role=IDS).run()
    assert "mask.npy holds numbers that are no ids; got 4.29497e+09 at y 0, x 1" in found.problems


@pytest.mark.parametrize("shape", SHAPES)
def test_sizes_are_limited_inclusively(folder: Path, shape: tuple[int, ...]) -> None:
    array = mask(shape)
    found = find(folder, array, min_size=3, max_size=20).run()
    plain = components(array)
    np.testing.assert_array_equal(found.ids(), sized(plain, 3, 20))
    sizes = np.bincount(plain.ravel())[1:]
    small, large = int((sizes < 3).sum()), int((sizes > 20).sum())
    assert found.dropped() == {"too_small": small, "too_large": large}
    assert min(small, large) > 0


def test_sizes_may_be_areas(folder: Path) -> None:
    array = drawn("1.11.111.1111")
    fields = {"min_size": "0.5 um^2", "max_size": "0.75 um^2", "_pixel_size": "0.5 um"}
    found = find(folder, array, **fields).run()
    np.testing.assert_array_equal(found.ids(), drawn("..11.222....."))


# --- holes, borders, regions ------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_holes_of_an_object_become_part_of_it(folder: Path, shape: tuple[int, ...]) -> None:
    array = mask(shape)
    found = find(folder, array, fill_holes=True).run()
    np.testing.assert_array_equal(found.ids(), without_holes(components(array)))
    assert (found.ids() > 0).sum() > array.sum() or array.ndim == 3


def without_holes(ids: np.ndarray) -> np.ndarray:
    """Fill background that does not reach the border and has one neighbour."""
    out, gaps = ids.copy(), ndimage.label(ids == 0)[0]
    for gap in ndimage.find_objects(gaps):
        number = gaps[gap].max()
    for number in range(1, gaps.max() + 1):
        here = gaps == number
        padded = np.pad(here, 1)
        ring = ndimage.binary_dilation(padded) & ~padded
        inner = (slice(1, -1),) * ids.ndim
        around = set(ids[ring[inner]].tolist()) - {0}
        if ring.sum() == ring[inner].sum() and len(around) == 1:
            out[here] = around.pop()
    return out


def test_a_gap_between_two_objects_is_no_hole(folder: Path) -> None:
    array = drawn("11122", "1.1.2", "11122")
    found = find(folder, array, _role=IDS, fill_holes=True).run()
    np.testing.assert_array_equal(found.ids(), drawn("11122", "111.2", "11122"))


def test_filled_voxels_count_for_the_size(folder: Path) -> None:
    array = drawn("111.11", "1.1.11", "111.11")
    found = find(folder, array, fill_holes=True, min_size=9).run()
    np.testing.assert_array_equal(found.ids(), drawn("111...", "111...", "111..."))
    assert found.dropped() == {"too_small": 1}


@pytest.mark.parametrize("shape", SHAPES)
def test_objects_at_the_border_are_removed_as_scikit_image_does(
    folder: Path, shape: tuple[int, ...]
) -> None:
    array = mask(shape)
    found = find(folder, array, border_objects="remove").run()
    peer = segmentation.clear_border(components(array))
    np.testing.assert_array_equal(found.ids(), numbered_by_first_voxel(peer))
    assert found.dropped()["at_border"] == components(array).max() - found.ids().max()
    assert not found.image().index.touches_border.any()


def test_the_index_always_says_what_touches_the_border(folder: Path) -> None:
    found = find(folder, drawn("1....", "..2.3", "....3")).run()
    np.testing.assert_array_equal(found.image().index.touches_border, [True, False, True])
    assert found.summary()["touches_border"] == 2


@pytest.mark.parametrize("role", ["segmentation", IDS])
def test_objects_with_at_most_half_inside_are_dropped(folder: Path, role: str) -> None:
    """Inside are 3 of 4, 2 of 4, 1 of 4 voxels and none, all of any region."""
    finding = find(folder, drawn("1111.2222", "3333.4444"), _role=IDS, inside="region")
    finding.file("region", drawn("111..11..", "2........"), "yx", role)
    found = finding.run()
    np.testing.assert_array_equal(found.ids(), drawn("1111.....", "........."))
    assert found.dropped() == {"outside": 3}


def test_regions_of_several_ids_count_together(folder: Path) -> None:
    finding = find(folder, drawn("1111.2222"), inside="region")
    finding.file("region", drawn("56.7.5..."), "yx", IDS)
    np.testing.assert_array_equal(finding.run().ids(), drawn("1111....."))


def test_a_region_image_says_where_it_is_of_another_shape_or_role(folder: Path) -> None:
    finding = find(folder, drawn("11.."), inside="region")
    finding.file("region", drawn("11."), "yx", IDS)
    with pytest.raises(InputError, match="shapes differ"):
        finding.run()
    finding.file("region", np.zeros((1, 4), np.float32), "yx", "prediction_map")
    with pytest.raises(InputError, match="'region' has the role prediction_map"):
        finding.run()


def test_an_object_is_dropped_for_the_first_reason(folder: Path) -> None:
    """1 lies outside and at the border, 2 at the border and is small, 3 is small only."""
    array = drawn("11.2...", "......3", ".444...", ".444...", ".......")
    fields = {"border_objects": "remove", "min_size": 2, "inside": "region"}
    finding = find(folder, np.pad(array, ((0, 0), (0, 1))), **fields)
    region = np.ones((5, 8), np.uint8)
    region[0, :2] = 0
    found = finding.file("region", region, "yx", "segmentation").run()
    assert found.dropped() == {"outside": 1, "at_border": 1, "too_small": 1}
    np.testing.assert_array_equal(np.unique(found.ids()), [0, 1])


# --- label images -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64", "int32", "int64"])
def test_ids_of_a_file_are_kept(folder: Path, dtype: str) -> None:
    largest = np.iinfo(dtype).max
    array = np.array([[0, 7, 7], [largest, 0, 2]], dtype)
    found = find(folder, array, _role=IDS).run()
    np.testing.assert_array_equal(found.ids(), array)
    np.testing.assert_array_equal(found.image().index.ids, [2, 7, largest])
    assert found.image().header.keeps_ids
    wide = "uint64" if dtype.endswith("64") else "uint32"
    assert found.image().header.dtype == wide


def test_ids_of_a_file_can_be_numbered_anew(folder: Path) -> None:
    array = drawn("..9..", "72..9", "72...").astype(np.uint64) << np.uint64(40)
    found = find(folder, array, _role=IDS, ids="relabel").run()
    np.testing.assert_array_equal(found.ids(), drawn("..1..", "23..1", "23..."))
    assert found.image().header.dtype == "uint32"
    assert not found.image().header.keeps_ids


def test_one_id_in_two_pieces_is_one_object(folder: Path) -> None:
    array = drawn("4.4.5")
    for ids, expected in (("keep", "4.4.."), ("relabel", "1.1..")):
        found = find(folder, array, _role=IDS, ids=ids, min_size=2).run()
        np.testing.assert_array_equal(found.ids(), drawn(expected))
        assert found.image().index.size.tolist() == [2]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ids", ["keep", "relabel"])
def test_a_label_image_is_filtered_per_object(
    folder: Path, shape: tuple[int, ...], ids: str
) -> None:
    array = sparse(shape)
    fields = {"min_size": 4, "max_size": 40, "border_objects": "remove"}
    found = find(folder, array, _role=IDS, ids=ids, **fields).run()
    number, sizes = np.unique(array, return_counts=True)
    inner = np.setdiff1d(number, array[~interior(shape)])
    keep = np.intersect1d(number[(sizes >= 4) & (sizes <= 40)], inner)
    assert len(keep) > 1
    kept = np.where(np.isin(array, keep), array, 0)
    np.testing.assert_array_equal(found.ids(), kept if ids == "keep" else renumbered(array, keep))


def interior(shape: tuple[int, ...]) -> np.ndarray:
    inner = np.zeros(shape, bool)
    inner[(slice(1, -1),) * len(shape)] = True
    return inner


def test_a_label_image_has_no_connectivity(folder: Path) -> None:
    with pytest.raises(InputError, match="connectivity is for segmentations"):
        find(folder, drawn("1.2"), _role=IDS, connectivity="full").run()


def test_a_segmentation_has_no_ids_to_keep(folder: Path) -> None:
    with pytest.raises(InputError, match="no ids to keep"):
        find(folder, drawn("1.2"), ids="keep").run()


@pytest.mark.parametrize("role", ["raw", "prediction_map"])
def test_other_images_are_refused(folder: Path, role: str) -> None:
    with pytest.raises(InputError, match=f"has the role {role}"):
        find(folder, drawn("1.2"), _role=role).run()


def test_a_label_image_without_any_zero_is_told_by_cached_runs_too(folder: Path) -> None:
    finding = find(folder, drawn("112", "122"), _role=IDS)
    found = finding.run()
    (warning,) = found.warnings
    assert warning.startswith("no voxel is 0, so there is no background")
    assert found.summary()["objects"] == 2
    again = finding.run()
    assert again.statuses == {"cached"}
    assert again.warnings == found.warnings


def test_only_frames_without_any_zero_are_told(folder: Path) -> None:
    frames = np.stack([drawn("112"), drawn("11.")])
    found = find(folder, frames, "tyx", _role=IDS).run()
    told = {o.step.key: len(o.warnings) for o in found.of("mask")}
    assert told == {"mask.image|mask|0": 1, "mask.image|mask|1": 0}


# --- objects of a threshold -------------------------------------------------------------------


def thresholded(folder: Path, **fields: Any) -> Finding:
    """Two channels cut apart by a ``threshold`` node, and ``components`` after it."""
    maps = np.zeros((2, 4, 9), np.float32)
    maps[0, 0, 0:2] = maps[1, 2, 1:4] = maps[0, 2, 4:8] = 0.9
    finding = Finding(folder, {"kind": "components", "image": "cut", **fields})
    axes = {"axes": "cyx", "role": "prediction_map", "channels": ["tumor", "immune"]}
    finding.file("prob", maps, **axes)
    channel = {"channel": ["tumor", "immune"], "separate": True}
    return finding.node("cut", kind="threshold", image="prob", sigma=0, min_size=0, **channel)


def test_objects_of_a_threshold_are_filtered_and_numbered_anew(folder: Path) -> None:
    found = thresholded(folder, border_objects="remove").run()
    np.testing.assert_array_equal(found.ids()[2], [0, 1, 1, 1, 2, 2, 2, 2, 0])
    assert found.ids()[0].max() == 0
    assert not found.image().header.keeps_ids


def test_objects_of_a_threshold_may_keep_their_numbers(folder: Path) -> None:
    found = thresholded(folder, border_objects="remove", ids="keep").run()
    np.testing.assert_array_equal(found.ids()[2], [0, 2, 2, 2, 3, 3, 3, 3, 0])
    assert not found.image().header.keeps_ids


@pytest.mark.parametrize("ids", ["keep", "relabel"])
def test_the_channel_of_an_object_goes_with_it(folder: Path, ids: str) -> None:
    finding = thresholded(folder, border_objects="remove", ids=ids)
    finding.node("out", kind="export", **{"from": "found"}, write={"table": "objects.csv"})
    found = finding.run(until=None)
    np.testing.assert_array_equal(found.image().index.channel, [2, 1])
    with (folder / "objects.csv").open(encoding="utf-8") as file:
        assert [row["channel"] for row in csv.DictReader(file)] == ["immune", "tumor"]


def test_no_object_of_a_threshold_needs_to_stay(folder: Path) -> None:
    found = thresholded(folder, min_size=100).run()
    assert found.ids().max() == 0
    assert len(found.image().index) == 0


# --- another resolution -----------------------------------------------------------------------


def like(folder: Path, array: np.ndarray, raw: tuple[int, ...], **fields: Any) -> Finding:
    """A segmentation beside a raw image of another grid."""
    finding = find(folder, array, like="raw", **fields)
    return finding.file("raw", np.zeros(raw, np.uint8), "zyx"[-len(raw) :], "raw")


@pytest.mark.parametrize("role", ["segmentation", IDS])
def test_a_coarse_segmentation_is_repeated_on_the_finer_grid(folder: Path, role: str) -> None:
    array = sparse((10, 12))
    found = like(folder, array, (20, 35), _role=role).run()
    fine = array.repeat(2, 0).repeat(3, 1)[:20, :35]
    np.testing.assert_array_equal(found.ids(), fine if role == IDS else components(fine))


@pytest.mark.parametrize("role", ["segmentation", IDS])
def test_of_a_fine_segmentation_the_middle_voxels_are_taken(folder: Path, role: str) -> None:
    array = sparse((20, 35))
    found = like(folder, array, (10, 12), _role=role).run()
    coarse = array[1::2][:, np.minimum(np.arange(12) * 3 + 1, 34)]
    np.testing.assert_array_equal(found.ids(), coarse if role == IDS else components(coarse))


def test_a_region_image_lies_on_the_new_grid(folder: Path) -> None:
    finding = like(folder, drawn("1.2"), (2, 6), inside="region")
    finding.file("region", drawn("11....", "11...."), "yx", "segmentation")
    np.testing.assert_array_equal(finding.run().ids(), drawn("11....", "11...."))
    finding.file("region", drawn("1.."), "yx", "segmentation")
    with pytest.raises(InputError, match="shapes differ"):
        finding.run()


# --- axes, planes, time, blocks ---------------------------------------------------------------


RICH: list[dict[str, Any]] = [
    {},
    {"connectivity": "full", "min_size": 3, "max_size": 300},
    {"fill_holes": True, "min_size": 2},
    {"border_objects": "remove"},
    {"inside": "region", "fill_holes": True, "border_objects": "remove", "min_size": 2},
    {"_role": IDS, "max_size": 60},
    {"_role": IDS, "inside": "region", "fill_holes": True},
    {"_role": IDS, "ids": "relabel", "border_objects": "remove", "fill_holes": True},
]
"""Every option in one of them."""


def with_region(folder: Path, array: np.ndarray, axes: str, order: str, **fields: Any) -> Finding:
    """The node with a region image, files in an order of axes."""
    finding = find(folder, ordered(array, axes, order), order, **fields)
    region = np.zeros(array.shape, np.uint8)
    region[..., : array.shape[-1] * 2 // 3] = 1
    return finding.file("region", ordered(region, axes, order), order, "segmentation")


@pytest.mark.parametrize("fields", RICH)
def test_the_order_of_axes_in_a_file_changes_nothing(folder: Path, fields: dict[str, Any]) -> None:
    array = sparse((6, 15, 18)) if fields.get("_role") == IDS else mask((6, 15, 18))
    digests = set()
    for order in ("zyx", "xyz", "yzx"):
        found = with_region(folder, array, "zyx", order, **fields).run()
        assert found.summary()["objects"] > 1
        digests.add(found.digest)
    assert len(digests) == 1


@pytest.mark.parametrize("fields", RICH)
def test_a_single_plane_of_3d_is_2d(folder: Path, fields: dict[str, Any]) -> None:
    array = sparse((20, 30)) if fields.get("_role") == IDS else mask((20, 30))
    flat = with_region(folder, array, "yx", "yx", **fields).run()
    deep = with_region(folder, array[None], "zyx", "zyx", **fields).run()
    assert deep.digest == flat.digest
    assert deep.summary()["objects"] > 1


@pytest.mark.parametrize("role", ["segmentation", IDS])
def test_frames_are_worked_on_one_by_one(folder: Path, role: str) -> None:
    frames = np.stack([sparse((12, 15)), np.zeros((12, 15), np.uint16), sparse((12, 15))[::-1]])
    found = find(folder, ordered(frames, "tyx", "yxt"), "yxt", _role=role, min_size=2).run()
    for t, frame in enumerate(frames):
        plain = frame if role == IDS else components(frame)
        number, sizes = np.unique(plain, return_counts=True)
        kept = np.where(np.isin(plain, number[sizes >= 2]), plain, 0)
        expected = kept if role == IDS else numbered_by_first_voxel(kept)
        np.testing.assert_array_equal(found.ids(t), expected)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fields", [*RICH, {"like": "raw", "fill_holes": True}])
def test_blocks_change_nothing(
    folder: Path, shape: tuple[int, ...], fields: dict[str, Any], small_chunks: None
) -> None:
    array = sparse(shape, "uint64") if fields.get("_role") == IDS else mask(shape)
    axes = "zyx"[-len(shape) :]
    finding = with_region(folder, array, axes, axes, **fields)
    finding.file("raw", np.zeros([2 * n for n in shape], np.uint8), axes, "raw")
    whole, blocked = finding.run(), finding.run(block=BLOCK)
    assert whole.digest == blocked.digest
    assert whole.summary() == blocked.summary()
    assert whole.summary()["objects"] > 1


def test_no_block_holds_the_whole_image(
    folder: Path, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from objclass.nodes.source import FileSource

    largest: list[int] = []
    read = FileSource.read

    def watched(self: FileSource, t: Any, channel: int, region: Any) -> Any:
        largest.append(region.size)
        return read(self, t, channel, region)

    monkeypatch.setattr(FileSource, "read", watched)
    fields = {"fill_holes": True, "border_objects": "remove", "inside": "region"}
    for role, array in (("segmentation", mask((40, 41))), (IDS, sparse((40, 41)))):
        finding = with_region(folder, array, "yx", "yx", _role=role, **fields)
        finding.run(block=8)
        largest.clear()
        finding.run("found.min_size=2", block=8)
        assert 0 < max(largest) <= 10 * 10


# --- small images -----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (2, 1, 2)])
@pytest.mark.parametrize("fields", RICH)
def test_images_of_a_few_voxels_are_images(
    folder: Path, shape: tuple[int, ...], fields: dict[str, Any]
) -> None:
    array = np.zeros(shape, np.uint8)
    array.flat[-1] = 5
    axes = "zyx"[-len(shape) :]
    found: Found = with_region(folder, array, axes, axes, **fields).run()
    stays = found.summary()["objects"]
    assert found.ids().max() == stays * (5 if fields == {"_role": IDS, "max_size": 60} else 1)
