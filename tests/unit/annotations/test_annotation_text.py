"""Annotation files as text."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from drawn_labels import ids_of, index_of

from objclass.annotations import Reattachment, Row, new_table, parse, rewritten
from objclass.data.axes import Grid


def outcome(line: int, kind: str = "kept", **more: object) -> Reattachment:
    row = Row(line, "a", y=31, x=88, object=4, size=412, stamp="o9f03ac21b4", file="a.csv")
    said = {"object": 7, "size": 430, "position": (0, 31, 88), "stamp": "o1111111111", **more}
    return Reattachment(row, kind, **said)


def test_a_kept_row_gets_id_size_and_stamp_and_nothing_else_changes() -> None:
    text = "y,x,class,object,size,stamp\n31,88,a,4,412,o9f03ac21b4\n1,2,b,5,10,o000000000a\n"
    assert rewritten(text, [outcome(2)]) == (
        "y,x,class,object,size,stamp\n31,88,a,7,430,o1111111111\n1,2,b,5,10,o000000000a\n"
    )


def test_a_moved_row_gets_its_new_position_too() -> None:
    text = "class,x,y,stamp\na,88,31,o9f03ac21b4\n"
    moved = outcome(2, "moved", position=(0, 40, 88))
    assert rewritten(text, [moved]) == "class,x,y,stamp\na,88,40,o1111111111\n"


@pytest.mark.parametrize("kind", ["doubtful", "merged", "split", "lost"])
def test_rows_that_are_not_one_to_one_stay_as_they_are(kind: str) -> None:
    text = "y,x,class,stamp\n31,88,a,o9f03ac21b4\n"
    assert rewritten(text, [outcome(2, kind)]) == text


def test_mark_delimiter_line_endings_quotes_and_other_columns_stay() -> None:
    text = (
        '\ufeffnote;"y";x;Class;ObjectNumber;STAMP\r\n'
        '"two\r\nlines; and ""quotes""";31,0;88;"a";"4";o9f03ac21b4\r\n'
        "# a comment\r\n"
        ";1;2;b;;"
    )
    assert rewritten(text, [outcome(2)]) == (
        '\ufeffnote;"y";x;Class;ObjectNumber;STAMP\r\n'
        '"two\r\nlines; and ""quotes""";31,0;88;"a";"7";o1111111111\r\n'
        "# a comment\r\n"
        ";1;2;b;;"
    )


def test_a_short_line_grows_to_hold_its_stamp() -> None:
    assert rewritten("y,x,class,object,size,stamp\n31,88,a", [outcome(2)]) == (
        "y,x,class,object,size,stamp\n31,88,a,7,430,o1111111111"
    )


def test_a_row_without_position_gets_none() -> None:
    row = Row(2, "a", object=4, stamp="o9f03ac21b4")
    one = Reattachment(row, "moved", object=7, size=430, position=(0, 1, 2), stamp="o1111111111")
    text = "object,y,x,class,stamp\n4,,,a,o9f03ac21b4\n"
    assert rewritten(text, [one]) == "object,y,x,class,stamp\n7,,,a,o1111111111\n"


def test_a_row_says_its_image_anew_where_the_file_has_the_columns() -> None:
    text = "image,y,x,class,stamp,image_digest\nold,31,88,a,o9f03ac21b4,i0000000000\n"
    assert rewritten(text, [outcome(2)], {2: ("new, 2", "i1111111111")}) == (
        'image,y,x,class,stamp,image_digest\n"new, 2",31,88,a,o1111111111,i1111111111\n'
    )
    without = "y,x,class,stamp\n31,88,a,o9f03ac21b4\n"
    assert rewritten(without, [outcome(2)], {2: ("new", "i1111111111")}) == (
        "y,x,class,stamp\n31,88,a,o1111111111\n"
    )


def test_a_name_is_quoted_by_the_delimiter_of_its_table() -> None:
    text = "image;y;x;class\nold;31;88;a\n"
    assert rewritten(text, [], {2: ("new; 2", "")}) == 'image;y;x;class\n"new; 2";31;88;a\n'
    assert rewritten(text, [], {2: ("new, 2", "")}) == "image;y;x;class\nnew, 2;31;88;a\n"


def test_columns_that_name_the_image_are_added_where_that_is_wanted() -> None:
    text = "y;x;class\r\n31;88;a\r\n# a remark\r\n\r\n1;2;b\r\n"
    marks = {2: ("new", "i1111111111"), 5: ("new", "i1111111111")}
    assert rewritten(text, [], marks, mark_all=True) == (
        "y;x;class;image;image_digest\r\n31;88;a;new;i1111111111\r\n# a remark\r\n\r\n"
        "1;2;b;new;i1111111111\r\n"
    )


def test_nothing_to_write_changes_no_byte() -> None:
    for text in ("", "y,x,class", 'y\tx\tclass\r"1\r2"\t\t\r\r', '"unclosed,1\n2,3'):
        assert rewritten(text, []) == text


IDS = ids_of("AA.BB", "AA.BB")


def digest(image: str, t: int | None) -> str:
    return f"i{image}-{t}"


def test_a_new_table_has_the_axes_that_exist_and_an_empty_class() -> None:
    index = index_of(IDS)
    grids = {"nuclei": Grid(IDS.shape)}
    text = new_table([("nuclei", None, 1)], {"nuclei": {None: index}}, grids, digest)
    y, x = index.inside[1]
    stamp = index.stamp[1].decode()
    assert text == (
        "image,y,x,class,object,size,stamp,image_digest\n"
        f"nuclei,{y},{x},,2,4,{stamp},inuclei-None\n"
    )


def test_a_new_table_of_movies_of_volumes_counts_in_the_uncropped_image() -> None:
    volume = np.stack([IDS * 0, IDS])
    index = index_of(volume)
    grid = Grid(volume.shape, frames=3, origin=(10, 20, 30), first_frame=5)
    chosen = [("b,1", 2, 0)]
    text = new_table(chosen, {"a": {}, "b,1": {2: index}}, {"a": grid, "b,1": grid}, digest)
    header, line, _ = text.split("\n")
    z, y, x = index.inside[0] + np.array([10, 20, 30])
    assert header == "image,t,z,y,x,class,object,size,stamp,image_digest"
    assert line == f'"b,1",7,{z},{y},{x},,1,4,{index.stamp[0].decode()},ib,1-7'


def test_a_new_table_names_the_files_of_frames_and_can_be_read() -> None:
    index = index_of(IDS)
    grid = Grid(IDS.shape, frames=2, first_frame=1)
    names = {"a": ("001", "002", "003")}
    text = new_table([("a", 1, 0)], {"a": {1: index}}, {"a": grid}, digest, names)
    header, row = csv.reader(text.splitlines())
    assert dict(zip(header, row, strict=True))["frame_name"] == "003"
    assert row[header.index("t")] == "2"
    bare = ["0123456789".join(["i", ""]) if cell.startswith("ia") else cell for cell in row]
    assert parse("a.csv", header, [(2, bare)]).problems == ()


def test_a_new_table_is_one_that_can_be_read() -> None:
    index = index_of(IDS)
    chosen = [("a", None, row) for row in range(len(index))]
    grids = {"a": Grid(IDS.shape)}
    text = new_table(chosen, {"a": {None: index}}, grids, lambda image, t: "i0123456789")
    header, *rows = csv.reader(text.splitlines())
    found = parse("a.csv", header, list(enumerate(rows, start=2)))
    assert (found.problems, found.unclassed) == ((), 2)
