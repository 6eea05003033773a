"""One worker against two: wall time, CPU seconds and memory of a plate and of a volume by block.

``pytest -m benchmark -n 0 -s tests/benchmarks/test_workers_speed.py`` takes two to five minutes on
two processors, which should have nothing else to do: it says how much they had. Each round runs
both, in turn first. Figures: docs/benchmarks.md.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median

import h5py
import numpy as np
import psutil
import pytest
import tifffile
from memory_peak import trained, write_volume
from scale_volume import MB, ours

from objclass.run import prepare

pytestmark = pytest.mark.benchmark

IMAGES = 192
EDGE = 1024
GRID = 32
"""Objects along each axis of an image; they lie 32 voxels apart."""
ROUNDS = 3
WANTED = 1.7
"""How many times as fast two workers should be."""

TEXT = """\
version: 1
nodes:
  raw: {kind: input, path: new/0.tif, axes: yx}
  map: {kind: input, path: new/0.h5/map, axes: yx, role: prediction_map, value_range: [0, 255]}
  discs: {kind: threshold, image: map, sigma: 1.0, threshold: 0.5}
  measured:
    kind: features
    image: raw
    objects: discs
    measure: [size, axes, intensity, hull, texture]
  classes: {kind: classifier, features: measured, annotations: annotations.csv}
  predicted: {kind: predict, features: measured, classifier: classes}
  save:
    kind: export
    from: predicted
    write: {table: table.csv, predictions: classes.tif}
"""


@dataclass(frozen=True)
class Ran:
    """What a command took: seconds on the clock and of processors, and memory in bytes.

    `largest` is the most that one of its processes had resident; `together` the most that all
    had at a time, shared pages counted once.
    """

    wall: float
    cpu: float
    largest: int
    together: int

    def __str__(self) -> str:
        memory = f"{self.largest / MB:.0f} MB at most, {self.together / MB:.0f} MB together"
        return f"{self.wall:.1f} s wall, {self.cpu:.1f} CPU s, {memory}"


def run(folder: Path, *words: str) -> Ran:
    """Run a command in a process of its own, and look at its memory three times a second."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    said = folder / "said.txt"
    begun, largest, together = time.monotonic(), 0, 0
    with said.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            ours(*words), cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    seen = psutil.Process(process.pid)
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        found = resident(seen)  # not what wait4 says: that counts this process before the command
        largest = max([largest, *(rss for rss, _ in found)])
        together = max(together, sum(pss for _, pss in found))
        time.sleep(0.3)
    wall, used = time.monotonic() - begun, ended[2]
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    assert process.returncode == 0, said.read_text(encoding="utf-8")
    return Ran(wall, used.ru_utime + used.ru_stime, largest, together)


def resident(process: psutil.Process) -> list[tuple[int, int]]:
    """Return the bytes of a process and its children: all, and with shared pages divided."""
    found = []
    try:
        for each in [process, *process.children(recursive=True)]:
            info = each.memory_full_info()
            found.append((info.rss, info.pss))
    except psutil.Error:  # one ended just now
        pass
    return found


def compared(what: str, folder: Path, *words: str) -> float:
    """Run a batch with one worker and with two; print what each took, return how much faster."""
    found: dict[int, list[Ran]] = {1: [], 2: []}
    for number in range(ROUNDS):
        for workers in (1, 2) if number % 2 == 0 else (2, 1):
            out = folder / f"out{workers}"
            shutil.rmtree(out, ignore_errors=True)
            load = os.getloadavg()[0]
            ran = run(folder, *words, f"--out={out}", f"--workers={workers}")
            found[workers].append(ran)
            print(f"{what}, {workers} of 2 workers: {ran} (load {load:.1f})")
    assert files(folder / "out1") == files(folder / "out2")
    one, two = (found[number] for number in (1, 2))
    ratios = sorted(a.wall / b.wall for a, b in zip(one, two, strict=True))
    for name in ("wall", "cpu", "largest", "together"):
        medians = [median(getattr(each, name) for each in runs) for runs in (one, two)]
        scale, unit = (MB, "MB") if name in ("largest", "together") else (1, "s")
        print(f"{what}, {name}: {medians[0] / scale:.1f} and {medians[1] / scale:.1f} {unit}")
    said = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"{what}: two workers are {median(ratios):.2f} times as fast as one ({said})")
    return median(ratios)


def files(folder: Path) -> dict[str, bytes]:
    """Return what a batch wrote for people."""
    found = [path for path in folder.rglob("*") if path.is_file() and ".batch" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def write_image(folder: Path, number: int) -> None:
    """Write an image of 1,024 discs with a radius of 4 to 10 voxels, its map and noise."""
    random = np.random.default_rng(number)
    drawn = np.zeros((EDGE, EDGE), np.uint8)
    y, x = np.ogrid[-16:16, -16:16]
    for (a, b), radius in zip(product(range(GRID), repeat=2), radii(number), strict=True):
        box = drawn[32 * a : 32 * a + 32, 32 * b : 32 * b + 32]
        box[y * y + x * x <= radius * radius] = 240
    raw = drawn // 2 + random.integers(0, 60, drawn.shape, np.uint8)
    tifffile.imwrite(folder / f"{number}.tif", raw, compression="zlib")
    with h5py.File(folder / f"{number}.h5", "w") as file:
        file.create_dataset("map", data=drawn, chunks=(256, 256), compression=1)


def radii(number: int) -> np.ndarray:
    return np.random.default_rng(1000 + number).integers(4, 11, GRID * GRID)


def trained_on_one_image(folder: Path) -> Path:
    """Say of 40 discs which are large, and return the project."""
    (folder / "new").mkdir()
    write_image(folder / "new", 0)
    (folder / "w.yaml").write_text(TEXT)
    places = list(product(range(GRID), repeat=2))[:40]
    said = [
        f"{32 * a + 16},{32 * b + 16},{'large' if radius > 7 else 'small'}"
        for (a, b), radius in zip(places, radii(0), strict=False)
    ]
    (folder / "annotations.csv").write_text("\n".join(["y,x,class", *said, ""]))
    assert {each.status for each in prepare(folder / "w.yaml").run()} == {"ran"}
    return folder / "w.objclass.h5"


def test_two_workers_on_many_images(tmp_path: Path) -> None:
    project = trained_on_one_image(tmp_path)
    for number in range(1, IMAGES):
        write_image(tmp_path / "new", number)
    inputs = ["--input=raw=new/{name}.tif", "--input=map=new/{name}.h5/map"]
    line = ["batch", str(project), *inputs]
    run(tmp_path, *line, "--only=name=1", "--out=compiled", "--workers=1")
    what = f"{IMAGES} images of {EDGE}² with {GRID * GRID} objects"
    assert compared(what, tmp_path, *line) > 0.7 * WANTED


def test_two_workers_on_a_volume_by_block(tmp_path: Path) -> None:
    project = trained(tmp_path)
    write_volume(tmp_path / "small.h5", (4, 4, 2))
    write_volume(tmp_path / "volume.h5", (8, 8, 8))
    small, large = (
        ["batch", str(project), f"--input=raw={name}.h5/raw", f"--input=map={name}.h5/map"]
        for name in ("small", "volume")
    )
    run(tmp_path, *small, "--out=compiled", "--workers=1")
    assert compared("512³ by block of 128³", tmp_path, *large) > 0.7 * WANTED
