"""Parts of memory maps are copied, and what was looked at is let go of."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from objclass.io import mapped_array
from objclass.io.mapped_array import MappedArray


@pytest.mark.parametrize(
    "index", [(slice(None), 3), (slice(2, 2), slice(0, 4)), (slice(1, 4), slice(5, 0, -2)), (2, 2)]
)
@pytest.mark.parametrize("most", [0, 1 << 30])
def test_a_part_is_that_of_the_array_and_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: tuple[slice | int, ...], most: int
) -> None:
    monkeypatch.setattr(mapped_array, "MOST_HELD", most)
    plain = np.arange(60, dtype=np.int32).reshape(6, 10)
    path = tmp_path / "a.npy"
    np.save(path, plain)
    mapped = MappedArray(np.load(path, mmap_mode="r"))
    found = [mapped.read(index) for _ in range(3)]
    for each in found:
        np.testing.assert_array_equal(each, plain[index])
        assert not isinstance(each, np.memmap)
        assert each.flags.c_contiguous
        each[...] = 0
    np.testing.assert_array_equal(np.load(path), plain)


def held(path: Path) -> int:
    """Bytes of a file that count as memory of this process."""
    text = Path("/proc/self/smaps").read_text()
    parts = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", text, flags=re.M)
    sizes = (re.search(r"Rss:\s+(\d+)", part) for part in parts if str(path) in part)
    return sum(int(size[1]) * 1024 for size in sizes if size)


@pytest.mark.skipif(sys.platform != "linux", reason="tells what a map holds")
def test_a_file_that_is_read_from_end_to_end_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.ones((64, 1 << 15)))  # 16 MB
    monkeypatch.setattr(mapped_array, "MOST_HELD", 1 << 20)
    mapped = MappedArray(np.load(path, mmap_mode="r"))
    for row in range(64):
        mapped.read((row, slice(None)))
    assert held(path) < 4 << 20
