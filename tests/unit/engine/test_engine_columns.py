"""Columns of which rows are read: those on disk are as those in memory."""

from __future__ import annotations

import os
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from objclass.engine import content
from objclass.engine.artifact import Artifact, Content, Record
from objclass.engine.columns import ArrayColumns, StoredColumns
from objclass.engine.disk_store import DiskStore
from objclass.engine.memory import MemoryStore
from objclass.engine.store import Damaged

N = 5000
ARRAYS = {
    "ids": np.arange(N, dtype=np.uint64),
    "a": np.linspace(0, 1, N),
    "count": np.arange(N, dtype=np.int32)[::-1].copy(),
    "b": np.random.default_rng(0).normal(size=N),
    "stamp": np.arange(N).astype("S11"),
}
RECORD = Record(ARRAYS)


def kept(store: DiskStore | MemoryStore) -> Artifact:
    with store.workshop("r") as workshop:
        return workshop.keep(Content(record=RECORD))


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskStore:
    """A store for which every table is large."""
    monkeypatch.setattr(content, "LARGE", 0)
    return DiskStore(tmp_path / ".objclass")


@pytest.mark.parametrize(
    "rows",
    [
        *([], [0], [N - 1, 0, 0, 7], range(N), range(0, N, 700), [4999, 600, 601, 3]),
        *(range(40, 90), [5, 5, 7], [5, 7, 6, 8]),
    ],
)
def test_rows_of_columns_on_disk_are_those_of_the_arrays(disk: DiskStore, rows: list[int]) -> None:
    found = disk.load_columns(kept(disk).digest)
    assert isinstance(found, StoredColumns)
    assert found.names == tuple(ARRAYS)
    at = np.array(rows, np.intp)
    for name, array in ARRAYS.items():
        read = found.rows(name, at)
        assert read.dtype == array.dtype
        np.testing.assert_array_equal(read, array[at])
        assert read.flags.writeable


@pytest.mark.parametrize("large", [0, 1 << 30])
def test_a_store_in_memory_and_small_tables_answer_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(content, "LARGE", large)
    at = np.array([3, 1])
    for store in (DiskStore(tmp_path / ".objclass"), MemoryStore()):
        found = store.load_columns(kept(store).digest)
        assert found.rows("count", at).tolist() == [4996, 4998]
        is_on_disk = isinstance(store, DiskStore) and not large
        assert isinstance(found, StoredColumns if is_on_disk else ArrayColumns)


def test_a_row_that_is_not_there_is_no_row_of_the_next_column(disk: DiskStore) -> None:
    found = disk.load_columns(kept(disk).digest)
    for row in (N, -1):
        with pytest.raises(IndexError):
            found.rows("a", np.array([row]))


def test_columns_are_read_though_their_content_was_dropped(disk: DiskStore) -> None:
    found = disk.load_columns(kept(disk).digest)
    shutil.rmtree(disk.root)
    assert found.rows("count", np.array([0])).tolist() == [4999]


def test_a_table_that_is_not_as_it_was_written_is_damaged(disk: DiskStore) -> None:
    artifact = kept(disk)
    (path,) = disk.root.rglob("record.npz")
    data = bytearray(path.read_bytes())
    data[-3000] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged):
        disk.load_columns(artifact.digest)


def test_a_file_that_is_cut_short_meanwhile_is_told(disk: DiskStore) -> None:
    found = disk.load_columns(kept(disk).digest)
    (path,) = disk.root.rglob("record.npz")
    os.truncate(path, 4000)
    with pytest.raises(ValueError, match="cut short"):
        found.rows("b", np.arange(N))


def test_a_large_table_is_not_held(tmp_path: Path) -> None:
    store, rows = DiskStore(tmp_path / ".objclass"), 100_000
    columns = {f"c{k}": np.full(rows, float(k)) for k in range(60)}  # 48 MB
    with store.workshop("r") as workshop:
        digest = workshop.keep(Content(record=Record(columns))).digest
    store.load_columns(digest)  # what is imported is not counted
    tracemalloc.start()
    found = store.load_columns(digest)
    assert found.rows("c7", np.arange(500)).tolist() == [7.0] * 500
    assert tracemalloc.get_traced_memory()[1] < 4 * content.PIECE
    tracemalloc.stop()
