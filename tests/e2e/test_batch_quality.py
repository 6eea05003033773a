"""A batch names images that cannot be trusted: empty, saturated, blurred, with too few objects."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter
from terminal import Screen, typed

from workflows import CENTERS, discs, flat, write_map, write_raw

LINE = "batch cells.objclass.h5 --raw 'new/{name}.tif' --prediction-map 'new/{name}.h5' --out out"


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Screen]:
    """Ten images: g is blurred, h saturated, i has no objects, j two."""
    folder = tmp_path_factory.mktemp("quality")
    flat(folder)
    assert typed("run cells.yaml", folder).code == 0
    for number, name in enumerate("abcdefghij"):
        raw, probability = discs(number)
        left = {"i": 0, "j": 2}.get(name, 12 - number % 3)
        for y, x in CENTERS[left:]:
            probability[y - 7 : y + 8, x - 7 : x + 8] = 0.05
        if name == "g":
            raw = gaussian_filter(raw, 4)
        if name == "h":
            raw[:3] = 255
        write_raw(folder / f"new/{name}.tif", raw)
        write_map(folder / f"new/{name}.h5", probability)
    screen = typed(LINE, folder)
    assert screen.code == 0, screen.err
    return folder, screen


def test_the_summary_says_what_stands_out(batch: tuple[Path, Screen]) -> None:
    summary = pd.read_csv(batch[0] / "out/summary.csv", keep_default_na=False).set_index("image")
    said = {name: text for name, text in summary["quality"].items() if text}
    assert said.keys() == {"g", "h", "i", "j"}
    assert said["g"].startswith("out of focus (z -")
    assert said["h"] == "6.2 % saturated"
    assert said["i"] == "no objects"
    assert said["j"].startswith("few objects (z -")
    assert float(summary.loc["h", "saturated"]) == 6.25
    assert float(summary.loc["a", "saturated"]) == 0


def test_one_line_names_them(batch: tuple[Path, Screen]) -> None:
    (line,) = [line for line in batch[1].lines if line.startswith("quality: ")]
    assert line.startswith("quality: 4 of 10 images stand out: ")
    assert line.endswith(" and 1 more; see the summary")


def test_programs_read_what_stands_out_and_a_resumed_batch_says_the_same(
    batch: tuple[Path, Screen],
) -> None:
    before = (batch[0] / "out/summary.csv").read_bytes()
    found = json.loads(typed("batch --resume out --json", batch[0]).out)
    assert found["stands_out"]["i"] == "no objects"
    assert (batch[0] / "out/summary.csv").read_bytes() == before


def test_planes_of_a_volume_are_judged_evenly_spaced() -> None:
    from objclass.batch.quality import MOST, _spaced

    assert _spaced(range(10)) == list(range(10))
    assert len(_spaced(range(800))) == MOST
    assert _spaced(range(800))[:2] == [25, 75]
    assert np.diff(_spaced(range(33))).tolist() == [3] * 10
