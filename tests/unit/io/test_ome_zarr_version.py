"""Which version of OME-Zarr is written, and the time between frames in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from written_zarr import VERSIONS, write_pyramid

from objclass.io.formats import describe, open_reader
from objclass.io.header import duration
from objclass.io.write import write_image

FRAMES = np.arange(2 * 3 * 5, dtype=np.uint8).reshape(2, 3, 5)


def test_a_new_image_of_version_04_is_zarr_2_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.zarr"
    write_image(path, FRAMES, "tyx", spacing={"y": 0.5, "x": 0.5}, unit="um", ome_zarr="0.4")
    assert sorted(each.name for each in path.iterdir()) == [".zattrs", ".zgroup", "0"]
    assert json.loads((path / "0/.zarray").read_text())["zarr_format"] == 2
    said = json.loads((path / ".zattrs").read_text())["multiscales"][0]
    assert said["version"] == "0.4"
    assert describe(path).spacing == {"y": 0.5, "x": 0.5}
    assert (open_reader(path).read((slice(0, 2), slice(0, 3), slice(0, 5))) == FRAMES).all()


def test_a_label_image_inside_an_image_has_the_version_of_that_image(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "raw.zarr", [FRAMES], "tyx", "0.4")
    write_image(tmp_path / "raw.zarr/labels/a", FRAMES, "tyx", ids=True)
    said = json.loads((tmp_path / "raw.zarr/labels/a/.zattrs").read_text())
    assert said["image-label"]["version"] == "0.4"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("step", "unit", "text"),
    [
        ((5.0, "min"), "minute", "5 min"),
        ((0.25, "s"), "second", "0.25 s"),
        ((40.0, "ms"), "millisecond", "40 ms"),
        ((1.0, "h"), "hour", "1 h"),
        ((2.0, "d"), "day", "2 d"),
    ],
)
def test_the_time_between_frames_is_the_scale_of_t_in_its_unit_and_is_read_again(
    step: tuple[float, str], unit: str, text: str, version: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.ome.zarr"
    write_image(path, FRAMES, "tyx", time_step=step, ome_zarr=version)
    file = path / ("zarr.json" if version == "0.5" else ".zattrs")
    found = json.loads(file.read_text())
    said = (found["attributes"]["ome"] if version == "0.5" else found)["multiscales"][0]
    assert said["axes"][0] == {"name": "t", "type": "time", "unit": unit}
    assert said["datasets"][0]["coordinateTransformations"][0]["scale"] == [step[0], 1.0, 1.0]
    assert describe(path).time_step == text


def test_a_time_without_a_unit_says_nothing(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "a.zarr", [FRAMES], "tyx", units={"y": "micrometer"})
    assert describe(tmp_path / "a.zarr").time_step is None
    assert [duration(5, unit) for unit in (None, "", "frame", "Seconds")] == [None] * 3 + ["5 s"]


def test_an_image_without_time_has_no_time_step(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "a.zarr", [FRAMES[0]], "yx")
    assert describe(tmp_path / "a.zarr").time_step is None
