"""Reading annotation tables."""

from __future__ import annotations

import pytest

from objclass.annotations import Annotations, Row, content, in_order, parse
from objclass.annotations.cells import count, position
from objclass.annotations.rows import LIMIT


def read(text: str, **how: object) -> Annotations:
    """Parse plain text without quotes, lines counted from 1."""
    header, *rest = [line.split(",") for line in text.strip("\n").split("\n")]
    return parse("a.csv", header, list(enumerate(rest, start=2)), **how)


def one(text: str, **how: object) -> Row:
    found = read(text, **how)
    assert [str(p) for p in found.problems] == []
    assert len(found.rows) == 1
    return found.rows[0]


def problem(text: str, **how: object) -> str:
    (found,) = read(text, **how).problems
    return str(found)


def test_a_row_of_a_movie() -> None:
    row = one("t,y,x,class,object,size,stamp\n0,31,88,interphase,4,412,o9f03ac21b4", has_time=True)
    assert row == Row(
        2, "interphase", t=0, y=31, x=88, object=4, size=412, stamp="o9f03ac21b4", file="a.csv"
    )


def test_a_row_of_a_volume_with_its_image() -> None:
    text = "image,z,y,x,class,object,size,stamp\nbrainA,212,340,771,neuron,18,1630,o77b1e0c42d"
    row = one(text, spatial="zyx")
    assert (row.image, row.z, row.y, row.x) == ("brainA", 212, 340, 771)


def test_a_point_typed_by_hand_needs_no_object() -> None:
    row = one("t,y,x,class,object,size,stamp\n299,12,9,interphase,,,", has_time=True)
    assert (row.object, row.size, row.stamp) == (None, None, "")


def test_a_short_line_ends_in_empty_cells() -> None:
    assert one("y,x,class,object,size,stamp\n12,9,interphase").stamp == ""


def test_other_columns_are_kept() -> None:
    row = one("y,x,class,mood,by\n1,2,a,fine,Anna")
    assert row.extra == {"mood": "fine", "by": "Anna"}


@pytest.mark.parametrize("name", ["NA", "001", "nan", "G1/S", "Mitose, früh".replace(",", ";")])
def test_class_names_are_free_text(name: str) -> None:
    assert one(f"y,x,class\n1,2,{name}").class_ == name


def test_names_that_look_the_same_are_the_same() -> None:
    composed, decomposed = "früh", "fru\u0308h"
    assert one(f"y,x,class\n1,2,{decomposed}").class_ == composed


def test_name_columns_stay_text() -> None:
    row = one("well,field,y,x,class\nB03,001,1,2,a", names=["well", "field"])
    assert row.names == {"well": "B03", "field": "001"}


def test_rows_without_class_are_skipped_and_counted() -> None:
    found = read("y,x,class\n1,2,\n3,4,a\n5,6, ")
    assert [row.line for row in found.rows] == [3]
    assert found.unclassed == 2
    assert found.notes == ("2 rows without a class skipped",)


def test_blank_lines_and_comments_are_passed_over() -> None:
    found = read("y,x,class\n,,\n# later\n#1,2,a\n3,4,a")
    assert [row.line for row in found.rows] == [5]
    assert not found.problems


def test_an_image_may_be_called_with_a_hash() -> None:
    assert one("image,y,x,class\n#7,1,2,a").image == "#7"
    assert read("image,y,x,class\n# nothing yet").rows == ()


@pytest.mark.parametrize(
    ("text", "voxel", "floored"),
    [("31", 31, False), ("31.0", 31, False), ("31,0", 31, False), (" 31 ", 31, False),
     ("3.1e+01", 31, False), ("31.5", 31, True), ("31,97", 31, True), ("0", 0, False),
     ("+4", 4, False), ("007", 7, False)],
)  # fmt: skip
def test_positions_as_people_write_them(text: str, voxel: int, floored: bool) -> None:
    assert position(text) == (voxel, floored)


def test_floored_positions_are_noted_with_their_lines() -> None:
    found = read("y,x,class\n3.14,30,a\n5,47.4,b")
    assert [(row.y, row.x) for row in found.rows] == [(3, 30), (5, 47)]
    assert found.notes == (
        "2 positions are not whole, floored to the voxel: "
        "line 2: y 3.14 -> 3, line 3: x 47.4 -> 47",
    )


@pytest.mark.parametrize(
    "text", ["12a", "-3", "1.", ".5", "1 2", "1e", "inf", "0x10", "١", "--", "1e999"]
)
def test_half_a_number_and_a_negative_one_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="voxel"):
        position(text)


@pytest.mark.parametrize(("text", "value"), [("4", 4), ("4.0", 4), (str(2**64 - 1), 2**64 - 1)])
def test_ids_as_people_write_them(text: str, value: int) -> None:
    assert count(text) == value


@pytest.mark.parametrize("text", ["4.5", "-1", "mitotic", "1.23E+10", str(2**64)])
def test_an_id_that_a_spreadsheet_rounded_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        count(text)


def test_missing_numbers_may_be_written_na() -> None:
    row = one("y,x,class,object,size,stamp\n1,2,NA,NA,NaN,NA")
    assert (row.class_, row.object, row.size, row.stamp) == ("NA", None, None, "")


def test_problems_name_file_line_and_cell() -> None:
    assert problem("y,x,class\n1,2,a\n1,-2,a") == (
        "a.csv:3:2: x is not a voxel; got '-2'; expected a voxel counted from 0, such as 31"
    )


def test_a_missing_coordinate_is_named() -> None:
    assert problem("y,x,class\n1,,a") == "a.csv:2:2: x is empty; got y 1"


def test_a_missing_time_point_is_named() -> None:
    found = problem("t,y,x,class\n,1,2,a", has_time=True)
    assert found == "a.csv:2:1: t is empty; expected a time point counted from 0"


def test_a_row_that_names_no_object_is_refused() -> None:
    assert problem("y,x,class\n,,a").startswith(
        "a.csv:2:1: the row names no object; expected a pos"
    )


def test_a_row_with_only_an_id_is_legal_exactly_where_ids_last() -> None:
    text = "y,x,object,class\n,,7,a"
    assert one(text, keeps_ids=True).object == 7
    assert "the row names an id but no position; got object 7" in problem(text)


def test_classes_in_a_column_called_label_are_explained() -> None:
    found = problem("y,x,class,label\n1,2,a,mitotic")
    assert found.endswith("got 'mitotic'; expected a whole number; if these are classes, "
                          "call the column 'class'")  # fmt: skip


def test_a_stamp_that_became_a_number_is_refused() -> None:
    found = problem("y,x,class,stamp\n1,2,a,9.03E+21")
    assert found == (
        "a.csv:2:4: not a stamp; got '9.03E+21'; expected a letter and ten hexadecimal digits, "
        "such as o9f03ac21b4; empty the cell to make the row a point"
    )


def test_a_stamp_in_capitals_is_the_same_stamp() -> None:
    assert one("y,x,class,stamp\n1,2,a,O9F03AC21B4").stamp == "o9f03ac21b4"


def test_a_line_cut_at_a_stray_delimiter_is_refused() -> None:
    found = problem("y,x,class\n1,2,early,mitotic")
    assert found.startswith("a.csv:2: the line has too many cells; got 4; expected 3")


def test_all_problems_come_at_once() -> None:
    found = read("y,x,class,stamp\n1,-2,a,zz\n1,,b\n3,4,c")
    assert len(found.problems) == 3


def test_a_wrong_unit_does_not_print_a_thousand_problems() -> None:
    text = "y,x,class\n" + "\n".join("1.5um,2,a" for _ in range(1000))
    found = read(text)
    assert len(found.problems) == LIMIT + 1
    assert str(found.problems[-1]) == "a.csv:102:1: 900 more problems from here on"


def test_with_a_broken_header_no_row_is_read() -> None:
    found = read("y,x,klass\n1,2,a")
    assert found.rows == ()
    assert len(found.problems) == 1


def test_content_is_what_rows_say_and_not_where_they_stand() -> None:
    plain = read("y,x,class,stamp\n1,2,a,o9f03ac21b4\n3,4,b,")
    moved = read("note,class,x,y,stamp\n\nhm,b,4,3.0,\n# half done\n,a,2,1,o9f03ac21b4")
    assert content(plain.rows) == content(moved.rows)
    assert content(plain.rows) == [
        [None, None, 1, 2, "a", None, "o9f03ac21b4", None],
        [None, None, 3, 4, "b", None, "", None],
    ]


@pytest.mark.parametrize("other", ["1,2,b,", "1,3,a,", "1,2,a,o9f03ac21b4"])
def test_content_changes_with_what_a_row_says(other: str) -> None:
    assert content(read("y,x,class,stamp\n1,2,a,").rows) != content(
        read(f"y,x,class,stamp\n{other}").rows
    )


def test_rows_are_ordered_by_time_then_position() -> None:
    found = read("t,y,x,class\n1,0,0,a\n0,9,9,a\n0,9,8,b", has_time=True)
    assert [row.line for row in in_order(found.rows)] == [4, 3, 2]
