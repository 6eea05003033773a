"""A project on arrays in memory finds what the batch finds in files with the same voxels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile

import objclass
from objclass.errors import InputError
from workflows import Bench, deep, discs, flat, series, sparse_ids, volume


def probabilities(plane: np.ndarray) -> np.ndarray:
    """A prediction map with the channels background and nucleus, last axis."""
    return np.stack([1 - plane, plane], -1).astype(np.float32)


def project(bench: Bench) -> objclass.Project:
    """The project of a workflow that ran."""
    bench.run()
    return objclass.Project.open(bench.folder / "cells.objclass.h5")


def from_batch(folder: Path, **roles: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The table and the label image that the batch writes of files."""
    request = objclass.BatchRequest(
        folder / "cells.objclass.h5",
        folder / "batch",
        roles={role: str(folder / path) for role, path in roles.items()},
        export=("table", "identities"),
        table_format=".parquet",
        image_format=".h5",
    )
    (done,) = objclass.prepare_batch(request).run()
    assert not done.failed, done.problems
    by_suffix = {path.suffix: path for path in done.files}
    with h5py.File(by_suffix[".h5"]) as file:
        return pd.read_parquet(by_suffix[".parquet"]), file["exported_data"][...]


def assert_same(found: objclass.ImagePrediction, of_files: tuple[pd.DataFrame, np.ndarray]) -> None:
    """All values but the name of the image are the same."""
    table, labels = of_files
    pd.testing.assert_frame_equal(
        found.table.drop(columns="image"), table.drop(columns="image"), check_exact=True
    )
    assert np.array_equal(found.labels, labels)
    assert len(found.table) == 12


def test_a_plane_is_classified_as_its_files_are(tmp_path: Path) -> None:
    trained = project(flat(tmp_path))
    raw, probability = discs()
    found = trained.predict(raw=raw, prediction_map=probabilities(probability))
    assert_same(found, from_batch(tmp_path, raw="raw.tif", prediction_map="prob.h5"))
    assert found.classes == ("large", "small") == trained.classes["classes"]
    assert (found.axes, found.labels.dtype) == ("yx", np.uint32)
    assert found.probabilities.shape == (12, 2)
    assert np.allclose(found.probabilities.sum(axis=1), 1)
    assert set(found.table["image"]) == {"image"}


def test_a_volume_is_classified_as_its_files_are(tmp_path: Path) -> None:
    trained = project(deep(tmp_path))
    raw, probability = volume()
    found = trained.predict(raw=raw, prediction_map=probabilities(probability))
    assert_same(found, from_batch(tmp_path, raw="raw.tif", prediction_map="prob.h5"))
    assert found.axes == "zyx"


def test_frames_are_classified_as_their_file_is(tmp_path: Path) -> None:
    trained = project(series(tmp_path, 2))
    raw = tifffile.imread(tmp_path / "raw.tif")
    with h5py.File(tmp_path / "prob.h5") as file:
        prob = file["exported_data"][...]
    found = trained.predict(raw=raw, prediction_map=prob)
    table, labels = from_batch(tmp_path, raw="raw.tif", prediction_map="prob.h5")
    assert np.array_equal(found.labels, labels)
    assert len(found.table) == len(table) == 24
    assert found.axes == "tyx"


def test_axes_in_another_order_give_the_same_objects(tmp_path: Path) -> None:
    trained = project(flat(tmp_path))
    raw, probability = discs()
    here = trained.predict(raw=raw, prediction_map=probabilities(probability))
    first = np.ascontiguousarray(np.moveaxis(probabilities(probability), -1, 0))
    there = trained.predict(raw=raw, prediction_map=first, axes={"prediction_map": "cyx"})
    pd.testing.assert_frame_equal(here.table, there.table, check_exact=True)
    turned = trained.predict(
        raw=raw.T, prediction_map=first.swapaxes(1, 2), axes={"raw": "xy", "prob": "cxy"}
    )
    pd.testing.assert_frame_equal(here.table, turned.table, check_exact=True)


def test_several_channels_are_measured_as_those_of_the_file(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    raw, probability = discs()
    both = np.stack([raw, 255 - raw])
    tifffile.imwrite(tmp_path / "raw.tif", both, photometric="minisblack", metadata={"axes": "CYX"})
    trained = project(bench.edit(("path: raw.tif\n    axes: yx", "path: raw.tif\n    axes: cyx")))
    found = trained.predict(raw=both, prediction_map=probabilities(probability))
    assert_same(found, from_batch(tmp_path, raw="raw.tif", prediction_map="prob.h5"))
    assert {"intensity_mean-0", "intensity_mean-1"} <= set(found.table.columns)


def test_a_label_image_keeps_its_ids(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    tifffile.imwrite(tmp_path / "cells.tif", sparse_ids())
    text = bench.text
    start, stop = text.index("  prob:"), text.index("  measured:")
    cells = "  nuclei:\n    kind: input\n    path: cells.tif\n    axes: yx\n    role: label_image\n"
    trained = project(bench.edit((text[start:stop], cells)))
    found = trained.predict(raw=discs()[0], label_image=sparse_ids())
    assert_same(found, from_batch(tmp_path, raw="raw.tif", label_image="cells.tif"))
    assert found.table["object"].tolist() == [5 + 1000 * k for k in range(12)]
    assert np.array_equal(found.labels, sparse_ids())


def test_the_size_of_a_voxel_counts(tmp_path: Path) -> None:
    trained = project(flat(tmp_path))
    raw, probability = discs()
    pair: dict[str, Any] = {"raw": raw, "prediction_map": probabilities(probability)}
    found = trained.predict(**pair, pixel_size={"y": 0.5, "x": 0.5})
    assert found.table["object"].tolist() == list(range(1, 13))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"raw": "raw.tif"}, "raw is an array; got str; expected a numpy array"),
        ({"raw": None}, "no array for the input 'raw'"),
        ({"label_image": np.zeros((4, 4), np.uint8)}, "label_image: the project has no such input"),
        ({"axes": {"prediction_map": "yx"}}, "the array of 'prob' has other axes than yx"),
        ({"axes": {"prab": "yxc"}}, "did you mean prob?"),
        ({"axes": {"raw": "yy"}}, "expected letters of tczyx"),
        ({"pixel_size": 0.5}, "expected a length for x, y"),
        ({"pixel_size": {"y": 0.5, "x": -1.0}}, "expected lengths above 0"),
        ({"raw": np.zeros((9, 9), np.uint8)}, "shapes differ; got 'raw' is 9 x 9 (yx)"),
        ({"sets": "nuclei.threshold=0.4"}, "sets is a list"),
        ({"result": "nobody"}, "no result is called 'nobody'; expected predicted"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    trained = project(flat(tmp_path))
    raw, probability = discs()
    pair: dict[str, Any] = {"raw": raw, "prediction_map": probabilities(probability)}
    with pytest.raises(objclass.ObjclassError) as refused:
        trained.predict(**{**pair, **change})
    assert said in str(refused.value)
    assert "objclass-" not in str(refused.value)


def test_texts_are_taken_for_paths_and_refused_for_lists(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    bench.run()
    file, out = str(tmp_path / "cells.objclass.h5"), str(tmp_path / "out")
    roles = {"raw": str(tmp_path / "raw.tif"), "prediction_map": str(tmp_path / "prob.h5")}
    given: dict[str, Any] = {"project": file, "out": out, "roles": roles}
    (done,) = objclass.prepare_batch(objclass.BatchRequest(**given)).run()
    assert done.objects == 12
    assert objclass.Request(cache=str(tmp_path)).cache == tmp_path  # type: ignore[arg-type]
    for wrong in ({"project": 7}, {"out": [out]}, {"cache": ""}):
        with pytest.raises(InputError, match="is a path"):
            objclass.BatchRequest(**{**given, **wrong})
    for name in ("export", "sets", "plugins", "shared", "only"):
        with pytest.raises(InputError, match=f"{name} is a list"):
            objclass.BatchRequest(**given, **{name: "table"})
    for name in ("sets", "force"):
        with pytest.raises(InputError, match=f"{name} is a list"):
            objclass.Request(**{name: "a.b=1"})
