"""Volumes of balls, a project trained on a small one, and the most memory of a batch."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path
from time import sleep

import h5py
import numpy as np
import psutil

from objclass.run import prepare

EDGE = 64
"""A volume is this cube again and again."""
CENTERS = range(12, EDGE, 20)
BALLS = len(CENTERS) ** 3
"""In one cube, none of them at its faces."""

TEXT = """\
version: 1
nodes:
  raw: {kind: input, path: small.h5/raw, axes: zyx}
  map: {kind: input, path: small.h5/map, axes: zyx, role: prediction_map, value_range: [0, 255]}
  balls: {kind: threshold, image: map, sigma: 1.0, threshold: 0.5}
  measured: {kind: features, image: raw, objects: balls, measure: [size, axes, intensity]}
  classes: {kind: classifier, features: measured, annotations: annotations.csv}
  predicted: {kind: blockwise, features: measured, classifier: classes, block: 128}
  save:
    kind: export
    from: predicted
    write: {table: table.csv, predictions: classes.h5}
"""


def cube() -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    """Draw balls of radius 4 and 7 in turn; return them and their centres and radii."""
    drawn = np.zeros((EDGE,) * 3, np.uint8)
    z, y, x = np.ogrid[:EDGE, :EDGE, :EDGE]
    balls = []
    for number, (a, b, c) in enumerate(product(CENTERS, repeat=3)):
        radius = 7 if number % 2 else 4
        drawn[(z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 <= radius**2] = 240
        balls.append((a, b, c, radius))
    return drawn, balls


def write_volume(path: Path, cubes: tuple[int, int, int]) -> None:
    """Write a map and a raw image of so many cubes, chunked and compressed, a layer at a time."""
    drawn, _ = cube()
    layer = np.tile(drawn, (1, *cubes[1:]))
    noise = np.random.default_rng(0).integers(0, 60, layer.shape, np.uint8)
    with h5py.File(path, "w") as file:
        for name, values in (("map", layer), ("raw", layer // 2 + noise)):
            shape = (cubes[0] * EDGE, *layer.shape[1:])
            data = file.create_dataset(name, shape, "u1", chunks=(EDGE,) * 3, compression=1)
            for start in range(0, shape[0], EDGE):
                data[start : start + EDGE] = values


def trained(folder: Path) -> Path:
    """Train on a volume of one cube and return the project."""
    write_volume(folder / "small.h5", (1, 1, 1))
    (folder / "w.yaml").write_text(TEXT)
    said = [f"{a},{b},{c},{'large' if r == 7 else 'small'}" for a, b, c, r in cube()[1]]
    (folder / "annotations.csv").write_text("\n".join(["z,y,x,class", *said, ""]))
    assert {each.status for each in prepare(folder / "w.yaml").run()} == {"ran"}
    return folder / "w.objclass.h5"


def batch_peak(project: Path, volume: Path, *options: str) -> tuple[int, str]:
    """Classify a volume in a process of its own.

    Returns the most bytes that it had resident, file pages included, and what it printed.
    """
    inputs = [f"--input=raw={volume}/raw", f"--input=map={volume}/map"]
    where = f"--out={volume.with_suffix('')}"
    command = [sys.executable, "-m", "objclass", "batch", str(project), *inputs, where]
    with subprocess.Popen(
        [*command, "--workers=1", *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        most, seen = 0, psutil.Process(process.pid)
        while process.poll() is None:
            try:
                most = max(most, seen.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            sleep(0.01)
        assert process.stdout is not None
        said = process.stdout.read().decode()
    assert process.returncode == 0, said
    return most, said
