"""OME-Zarr that is written is what others read: ngff-zarr and, where it is, ome-zarr-models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from written_zarr import VERSIONS, write_pyramid

from objclass.io.write import write_image

CELLS = np.random.default_rng(0).integers(0, 3, (3, 300, 290), np.uint16)


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """A class image of three planes, with two levels."""
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
    )
    return path


@pytest.fixture
def channels(tmp_path: Path) -> Path:
    """An image of two channels."""
    path = tmp_path / "channels.ome.zarr"
    array = np.random.default_rng(0).random((300, 290, 2)).astype(np.float32)
    write_image(path, array, "yxc", channel_names=["a", "b"], spacing={"y": 1, "x": 1}, unit="um")
    return path


def test_ngff_zarr_reads_voxels_and_scales(classes: Path) -> None:
    ngff_zarr = pytest.importorskip("ngff_zarr")
    found = ngff_zarr.from_ngff_zarr(str(classes), validate=False)
    assert [image.data.shape for image in found.images] == [(3, 300, 290), (3, 150, 145)]
    assert found.images[0].scale == {"z": 2.0, "y": 0.5, "x": 0.5}
    assert found.images[1].scale == {"z": 2.0, "y": 1.0, "x": 1.0}
    assert found.images[0].axes_units["x"] == "micrometer"
    assert (np.asarray(found.images[0].data) == CELLS).all()


def test_ome_zarr_models_accepts_image_and_classes(classes: Path, channels: Path) -> None:
    models = pytest.importorskip("ome_zarr_models")
    import zarr

    read = [models.open_ome_zarr(zarr.open_group(str(p), mode="r")) for p in (classes, channels)]
    assert [type(each).__name__ for each in read] == ["ImageLabel", "Image"]
    said = read[0].attributes.ome.image_label
    assert [each.label_value for each in said.properties] == [1, 2]


@pytest.mark.parametrize("version", VERSIONS)
def test_ome_zarr_models_finds_a_label_image_that_joined_an_image(
    version: str, tmp_path: Path
) -> None:
    models = pytest.importorskip("ome_zarr_models")
    import zarr

    write_pyramid(tmp_path / "raw.zarr", [CELLS], "zyx", version)
    write_image(tmp_path / "raw.zarr/labels/nuclei", CELLS, "zyx", ids=True)
    found = models.open_ome_zarr(zarr.open_group(str(tmp_path / "raw.zarr/labels"), mode="r"))
    assert type(found).__name__ == "Labels"
    group = zarr.open_group(str(tmp_path / "raw.zarr/labels/nuclei"), mode="r")
    assert type(models.open_ome_zarr(group)).__name__ == "ImageLabel"
