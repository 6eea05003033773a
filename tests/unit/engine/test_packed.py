"""An array of compressed chunks is an array: whatever is written is read again."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objclass.data.blocks import Region
from objclass.engine import packed
from objclass.engine.artifact import Content
from objclass.engine.content import MemoryVoxels, StoredVoxels, sums
from objclass.engine.disk_store import DiskStore
from objclass.engine.packed import ChunksInFile, ChunksInMemory, PackedArray

SHAPE = (70, 130, 65)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """Any region of the shape, an empty one among them."""
    ends = [sorted(draw(st.tuples(st.integers(0, n), st.integers(0, n)))) for n in SHAPE]
    return Region(tuple(a for a, _ in ends), tuple(b for _, b in ends))


@given(st.lists(regions(), min_size=1, max_size=4), regions())
def test_any_regions_written_one_over_the_other_are_read_as_from_an_array(
    written: list[Region], read: Region
) -> None:
    plain, array = np.zeros(SHAPE, np.uint16), PackedArray(SHAPE, "uint16", ChunksInMemory())
    for number, region in enumerate(written, start=1):
        plain[region.slices] = number
        array[region.slices] = np.full(region.shape, number, np.uint16)
    np.testing.assert_array_equal(array[read.slices], plain[read.slices])


def test_a_file_gives_what_was_put_last(tmp_path: Path) -> None:
    chunks = ChunksInFile(tmp_path / "scratch")
    chunks.put((0, 0), b"first")
    chunks.put((0, 64), b"other")
    chunks.put((0, 0), b"then")
    assert (chunks.get((0, 0)), chunks.get((0, 64)), chunks.get((64, 0))) == (
        b"then",
        b"other",
        None,
    )


def test_a_packed_label_image_takes_a_hundredth_of_its_voxels(tmp_path: Path) -> None:
    labels = np.zeros((128, 128, 128), np.uint32)
    labels[10:40, 10:40, 10:40] = 1
    array = PackedArray(labels.shape, "uint32", ChunksInFile(tmp_path / "scratch"))
    array.write(Region.whole(labels.shape), labels)
    assert 100 * (tmp_path / "scratch").stat().st_size < labels.nbytes


def test_voxels_in_memory_have_one_digest_packed_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = (64, 128, 70)
    voxels = np.arange(64 * 128 * 70, dtype=np.uint32).reshape(shape)
    plain = MemoryVoxels(shape, "uint32")
    monkeypatch.setattr(packed, "PLAIN_BYTES", 0)
    small = MemoryVoxels(shape, "uint32")
    for each in (plain, small):
        each.write(Region.whole(shape), voxels)
    inner = Region((3, 60, 2), (5, 70, 69))
    np.testing.assert_array_equal(small.read(inner), plain.read(inner))
    assert small.digest() == plain.digest()


def test_an_opened_array_goes_with_its_last_reader_and_waits_for_no_collection(
    tmp_path: Path,
) -> None:
    store, shape = DiskStore(tmp_path), (64, 64, 70)
    with store.workshop("a" * 32) as workshop:
        voxels = workshop.new_voxels(shape, "uint8")
        voxels.write(Region.whole(shape), np.ones(shape, np.uint8))
        artifact = workshop.keep(Content({"0": voxels}))
    folder = store.folder(artifact.digest)
    gc.disable()
    try:
        opened = StoredVoxels(folder, "0", sums(folder))
        assert opened.read(Region((1, 1, 1), (9, 9, 66))).all()
        gone = weakref.ref(opened)
        del opened
        assert gone() is None
    finally:
        gc.enable()
