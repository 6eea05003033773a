"""Options of written images act as they say, and are refused where they would not."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from commands import objclass

from workflows import SHAPE, series


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A series of three frames, in the working folder."""
    series(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str, written: str) -> tuple[int, str]:
    """Run or check with one image; nothing is learned for it."""
    sets = ("--set", "out.from=nuclei", "--set", f"out.write={{identities: {written}}}")
    answer = objclass(command, "cells.yaml", *sets)
    return answer.code, answer.err


def test_a_part_of_the_image_is_written_in_another_order_and_type_under_its_name() -> None:
    assert run("run", "whole.tif")[0] == 0
    whole = tifffile.imread("whole.tif")
    assert whole.shape == (3, *SHAPE)
    options = "dataset: volume/ids, dtype: uint16, axes: xyt, region: {t: [1, 3], y: [4, 20]}"
    assert run("run", f"{{path: a.h5, {options}}}")[0] == 0
    with h5py.File("a.h5") as file:
        found = file["volume/ids"][()]
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, whole[1:3, 4:20].transpose(2, 1, 0))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{path: a.tif, dataset: ids}", "a dataset is a place in an HDF5 file"),
        ("{path: a.tif, axes: xyt}", "a TIFF ends in yx; got xyt; remove it"),
        ("{path: a.ome.zarr, axes: xyt}", "OME-Zarr has one order of axes; got xyt; expected tyx"),
        ("{path: a.png, axes: tyx, region: {t: 1}}", "a PNG has y down and x across, whatever"),
        ("{path: a.png, dtype: float32, region: {t: 1}}", "PNG holds no fractions"),
        ("{path: a.h5, axes: yx}", "axes lacks t; got yx; expected all of tyx"),
        ("{path: a.h5, region: {z: [0, 2]}}", "the image has no axis z"),
        ("{path: a.h5, region: {t: 3}}", "the part of axis t does not lie in the image"),
        ("{path: a.h5, ome_zarr: 0.4}", "it is a version of OME-Zarr"),
        ("{path: a.h5, dtype: int7}", "write.identities.dtype"),
    ],
)
def test_an_option_that_would_not_act_is_refused_before_work(written: str, said: str) -> None:
    code, err = run("validate", written)
    assert code == 2
    assert said in err


def test_every_placeholder_of_the_manual_is_filled_in_a_path(here: Path) -> None:
    path = "'{dataset_dir}/{nickname}_{result_type}_{image}.h5'"
    assert run("run", path)[0] == 0
    assert (here / "raw_Object Identities_raw.h5").is_file()
    code, err = run("validate", "'{dataset_dir}/{nick}.h5'")
    assert (code, "no image has a name {nick}" in err) == (2, True)
