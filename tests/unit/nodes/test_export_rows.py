"""Tables are written piece by piece: the same file, whatever the pieces, and never whole."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from objclass.io.tables import write_table
from objclass.nodes.export import rows
from objclass.nodes.export.output import RowsWritten
from objclass.nodes.export.rows import Columns, filled, gathered, join, write_rows


def piece(first: int, count: int) -> Columns:
    """Rows of one frame."""
    numbers = np.arange(first, first + count)
    return {
        "image": [f"image {first}"] * count,
        "object": numbers.astype(np.uint64),
        "area": numbers / 7,
        "class": ["a, b", ""] * (count // 2) + ["c"] * (count % 2),
    }


def pieces(*counts: int) -> Iterator[Columns]:
    first = 0
    for count in counts:
        yield piece(first, count)
        first += count


@pytest.mark.parametrize("cells", [1, 30, 2**20])
@pytest.mark.parametrize("counts", [(9,), (3, 0, 2), (0, 5), (0,), (1,) * 20])
def test_a_table_in_pieces_is_the_table_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counts: tuple[int, ...], cells: int
) -> None:
    monkeypatch.setattr(rows, "CELLS", cells)
    whole = join(list(pieces(*counts)))
    for suffix in ("csv", "parquet"):
        made = write_rows(tmp_path / f"pieces.{suffix}", pieces(*counts))
        write_table(tmp_path / f"whole.{suffix}", whole)
        assert made.summary == RowsWritten(sum(counts))
    assert (tmp_path / "pieces.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert pq.read_table(tmp_path / "pieces.parquet").equals(
        pq.read_table(tmp_path / "whole.parquet")
    )


def test_facts_of_columns_are_kept(tmp_path: Path) -> None:
    facts = {"area": {"unit": "µm²"}}
    write_rows(tmp_path / "a.parquet", pieces(1, 1), lambda columns: facts)
    assert pq.read_schema(tmp_path / "a.parquet").field("area").metadata == {
        b"unit": "µm²".encode()
    }


def test_few_rows_are_gathered_and_many_are_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CELLS", 40)  # ten rows of four columns
    counts = [len(each["object"]) for each in gathered(pieces(4, 4, 4, 30, 1))]
    assert counts == [12, 30, 1]


def peak(path: Path, images: int) -> int:
    """The most bytes that are taken while a table of so many images is written."""
    tracemalloc.start()
    write_rows(path, pieces(*[200] * images))
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_four_times_as_many_images_take_no_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(rows, "CELLS", 2**12)
    write_rows(tmp_path / f"first.{suffix}", pieces(1))  # imports count once
    little = peak(tmp_path / f"a.{suffix}", 50)
    assert peak(tmp_path / f"b.{suffix}", 200) < little + 2**18


def test_an_image_without_time_is_at_its_start() -> None:
    still = {"image": ["a", "a"], "object": np.array([1, 2])}
    titles = ["image", "t", "frame_name", "time_s", "object"]
    found = {name: list(values) for name, values in filled(still, titles).items()}
    assert found == {
        "image": ["a", "a"],
        "t": [0, 0],
        "frame_name": ["", ""],
        "time_s": [0, 0],
        "object": [1, 2],
    }
    assert list(found) == titles
