"""Reads that cut the same chunk of a stored array decode it once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from objclass.data.blocks import CHUNKS, Region, tiles
from objclass.engine import decoded as decoded_chunks
from objclass.engine.decoded import DecodedChunks

MOST = 16
IMAGE = np.arange(30 * 70).reshape(30, 70).astype(np.uint16)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> tuple[DecodedChunks, list[Region]]:
    """Chunks of 10 by 10 voxels of an image of 30 by 70, and what is decoded of them."""
    monkeypatch.setitem(CHUNKS, 2, (10, 10))
    monkeypatch.setattr(decoded_chunks, "MOST_CHUNKS", MOST)
    decoded: list[Region] = []

    def decode(region: Region) -> np.ndarray:
        decoded.append(region)
        return IMAGE[region.slices]

    return DecodedChunks(IMAGE.shape, IMAGE.dtype, decode), decoded


Reading = tuple[DecodedChunks, list[Region]]


def test_blocks_inside_one_chunk_decode_it_once(reading: Reading) -> None:
    chunks, decoded = reading
    for block in tiles((10, 10), (3, 4)):
        np.testing.assert_array_equal(chunks.read(block), IMAGE[block.slices])
    assert decoded == [Region((0, 0), (10, 10))]


def test_context_around_a_block_is_decoded_once_for_all_blocks(reading: Reading) -> None:
    """Two rows of chunks fit, so that each of the 21 chunks is decoded once."""
    chunks, decoded = reading
    for block in tiles(IMAGE.shape, (5, 10)):
        outer = block.grown((2, 2), IMAGE.shape)
        np.testing.assert_array_equal(chunks.read(outer), IMAGE[outer.slices])
    assert len(decoded) == len(set(decoded)) == 21


def test_whole_chunks_are_decoded_at_once_and_not_kept(reading: Reading) -> None:
    chunks, decoded = reading
    whole = Region((0, 0), (30, 70))
    for _ in range(2):
        np.testing.assert_array_equal(chunks.read(whole), IMAGE)
    assert decoded == [whole, whole]


def test_no_more_than_the_last_chunks_are_kept(reading: Reading) -> None:
    chunks, decoded = reading
    corners = [
        Region(tile.start, tuple(a + 1 for a in tile.start)) for tile in tiles((30, 70), (10, 10))
    ]
    for corner in [*corners, corners[-MOST], corners[0]]:
        chunks.read(corner)
    assert len(decoded) == len(corners) + 1


def test_what_is_read_may_be_changed(reading: Reading) -> None:
    chunks, _ = reading
    part = Region((0, 0), (10, 10))
    chunks.read(part)[:] = 0
    np.testing.assert_array_equal(chunks.read(part), IMAGE[part.slices])


def test_an_empty_region_decodes_nothing(reading: Reading) -> None:
    chunks, decoded = reading
    assert chunks.read(Region((4, 4), (4, 9))).shape == (0, 5)
    assert all(each.size for each in decoded)


def test_two_chunks_are_decoded_at_a_time_and_one_is_decoded_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(CHUNKS, 2, (10, 10))
    both, decoded = Barrier(2, timeout=10), []

    def decode(region: Region) -> np.ndarray:
        decoded.append(region)
        both.wait()  # neither is done before the other has begun
        return IMAGE[region.slices]

    chunks = DecodedChunks(IMAGE.shape, IMAGE.dtype, decode)
    here, there = Region((1, 1), (5, 5)), Region((1, 11), (5, 15))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(chunks.read, [here, here, there, there], timeout=10))
    for region, voxels in zip([here, here, there, there], found, strict=True):
        np.testing.assert_array_equal(voxels, IMAGE[region.slices])
    assert sorted(decoded) == [Region((0, 0), (10, 10)), Region((0, 10), (10, 20))]


def test_a_chunk_that_could_not_be_decoded_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHUNKS, 2, (10, 10))
    faults = [OSError("gone")]

    def decode(region: Region) -> np.ndarray:
        if faults:
            raise faults.pop()
        return IMAGE[region.slices]

    chunks, region = DecodedChunks(IMAGE.shape, IMAGE.dtype, decode), Region((1, 1), (5, 5))
    with pytest.raises(OSError, match="gone"):
        chunks.read(region)
    np.testing.assert_array_equal(chunks.read(region), IMAGE[region.slices])
