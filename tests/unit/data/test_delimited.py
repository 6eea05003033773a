"""Delimited text: what is read and what is written back agree on delimiter, cells and quotes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objclass.annotations import Row, rewritten
from objclass.annotations.outcome import Reattachment
from objclass.annotations.table import open_table
from objclass.data.delimited import (
    DELIMITERS,
    cell_text,
    delimiter_of,
    encoding_of,
    in_quotes,
    is_quoted,
    is_remark,
    quote,
    records,
    titles_start,
)
from objclass.io import csv_table
from objclass.io.tables import read_rows

HARD = ("no", "1e3", "0x10", "~", "12:30", " a", "#x", "a: b", "", "a\nb", "é", "a,b", 'a"b', "a;b",
        "=1+1", "'=x", "-neg", "-1.5", "a\r\nb", '"', '""', "a\tb", "ü=1", " ")  # fmt: skip
"""Texts that some writer of tables gets wrong."""


@pytest.mark.parametrize(
    ("first_line", "mark"),
    [
        ("y,x", ","),
        ("y;x", ";"),
        ("y\tx", "\t"),
        ("class", ","),
        ('"a,b,c";x', ";"),
        ('"a\nb,c,d";x', ";"),
        ('a "b;x', ";"),
        ("\ufeff\n \r\ny;x", ";"),
        ("\tx,1\ty", "\t"),
        ("\t\t\ny,x", ","),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_the_commonest_of_the_first_line(
    first_line: str, mark: str, ending: str
) -> None:
    assert delimiter_of(f"{first_line}{ending}1,2;3,4;5,6;7\t8\t9\t0") == mark


@pytest.mark.parametrize("mark", DELIMITERS)
@pytest.mark.parametrize("start", ["", "\n", "\ufeff\r\n\r\n", " \n"])
@pytest.mark.parametrize("title", ["n", '"n,;\t\n,;\t"'])
def test_who_reads_a_table_and_who_rewrites_it_see_the_same_cells(
    tmp_path: Path, mark: str, start: str, title: str
) -> None:
    text = f"{start}{title}{mark}y{mark}x{mark}class{mark}object\n1{mark}31{mark}88{mark}a{mark}4\n"
    path = tmp_path / "a.csv"
    path.write_text(text, newline="")
    ((line, cells),) = read_rows(path).rows
    one = Reattachment(Row(line, "a", y=31, x=88, object=4), "kept", object=7, position=(0, 31, 88))
    assert cells == ("1", "31", "88", "a", "4")
    assert rewritten(text, [one]) == text.replace(f"a{mark}4", f"a{mark}7")


@pytest.mark.parametrize(
    "text",
    ["a,b\n1,2\n", 'a,b\n"1,\n2",3\n\n"x""y",\n', "a,b\r\n1,2\r\n3", ",\n,,\n", 'a"b,"c"\n'],
)
def test_cells_are_those_of_the_csv_module(text: str) -> None:
    mine = [[cell_text(text[a:b]) for a, b in record.cells] for record in records(text, ",")]
    assert [cells or [""] for cells in csv.reader(io.StringIO(text, newline=""))] == mine


@given(st.text(alphabet='ab,;"\n\r\t \x85\u2028', max_size=30))
def test_cells_are_those_of_the_csv_module_wherever_that_reads(text: str) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        theirs = [cells or [""] for cells in reader]
    except csv.Error:
        return
    assert [
        [cell_text(text[a:b]) for a, b in record.cells] for record in records(text, ",")
    ] == theirs


@given(st.text(alphabet='a,;"\n\r', max_size=20), st.sampled_from(DELIMITERS))
def test_records_hold_every_character_of_a_table(text: str, mark: str) -> None:
    found = list(records(text, mark))
    assert "".join(text[record.start : record.end] for record in found) == text
    assert all(text[record.stop : record.end] in ("", "\n", "\r\n", "\r") for record in found)


def test_lines_are_counted_from_the_start_of_a_record() -> None:
    text = 'a\n"b\nc"\n\nd'
    assert [record.line for record in records(text, ",")] == [1, 2, 4, 5]


def test_a_cell_is_quoted_where_it_must_be() -> None:
    assert [quote(text) for text in ("a", "a,b", 'a"b', " a", "a\nb", "")] == [
        "a", '"a,b"', '"a""b"', " a", '"a\nb"', ""
    ]  # fmt: skip
    assert [quote("a;b"), quote("a;b", ";"), quote("a,b", ";")] == ["a;b", '"a;b"', "a,b"]
    assert quote("", alone=True) == '""'


@pytest.mark.parametrize("text", HARD)
@pytest.mark.parametrize("mark", DELIMITERS)
def test_a_cell_says_what_was_written(text: str, mark: str) -> None:
    (record,) = records(f"{quote(text, mark)}{mark}b", mark)
    cell = f"{quote(text, mark)}{mark}b"[slice(*record.cells[0])]
    assert (cell, cell_text(cell)) == (quote(text, mark), text)


def test_result_tables_quote_as_annotation_tables_do() -> None:
    assert csv_table.line(HARD) == ",".join(map(quote, HARD)) + "\n"
    assert csv_table.plain_lines([[text] for text in HARD]).decode() == csv_table.line(HARD)


def test_only_a_whole_cell_stands_in_quotes() -> None:
    cells = ('"a"', '"a""b"', '""', "a", '"a"b', '"', '"a', ' "a"')
    assert [is_quoted(cell) for cell in cells] == [True] * 3 + [False] * 5
    assert cell_text(in_quotes('a"b')) == 'a"b'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_encodes_to_the_bytes_it_came_from(encoding: str) -> None:
    data = "y;x\r\nµ;1".encode(encoding)
    text = data.decode(encoding_of(data))
    assert text.encode(encoding_of(data)) == data
    assert text.removeprefix("\ufeff") == "y;x\r\nµ;1"


@pytest.mark.parametrize(
    ("cells", "of_numbers", "remark"),
    [
        (["# by Anna", "", "", ""], False, True),  # padded by a spreadsheet
        (["# by Anna", " with care"], False, True),  # a comma within the remark
        (["# by Anna", "1", "2", "mitotic"], True, True),
        (["", " ", "", ""], False, True),
        (["#3.tif", "1", "2", "mitotic"], False, False),
        (["3.tif", "", "", ""], False, False),
    ],
)
def test_a_remark_begins_with_a_hash_and_is_no_name(
    cells: list[str], of_numbers: bool, remark: bool
) -> None:
    assert is_remark(cells, 4, of_numbers) is remark


@pytest.mark.parametrize(
    ("text", "titles", "delimiter"),
    [
        ("# by Anna, Bob, Carl\ny;x;class\n1;2;a\n", "y;x;class", ";"),
        ("# one\r\n\r\n# two; three; four\r\ny,x,class\r\n", "y,x,class", ","),
        ("\ufeff# saved\ny\tx\tclass\n", "y\tx\tclass", "\t"),
        ("#id;y;x;class\n7;1;2;a\n", "#id;y;x;class", ";"),
        ("# nothing but a remark", "# nothing but a remark", ","),
    ],
)
def test_remarks_above_the_titles_are_passed_over(text: str, titles: str, delimiter: str) -> None:
    assert text[titles_start(text) :].splitlines()[0] == titles
    assert delimiter_of(text) == delimiter


def test_an_annotation_file_may_begin_with_a_remark(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("# by Anna, Bob, Carl\n\ny;x;class\n31;88;a\n", encoding="utf-8")
    table = read_rows(path)
    assert (table.header, table.rows) == (("y", "x", "class"), ((4, ("31", "88", "a")),))
    opened = open_table(path.read_text(encoding="utf-8"))
    assert [opened.says(row, "class") for row in opened.rows] == ["a"]
