"""Tables: text read cell by cell, CSV and Parquet written."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from objclass.data.delimited import quote
from objclass.errors import InputError, RunError
from objclass.io import csv_table
from objclass.io.tables import TextTable, read_rows, table_writer, write_table


def rows(path: Path, text: str | bytes) -> TextTable:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rows(path)


def message(path: Path, text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        rows(path, text)
    return str(caught.value)


def test_cells_come_with_their_line_numbers(tmp_path: Path) -> None:
    found = rows(tmp_path / "a.csv", "y,x,class\n1,2,a\n\n3,4,b\n")
    assert found.header == ("y", "x", "class")
    assert found.rows == ((2, ("1", "2", "a")), (4, ("3", "4", "b")))


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_spreadsheets_write_tables_in_many_ways(
    tmp_path: Path, mark: str, end: str, encoding: str
) -> None:
    text = end.join([f"y{mark}x{mark}class", f"1{mark}2{mark}Kern µ", ""])
    found = rows(tmp_path / "a.csv", text.encode(encoding))
    assert found == TextTable(("y", "x", "class"), ((2, ("1", "2", "Kern µ")),))


def test_quotes_may_hold_anything(tmp_path: Path) -> None:
    found = rows(tmp_path / "a.csv", 'y,note\n1,"a, ""b""\nsecond line"\n2,c\n')
    assert found.rows == ((2, ("1", 'a, "b"\nsecond line')), (4, ("2", "c")))


def test_a_decimal_comma_is_left_to_the_reader_of_the_cell(tmp_path: Path) -> None:
    assert rows(tmp_path / "a.csv", "y;x\n1,5;2,5\n").rows == ((2, ("1,5", "2,5")),)


def test_delimiters_inside_quotes_do_not_count(tmp_path: Path) -> None:
    found = rows(tmp_path / "a.csv", '"a,b,c";d\n1;2\n')
    assert found.header == ("a,b,c", "d")


def test_short_lines_end_in_empty_cells_and_empty_columns_are_dropped(tmp_path: Path) -> None:
    found = rows(tmp_path / "a.csv", "y,x,class,,\n1,2,,,\n3\n")
    assert found == TextTable(("y", "x", "class"), ((2, ("1", "2", "")), (3, ("3", "", ""))))


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    assert rows(tmp_path / "a.csv", "image\na\n") == TextTable(("image",), ((2, ("a",)),))


def test_a_table_without_rows_has_a_header(tmp_path: Path) -> None:
    assert rows(tmp_path / "a.csv", "y,x,class") == TextTable(("y", "x", "class"), ())


def test_lines_with_too_many_cells_are_all_named(tmp_path: Path) -> None:
    said = message(tmp_path / "a.csv", "y,x\n1,5,2,5\n1,2\n# a, comment, may\n3,4,x\n")
    assert "a.csv:2: too many cells; got 4 cells; expected 2" in said
    assert "a.csv:5: too many cells" in said
    assert said.count("too many") == 2


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert "is empty" in message(path, b"")
    assert "is empty" in message(path, b"\n\n")
    assert "a.csv:2: the table is not UTF-8 text" in message(path, b"y,x\n1,\xe4\n")
    assert "a.csv:2: a quote that opens" in message(path, b'y,x\n1,"open\n')
    assert "a.csv:2" in message(path, b'y,x\n1,"a"b\n')
    assert "is no table" in message(tmp_path / "a.xlsx", b"PK\x03\x04")
    assert "cannot be read" in message(tmp_path / "a.parquet", b"PAR1 is not enough")
    with pytest.raises(InputError, match="no file"):
        read_rows(tmp_path / "missing.csv")


def test_a_parquet_table_reads_as_text(tmp_path: Path) -> None:
    columns = {"y": np.array([1, 2]), "class": ["a", None], "f": [0.1, math.nan]}
    write_table(tmp_path / "a.parquet", columns)
    expected = TextTable(("y", "class", "f"), ((2, ("1", "a", "0.1")), (3, ("2", "", ""))))
    assert read_rows(tmp_path / "a.parquet") == expected


def written(path: Path, columns: dict[str, object]) -> str:
    write_table(path, columns)  # type: ignore[arg-type]
    return path.read_bytes().decode()


def test_csv_has_quotes_where_needed_and_shortest_numbers(tmp_path: Path) -> None:
    text = written(
        tmp_path / "a.csv",
        {
            "image": ["a", "b,c", 'd"e', "f\ng"],
            "id": np.array([1, 2, 3, 2**64 - 1], np.uint64),
            "mean, max": np.array([0.1, 1.0, np.nan, 1e-7]),
            "small": np.array([0.1, 1e10, -np.inf, 3940785.5], np.float32),
            "edge": np.array([True, False, True, False]),
            "stamp": np.array([b"o1", b"o2", b"", b"o4"]),
            "maybe": [None, 1, 2.5, "x"],
        },
    )
    assert text == (
        'image,id,"mean, max",small,edge,stamp,maybe\n'
        "a,1,0.1,0.1,True,o1,\n"
        '"b,c",2,1.0,10000000000.0,False,o2,1\n'
        '"d""e",3,nan,-inf,True,,2.5\n'
        '"f\ng",18446744073709551615,1e-07,3940785.5,False,o4,x\n'
    )


def test_no_rows_still_have_titles(tmp_path: Path) -> None:
    assert written(tmp_path / "a.csv", {"a": [], "b": np.zeros(0)}) == "a,b\n"
    write_table(tmp_path / "a.parquet", {"a": np.zeros(0, np.uint8), "b": []})
    assert pq.read_table(tmp_path / "a.parquet").column_names == ["a", "b"]


def test_a_lonely_empty_cell_is_seen(tmp_path: Path) -> None:
    assert written(tmp_path / "a.csv", {"a": ["", "x"]}) == 'a\n""\nx\n'
    assert read_rows(tmp_path / "a.csv").header == ("a",)


def many_columns() -> dict[str, object]:
    rng = np.random.default_rng(0)
    n = 6000
    wild = np.frombuffer(rng.bytes(8 * n), np.float64).copy()
    wild[::7], wild[1::7], wild[2::7], wild[3::11] = np.nan, 0, -0.0, np.inf
    scaled = rng.normal(size=n) * 10.0 ** rng.integers(-8, 14, n)
    return {
        "image": ["a,b" if i % 2 else 'c"d' for i in range(n)],
        "id": rng.integers(0, 2**63, n).astype(np.uint64),
        "signed": rng.integers(-5, 5, n).astype(np.int8),
        "wild": wild,
        "scaled": scaled,
        "quarter": rng.integers(0, 10**6, n) / 4,
        "whole": rng.integers(0, 10**12, n).astype(float),
        "f4": scaled.astype(np.float32),
        "f4wild": np.frombuffer(rng.bytes(4 * n), np.float32),
        "f2": np.frombuffer(rng.bytes(2 * n), np.float16),
        "bool": rng.random(n) < 0.5,
        "stamp": np.array([b"o123"] * n),
        "mixed": [None, 1, 1.0, True, "é\n", math.nan] * (n // 6),
        "numpy": [np.float32(0.1), np.int64(3), np.float64(0.1), np.bool_(True)] * (n // 4),
        "empty": [""] * n,
    }


def test_the_fast_writer_writes_what_the_plain_one_does() -> None:
    columns = many_columns()
    for chosen in (list(columns.values()), [columns["empty"]], [columns["wild"]]):
        assert bytes(csv_table.fast_lines(chosen)) == csv_table.plain_lines(chosen)  # type: ignore[arg-type]


def test_a_number_needs_no_quotes() -> None:
    for column in many_columns().values():
        values = csv_table.listed_values(column)  # type: ignore[arg-type]
        for alone in (False, True):
            expected = [quote(csv_table.cell(value), alone=alone) for value in values]
            assert csv_table.plain_cells(column, alone) == expected  # type: ignore[arg-type]


def test_small_tables_are_written_fast_once_a_process_has_written_many_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five tables of 400 cells the first two lie below 1000, the last has few rows."""
    monkeypatch.setattr(csv_table, "SO_FAR", csv_table.CellsWritten())
    monkeypatch.setattr(csv_table, "MANY", 1000)
    ways: list[str] = []
    for way in ("plain_lines", "fast_lines"):
        write = getattr(csv_table, way)
        monkeypatch.setattr(csv_table, way, lambda c, w=write, n=way: (ways.append(n), w(c))[1])
    texts = []
    for number, rows in enumerate((40, 40, 40, 40, 10)):
        columns = {f"c{n}": np.arange(rows) / 4 for n in range(400 // rows)}
        texts.append(written(tmp_path / f"{number}.csv", columns))
    assert ways == ["plain_lines"] * 2 + ["fast_lines"] * 2 + ["plain_lines"]
    assert len(set(texts[:4])) == 1


def test_numbers_read_back_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MANY", 10)
    monkeypatch.setattr(csv_table, "PIECE_ROWS", 1000)
    columns = many_columns()
    write_table(tmp_path / "a.csv", columns)  # type: ignore[arg-type]
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert len(found) == 6000
    assert [row["image"] for row in found] == columns["image"]
    for name in ("wild", "scaled", "quarter", "whole", "f4", "f4wild", "id"):
        given = np.asarray(columns[name])
        read = np.array([row[name] for row in found]).astype(given.dtype)
        assert np.array_equal(read, given, equal_nan=given.dtype.kind == "f"), name


def test_pieces_make_one_table(tmp_path: Path) -> None:
    for suffix, missing in (("csv", "nan"), ("parquet", "")):
        path = tmp_path / f"a.{suffix}"
        with table_writer(path, {"b": {"unit": "um"}}) as append:
            append({"a": np.array([1, 2], np.uint64), "b": [0.5, math.nan]})
            append({"a": np.array([3], np.uint64), "b": np.array([1.5])})
            append({"a": np.array([], np.uint64), "b": []})
        table = read_rows(path)
        assert [cells for _, cells in table.rows] == [("1", "0.5"), ("2", missing), ("3", "1.5")]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_pieces_must_agree(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"

    def other_columns() -> None:
        with table_writer(path) as append:
            append({"a": [1]})
            append({"b": [1]})

    with pytest.raises(ValueError, match="differ"):
        other_columns()
    with pytest.raises(ValueError, match="different lengths"):
        write_table(path, {"a": [1], "b": [1, 2]})
    assert list(tmp_path.iterdir()) == []


def test_parquet_keeps_types_and_what_columns_mean(tmp_path: Path) -> None:
    columns = {
        "image": ["a", "b"],
        "id": np.array([1, 2**63], np.uint64),
        "mean": np.array([0.5, np.nan], np.float32),
        "edge": np.array([True, False]),
        "stamp": np.array([b"o1", b"o2"]),
        "text": np.array(["x", "y"]),
        "maybe": [None, "z"],
        "nothing": [None, None],
    }
    facts = {"mean": {"unit": "voxel", "definition": "Mean intensity."}, "absent": {"unit": "um"}}
    write_table(tmp_path / "a.parquet", columns, facts)
    table = pq.read_table(tmp_path / "a.parquet")
    types = [str(field.type) for field in table.schema]
    assert types == ["string", "uint64", "float", "bool", "string", "string", "string", "string"]
    meaning = table.schema.field("mean").metadata
    assert meaning[b"unit"] == b"voxel"
    assert meaning[b"definition"] == b"Mean intensity."
    frame = pd.read_parquet(tmp_path / "a.parquet")
    assert frame["id"].tolist() == [1, 2**63]
    assert math.isnan(frame["mean"][1])


def test_other_suffixes_and_bad_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got \.xlsx; expected \.csv, \.tsv, \.parquet"):
        write_table(tmp_path / "a.xlsx", {"a": [1]})
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written"):
        write_table(tmp_path / "file" / "a.csv", {"a": [1]})


NAMES = ["=1+1", "-neg", "+pos", "@a", "'=x", "-1.5", "-", "plain", 'a"=,b']


@pytest.mark.parametrize("rows", [1, 6_000], ids=["plain", "fast"])
def test_names_that_are_formulas_to_a_spreadsheet_come_back(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "a.csv"
    columns = {"image": NAMES * rows, "=title": list(range(len(NAMES) * rows)), "c": NAMES * rows}
    write_table(path, columns)
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[:2] == ["image,'=title,c", "'=1+1,0,'=1+1"]
    found = read_rows(path)
    assert found.header == ("image", "=title", "c")
    assert [cells[0] for _, cells in found.rows] == NAMES * rows
    assert [cells[2] for _, cells in found.rows] == NAMES * rows


def test_negative_numbers_stay_numbers(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", {"a": np.array([-1.5, -np.inf, 2.0]), "b": [-1, None, -2]})
    assert (tmp_path / "a.csv").read_text() == "a,b\n-1.5,-1\n-inf,\n2.0,-2\n"


def test_parquet_holds_texts_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_table(path, {"a": NAMES})
    assert pq.read_table(path)["a"].to_pylist() == NAMES
    assert [cells[0] for _, cells in read_rows(path).rows] == NAMES
