"""Tables of a cropped image speak of the uncropped one, in space and in time."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from commands import objclass

WORKFLOW = """version: 1
nodes:
  raw: {{kind: input, path: raw.tif, crop: {crop}}}
  ids: {{kind: input, path: ids.tif, role: label_image, crop: {crop}}}
  found: {{kind: components, image: ids, ids: keep}}
  measured:
    kind: features
    image: raw
    objects: found
    measure: [position, hull, skeleton, intensity]
  out: {{kind: export, from: measured, write: {{table: out.csv}}}}
"""
CROPS = {
    "yx": {"y": [3, 20], "x": [5, 30]},
    "zyx": {"z": [1, 6], "y": [3, 20], "x": [5, 30]},
    "tyx": {"t": [1, 3], "y": [3, 20], "x": [5, 30]},
    "tzyx": {"t": [2, 4], "z": [1, 6], "y": [3, 20], "x": [5, 30]},
}


def drawn(axes: str) -> tuple[np.ndarray, np.ndarray]:
    """Bars with ids of their own in every frame, and values that occur once."""
    shape = tuple({"t": 4, "z": 7, "y": 24, "x": 36}[axis] for axis in axes)
    ids = np.zeros(shape, np.uint16)
    frames = ids if axes[0] == "t" else ids[None]
    for t, frame in enumerate(frames):
        planes = (slice(2, 5),) if frame.ndim == 3 else ()
        frame[(*planes, slice(5 + t, 9 + t), slice(7, 16))] = 10 * t + 1
        frame[(*planes, slice(12, 16), slice(18 + t, 27))] = 10 * t + 2
    raw = np.random.default_rng(0).permutation(ids.size).reshape(shape).astype(np.float32)
    return raw, ids


@pytest.mark.parametrize("axes", CROPS)
def test_every_place_of_a_table_lies_in_its_object_in_the_uncropped_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, axes: str
) -> None:
    monkeypatch.chdir(tmp_path)
    raw, ids = drawn(axes)
    for name, array in (("raw", raw), ("ids", ids)):
        labelled = {"metadata": {"axes": axes.upper()}, "photometric": "minisblack"}
        tifffile.imwrite(f"{name}.tif", array, **labelled)
    Path("cells.yaml").write_text(WORKFLOW.format(crop=json.dumps(CROPS[axes])))
    answer = objclass("run", "cells.yaml")
    assert answer.code == 0, answer.err
    with Path("out.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    spatial = axes.removeprefix("t")
    frames = CROPS[axes].get("t", [0, 1])
    times = [int(row.get("t") or 0) for row in rows]
    assert sorted(set(times)) == list(range(*frames))
    assert len(rows) == 2 * (frames[1] - frames[0])
    for t, row in zip(times, rows, strict=True):
        inside = ids[t] == int(row["object"]) if axes[0] == "t" else ids == int(row["object"])
        values = raw[t] if axes[0] == "t" else raw
        own = np.argwhere(inside)

        def place(what: str, end: str = "", row: dict[str, str] = row) -> list[float]:
            return [float(row[f"{what}_{axis}{end}"]) for axis in spatial]

        assert inside[tuple(int(row[axis]) for axis in spatial)]
        assert place("position_min") == own.min(axis=0).tolist()
        assert place("position_max") == own.max(axis=0).tolist()
        assert place("position_center") == pytest.approx(own.mean(axis=0))
        assert place("hull_center") == pytest.approx(own.mean(axis=0))
        assert place("skeleton_center") == pytest.approx(own.mean(axis=0), abs=1.0)
        for what, value in (("argmin", values[inside].min()), ("argmax", values[inside].max())):
            at = tuple(int(v) for v in place(f"intensity_{what}", "-0"))
            assert values[at] == value


def test_a_file_that_is_read_otherwise_says_which_field_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    raw, ids = drawn("tyx")
    for name, array in (("raw", raw), ("ids", ids)):
        tifffile.imwrite(f"{name}.tif", array, metadata={"axes": "TYX"}, photometric="minisblack")

    def inputs_of(command: str, crop: str) -> list[str]:
        Path("cells.yaml").write_text(WORKFLOW.format(crop=crop))
        answer = objclass(command, "cells.yaml")
        assert answer.code == 0, answer.err
        return [" ".join(line.split()) for line in answer.out.splitlines() if "ids " in line[:4]]

    inputs_of("run", "{t: 1}")
    assert not Path(".objclass/building").exists()
    assert inputs_of("plan", "{t: 2}") == ["ids will run crop.t 1 -> 2"]
    assert inputs_of("run", "{t: 2}") == ["ids ran crop.t 1 -> 2"]
    assert inputs_of("run", "{t: 1}") == ["ids cached"]
    edited = (ids + (ids > 0)).astype(np.uint16)
    tifffile.imwrite("ids.tif", edited, metadata={"axes": "TYX"}, photometric="minisblack")
    assert inputs_of("run", "{t: 1}") == ["ids ran file changed"]


def test_objects_without_time_in_a_time_series_are_told_how_to_take_one_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    raw, ids = drawn("tyx")
    tifffile.imwrite("raw.tif", raw, metadata={"axes": "TYX"}, photometric="minisblack")
    tifffile.imwrite("ids.tif", ids[0], metadata={"axes": "YX"}, photometric="minisblack")
    Path("cells.yaml").write_text(WORKFLOW.replace(", crop: {crop}", "").format())
    answer = objclass("validate", "cells.yaml")
    assert answer.code == 2
    assert "shapes differ" in answer.err
    assert "add 'crop: {t: 0}' to raw, which takes its first frame" in answer.err
    assert objclass("validate", "cells.yaml", "--set", "raw.crop={t: 0}").code == 0
