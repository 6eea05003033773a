"""``write: {roi: …}``: what ImageJ is given, as roifile reads it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import roifile
from commands import objclass
from shapely.geometry import Polygon

from objclass.io.imagej_roi import Roi, roi_bytes
from workflows import CLASSES, LARGE, SMALL, Bench, deep, flat, series

WRITE = ("results/{image}_classes.tif", "results/{image}_classes.tif\n      roi: o.zip")


def written(bench: Bench) -> list[roifile.ImagejRoi]:
    """Run a workflow that writes ROIs, and return them as roifile reads them."""
    bench.edit(WRITE).run()
    found = roifile.roiread(bench.folder / "o.zip")
    assert isinstance(found, list)
    return found


def area(roi: roifile.ImagejRoi) -> float:
    """The area inside: what goes round the other way is a hole."""
    rings = roi.coordinates(multi=True)
    return sum(Polygon(ring).area * (1 if Polygon(ring).exterior.is_ccw else -1) for ring in rings)


def test_every_object_is_a_roi_with_its_size_class_and_colour(tmp_path: Path) -> None:
    found = written(flat(tmp_path))
    assert Counter(map(area, found)) == {LARGE: 6, SMALL: 6}
    for roi in found:
        kind = "large" if area(roi) == LARGE else "small"
        number, name = roi.name.split("_")
        assert name == kind
        assert roi.properties == {"object": int(number), "class": kind}
        assert roi.group == sorted(set(CLASSES)).index(kind) + 1
    assert len({roi.stroke_color for roi in found}) == 2
    assert {roi.stroke_color[:1] for roi in found} == {b"\xff"}  # alpha


def test_frames_and_planes_are_counted_from_one(tmp_path: Path) -> None:
    there = written(series(tmp_path / "t"))
    assert Counter((r.t_position, r.z_position) for r in there) == {(t, 0): 12 for t in (1, 2, 3)}
    there = written(deep(tmp_path / "z"))
    assert Counter((r.t_position, r.z_position) for r in there) == {(0, z): 12 for z in (2, 3, 4)}
    assert {r.name.rpartition("_")[2] for r in there} == {"z1", "z2", "z3"}
    assert sum(map(area, there)) == 3 * 6 * (LARGE + SMALL)


SQUARE = np.array([[2, 1], [5, 1], [5, 4], [2, 4]])
HOLE = np.array([[3, 2], [3, 3], [4, 3], [4, 2]])


def test_an_object_with_a_hole_is_a_composite_roi() -> None:
    read = roifile.ImagejRoi.frombytes(roi_bytes(Roi("a", [SQUARE, HOLE])))
    assert read.composite
    assert (read.left, read.top, read.right, read.bottom) == (2, 1, 5, 4)
    assert [len(ring) for ring in read.coordinates(multi=True)] == [5, 5]
    assert area(read) == 8


def test_the_bytes_are_those_that_roifile_writes() -> None:
    ours = roi_bytes(Roi("3_Lα", [SQUARE], "#0072b2", 2, z=4, properties=(("class", "Lα"),)))
    read = roifile.ImagejRoi.frombytes(ours)
    assert read.tobytes() == ours
    assert read.roitype == roifile.ROI_TYPE.TRACED
    assert read.integer_coordinates.tolist() == [[0, 0], [3, 0], [3, 3], [0, 3]]
    assert (read.name, read.properties) == ("3_Lα", {"class": "Lα"})


def test_far_from_the_corner_coordinates_stay_right() -> None:
    far = SQUARE + 50_000
    read = roifile.ImagejRoi.frombytes(roi_bytes(Roi("a", [far])))
    assert np.array_equal(read.coordinates()[:4], far)


def test_names_of_classes_are_kept_and_entries_can_be_unpacked(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    text = bench.annotations.read_text(encoding="utf-8")
    bench.annotations.write_text(text.replace("small", "α/β: 小"), encoding="utf-8")
    names = {roi.properties["class"] for roi in written(bench)}
    assert names == {"large", "α/β: 小"}


def test_the_same_results_are_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        written(flat(tmp_path / name))
    assert (tmp_path / "a/o.zip").read_bytes() == (tmp_path / "b/o.zip").read_bytes()


def test_an_image_that_is_too_wide_is_refused_before_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objclass.nodes.export.roi.HIGHEST", 50)
    flat(tmp_path).edit(WRITE)
    answer = objclass("validate", tmp_path / "cells.yaml")
    assert answer.code == 2
    assert "got 64 by 48; expected at most 50 pixels wide and high" in answer.err
    assert "write geojson instead" in answer.err
