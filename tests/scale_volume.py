"""A volume of 10,000 balls in chunked files, and what a command spends on it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

EDGE = 512
BALLS = 10_000
RADII = (3, 8)
CHUNK = 64
MB = 10**6


@dataclass(frozen=True)
class Spent:
    """What a process and its children spent: CPU seconds, and the most memory of one of them."""

    seconds: float
    memory: int

    def rate(self, voxels: int) -> float:
        """Return the million voxels that a CPU second did."""
        return voxels / 1e6 / self.seconds


def spend(line: list[str], folder: Path) -> Spent:
    """Run a command in a process of its own; raise with what it said where it fails."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment |= {"PYTHONPYCACHEPREFIX": str(folder.parent / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    said = folder / "said.txt"
    with said.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            line, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said.read_text(encoding="utf-8")
    return Spent(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def ours(*words: str) -> list[str]:
    """Return the command line of objclass."""
    return [sys.executable, "-m", "objclass", *words]


def balls(edge: int = EDGE, number: int = BALLS) -> np.ndarray:
    """Return a map, 240 within balls of a radius of 3 to 7 voxels; some touch."""
    drawn, random = np.zeros((edge,) * 3, np.uint8), np.random.default_rng(0)
    for _ in range(number):
        radius = int(random.integers(*RADII))
        low = random.integers(0, edge - 2 * radius, 3)
        z, y, x = np.ogrid[(slice(-radius, radius + 1),) * 3]
        box = drawn[tuple(slice(a, a + 2 * radius + 1) for a in low)]
        cut = tuple(slice(0, n) for n in box.shape)
        box[(z * z + y * y + x * x <= radius * radius)[cut]] = 240
    return drawn


def write_files(folder: Path, edge: int = EDGE, number: int = BALLS) -> None:
    """Write ``mask``, ``map`` and ``raw`` into HDF5, and the mask as Zarr; chunks of 64³."""
    import zarr
    from zarr.codecs import ZstdCodec

    drawn, random = balls(edge, number), np.random.default_rng(1)
    shape, chunks = drawn.shape, (CHUNK,) * 3
    raw = drawn // 2 + random.integers(0, 60, shape, np.uint8)
    with h5py.File(folder / "volume.h5", "w") as file:
        for name, values in (("mask", (drawn > 0).view(np.uint8)), ("map", drawn), ("raw", raw)):
            file.create_dataset(name, data=values, chunks=chunks, compression=1)
    array = zarr.create_array(
        str(folder / "mask.zarr"),
        shape=shape,
        chunks=chunks,
        dtype="uint8",
        compressors=[ZstdCodec(level=1)],
    )
    array[:] = (drawn > 0).view(np.uint8)
