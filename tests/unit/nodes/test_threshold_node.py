"""``threshold`` in whole workflows: every field does what it says, against plain twins."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from finding import Finding, Found, ordered
from plain_segmentation import components, grown, holding, numbered_by_first_voxel, sized, smoothed
from scipy import ndimage
from skimage import filters, measure, segmentation

from objclass.cli.screen import run_screen
from objclass.data import blocks
from objclass.errors import InputError
from objclass.nodes.counted import LayerSummary
from objclass.report.summary import summarize
from objclass.segmentation.smooth import half_weights
from workflows import quick_folder

SHAPES = [(30, 41), (7, 20, 23)]
BLOCK = 16
PLAIN = {"sigma": 0, "min_size": 0}


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as name:
        yield Path(name)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few voxels, so that a small image has many blocks."""
    monkeypatch.setattr(blocks, "CHUNKS", {2: (8, 8), 3: (4, 8, 8)})


def blobs(shape: tuple[int, ...], seed: int = 0, width: float = 1.6) -> np.ndarray:
    """A smooth random map from 0 to 1, float32, with several objects above 0.5."""
    image = ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), width)
    ranks = image.ravel().argsort().argsort().reshape(shape) / (image.size - 1)
    return (ranks ** (1.5 if len(shape) == 2 else 4)).astype(np.float32)


def two(shape: tuple[int, ...]) -> np.ndarray:
    """Two maps as channels, first axis."""
    return np.stack([blobs(shape, 1), blobs(shape, 2)])


def spatial(array: np.ndarray) -> str:
    return "zyx"[-array.ndim :]


def threshold(folder: Path, array: np.ndarray, axes: str = "", **fields: Any) -> Finding:
    """A map and the node that cuts it; fields with a leading underscore are the input's."""
    more = {name[1:]: fields.pop(name) for name in [*fields] if name[0] == "_"}
    wanted = {"kind": "threshold", **fields}
    source = {"role": "prediction_map", **more}
    return Finding(folder, wanted).file("prob", array, axes or spatial(array), **source)


def channels(folder: Path, array: np.ndarray, **fields: Any) -> Finding:
    """As :func:`threshold`, with two channels called a and b."""
    axes = "c" + "zyx"[1 - array.ndim :]
    return threshold(folder, array, axes, _channels=["a", "b"], **fields)


def softened(image: np.ndarray, sigma: Any) -> np.ndarray:
    """The map after smoothing, by the plain twin."""
    each = (sigma,) * image.ndim if np.isscalar(sigma) else sigma
    weights = [half_weights(s).astype(np.float32) for s in each]
    return smoothed(image, weights)


# --- smoothing, level, size -------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_objects_are_what_is_bright_after_smoothing_and_large_enough(
    folder: Path, shape: tuple[int, ...]
) -> None:
    image = blobs(shape)
    found = threshold(folder, image, threshold=0.55).run()
    plain = components(softened(image, 1.0) >= np.float32(0.55))
    np.testing.assert_array_equal(found.ids(), sized(plain, 10, None))
    small = int((np.bincount(plain.ravel())[1:] < 10).sum())
    assert found.dropped() == ({"too_small": small} if small else {})
    assert found.summary()["objects"] == found.ids().max() > 2


def test_smoothing_has_one_width_per_axis(folder: Path) -> None:
    image = blobs((7, 20, 23))
    found = threshold(folder, image, sigma={"z": 0, "y": 1.5, "x": 0.7}, min_size=0).run()
    plain = components(softened(image, (0, 1.5, 0.7)) >= np.float32(0.5))
    np.testing.assert_array_equal(found.ids(), plain)


def test_a_voxel_at_the_level_belongs_to_an_object(folder: Path) -> None:
    image = np.array([[0.2, 0.5, 0.4999, 0.5001]], np.float32)
    found = threshold(folder, image, **PLAIN).run()
    np.testing.assert_array_equal(found.ids(), [[0, 1, 0, 2]])


def test_levels_and_maps_are_compared_as_float32(folder: Path) -> None:
    """0.7 as float32 is below 0.7; a person who writes 0.7 means both to be equal."""
    image = np.array([[0.7, 0.6999]], np.float32)
    found = threshold(folder, image, threshold=0.7, **PLAIN).run()
    np.testing.assert_array_equal(found.ids(), [[1, 0]])


def bars(*lengths: int) -> np.ndarray:
    """Bars of these lengths, one below the other."""
    image = np.zeros((2 * len(lengths), max(lengths) + 1), np.float32)
    for k, length in enumerate(lengths):
        image[2 * k, :length] = 1
    return image


def test_limits_of_size_are_inclusive_and_what_they_drop_is_told(folder: Path) -> None:
    found = threshold(folder, bars(2, 3, 4, 5, 6), sigma=0, min_size=3, max_size=5).run()
    assert np.bincount(found.ids().ravel())[1:].tolist() == [3, 4, 5]
    assert found.dropped() == {"too_small": 1, "too_large": 1}


def test_sizes_in_micrometres_are_inclusive_too(folder: Path) -> None:
    """A voxel of 0.65 um covers 0.4225 um^2; three are 1.2675, five 2.1125."""
    fields = {"sigma": 0, "min_size": "1.2675 um^2", "max_size": "2.1125 um^2"}
    found = threshold(folder, bars(2, 3, 4, 5, 6), _pixel_size="0.65 um", **fields).run()
    assert np.bincount(found.ids().ravel())[1:].tolist() == [3, 4, 5]


def test_a_limit_between_two_sizes_lets_neither_side_cross(folder: Path) -> None:
    fields = {"sigma": 0, "min_size": "2.1 um^2", "max_size": "4.9 um^2"}
    found = threshold(folder, bars(2, 3, 4, 5), _pixel_size="1 um", **fields).run()
    assert np.bincount(found.ids().ravel())[1:].tolist() == [3, 4]


def test_sizes_may_have_another_unit_than_the_pixels(folder: Path) -> None:
    fields = {"sigma": 0, "min_size": "3000000 nm^2"}
    found = threshold(folder, bars(2, 3, 4), _pixel_size="1 um", **fields).run()
    assert found.summary()["objects"] == 2


def test_volumes_are_limited_in_cubic_micrometres(folder: Path) -> None:
    image = np.zeros((5, 4, 5), np.float32)
    image[0, 0, :4] = image[2:4, 2, :3] = 1
    size = {"z": "2 um", "y": "0.5 um", "x": "0.5 um"}
    found = threshold(folder, image, sigma=0, min_size="3 um^3", _pixel_size=size).run()
    assert np.bincount(found.ids().ravel())[1:].tolist() == [6]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"min_size": "5 um^3", "_pixel_size": "1 um"}, "wrong unit"),
        ({"min_size": "5 um^2"}, "no pixel size"),
        ({"min_size": 5, "max_size": 4}, "that small and that large"),
        ({"threshold": "otzu"}, "did you mean otsu"),
        ({"channel": "nucleus"}, "channel nucleus does not exist"),
        ({"separate": True}, "one channel only"),
        ({"merge_objects": False}, "only hysteresis has cores"),
        ({"method": "hysteresis", "core_threshold": 0.3}, "core threshold is below"),
        ({"sigma": {"y": 1}}, "sigma"),
        ({"_role": "segmentation"}, "is a segmentation"),
    ],
)
def test_what_cannot_be_is_said_before_a_voxel_is_read(
    folder: Path, fields: dict[str, Any], says: str
) -> None:
    image = np.zeros((4, 5), np.uint8)
    with pytest.raises(InputError, match=says):
        threshold(folder, image, **fields).run()


# --- channels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["b", 1, "1", ["b"]])
def test_a_channel_is_named_or_numbered(folder: Path, channel: Any) -> None:
    maps = two((20, 30))
    found = channels(folder, maps, channel=channel, min_size=0).run()
    np.testing.assert_array_equal(found.ids(), components(softened(maps[1], 1) >= 0.5))


def test_several_channels_must_be_chosen_from(folder: Path) -> None:
    with pytest.raises(InputError, match="which channel"):
        channels(folder, two((4, 5))).run()
    with pytest.raises(InputError, match="channel b is named twice"):
        channels(folder, two((4, 5)), channel=["b", 1]).run()


def test_a_list_of_channels_is_summed(folder: Path) -> None:
    maps = two((20, 30))
    found = channels(folder, maps, channel=["a", "b"], threshold=1.1, min_size=0).run()
    np.testing.assert_array_equal(found.ids(), components(softened(maps[0] + maps[1], 1) >= 1.1))
    assert found.image().index.channel is None


@pytest.mark.parametrize("shape", SHAPES)
def test_separate_keeps_touching_objects_of_two_channels_apart(
    folder: Path, shape: tuple[int, ...]
) -> None:
    maps = two(shape)
    found = channels(folder, maps, channel=["a", "b"], separate=True, min_size=2).run()
    soft = np.stack([softened(one, 1) for one in maps])
    which = np.where(soft.max(axis=0) >= 0.5, soft.argmax(axis=0) + 1, 0)
    assert (np.diff(which)[(which[..., 1:] > 0) & (which[..., :-1] > 0)] != 0).any()
    np.testing.assert_array_equal(found.ids(), sized(components(which), 2, None))
    index = found.image().index
    told = [which[found.ids() == one][0] for one in index.ids]
    np.testing.assert_array_equal(index.channel, told)
    assert set(told) == {1, 2}


def test_the_table_says_in_which_channel_an_object_was_found(folder: Path) -> None:
    maps = np.zeros((2, 4, 9), np.float32)
    maps[0, 1, 1:4] = maps[1, 1, 4:8] = 0.9
    finding = channels(folder, maps, channel=[1, "a"], separate=True, **PLAIN)
    finding.node("out", kind="export", **{"from": "found"}, write={"table": "objects.csv"})
    found = finding.run(until=None)
    np.testing.assert_array_equal(found.ids()[1], [0, 1, 1, 1, 2, 2, 2, 2, 0])
    with (folder / "objects.csv").open(encoding="utf-8") as file:
        assert [row["channel"] for row in csv.DictReader(file)] == ["a", "b"]


def test_separate_cores_stand_in_as_many_channels(folder: Path) -> None:
    fields = {"channel": ["a", "b"], "separate": True, "method": "hysteresis"}
    with pytest.raises(InputError, match="needs one per channel; got 1 for 2"):
        channels(folder, two((4, 5)), **fields, core_channel="a").run()


def test_separate_hysteresis_finds_cores_and_objects_per_channel(folder: Path) -> None:
    """Of the left pair only channel a has a core, of the right pair only channel b."""
    maps = np.zeros((2, 3, 11), np.float32)
    maps[0, 1, 0:3] = maps[1, 1, 3:6] = maps[0, 1, 7:9] = maps[1, 1, 9:11] = 0.6
    maps[0, 1, 1] = maps[1, 1, 10] = 0.9
    fields = {"channel": ["a", "b"], "separate": True, "method": "hysteresis", **PLAIN}
    found = channels(folder, maps, **fields).run()
    np.testing.assert_array_equal(found.ids()[1], [1, 1, 1, 0, 0, 0, 0, 0, 0, 2, 2])
    np.testing.assert_array_equal(found.image().index.channel, [1, 2])
    assert found.dropped() == {"without_core": 2}


# --- automatic levels -------------------------------------------------------------------------


PEERS = {
    "otsu": filters.threshold_otsu,
    "li": lambda image: filters.threshold_li(image, tolerance=1e-6),
    "triangle": filters.threshold_triangle,
}


@pytest.mark.parametrize("method", PEERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_an_automatic_level_is_that_of_scikit_image_and_is_told(
    folder: Path, method: str, shape: tuple[int, ...]
) -> None:
    """They agree up to the width of a bin: there the bins are chosen by their centres."""
    image = blobs(shape) ** 2
    found = threshold(folder, image, threshold=method, min_size=0).run()
    soft, level = softened(image, 1), found.summary()["threshold"]
    assert abs(level - PEERS[method](soft)) <= 2 * np.ptp(soft) / 256
    np.testing.assert_array_equal(found.ids(), components(soft >= np.float32(level)))


def test_a_run_tells_the_levels_it_found(folder: Path) -> None:
    frames = np.stack([blobs((12, 15)), blobs((12, 15)) / 2])
    one = threshold(folder, frames[0], threshold="otsu").run()
    level = one.summary()["threshold"]
    assert f"; level {level:.4g}" in run_screen(one.job, one.outcomes)[0]
    two = threshold(folder, frames, "tyx", threshold="otsu").run()
    assert f"; levels {level / 2:.4g} to {level:.4g}" in run_screen(two.job, two.outcomes)[0]


def test_the_level_of_separate_channels_is_that_of_the_brightest(folder: Path) -> None:
    maps = two((20, 30)) * np.array([1, 0.5], np.float32)[:, None, None]
    fields = {"channel": ["b", "a"], "separate": True, "threshold": "otsu", **PLAIN}
    level = channels(folder, maps, **fields).run().summary()["threshold"]
    assert abs(level - filters.threshold_otsu(maps.max(axis=0))) < 2 / 256


def test_a_map_of_one_value_has_no_objects(folder: Path) -> None:
    found = threshold(folder, np.full((4, 5), 0.9, np.float32), threshold="otsu").run()
    assert found.summary()["objects"] == 0


def test_a_level_found_above_the_cores_is_told(folder: Path) -> None:
    fields = {"method": "hysteresis", "core_threshold": 0.2, "threshold": "otsu", **PLAIN}
    found = threshold(folder, blobs((20, 30)), **fields).run()
    level = found.summary()["threshold"]
    assert found.warnings == [f"otsu found the level {level:g}, above the core_threshold 0.2"]


# --- hysteresis -------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_hysteresis_is_that_of_scikit_image(folder: Path, shape: tuple[int, ...]) -> None:
    image = blobs(shape)
    found = threshold(folder, image, method="hysteresis", core_threshold=0.7, **PLAIN).run()
    peer = measure.label(filters.apply_hysteresis_threshold(image, 0.5, 0.7), connectivity=1)
    np.testing.assert_array_equal(found.ids(), numbered_by_first_voxel(peer))
    low = components(image >= 0.5).max()
    assert found.dropped() == {"without_core": low - peer.max()}


def test_cores_of_the_wrong_size_hold_no_object(folder: Path) -> None:
    image = np.array([[6, 9, 6, 0, 9, 9, 6, 0, 9, 9, 9, 9]], np.float32) / 10
    fields = {"method": "hysteresis", "sigma": 0, "min_size": 2, "max_size": 3}
    found = threshold(folder, image, **fields).run()
    np.testing.assert_array_equal(found.ids(), [[0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0]])
    assert found.dropped() == {"cores_too_small": 1, "cores_too_large": 1, "without_core": 2}


@pytest.mark.parametrize("shape", SHAPES)
def test_cores_may_lie_in_another_channel(folder: Path, shape: tuple[int, ...]) -> None:
    maps = two(shape)
    fields = {"channel": "a", "core_channel": "b", "method": "hysteresis", "core_threshold": 0.6}
    found = channels(folder, maps, **fields, **PLAIN).run()
    plain = holding(components(maps[0] >= 0.5), maps[1] >= np.float32(0.6))
    np.testing.assert_array_equal(found.ids(), plain)


def test_cores_may_be_searched_in_a_sum(folder: Path) -> None:
    maps = two((20, 30))
    fields = {"channel": "a", "core_channel": ["a", "b"], "method": "hysteresis"}
    found = channels(folder, maps, **fields, core_threshold=1.3, **PLAIN).run()
    plain = holding(components(maps[0] >= 0.5), maps[0] + maps[1] >= np.float32(1.3))
    np.testing.assert_array_equal(found.ids(), plain)


@pytest.mark.parametrize("shape", SHAPES)
def test_objects_that_are_not_merged_are_the_watershed_of_scikit_image(
    folder: Path, shape: tuple[int, ...]
) -> None:
    image = blobs(shape)
    fields = {"method": "hysteresis", "core_threshold": 0.7, "merge_objects": False}
    found = threshold(folder, image, **fields, **PLAIN).run()
    cores, mask = components(image >= np.float32(0.7)), image >= np.float32(0.5)
    peer = segmentation.watershed(-image, cores.astype(np.int32), mask=mask)
    np.testing.assert_array_equal(found.ids(), numbered_by_first_voxel(peer))
    np.testing.assert_array_equal(found.ids(), numbered_by_first_voxel(grown(cores, image, mask)))
    assert found.summary()["objects"] == cores.max() > components(mask).max() / 2


def test_a_simple_threshold_that_names_cores_is_told_so(folder: Path) -> None:
    job = threshold(folder, blobs((4, 5)), core_threshold=0.9).job()
    assert job.notes == ("found: method simple does not use core_threshold and core_channel",)


# --- values -----------------------------------------------------------------------------------


def test_a_map_of_bytes_ends_at_255(folder: Path) -> None:
    image = np.array([[0, 127, 128, 255]], np.uint8)
    found = threshold(folder, image, **PLAIN).run()
    np.testing.assert_array_equal(found.ids(), [[0, 0, 1, 1]])
    assert found.warnings == []
    assert found.job.notes == ()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float64"])
def test_a_value_range_becomes_zero_to_one(folder: Path, dtype: str) -> None:
    image = np.array([[10, 59, 60, 110]], dtype)
    found = threshold(folder, image, _value_range=[10, 110], **PLAIN).run()
    np.testing.assert_array_equal(found.ids(), [[0, 0, 1, 1]])


def test_a_probability_is_no_level_of_integers_without_a_range(folder: Path) -> None:
    image = np.array([[0, 30000]], np.uint16)
    with pytest.raises(InputError, match=r"holds integers \(uint16\) and no value_range"):
        threshold(folder, image).run()


@pytest.mark.parametrize("how", [{"threshold": 20000}, {"_role": "raw", "threshold": 20000}])
def test_integers_without_a_range_are_compared_as_they_are(
    folder: Path, how: dict[str, Any]
) -> None:
    found = threshold(folder, np.array([[0, 30000]], np.uint16), **how, **PLAIN).run()
    np.testing.assert_array_equal(found.ids(), [[0, 1]])
    assert "the thresholds are compared with them as they are" in found.job.notes[0]


def test_ilastik_compares_integers_without_a_range_as_they_are(folder: Path) -> None:
    finding = threshold(folder, np.array([[0, 3]], np.uint16), **PLAIN)
    finding.top = {"compatibility": "ilastik"}
    found = finding.run()
    np.testing.assert_array_equal(found.ids(), [[0, 1]])
    assert "as they are" in found.job.notes[0]


def test_a_map_that_goes_far_above_one_is_told(folder: Path) -> None:
    image = np.array([[0, 30, 100]], np.float32)
    (warning,) = threshold(folder, image).run().warnings
    assert warning.startswith("values go up to 100, the level is 0.5")
    assert threshold(folder, image, threshold=50).run().warnings == []
    assert threshold(folder, image, _value_range=[0, 100]).run().warnings == []
    assert threshold(folder, image / 100, threshold=0.4).run().warnings == []


def test_missing_voxels_are_background_where_nothing_is_smoothed(folder: Path) -> None:
    image = np.array([[np.nan, 0.9, np.inf, -np.inf]], np.float32)
    found = threshold(folder, image, **PLAIN).run()
    np.testing.assert_array_equal(found.ids(), [[0, 1, 0, 0]])


def test_smoothing_across_thick_planes_is_told(folder: Path) -> None:
    thick = {"z": "2 um", "y": "0.5 um", "x": "0.5 um"}
    image = blobs((3, 4, 5))
    (note,) = threshold(folder, image, _pixel_size=thick).job().notes
    assert note.startswith("found: planes are 4.0 times as far apart as pixels")
    flat = {"z": 0, "y": 1, "x": 1}
    assert threshold(folder, image, _pixel_size=thick, sigma=flat).job().notes == ()
    assert threshold(folder, image, _pixel_size="1 um").job().notes == ()


# --- another resolution -----------------------------------------------------------------------


def like(folder: Path, map_shape: tuple[int, ...], raw: tuple[int, ...], **fields: Any) -> Finding:
    """A map beside a raw image of another grid."""
    finding = threshold(folder, blobs(map_shape), like="raw", **fields)
    return finding.file("raw", np.zeros(raw, np.uint8), "zyx"[-len(raw) :], "raw")


def test_a_coarse_map_is_repeated_on_the_finer_grid(folder: Path) -> None:
    found = like(folder, (10, 12), (20, 35), sigma=1, min_size=0).run()
    fine = blobs((10, 12)).repeat(2, 0).repeat(3, 1)[:20, :35]
    np.testing.assert_array_equal(found.ids(), components(softened(fine, 1) >= 0.5))


def test_a_fine_map_is_averaged_on_the_coarser_grid(folder: Path) -> None:
    found = like(folder, (4, 20, 24), (4, 10, 8), **PLAIN).run()
    coarse = blobs((4, 20, 24)).astype(float).reshape(4, 10, 2, 8, 3).mean(axis=(2, 4))
    assert np.abs(coarse - 0.5).min() > 1e-6
    np.testing.assert_array_equal(found.ids(), components(coarse >= 0.5))


def test_a_map_on_the_same_grid_stays_as_it_is(folder: Path) -> None:
    (part,) = (p for p in parts(like(folder, (6, 7), (6, 7))) if p.name == "objects")
    assert "factors" not in part.parameters


def parts(finding: Finding) -> Any:
    (found,) = finding.job().graph.parts["found"].values()
    return found


@pytest.mark.parametrize(
    ("map_shape", "raw"), [((10, 12), (25, 24)), ((10, 12), (20, 6)), ((10, 12), (2, 10, 12))]
)
def test_grids_that_do_not_fit_by_whole_factors_are_refused(
    folder: Path, map_shape: tuple[int, ...], raw: tuple[int, ...]
) -> None:
    with pytest.raises(InputError, match="do not fit by whole factors"):
        like(folder, map_shape, raw).run()


def test_the_size_of_a_voxel_follows_the_grid(folder: Path) -> None:
    """A map of 2 um voxels on a grid twice as fine without a size: its voxels have 1 um."""
    finding = like(folder, (10, 12), (20, 24), min_size="9 um^2", _pixel_size="2 um")
    found = parts(finding)[-1]
    assert found.header.grid.spacing == (2.0, 1.0, 1.0)
    assert found.parameters["min_size"] == 9


def test_frames_from_another_time_are_no_twin(folder: Path) -> None:
    frames = np.zeros((4, 6, 7), np.uint8)
    fields = {"like": "raw", "_crop": {"t": [0, 2]}}
    finding = threshold(folder, frames, "tyx", **fields)
    finding.file("raw", frames, "tyx", "raw", crop={"t": [2, 4]})
    with pytest.raises(InputError, match="do not fit"):
        finding.run()


# --- layers -----------------------------------------------------------------------------------


LAYERS = ("smoothed", "cores", "cores_filtered", "unfiltered")


def test_layers_are_made_only_when_somebody_asks(folder: Path) -> None:
    finding = threshold(folder, blobs((20, 30)), method="hysteresis")
    assert finding.run().ran_parts == {"prob.image", "found.objects"}
    finding.node("cores", kind="components", image="found.cores")
    finding.node("out", kind="export", **{"from": "found"}, write={"unfiltered": "low.npy"})
    assert finding.run(until="cores").ran_parts == {"found.cores", "cores.objects"}
    assert finding.run(until=None).ran_parts == {"found.unfiltered", "out.unfiltered"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("block", [None, BLOCK])
def test_every_layer_is_what_it_is_called(
    folder: Path, shape: tuple[int, ...], block: Any, small_chunks: None
) -> None:
    image = blobs(shape)
    fields = {"method": "hysteresis", "core_threshold": 0.6, "min_size": 6, "sigma": 0.6}
    finding = threshold(folder, image, **fields)
    write = {name: f"{name}.npy" for name in LAYERS}
    finding.node("out", kind="export", **{"from": "found"}, write=write)
    finding.run(until=None, block=block)
    made = {name: np.load(folder / f"{name}.npy") for name in LAYERS}
    soft = softened(image, 0.6)
    np.testing.assert_array_equal(made["smoothed"], soft)
    assert made["smoothed"].dtype == np.float32
    cores, low = components(soft >= np.float32(0.6)), components(soft >= 0.5)
    np.testing.assert_array_equal(made["cores"], cores)
    np.testing.assert_array_equal(made["cores_filtered"], sized(cores, 6, None))
    np.testing.assert_array_equal(made["unfiltered"], holding(low, sized(cores, 6, None)))


def test_layers_are_not_counted_as_objects(folder: Path) -> None:
    finding = threshold(folder, blobs((20, 30)), method="hysteresis", **PLAIN)
    alone = finding.run()
    finding.node("out", kind="export", **{"from": "found"}, write={"cores": "c.h5"})
    (report,) = (n for n in summarize(alone.job, alone.outcomes).nodes if n.name == "found")
    found = finding.run(until=None)
    (again,) = (n for n in summarize(found.job, found.outcomes).nodes if n.name == "found")
    assert again.facts == report.facts
    (cores,) = found.of("found.cores")
    assert cores.known is not None
    assert cores.told(LayerSummary) == LayerSummary("cores", found.data("found.cores").read().max())


def test_smoothed_is_near_what_scipy_gives(folder: Path) -> None:
    image = blobs((20, 30))
    finding = threshold(folder, image, sigma={"y": 1.5, "x": 0.8})
    finding.node("out", kind="export", **{"from": "found"}, write={"smoothed": "s.npy"})
    finding.run(until=None)
    peer = ndimage.gaussian_filter(image, (1.5, 0.8), mode="mirror", radius=(3, 2))
    np.testing.assert_allclose(np.load(folder / "s.npy"), peer, atol=1e-6)


def test_a_simple_threshold_has_no_cores(folder: Path) -> None:
    finding = threshold(folder, blobs((4, 5)))
    finding.node("cores", kind="components", image="found.cores")
    with pytest.raises(InputError, match="has no part 'cores'"):
        finding.run(until=None)


# --- axes, planes, time, blocks ---------------------------------------------------------------


RICH: list[dict[str, Any]] = [
    {"channel": "b"},
    {"channel": ["a", "b"], "threshold": 1.1, "min_size": 3, "max_size": 60},
    {"channel": ["b", "a"], "separate": True, "threshold": "otsu", "min_size": 2},
    {"channel": "a", "method": "hysteresis", "core_threshold": 0.6, "min_size": 4},
    {
        "channel": "a", "core_channel": "b", "method": "hysteresis", "threshold": 0.3,
        "core_threshold": 0.4,
    },
    {"channel": "a", "method": "hysteresis", "core_threshold": 0.6, "merge_objects": False},
    {
        "channel": ["a", "b"], "separate": True, "threshold": 0.3, "min_size": 2,
        "method": "hysteresis", "core_threshold": 0.55, "merge_objects": False,
    },
    {"channel": "b", "threshold": "li", "sigma": 2.1},
]  # fmt: skip
"""Every option in one of them."""


@pytest.mark.parametrize("fields", RICH)
def test_the_order_of_axes_in_a_file_changes_nothing(folder: Path, fields: dict[str, Any]) -> None:
    maps = two((6, 15, 18))
    digests = {
        axes: run_in_order(folder, maps, axes, fields) for axes in ("czyx", "zyxc", "xyzc", "cxzy")
    }
    assert len(set(digests.values())) == 1


def run_in_order(folder: Path, maps: np.ndarray, axes: str, fields: dict[str, Any]) -> str:
    array = ordered(maps, "czyx", axes)
    found = threshold(folder, array, axes, _channels=["a", "b"], **fields).run()
    assert found.summary()["objects"] > 1
    return found.digest


@pytest.mark.parametrize("axes", ["yx", "xy"])
def test_a_plane_may_be_written_either_way(folder: Path, axes: str) -> None:
    image = blobs((20, 30))
    found = threshold(folder, ordered(image, "yx", axes), axes, min_size=0).run()
    np.testing.assert_array_equal(found.ids(), components(softened(image, 1) >= 0.5))


@pytest.mark.parametrize("fields", RICH)
def test_a_single_plane_of_3d_is_2d(folder: Path, fields: dict[str, Any]) -> None:
    maps = two((20, 30))
    flat = channels(folder, maps, **fields).run()
    deep = channels(folder, maps[:, None], **fields).run()
    assert deep.digest == flat.digest
    assert deep.image().header.grid.shape == (20, 30)


def test_frames_are_worked_on_one_by_one_and_numbered_anew(folder: Path) -> None:
    frames = np.stack([blobs((12, 15), seed) for seed in range(3)])
    frames[1] = 0
    found = threshold(folder, ordered(frames, "tyx", "ytx"), "ytx", min_size=3).run()
    for t, frame in enumerate(frames):
        plain = sized(components(softened(frame, 1) >= 0.5), 3, None)
        np.testing.assert_array_equal(found.ids(t), plain)
    assert found.summary(1)["objects"] == 0
    assert found.ids(2).max() > 0


def test_frames_have_automatic_levels_of_their_own(folder: Path) -> None:
    frames = np.stack([blobs((12, 15)), blobs((12, 15)) / 2])
    found = threshold(folder, frames, "tyx", threshold="otsu", **PLAIN).run()
    levels = [found.summary(t)["threshold"] for t in (0, 1)]
    assert levels[0] == pytest.approx(2 * levels[1])
    np.testing.assert_array_equal(found.ids(0), found.ids(1))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fields", [*RICH, {"like": "raw", "channel": "a"}])
def test_blocks_change_nothing(
    folder: Path, shape: tuple[int, ...], fields: dict[str, Any], small_chunks: None
) -> None:
    finding = channels(folder, two(shape), **fields)
    raw = tuple(2 * n for n in shape)
    finding.file("raw", np.zeros(raw, np.uint8), "zyx"[-len(raw) :], "raw")
    whole, blocked = finding.run(), finding.run(block=BLOCK)
    assert whole.digest == blocked.digest
    assert whole.summary() == blocked.summary()
    assert whole.summary()["objects"] > 1


def test_blocks_are_really_used(
    folder: Path, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from objclass.nodes import segmenting

    grids: list[tuple[int, ...]] = []
    segment = segmenting.segment

    def watched(*args: Any) -> Any:
        grids.append(args[1].grid)
        return segment(*args)

    monkeypatch.setattr(segmenting, "segment", watched)
    finding = threshold(folder, blobs((30, 41)))
    finding.run()
    assert grids == [(1, 1)]
    finding.run(block={"y": 8, "x": 16})
    assert grids == [(1, 1), (4, 3)]


# --- small images -----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 1, 1), (3, 3, 3)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_images_of_a_few_voxels_are_images(
    folder: Path, shape: tuple[int, ...], value: float
) -> None:
    image = np.full(shape, value, np.float32)
    found: Found = threshold(folder, image, min_size=0).run()
    np.testing.assert_array_equal(found.ids(), np.full(shape, int(value)))
