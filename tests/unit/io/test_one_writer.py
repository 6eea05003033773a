"""One writer per chunk, shard or file: what two write at the same time is lost silently.

The store is written by blocks of whole chunks. A file of one format or another has one writer by
construction: each writes a new file beside it, which takes its place when it is whole. The
shards of OME-Zarr are in ``test_zarr_write.py``.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st

from objclass.io.formats import describe, open_reader
from objclass.segmentation.cutting import Blocks

PRIMES = st.sampled_from([1, 2, 3, 5, 7, 11, 13])
LENGTHS = st.sampled_from([1, 2, 17, 19, 23, 29, 31])


def together(script: str, *words: str) -> None:
    """Run a script in two processes, which are told apart by their number."""
    commands = ([sys.executable, "-c", script, *words, str(n)] for n in range(2))
    running = [subprocess.Popen(command) for command in commands]
    assert [each.wait(120) for each in running] == [0, 0]


@given(st.data(), st.sampled_from([2, 3]))
def test_blocks_of_any_size_share_no_chunk(data: st.DataObject, dimensions: int) -> None:
    def drawn(values: st.SearchStrategy[int]) -> tuple[int, ...]:
        return tuple(data.draw(values) for _ in range(dimensions))

    shape, block, chunk = drawn(LENGTHS), drawn(PRIMES), drawn(PRIMES)
    writers = np.zeros(tuple(-(-n // c) for n, c in zip(shape, chunk, strict=True)), int)
    for region in Blocks(shape, block, chunk).regions:
        low = (a // c for a, c in zip(region.start, chunk, strict=True))
        high = (-(-b // c) for b, c in zip(region.stop, chunk, strict=True))
        writers[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] += 1
    assert (writers == 1).all()


BY_BLOCK = """
import sys, numpy as np, zarr
from objclass.segmentation.cutting import Blocks
folder, mine = sys.argv[1], int(sys.argv[2])
array = zarr.open_array(folder, mode="r+")
numbers = np.arange(array.size, dtype=array.dtype).reshape(array.shape)
for number, region in enumerate(Blocks(array.shape, (7, 11), array.chunks).regions):
    if number % 2 == mine:
        array[region.slices] = numbers[region.slices]
"""


def test_two_processes_that_share_the_blocks_of_an_image_lose_no_voxel(tmp_path: Path) -> None:
    """Chunks of 3 by 5, blocks of 7 by 11, lengths of 97 and 101: all prime to each other."""
    folder = str(tmp_path / "a.zarr")
    zarr.create_array(folder, shape=(97, 101), chunks=(3, 5), dtype="uint32")
    together(BY_BLOCK, folder)
    found = np.asarray(zarr.open_array(folder, mode="r")[...])
    assert found.tolist() == np.arange(97 * 101).reshape(97, 101).tolist()


WHOLE = """
import sys, numpy as np
from pathlib import Path
from objclass.io.write import write_image
path, mine = Path(sys.argv[1]), int(sys.argv[2])
for _ in range(5):
    write_image(path, np.full((97, 101), mine + 1, np.uint8), "yx")
"""


@pytest.mark.parametrize("suffix", ["h5", "tif", "npy", "png"])
def test_a_file_that_two_processes_write_is_that_of_one_of_them(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    together(WHOLE, str(path))
    with closing(open_reader(path)) as reader:
        found = reader.read(tuple(slice(0, n) for n in describe(path).shape))
    assert sorted({int(value) for value in np.unique(found)}) in ([1], [2])
    assert found.size == 97 * 101
    assert list(tmp_path.iterdir()) == [path]
