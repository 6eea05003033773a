"""OME-Zarr that is written is what others read: ngff-zarr and, where they are, ome-zarr-models
and ome-zarr-py."""

from __future__ import annotations

from importlib.metadata import requires
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from packaging.requirements import Requirement
from written_zarr import VERSIONS, write_pyramid

from objclass.io.write import write_image

CELLS = np.random.default_rng(0).integers(0, 3, (3, 300, 290), np.uint16)


@pytest.fixture
def models() -> Any:
    """ome-zarr-models, which does not read everything with a pydantic that it does not know."""
    found = pytest.importorskip("ome_zarr_models", reason="ome-zarr-models is not installed")
    for each in map(Requirement, requires("ome-zarr-models") or ()):
        if (
            each.name == "pydantic"
            and each.marker is None
            and version_of(each.name) not in each.specifier
        ):
            pytest.skip(f"ome-zarr-models asks for {each}")
    return found


@pytest.fixture(params=VERSIONS)
def classes(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A class image of three planes, with two levels, in either version."""
    path = tmp_path / "classes.ome.zarr"
    write_image(
        path,
        CELLS,
        "zyx",
        ids=True,
        spacing={"z": 2.0, "y": 0.5, "x": 0.5},
        unit="um",
        colors=["#ff0000", "#00ff00"],
        classes=["interphase", "mitotic"],
        ome_zarr=request.param,
    )
    return path


@pytest.fixture(params=VERSIONS)
def channels(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An image of two channels, in either version."""
    path = tmp_path / "channels.ome.zarr"
    array = np.random.default_rng(0).random((300, 290, 2)).astype(np.float32)
    size = {"y": 1.0, "x": 1.0}
    names = ["a", "b"]
    write_image(
        path, array, "yxc", channel_names=names, spacing=size, unit="um", ome_zarr=request.param
    )
    return path


def test_ngff_zarr_reads_voxels_and_scales(classes: Path) -> None:
    ngff_zarr = pytest.importorskip("ngff_zarr")
    found = ngff_zarr.from_ngff_zarr(str(classes), validate=False)
    assert [image.data.shape for image in found.images] == [(3, 300, 290), (3, 150, 145)]
    assert found.images[0].scale == {"z": 2.0, "y": 0.5, "x": 0.5}
    assert found.images[1].scale == {"z": 2.0, "y": 1.0, "x": 1.0}
    assert found.images[0].axes_units["x"] == "micrometer"
    assert (np.asarray(found.images[0].data) == CELLS).all()


def test_ome_zarr_models_accepts_image_and_classes(
    models: Any, classes: Path, channels: Path
) -> None:
    import zarr

    read = [models.open_ome_zarr(zarr.open_group(str(p), mode="r")) for p in (classes, channels)]
    assert [type(each).__name__ for each in read] == ["ImageLabel", "Image"]
    attributes = read[0].attributes
    said = getattr(attributes, "ome", attributes).image_label
    assert [each.label_value for each in said.properties] == [1, 2]


def nodes_of(path: Path) -> list[Any]:
    """What ome-zarr-py, which napari's plugin opens files with, reads below a path."""
    io = pytest.importorskip("ome_zarr.io", reason="ome-zarr is not installed")
    from ome_zarr.reader import Reader

    return list(Reader(io.parse_url(str(path)))())


def test_ome_zarr_py_reads_voxels_channels_and_scales(channels: Path) -> None:
    found = nodes_of(channels)[0]
    assert [level.shape for level in found.data] == [(2, 300, 290), (2, 150, 145)]
    assert found.metadata["channel_names"] == ["a", "b"]
    assert found.metadata["coordinateTransformations"][1][0]["scale"] == [1.0, 2.0, 2.0]


@pytest.mark.parametrize("version", VERSIONS)
def test_ome_zarr_py_reads_the_colours_and_classes_of_a_label_image_inside(
    version: str, tmp_path: Path
) -> None:
    write_pyramid(tmp_path / "raw.zarr", [CELLS], "zyx", version)
    write_image(
        tmp_path / "raw.zarr/labels/classes",
        CELLS,
        "zyx",
        ids=True,
        colors=["#ff0000", "#00ff00"],
        classes=["interphase", "mitotic"],
    )
    found = next(each for each in nodes_of(tmp_path / "raw.zarr") if "color" in each.metadata)
    assert found.metadata["color"] == {1: [1.0, 0.0, 0.0, 1.0], 2: [0.0, 1.0, 0.0, 1.0]}
    assert found.metadata["properties"] == {1: {"class": "interphase"}, 2: {"class": "mitotic"}}
    assert (np.asarray(found.data[0]) == CELLS).all()


@pytest.mark.parametrize("version", VERSIONS)
def test_ome_zarr_models_finds_a_label_image_that_joined_an_image(
    models: Any, version: str, tmp_path: Path
) -> None:
    import zarr

    write_pyramid(tmp_path / "raw.zarr", [CELLS], "zyx", version)
    write_image(tmp_path / "raw.zarr/labels/nuclei", CELLS, "zyx", ids=True)
    found = models.open_ome_zarr(zarr.open_group(str(tmp_path / "raw.zarr/labels"), mode="r"))
    assert type(found).__name__ == "Labels"
    group = zarr.open_group(str(tmp_path / "raw.zarr/labels/nuclei"), mode="r")
    assert type(models.open_ome_zarr(group)).__name__ == "ImageLabel"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_plugin_of_napari_opens_image_and_classes(version: str, tmp_path: Path) -> None:
    """Its reader gives the layers that napari would show; no window is opened."""
    why = "napari and napari-ome-zarr are not installed; no desktop program is run here"
    plugin = pytest.importorskip("napari_ome_zarr", reason=why)
    path = tmp_path / "raw.ome.zarr"
    size = {"z": 2.0, "y": 0.5, "x": 0.5}
    write_image(path, CELLS, "zyx", spacing=size, unit="um", ome_zarr=version)
    write_image(path / "labels/classes", CELLS, "zyx", ids=True, spacing=size, unit="um")
    layers = plugin.napari_get_reader(str(path))(str(path))
    assert [kind for _, _, kind in layers] == ["image", "labels"]
    for voxels, said, _ in layers:
        assert [level.shape for level in voxels] == [(3, 300, 290), (3, 150, 145)]
        assert (np.asarray(voxels[0]) == CELLS).all()
        assert list(said["scale"]) == [2.0, 0.5, 0.5]
