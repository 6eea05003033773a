"""A large volume, trained on a cut-out of it: the batch takes all of it, in memory that is said."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from terminal import Screen, typed
from written_zarr import write_pyramid

SHAPE = (24, 48, 48)
CROP = "crop: {z: [8, 24], y: [0, 24], x: [24, 48]}"
WORKFLOW = f"""\
version: 1
project: nuclei.h5
nodes:
  raw: {{kind: input, path: brain.ome.zarr, {CROP}}}
  prob:
    kind: input
    path: brain_prob.zarr
    role: prediction_map
    channels: [background, nucleus]
    {CROP}
  nuclei: {{kind: threshold, image: prob, channel: nucleus, sigma: 0, threshold: 0.5}}
  measured: {{kind: features, image: raw, objects: nuclei, measure: [size, axes]}}
  classes: {{kind: classifier, features: measured, annotations: annotations.csv}}
  result: {{kind: predict, features: measured, classifier: classes}}
"""
BATCH = (
    "batch nuclei.h5 --raw brain.ome.zarr --prediction-map brain_prob.zarr --out scratch/b1 "
    "--export table,identities --memory 48GiB --workers 16 --cache $TMPDIR --dry-run"
)


def balls() -> list[tuple[int, int, int, int]]:
    """Centres and radii, 4 and 2 in turn: 18 in all, 4 in the cut-out."""
    centers = product((4, 16), (6, 18, 40), (6, 30, 42))
    return [(*center, 4 if number % 2 else 2) for number, center in enumerate(centers)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Volume, map, workflow and annotations, whose coordinates are those of the whole."""
    z, y, x = np.ogrid[tuple(slice(n) for n in SHAPE)]
    nucleus = np.zeros(SHAPE, np.float32)
    for a, b, c, radius in balls():
        nucleus[(z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 <= radius**2] = 0.9
    raw = (nucleus * 200).astype(np.uint16)
    write_pyramid(tmp_path / "brain.ome.zarr", [raw], "zyx", chunks=(8, 16, 16))
    both = np.stack([1 - nucleus, nucleus])
    write_pyramid(tmp_path / "brain_prob.zarr", [both], "czyx", chunks=(1, 8, 16, 16))
    (tmp_path / "w.yaml").write_text(WORKFLOW)
    rows = [
        f"{a},{b},{c},{'large' if radius == 4 else 'small'}"
        for a, b, c, radius in balls()
        if a > 8 and b < 24 and c > 24
    ]
    assert len(rows) == 4
    (tmp_path / "annotations.csv").write_text("\n".join(["z,y,x,class", *rows, ""]))
    return tmp_path


def command(folder: Path, line: str) -> Screen:
    """Type a command, with a folder for its cache."""
    return typed(line.replace("$TMPDIR", str(folder / "tmp")), folder)


def test_a_batch_takes_the_whole_volume_of_which_a_cut_out_was_trained_on(folder: Path) -> None:
    trained = command(folder, "run w.yaml")
    assert trained.code == 0, trained.err
    dry = command(folder, BATCH)
    assert dry.code == 0, dry.err
    memory = next(line for line in dry.lines if line.startswith("memory: "))
    assert memory.endswith(", of 51.5 GB (--memory)")
    assert "1 image; nothing was run" in dry.lines
    done = command(folder, BATCH.replace(" --dry-run", ""))
    assert done.code == 0, done.err
    table = pd.read_csv(folder / "scratch/b1/brain_objects.csv")
    assert len(table) == len(balls())
    assert sorted(table["predicted_class"]) == ["large"] * 9 + ["small"] * 9
