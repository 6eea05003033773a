"""NaN and infinite voxels: counted, named, and never spread without a word."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from terminal import Screen, typed

from workflows import CENTERS, LARGE, SHAPE, Bench, discs, flat, write_map, write_raw

MAP = """\
version: 1
nodes:
  prob: {kind: input, path: prob.npy, role: prediction_map, axes: AXES}
  nuclei: {kind: threshold, image: prob, sigma: 1, threshold: 0.4, min_size: 0}
  save: {kind: export, from: nuclei, write: {identities: ids.tif}}
"""


def warnings(screen: Screen) -> list[str]:
    """What a run warns of."""
    lines = (line.strip() for line in screen.out.splitlines())
    return [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]


def probability() -> np.ndarray:
    """The map of the drawn discs."""
    return discs()[1]


def found(folder: Path, array: np.ndarray, axes: str = "yx") -> tuple[np.ndarray, list[str]]:
    """Find the objects of a map; return their ids and what was said."""
    np.save(folder / "prob.npy", array)
    (folder / "w.yaml").write_text(MAP.replace("AXES", axes))
    screen = typed("run w.yaml", folder)
    assert screen.code == 0, screen.err
    return tifffile.imread(folder / "ids.tif"), warnings(screen)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_a_missing_voxel_of_a_map_makes_no_hole(tmp_path: Path, dtype: type, value: float) -> None:
    complete, said = found(tmp_path, probability().astype(dtype))
    assert said == []
    holed = probability().astype(dtype)
    holed[CENTERS[0]] = value
    ids, said = found(tmp_path, holed)
    assert np.array_equal(ids, complete)
    kind = "NaN" if np.isnan(value) else "infinite"
    assert said == [f"prob.npy: 1 of 3,072 voxels missing (1 {kind})"]


def test_missing_voxels_are_counted_by_kind(tmp_path: Path) -> None:
    holed = probability()
    holed[0, :5] = np.nan
    holed[1, :3] = np.inf
    holed[2, :2] = -np.inf
    _, said = found(tmp_path, holed)
    assert said == ["prob.npy: 10 of 3,072 voxels missing (5 NaN, 5 infinite)"]


def test_frames_are_named_and_not_repeated(tmp_path: Path) -> None:
    frames = np.stack([probability()] * 8)
    for t in range(1, 7):
        frames[t, 0, :t] = np.nan
    _, said = found(tmp_path, frames, "tyx")
    assert said == [
        "prob.npy: 1 of 3,072 voxels missing (1 NaN) (image 'prob', t 1)",
        "prob.npy: 2 of 3,072 voxels missing (2 NaN) (image 'prob', t 2)",
        "prob.npy: 3 of 3,072 voxels missing (3 NaN) (image 'prob', t 3)",
        "the same, with other numbers, of image 'prob', t 4, image 'prob', t 5, image 'prob', t 6",
    ]


def test_infinite_is_nan_for_every_feature(tmp_path: Path) -> None:
    """An infinite voxel gives what a NaN gives, in every column."""
    tables = []
    for value in (np.nan, np.inf):
        folder = tmp_path / str(value)
        folder.mkdir()
        bench = flat(folder)
        raw = discs()[0].astype(np.float32)
        raw[CENTERS[0]] = value
        write_raw(folder / "raw.tif", raw)
        bench.edit(
            ("axes: yx\n  prob", "axes: yx\n    value_range: [0, 255]\n  prob"),
            ("measure: [size, intensity]", "measure: [size, intensity, texture]"),
        )
        assert typed("run cells.yaml", folder).code == 0
        tables.append(pd.read_csv(folder / "results/objects.csv"))
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert np.isnan(tables[0]["intensity_mean-0"][0])
    assert not tables[0]["intensity_mean-0"][1:].isna().any()
    assert tables[0]["size_voxels"][0] == LARGE


@pytest.mark.parametrize("more", ["", " --cache kept"])
def test_a_batch_counts_them_too(tmp_path: Path, more: str) -> None:
    bench: Bench = flat(tmp_path)
    write_raw(tmp_path / "raw.tif", discs()[0].astype(np.float32))
    bench.edit(
        ("      predictions: results/{image}_classes.tif\n", ""),
        ("measure: [size, intensity]", "measure: [size, intensity_mean]"),
    )
    assert typed("run cells.yaml", tmp_path).code == 0
    for name in ("a", "b"):
        raw, probability = discs()
        holed = raw.astype(np.float32)
        if name == "b":
            holed[8, 8:12] = np.inf
            probability = probability.copy()
            probability[3, 3] = np.nan
        write_raw(tmp_path / f"new/{name}.tif", holed)
        write_map(tmp_path / f"new/{name}.h5", probability)
    line = "batch cells.objclass.h5 --raw 'new/{name}.tif' --prediction-map 'new/{name}.h5'"
    screen = typed(f"{line} --out out{more}", tmp_path)
    assert screen.code == 0, screen.out + screen.err
    said = [text for text in screen.out.splitlines() if "missing" in text]
    assert any(re.search(r"b\.tif: 4 of 3,072 voxels missing \(4 infinite\)", s) for s in said)
    assert any("b.h5, channel nucleus: 1 of 3,072 voxels missing (1 NaN)" in s for s in said)
    assert not any("a.tif" in s or "a.h5" in s for s in said)


MASK = """\
version: 1
nodes:
  mask: {kind: input, path: mask.npy, role: ROLE}
  cells: {kind: components, image: mask}
  save: {kind: export, from: cells, write: {identities: ids.tif}}
"""


@pytest.mark.parametrize("foreground", ["1", "{above: 0.5}"])
def test_missing_voxels_of_a_mask_are_background_and_counted(
    tmp_path: Path, foreground: str
) -> None:
    holed = np.zeros((20, 30), np.float32)
    holed[4:9, 4:9] = 1.0  # 25 voxels
    holed[5, 5:8] = np.nan
    holed[6, 6] = np.inf
    holed[0, 0] = -np.inf
    np.save(tmp_path / "mask.npy", holed)
    role = f"segmentation, foreground: {foreground}"
    (tmp_path / "w.yaml").write_text(MASK.replace("ROLE", role))
    screen = typed("run w.yaml", tmp_path)
    assert screen.code == 0, screen.err
    assert warnings(screen) == ["mask.npy: 5 of 600 voxels missing (3 NaN, 2 infinite)"]
    assert (tifffile.imread(tmp_path / "ids.tif") > 0).sum() == 21


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("role", ["segmentation", "label_image"])
def test_a_missing_voxel_of_ids_is_refused_with_its_place(
    tmp_path: Path, role: str, value: float
) -> None:
    holed = np.zeros((20, 30), np.float64)
    holed[4:9, 4:9] = 1.0
    holed[3, 7] = value
    np.save(tmp_path / "mask.npy", holed)
    text = MASK.replace("ROLE", role)
    if role == "label_image":
        text = text.replace("  cells: {kind: components, image: mask}\n", "")
        text = text.replace("from: cells", "from: mask")
    (tmp_path / "w.yaml").write_text(text)
    screen = typed("run w.yaml", tmp_path)
    assert screen.code == 1
    assert f"{value:g} at y 3, x 7" in screen.err + screen.out
    assert "Traceback" not in screen.err


def test_a_mask_of_missing_voxels_only_says_what_it_holds(tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", np.full((20, 30), np.nan, np.float32))
    (tmp_path / "w.yaml").write_text(MASK.replace("ROLE", "segmentation, foreground: 1"))
    said = warnings(typed("run w.yaml", tmp_path))
    assert "no voxel of mask.npy is foreground: 1; it holds no number, only NaN or infinity" in said
    assert "mask.npy: 600 of 600 voxels missing (600 NaN)" in said


def test_a_volume_with_missing_voxels_is_the_same_by_block(tmp_path: Path) -> None:
    from objclass.data.blocks import Region
    from objclass.segmentation.smooth import gaussian, halo

    random = np.random.default_rng(3)
    volume = random.random((20, 40, 30), np.float32)
    volume[random.random(volume.shape) < 0.02] = np.nan
    volume[5:12, 10:20, 10:20] = np.nan
    sigma = (0.8, 1.5, 1.0)
    whole = gaussian(volume, sigma)
    assert np.isnan(whole).any()
    for start, stop in (((0, 0, 0), (9, 17, 30)), ((9, 17, 4), (20, 40, 21))):
        region = Region(start, stop)
        around = region.grown(halo(sigma), volume.shape)
        part = gaussian(volume[around.slices], sigma)[region.within(around)]
        assert part.tobytes() == whole[region.slices].tobytes()


def test_shapes_without_missing_voxels_are_those_of_before(tmp_path: Path) -> None:
    ids, _ = found(tmp_path, probability())
    assert ids.shape == SHAPE
    assert len(np.unique(ids)) == 13
