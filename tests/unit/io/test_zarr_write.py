"""OME-Zarr that is written: levels, metadata, shards, label images beside an input."""

from __future__ import annotations

import json
import subprocess
import sys
from math import prod
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from written_zarr import VERSIONS, write_plate, write_pyramid

from objclass.data.blocks import Region, chunk_runs
from objclass.data.lazy_array import LazyArray
from objclass.errors import InputError
from objclass.io import zarr_write
from objclass.io.formats import describe, open_reader
from objclass.io.label_group import place_inside
from objclass.io.locator import Locator
from objclass.io.pyramid import halved, means
from objclass.io.write import write_image
from objclass.io.zarr_write import write_unit

RANDOM = np.random.default_rng(0)


def level(path: Path, number: int) -> np.ndarray:
    """The voxels of a level."""
    header = describe(Locator(path, level=number))
    reader = open_reader(Locator(path, level=number))
    return reader.read(tuple(slice(0, n) for n in header.shape))


def said(path: Path) -> dict[str, object]:
    """What the metadata of a written image say in OME's words."""
    found: dict[str, object] = json.loads((path / "zarr.json").read_text())["attributes"]["ome"]
    return found


def test_an_image_comes_back_with_axes_channels_and_voxel_size(tmp_path: Path) -> None:
    array = RANDOM.integers(0, 999, (3, 4, 20, 30, 2), np.uint16)
    write_image(
        tmp_path / "a.ome.zarr",
        array,
        "tzyxc",
        channel_names=["dna", "actin"],
        spacing={"z": 2.0, "y": 0.5, "x": 0.5},
        unit="um",
    )
    found = describe(tmp_path / "a.ome.zarr")
    assert (found.axes, found.shape, found.dtype) == ("tczyx", (3, 2, 4, 20, 30), "uint16")
    assert (found.channels, found.unit) == (("dna", "actin"), "um")
    assert found.spacing == {"z": 2.0, "y": 0.5, "x": 0.5}
    assert (level(tmp_path / "a.ome.zarr", 0) == np.moveaxis(array, -1, 1)).all()


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int32", "uint64", "int64", "float32", "float64"]
)
def test_every_type_of_voxels_comes_back(dtype: str, tmp_path: Path) -> None:
    array = RANDOM.integers(0, 99, (6, 7)).astype(dtype)
    write_image(tmp_path / "a.zarr", array, "yx")
    found = level(tmp_path / "a.zarr", 0)
    assert (str(found.dtype), found.tolist()) == (dtype, array.tolist())


def test_levels_of_ids_are_every_second_voxel_and_their_voxels_twice_as_large(
    tmp_path: Path,
) -> None:
    ids = RANDOM.integers(0, 9, (601, 300), np.uint16)
    path = tmp_path / "ids.ome.zarr"
    write_image(path, ids, "yx", ids=True, spacing={"y": 0.5, "x": 0.5}, unit="um")
    assert [describe(Locator(path, level=n)).shape for n in range(3)] == [
        (601, 300),
        (301, 150),
        (151, 75),
    ]
    assert (level(path, 1) == ids[::2, ::2]).all()
    assert (level(path, 2) == ids[::4, ::4]).all()
    assert describe(Locator(path, level=2)).spacing == {"y": 2.0, "x": 2.0}
    with pytest.raises(InputError, match="has no level 3; expected 0 to 2"):
        describe(Locator(path, level=3))


def test_levels_of_an_image_are_means_whose_place_is_said(tmp_path: Path) -> None:
    array = np.zeros((300, 300), np.float32)
    array[0, :2] = 4, 8
    array[1, 0] = 12
    path = tmp_path / "a.ome.zarr"
    write_image(path, array, "yx", spacing={"y": 0.5, "x": 0.5}, unit="um")
    assert level(path, 1)[0, :2].tolist() == [6, 0]
    (multiscale,) = said(path)["multiscales"]  # type: ignore[misc]
    assert multiscale["datasets"][1]["coordinateTransformations"] == [
        {"type": "scale", "scale": [1.0, 1.0]},
        {"type": "translation", "translation": [0.25, 0.25]},
    ]


def test_z_is_halved_where_its_voxels_are_not_thicker_than_wide(tmp_path: Path) -> None:
    array = np.zeros((4, 300, 300), np.uint8)
    for z, shape in ((0.5, (2, 150, 150)), (2.0, (4, 150, 150))):
        path = tmp_path / f"{z}.zarr"
        write_image(path, array, "zyx", spacing={"z": z, "y": 0.5, "x": 0.5}, unit="um")
        assert describe(Locator(path, level=1)).shape == shape


@given(
    shape=st.tuples(*[st.integers(1, 9)] * 3),
    axes=st.sampled_from(["yx", "zyx", "x"]),
    ids=st.booleans(),
)
def test_a_level_read_by_region_is_that_of_the_whole(
    shape: tuple[int, int, int], axes: str, ids: bool
) -> None:
    array = np.random.default_rng(1).integers(0, 255, shape, np.uint8)
    coarse = halved(LazyArray.of(array, "zyx"), axes, ids=ids)
    steps = tuple(2 if letter in axes else 1 for letter in "zyx")
    plain = array[tuple(slice(None, None, s) for s in steps)] if ids else means(array, steps)
    found = np.empty(coarse.shape, np.uint8)
    for region in chunk_runs(coarse.shape, (2, 3, 1), 7):
        found[region.slices] = coarse.read(region)
    assert found.tolist() == plain.tolist()


def test_a_mean_is_that_of_the_voxels_there_are() -> None:
    fine = np.array([[1, 2, 3], [3, 4, 8]], np.uint8)
    assert means(fine, (2, 2)).tolist() == [[2, 6]]
    assert means(fine.astype(float), (2, 2)).tolist() == [[2.5, 5.5]]
    assert means(fine, (1, 1)).tolist() == fine.tolist()


def test_classes_have_their_names_and_colours(tmp_path: Path) -> None:
    path = tmp_path / "classes.ome.zarr"
    colors = ["#ff0000", "#00ff80"]
    write_image(path, np.eye(5, dtype=np.uint8), "yx", ids=True, colors=colors, classes=["a", "b"])
    assert said(path)["image-label"] == {
        "colors": [
            {"label-value": 1, "rgba": [255, 0, 0, 255]},
            {"label-value": 2, "rgba": [0, 255, 128, 255]},
        ],
        "properties": [{"label-value": 1, "class": "a"}, {"label-value": 2, "class": "b"}],
    }


# --- chunks and shards --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "chunk", "unit"),
    [
        ((100, 100), (1, 1), (1, 1)),
        ((100, 101), (1, 1), (1, 2)),
        ((1000, 300, 300), (1, 64, 64), (4, 64, 64)),
        ((7, 5), (64, 64), (64, 64)),
    ],
)
def test_a_shard_is_as_large_as_10000_files_need(
    shape: tuple[int, ...], chunk: tuple[int, ...], unit: tuple[int, ...]
) -> None:
    assert write_unit(shape, chunk) == unit
    assert prod(-(-n // edge) for n, edge in zip(shape, unit, strict=True)) <= 10_000


def test_an_image_of_many_chunks_is_sharded_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zarr_write, "MOST_FILES", 5)
    array = RANDOM.integers(0, 99, (23, 31, 17), np.uint8)
    write_image(tmp_path / "a.zarr", array, "tyx")
    opened = zarr.open_array(str(tmp_path / "a.zarr" / "0"), mode="r")
    assert (opened.chunks, opened.shards) == ((1, 31, 17), (8, 31, 17))
    assert len(list((tmp_path / "a.zarr" / "0" / "c").rglob("0"))) >= 1
    assert (level(tmp_path / "a.zarr", 0) == array).all()


PRIMES = st.sampled_from([1, 2, 3, 5, 7, 11, 13])


@given(
    shape=st.tuples(PRIMES, PRIMES, PRIMES),
    chunk=st.tuples(PRIMES, PRIMES, PRIMES),
    many=st.tuples(PRIMES, PRIMES, PRIMES),
    most=st.integers(1, 300),
)
def test_regions_are_whole_shards_and_no_two_touch_the_same_one(
    shape: tuple[int, ...], chunk: tuple[int, ...], many: tuple[int, ...], most: int
) -> None:
    unit = tuple(c * m for c, m in zip(chunk, many, strict=True))
    writers = np.zeros(tuple(-(-n // u) for n, u in zip(shape, unit, strict=True)), int)
    for region in chunk_runs(shape, unit, most):
        assert region.aligned(unit, shape) == region
        low = (a // u for a, u in zip(region.start, unit, strict=True))
        high = (-(-b // u) for b, u in zip(region.stop, unit, strict=True))
        writers[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] += 1
    assert (writers == 1).all()


WRITER = """
import sys, numpy as np, zarr
from objclass.data.blocks import chunk_runs
folder, mine = sys.argv[1], int(sys.argv[2])
array = zarr.open_array(folder, mode="r+")
numbers = np.arange(array.size, dtype=array.dtype).reshape(array.shape)
for number, region in enumerate(chunk_runs(array.shape, array.shards, 200)):
    if number % 2 == mine:
        array[region.slices] = numbers[region.slices]
"""


def test_two_processes_that_share_the_regions_lose_no_voxel(tmp_path: Path) -> None:
    """Chunks of 3 by 5, shards of 2 by 3 of them, blocks of 200 voxels, lengths of 47 and 53."""
    folder = str(tmp_path / "a.zarr")
    zarr.create_array(folder, shape=(47, 53), chunks=(3, 5), shards=(6, 15), dtype="uint32")
    commands = ([sys.executable, "-c", WRITER, folder, str(n)] for n in range(2))
    running = [subprocess.Popen(command) for command in commands]
    assert [each.wait(60) for each in running] == [0, 0]
    found = zarr.open_array(folder, mode="r")[...]
    assert np.asarray(found).tolist() == np.arange(47 * 53).reshape(47, 53).tolist()


def test_no_region_is_read_twice_for_the_finest_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zarr_write, "BLOCK", 512 * 512)
    read: list[Region] = []

    def once(region: Region) -> np.ndarray:
        read.append(region)
        return np.zeros(region.shape, np.uint8)

    lazy = LazyArray("zyx", (4, 600, 600), np.dtype("uint8"), once)
    write_image(tmp_path / "a.zarr", lazy, "zyx")
    assert sum(region.size for region in read) == lazy.size
    assert max(region.size for region in read) < lazy.size


# --- label images beside an input ----------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_label_image_joins_an_image_in_its_own_version(version: str, tmp_path: Path) -> None:
    image = tmp_path / "raw.ome.zarr"
    array = RANDOM.integers(0, 99, (20, 30), np.uint16)
    write_pyramid(image, [array], "yx", version)
    for name in ("one", "two", "one"):
        write_image(image / "labels" / name, array % 5, "yx", ids=True)
    header = describe(f"{image}/labels/one")
    assert (header.axes, header.shape) == ("yx", (20, 30))
    group = image / "labels"
    if version == "0.4":
        assert json.loads((group / ".zattrs").read_text()) == {"labels": ["one", "two"]}
        own = json.loads((group / "one" / ".zattrs").read_text())
        assert own["image-label"] == {"version": "0.4", "source": {"image": "../../"}}
        assert not list(image.rglob("zarr.json"))
    else:
        assert said(group) == {"version": "0.5", "labels": ["one", "two"]}
        assert said(group / "one")["image-label"] == {"source": {"image": "../../"}}
    assert sorted(path.name for path in group.iterdir() if path.is_dir()) == ["one", "two"]
    assert describe(image).shape == (20, 30)


def test_a_well_may_be_called_by_its_name_where_a_label_image_is_written(tmp_path: Path) -> None:
    write_plate(tmp_path / "p.zarr", {"B/03": {"0": np.zeros((4, 5), np.uint8)}})
    found = place_inside(tmp_path / "p.zarr" / "B03" / "0" / "labels" / "new")
    assert found == tmp_path / "p.zarr/B/03/0/labels/new"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("raw.zarr/ids", "only label images are written into an image; write for example raw.zarr"),
        ("raw.zarr/labels", "only label images are written into an image"),
        ("no.zarr/labels/ids", "there is no OME-Zarr image that this label image could lie in; ex"),
        ("raw.zarr/7/labels/ids", "expected an image raw.zarr/7; write a new one: ids.ome.zarr"),
    ],
)
def test_what_cannot_be_written_into_an_image_is_one_message(
    path: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_pyramid(Path("raw.zarr"), [np.zeros((4, 5), np.uint8)], "yx")
    with pytest.raises(InputError) as caught:
        place_inside(Path(path))
    assert words in str(caught.value)
