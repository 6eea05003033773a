"""Sentences about columns that say nothing: on the screen after a run, cached or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from terminal import typed

TEXT = """\
version: 1
nodes:
  raw: {{kind: input, path: "{{name}}_raw.npy", value_range: {span}, axes: {axes}}}
  cells: {{kind: input, path: "{{name}}_ids.npy", axes: {axes}, role: label_image}}
  feats: {{kind: features, image: raw, objects: cells, measure: [{measure}]}}
"""


def squares(planes: int) -> np.ndarray:
    """Nine squares of 16 voxels, in one plane or in each of several."""
    ids = np.zeros((30, 30), np.uint16)
    for k in range(9):
        y, x = 2 + 10 * (k // 3), 2 + 10 * (k % 3)
        ids[y : y + 4, x : x + 4] = k + 1
    return np.stack([ids] * planes) if planes else ids


def said(
    folder: Path, measure: str, span: str = "[0, 65535]", planes: int = 0, even: bool = False
) -> list[str]:
    """Run two images and return the sentences of the screen, the same when cached."""
    for name, low in (("a", 100), ("b", 200)):
        ids = squares(planes)
        raw = np.random.default_rng(low).integers(low, low + 3000, ids.shape).astype(np.uint16)
        np.save(folder / f"{name}_raw.npy", np.where(even, 7, raw).astype(np.uint16))
        np.save(folder / f"{name}_ids.npy", ids)
    axes = "zyx" if planes else "yx"
    (folder / "w.yaml").write_text(TEXT.format(span=span, measure=measure, axes=axes))
    screens = [typed("run w.yaml", folder) for _ in range(2)]
    assert [screen.code for screen in screens] == [0, 0]
    found = [[x.strip() for x in s.lines if x.strip().startswith("warning")] for s in screens]
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize("planes", [0, 3], ids=["2D", "3D"])
@pytest.mark.parametrize(
    ("measure", "levels"), [("texture_contrast", "1 of 16"), ("intensity_histogram", "4 of 64")]
)
def test_a_range_that_leaves_most_levels_empty(
    tmp_path: Path, measure: str, levels: str, planes: int
) -> None:
    (text,) = [t for t in said(tmp_path, measure, planes=planes) if "lie on" in t]
    assert f"lie on {levels} levels over [0, 65535]; 'value_range: [0, 4095]' fits" in text
    assert not [t for t in said(tmp_path, measure, "[0, 4095]", planes) if "lie on" in t]


def test_a_feature_that_is_equal_for_all_objects(tmp_path: Path) -> None:
    found = said(tmp_path, "size, intensity_mean")
    assert found == ["warning: equal for all 18 objects: size_voxels"]


def test_a_column_that_is_missing_for_all_objects(tmp_path: Path) -> None:
    found = said(tmp_path, "intensity_skewness, intensity_mean", even=True)
    assert found == [
        "warning: missing for all 18 objects: intensity_skewness-0",
        "warning: equal for all 18 objects: intensity_mean-0",
    ]
