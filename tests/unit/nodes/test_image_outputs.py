"""Painted images are made region by region, in every type and order that can be asked for."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.labels import Index, LabelHeader, LabelImage
from objclass.data.objects import FilesHeader, Prediction
from objclass.data.wire import Wire
from objclass.engine.artifact import Artifact
from objclass.engine.node import JoinedInput, Part, View
from objclass.nodes.export.image import ImageLayout
from objclass.nodes.export.origin import Origin
from objclass.nodes.export.outputs import OUTPUTS

IDS = np.array([1, 2, 5], np.uint64)
CLASSES: dict[str, Any] = {"classes": ("a", "b"), "colors": ("#ff0000", "#00ff00")}
PREDICTION = Prediction(
    IDS,
    np.array([1, 2, 2], np.uint8),
    np.array([[0.75, 0.25], [0.5, 0.5], [0.0, 1.0]]),
    np.array([0.5, 1.0, 0.0]),
)


def index_of(ids: np.ndarray) -> Index:
    """The objects of an image, as far as their ids."""
    nothing = np.zeros((len(ids), 2), np.int32)
    border = np.zeros(len(ids), np.bool_)
    return Index(
        ids, nothing, nothing, np.ones(len(ids), np.int64), nothing, border, border.astype("S11")
    )


def given(grid: Grid, t: int | None, data: Any, *subtrees: str) -> JoinedInput:
    """What an export gets to read of one frame."""
    artifact = Artifact.of(dict.fromkeys(subtrees, ""))
    return JoinedInput("a", t, artifact, LabelHeader(grid), None, load=lambda: data)


def write(path: Path, name: str, grid: Grid, frames: Any, **asked: Any) -> None:
    """Write an output of label images that are given as arrays, or as functions of regions."""
    objects = []
    for t, frame in zip(grid.times, frames, strict=True):
        source = frame if callable(frame) else (lambda region, f=frame: f[region.slices])
        top = np.array([0]) if callable(frame) else np.unique(frame)
        listed = index_of(top[top > 0].astype(np.uint64))
        labels = LabelImage(LabelHeader(grid), source, lambda listed=listed: listed)
        objects.append(given(grid, t, labels, "voxels", "index"))
    predictions = tuple(given(grid, t, PREDICTION) for t in grid.times)
    layout = ImageLayout(Origin(Wire("cells"), LabelHeader(grid)), **CLASSES, **asked)
    part = Part(name, FilesHeader(name, str(path)), payload=layout)
    view = View(
        part, "a", None, {"objects": tuple(objects), "prediction": predictions}, no_room, no_room
    )
    OUTPUTS[name].write(path, view)


def no_room(shape: tuple[int, ...], dtype: str) -> Any:
    """An export keeps nothing in the store."""
    raise AssertionError(shape)


LABELS = np.array([[0, 1, 1, 2], [5, 5, 7, 2]], np.uint32)
FLAT = Grid((2, 4))


def test_each_output_paints_its_values(tmp_path: Path) -> None:
    painted = {}
    for name in ("identities", "predictions", "uncertainty", "probabilities"):
        write(tmp_path / f"{name}.npy", name, FLAT, [LABELS])
        painted[name] = np.load(tmp_path / f"{name}.npy")
    assert painted["identities"].tolist() == LABELS.tolist()
    assert painted["identities"].dtype == np.uint16
    assert painted["predictions"].tolist() == [[0, 1, 1, 2], [2, 2, 0, 2]]
    assert painted["uncertainty"].tolist() == [[0, 0.5, 0.5, 1], [0, 0, 0, 1]]
    first, second = np.moveaxis(painted["probabilities"], -1, 0)
    assert first.tolist() == [[0, 0.75, 0.75, 0.5], [0, 0, 0, 0.5]]
    assert second.tolist() == [[0, 0.25, 0.25, 0.5], [1, 1, 0, 0.5]]
    assert first.dtype == np.float32


@pytest.mark.parametrize("axes", ["tyxc", "tcyx", "cxyt", "yxtc"])
def test_frames_and_classes_lie_along_any_axes(tmp_path: Path, axes: str) -> None:
    frames = [np.roll(LABELS, t, axis=1) for t in range(11)]  # more than stay open
    grid = Grid((2, 4), frames=11)
    write(tmp_path / "plain.h5", "probabilities", grid, frames)
    write(tmp_path / "a.h5", "probabilities", grid, frames, axes=axes)
    with h5py.File(tmp_path / "plain.h5") as plain, h5py.File(tmp_path / "a.h5") as file:
        expected = plain["exported_data"][()].transpose(["tyxc".index(a) for a in axes])
        assert np.array_equal(file["exported_data"][()], expected)
    assert expected.max() == 1


def test_a_part_is_painted_as_a_part_of_the_whole(tmp_path: Path) -> None:
    grid = Grid((2, 4), frames=3, origin=(0, 10, 20), first_frame=5)
    frames = [LABELS, LABELS * 0, LABELS]
    region = {"t": 7, "x": (21, 23)}
    write(tmp_path / "a.tif", "predictions", grid, frames, region=region)
    assert tifffile.imread(tmp_path / "a.tif").tolist() == [[1, 1], [2, 0]]


def test_ids_are_narrow_where_those_that_are_shown_fit(tmp_path: Path) -> None:
    large = np.array([[0, 7, 65536]], np.uint32)
    for name, frame, more in (
        ("all", large, {}),
        ("small", large % 65536, {}),
        ("part", large, {"region": {"x": (0, 2)}}),
        ("said", large, {"dtype": "float64"}),
        ("moved", large % 65536, {"rescale": ((0, 14), (0, 1))}),
    ):
        write(tmp_path / f"{name}.npy", "identities", Grid((1, 3)), [frame], **more)
    types = {path.stem: np.load(path).dtype.name for path in tmp_path.iterdir()}
    assert types == {
        "all": "uint32",
        "small": "uint16",
        "part": "uint16",
        "said": "float64",
        "moved": "float32",
    }
    assert np.load(tmp_path / "moved.npy").tolist() == [[0, 0.5, 0]]


def blobs(region: Region) -> np.ndarray:
    """Objects 1, 2 and 5 in layers of 8 planes, made as they are read."""
    z = np.arange(region.start[0], region.stop[0]) // 8 % 4
    found = np.array([0, 1, 2, 5], np.uint32)[z]
    return np.broadcast_to(found[:, None, None], region.shape).copy()


def peak(path: Path, name: str, depth: int) -> int:
    """The most bytes that arrays take while a volume is painted and written."""
    tracemalloc.start()
    write(path, name, Grid((depth, 512, 512)), [blobs])
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    path.unlink()
    return found


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("identities", ".tif"),
        ("predictions", ".h5"),
        ("predictions", ".tif"),
        ("uncertainty", ".npy"),
        ("probabilities", ".h5"),
    ],
)
def test_painting_four_times_as_many_planes_takes_no_more_memory(
    tmp_path: Path, name: str, suffix: str
) -> None:
    write(tmp_path / f"first{suffix}", name, Grid((4, 8, 8)), [blobs])  # imports count once
    little = peak(tmp_path / f"small{suffix}", name, 64)
    much = peak(tmp_path / f"large{suffix}", name, 256)
    assert much < little + 2**24
    assert much < 2**28
