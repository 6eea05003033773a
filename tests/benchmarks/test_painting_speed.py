"""CPU seconds of painting values back, as ratios within one run."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

from objclass.painting import default_colors, overlay, paint

pytestmark = pytest.mark.benchmark


def cpu(work: Callable[[], object], repeats: int = 5) -> float:
    """Smallest CPU time of a call, in seconds."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def discs(size: int = 4096, pitch: int = 34) -> np.ndarray:
    """About 14,000 round objects, 40 % of the image."""
    y, x = np.mgrid[0:size, 0:size].astype(np.int32)
    inside = (y % pitch - pitch // 2) ** 2 + (x % pitch - pitch // 2) ** 2 < (0.36 * pitch) ** 2
    number = y // pitch * (size // pitch + 1) + x // pitch + 1
    return np.where(inside, number, 0).astype(np.uint32)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_painting_is_three_times_as_fast_as_fancy_indexing(dtype: str) -> None:
    labels = discs()
    ids = np.unique(labels)[1:].astype(np.uint64)
    values = (np.arange(len(ids)) % 5 + 1).astype(dtype)
    table = np.zeros(int(ids[-1]) + 1, dtype)
    table[ids.astype(np.intp)] = values
    out = np.empty(labels.shape, dtype)
    paint(labels, ids, values, out=out)
    assert np.array_equal(out, table[labels])
    theirs = cpu(lambda: table[labels])
    ours = cpu(lambda: paint(labels, ids, values))
    chunk = cpu(lambda: paint(labels, ids, values, out=out))
    rate = labels.size / 1e6
    print(
        f"{dtype}: numpy {rate / theirs:.0f} Mvoxel/s, ours {rate / ours:.0f}, "
        f"into a given array {rate / chunk:.0f}"
    )
    assert chunk * 3 <= theirs


def test_an_overlay_of_a_large_image_takes_seconds() -> None:
    labels = discs()
    ids = np.unique(labels)[1:].astype(np.uint64)
    code = (np.arange(len(ids)) % 2 + 1).astype(np.uint8)
    raw = [(labels % 251).astype(np.uint16)]
    one = lambda: overlay(raw, labels, ids, code, ("a", "b"), default_colors(2))
    one()
    seconds = cpu(one, repeats=1)
    print(f"overlay 4096²: {seconds:.2f} s")
    assert seconds <= 4
