"""CPU seconds of tables and of regions; run with ``-m benchmark``."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from objclass.io.formats import open_reader
from objclass.io.tables import write_table
from objclass.io.write import write_image

pytestmark = pytest.mark.benchmark


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize(("suffix", "most"), [("csv", 20), ("parquet", 4)])
def test_a_million_rows_of_sixty_columns_are_written_in_seconds(
    tmp_path: Path, suffix: str, most: float
) -> None:
    rng = np.random.default_rng(0)
    rows = 200_000
    columns: dict[str, object] = {
        f"c{i}": rng.normal(size=rows) * 10.0 ** rng.integers(-3, 4) for i in range(57)
    }
    columns |= {
        "image": ["P1_A03"] * rows,
        "object": np.arange(rows),
        "class": ["a", "b"] * 100_000,
    }
    path = tmp_path / f"a.{suffix}"
    spent = cpu_seconds(lambda: write_table(path, columns)) * 1e6 / rows  # type: ignore[arg-type]
    print(f"\n{suffix}, 1,000,000 x 60: {spent:.1f} CPU s")
    assert spent <= most


@pytest.mark.parametrize("suffix", ["h5", "tif", "npy"])
def test_a_small_region_costs_a_small_part(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (128, 256, 256)).astype(np.uint8)
    path = tmp_path / f"a.{suffix}"
    write_image(path, noise, "zyx")

    def read(*index: slice) -> None:
        reader = open_reader(path)
        reader.read(index)
        reader.close()

    read(slice(0, 1), slice(0, 1), slice(0, 1))
    whole = min(cpu_seconds(lambda: read(*(slice(0, n) for n in noise.shape))) for _ in range(3))
    part = min(
        cpu_seconds(lambda: read(slice(60, 64), slice(0, 64), slice(0, 64))) for _ in range(3)
    )
    print(f"\n{suffix}: whole {whole:.4f}, region {part:.4f} CPU s")
    assert part < max(whole / 2, 0.005)
