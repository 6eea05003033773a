"""Large frames are gone through in small regions, and their digest does not know it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objclass.data import blocks
from objclass.data.blocks import Region, bands, chunks_in
from objclass.data.digest import GrowingDigest, of_array, of_chunk
from objclass.engine.content import ChunkDigests


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands of at most 64 kB."""
    monkeypatch.setattr(blocks, "BAND_BYTES", 2**16)


def covered(shape: tuple[int, ...], regions: list[Region]) -> np.ndarray:
    """How often every voxel is in a region."""
    count = np.zeros(shape, np.uint8)
    for region in regions:
        count[region.slices] += 1
    return count


@pytest.mark.parametrize(
    ("shape", "voxel", "edges", "number"),
    [
        ((600, 300), 1, None, 3),  # 218 rows fit
        ((70, 10, 10), 1, None, 2),  # 64 planes fit, more are not taken
        ((70, 100, 100), 1, None, 12),  # six planes fit
        ((7, 300, 300), 1, None, 7),  # a plane of 90 kB is a band of its own
        ((70, 100, 100), 1, (4, 50, 50), 18),  # one layer of the file's own chunks
        ((70, 130, 100), 2, (16, 16, 16), 6),  # no layer of chunks fits: cut along y
        ((70, 130, 100), 2, (1, 130, 100), 35),  # chunks that are planes
    ],
)
def test_bands_cover_a_frame_once_in_few_pieces(
    small: None,
    shape: tuple[int, ...],
    voxel: int,
    edges: tuple[int, ...] | None,
    number: int,
) -> None:
    found = list(bands(shape, voxel, edges))
    assert len(found) == number
    assert (covered(shape, found) == 1).all()
    assert all(region.shape[-1] == shape[-1] for region in found)


@pytest.mark.parametrize("edges", [(16, 16, 16), (64, 64, 64), (4, 100, 25)])
def test_every_chunk_of_the_file_lies_in_one_band(small: None, edges: tuple[int, ...]) -> None:
    shape = (128, 128, 100)
    touched: Counter[tuple[int, ...]] = Counter()
    for band in bands(shape, 2, edges):
        spans = zip(band.start, band.stop, edges, strict=True)
        touched.update(product(*(range(a // n, -(-b // n)) for a, b, n in spans)))
    assert set(touched.values()) == {1}


def test_usual_frames_are_read_in_layers_of_chunks() -> None:
    assert list(bands((130, 100, 100), 2)) == [
        Region((0, 0, 0), (64, 100, 100)),
        Region((64, 0, 0), (128, 100, 100)),
        Region((128, 0, 0), (130, 100, 100)),
    ]


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_a_frame_read_in_any_bands_has_the_digest_of_the_whole(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from([(1100, 530), (513, 7), (70, 65, 66), (130, 3, 3)]))
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape) % 101
    array.flat[3], array.flat[-1] = np.nan, -0.0
    cuts = data.draw(st.lists(st.integers(1, shape[0] - 1), max_size=6).map(set))
    chunks = ChunkDigests(shape, "float32")
    edges = [0, *sorted(cuts), shape[0]]
    for start, stop in pairwise(edges):
        rest = (0,) * (len(shape) - 1)
        chunks.add(Region((start, *rest), (stop, *shape[1:])), array[start:stop])
    assert chunks.whole() == of_array(array)


def test_bands_that_leave_rows_out_are_refused() -> None:
    chunks = ChunkDigests((600, 10), "uint8")
    chunks.add(Region((0, 0), (100, 10)), np.zeros((100, 10), np.uint8))
    with pytest.raises(ValueError, match="does not go on"):
        chunks.add(Region((101, 0), (200, 10)), np.zeros((99, 10), np.uint8))


def test_a_digest_grows_to_that_of_the_chunk() -> None:
    array = np.array([[0.0, np.nan], [-0.0, 1.0], [2.0, 3.0]], ">f8")
    growing = GrowingDigest()
    for rows in (array[:1], array[1:]):
        growing.add(rows)
    assert growing.whole() == of_chunk(array)


def test_parts_of_a_region_lie_in_one_chunk_each() -> None:
    found = list(chunks_in(Region((500, 0), (1030, 600)), (1100, 600)))
    assert [(each.start, each.stop) for each in found] == [
        ((500, 0), (512, 512)),
        ((500, 512), (512, 600)),
        ((512, 0), (1024, 512)),
        ((512, 512), (1024, 600)),
        ((1024, 0), (1030, 512)),
        ((1024, 512), (1030, 600)),
    ]
