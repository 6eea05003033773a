"""``write: {geojson: …}``: what QuPath is given, as geojson and shapely read it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import geojson
import numpy as np
import pandas as pd
import pytest
from commands import objclass
from shapely.geometry import shape
from written_zarr import write_pyramid

from workflows import (
    CENTERS,
    CLASSES,
    LARGE,
    SMALL,
    Bench,
    deep,
    discs,
    flat,
    rows,
    series,
    several,
    write_map,
    write_raw,
)

Feature = dict[str, Any]
WRITE = ("results/{image}_classes.tif", "results/{image}_classes.tif\n      geojson: ")


def written(bench: Bench, target: str = "o.geojson") -> list[Feature]:
    """Run a workflow that writes outlines, and return their features as geojson reads them."""
    old, new = WRITE
    bench.edit((old, f"{new}{target}")).run()
    return features(bench.folder / "o.geojson")


def features(path: Path) -> list[Feature]:
    """The features of a file, each of them valid by RFC 7946."""
    found = geojson.loads(path.read_text(encoding="utf-8"))
    assert isinstance(found, geojson.FeatureCollection)
    assert found.is_valid, found.errors()
    return list(found["features"])


def areas(found: list[Feature]) -> list[float]:
    """The area of every feature, whose geometry is valid for JTS too."""
    shapes = [shape(each["geometry"]) for each in found]
    assert all(each.is_valid for each in shapes)
    return [each.area for each in shapes]


def middle(feature: Feature) -> tuple[float, float]:
    """Where an object lies, row first."""
    centre = shape(feature["geometry"]).centroid
    return round(centre.y, 3), round(centre.x, 3)


def uuids(found: list[Feature]) -> list[str]:
    """What features are known by."""
    return [each["id"] for each in found]


def test_every_object_is_a_detection_of_its_class_and_size(tmp_path: Path) -> None:
    found = sorted(written(flat(tmp_path)), key=middle)
    assert areas(found) == [LARGE if name == "large" else SMALL for name in CLASSES]
    for each, (y, x), name in zip(found, CENTERS, CLASSES, strict=True):
        centre = shape(each["geometry"]).centroid
        assert (centre.x, centre.y) == pytest.approx((x + 0.5, y + 0.5))
        said = each["properties"]
        assert said["objectType"] == "detection"
        assert said["classification"]["name"] == name
        assert len(said["classification"]["color"]) == 3
        assert said["measurements"]["size_voxels"] == shape(each["geometry"]).area


def test_measurements_are_those_of_the_table(tmp_path: Path) -> None:
    found = written(flat(tmp_path))
    table = pd.read_csv(tmp_path / "results/objects.csv")
    assert [int(each["properties"]["name"]) for each in found] == table["object"].tolist()
    said = pd.DataFrame([each["properties"]["measurements"] for each in found])
    assert said.columns.tolist()[:3] == ["probability-large", "probability-small", "uncertainty"]
    pd.testing.assert_frame_equal(said, table[said.columns], check_exact=True)


def test_an_object_keeps_its_id_as_long_as_the_voxels_of_its_image(tmp_path: Path) -> None:
    first = uuids(written(flat(tmp_path / "a")))
    assert len(set(first)) == 12
    other = flat(tmp_path / "b").edit(("threshold: 0.5", "threshold: 0.4"))
    (other.folder / "raw.tif").rename(other.folder / "same.tif")
    other.edit(("path: raw.tif", "path: same.tif"))
    grown = written(other)
    assert uuids(grown) == first
    assert areas(grown) != areas(features(tmp_path / "a/o.geojson"))
    assert not set(uuids(written(flat(tmp_path / "c", number=1)))) & set(first)


def test_a_cropped_image_has_the_coordinates_of_the_whole(tmp_path: Path) -> None:
    bench = flat(tmp_path).edit(("    axes: yx", "    crop: {x: [16, 64]}\n    axes: yx"))
    found = written(bench.annotate(rows([1, 2, 3, 5, 9])))
    assert sorted(middle(each)[1] for each in found) == [24.5] * 3 + [40.5] * 3 + [56.5] * 3


def test_a_volume_has_a_feature_per_object_and_plane(tmp_path: Path) -> None:
    found = written(deep(tmp_path))
    planes = Counter(each["geometry"]["plane"]["z"] for each in found)
    assert planes == {1: 12, 2: 12, 3: 12}
    assert {each["geometry"]["plane"]["t"] for each in found} == {0}
    assert len(set(uuids(found))) == 36
    assert sum(areas(found)) == 3 * 6 * (LARGE + SMALL)


def test_a_time_series_has_its_frames(tmp_path: Path) -> None:
    found = written(series(tmp_path))
    assert Counter(each["geometry"]["plane"]["t"] for each in found) == {0: 12, 1: 12, 2: 12}
    assert len(set(uuids(found))) == 36


def test_an_image_without_objects_is_an_empty_collection(tmp_path: Path) -> None:
    flat(tmp_path).run()
    raw, probability = discs()
    write_raw(tmp_path / "new.tif", raw)
    write_map(tmp_path / "new.h5", probability * 0)
    new = ("--raw", tmp_path / "new.tif", "--prediction-map", tmp_path / "new.h5")
    project = tmp_path / "cells.objclass.h5"
    answer = objclass("batch", project, *new, "--out", tmp_path / "out", "--export", "geojson")
    assert answer.code == 0, answer.err
    assert features(tmp_path / "out/new_objects.geojson") == []


def test_a_batch_writes_a_file_per_image_with_the_options_of_the_workflow(tmp_path: Path) -> None:
    written(flat(tmp_path), "{path: o.geojson, object_type: annotation}")
    new = ("--raw", tmp_path / "raw.tif", "--prediction-map", tmp_path / "prob.h5")
    project = tmp_path / "cells.objclass.h5"
    answer = objclass("batch", project, *new, "--out", tmp_path / "out", "--export", "geojson")
    assert answer.code == 0, answer.err
    again, first = features(tmp_path / "out/raw_objects.geojson"), features(tmp_path / "o.geojson")
    assert {each["properties"]["objectType"] for each in again} == {"annotation"}
    assert uuids(again) == uuids(first)


def test_classes_keep_quotes_and_letters_of_any_script(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    text = bench.annotations.read_text(encoding="utf-8")
    bench.annotations.write_text(text.replace("small", '"µ ""klein"" 小"'), encoding="utf-8")
    names = {each["properties"]["classification"]["name"] for each in written(bench)}
    assert names == {"large", 'µ "klein" 小'}


def test_a_missing_measurement_is_left_out(tmp_path: Path) -> None:
    from objclass.io.geojson import measurement_texts

    columns = {"a": np.array([1.5, np.nan, np.inf]), "b": np.array([1, 2, 3])}
    found = measurement_texts(columns, 3).to_pylist()
    assert found == ['"a": 1.5, "b": 1', '"b": 2', '"b": 3']


def test_objects_without_a_class_have_none(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    old = "from: predicted\n    write:\n      table: results/objects.csv\n      predictions: "
    bench.edit(
        (
            f"{old}results/{{image}}_classes.tif",
            "from: nuclei\n    write:\n      geojson: o.geojson",
        )
    )
    bench.run()
    found = features(tmp_path / "o.geojson")
    assert len(found) == 12
    assert {tuple(each["properties"]) for each in found} == {("objectType", "name", "measurements")}


def test_several_images_need_a_file_each(tmp_path: Path) -> None:
    old, new = WRITE
    several(tmp_path).edit((old, f"{new}o.geojson"))
    answer = objclass("validate", tmp_path / "cells.yaml")
    assert answer.code == 2
    assert "o.geojson" in answer.err


def test_objects_of_a_coarse_level_are_refused(tmp_path: Path) -> None:
    raw, _ = discs()
    write_pyramid(tmp_path / "raw.ome.zarr", [np.kron(raw, np.ones((2, 2), np.uint8)), raw], "yx")
    bench = flat(tmp_path).edit(("path: raw.tif\n    axes: yx", "path: raw.ome.zarr\n    level: 1"))
    old, new = WRITE
    bench.edit((old, f"{new}o.geojson"))
    answer = objclass("validate", bench.file)
    assert answer.code == 2
    assert "QuPath counts pixels of the full image; got level 1 of 'raw'" in answer.err
