"""Edits of annotation tables: what they change, and what they refuse."""

from __future__ import annotations

import pytest

from objclass.annotations.edit import (
    Add,
    Edit,
    Erase,
    ObjectKey,
    Reclass,
    Renew,
    Restore,
    Widen,
    apply,
)
from objclass.errors import InputError

TEXT = (
    "\ufeffimage;t;y;x;Class;ObjectNumber;mood\r\n"
    'a;0;31,0;88;"round";4;"good; ""very"""\r\n'
    "# a remark\r\n"
    "\r\n"
    'b;0;1;2;flat;4;"two\r\nlines"\r\n'
    "b;1;1;2;flat;4;"
)


def after(edit: Edit, text: str = TEXT) -> str:
    return apply(text, edit)[0]


def message(text: str, *edits: Edit) -> str:
    with pytest.raises(InputError) as error:
        apply(text, *edits, file="a.csv")
    return str(error.value)


def test_a_reclass_changes_one_cell_and_keeps_its_quotes() -> None:
    assert after(Reclass(2, "flat")) == TEXT.replace('"round"', '"flat"')
    assert after(Reclass(7, "round")) == TEXT.replace("b;1;1;2;flat", "b;1;1;2;round")


def test_a_class_that_needs_quotes_gets_them() -> None:
    assert after(Reclass(7, 'a;"b"')) == TEXT.replace("b;1;1;2;flat", 'b;1;1;2;"a;""b"""')
    assert after(Reclass(7, "=1+1")) == TEXT.replace("b;1;1;2;flat", "b;1;1;2;'=1+1")


def test_a_class_is_written_as_it_will_be_read() -> None:
    assert after(Reclass(7, " e\u0301 ")) == TEXT.replace("b;1;1;2;flat", "b;1;1;2;\u00e9")


def test_saying_the_same_class_changes_nothing() -> None:
    assert after(Reclass(2, " round")) == TEXT


def test_a_short_line_grows_to_hold_its_class() -> None:
    assert after(Reclass(2, "a"), "y,x,n,class,m\n1,2\n") == "y,x,n,class,m\n1,2,,a\n"


def test_a_short_line_whose_class_begins_like_a_comment_stays_a_row() -> None:
    text = after(Reclass(2, "#1"), "class,y,x,n\na,1,2\n")
    assert text == "class,y,x,n\n#1,1,2,\n"
    assert after(Reclass(2, "b"), text) == "class,y,x,n\nb,1,2,\n"


def test_an_erased_row_goes_with_its_line_ending() -> None:
    assert after(Erase(2)) == TEXT.replace('a;0;31,0;88;"round";4;"good; ""very"""\r\n', "")
    assert after(Erase(5)) == TEXT.replace('b;0;1;2;flat;4;"two\r\nlines"\r\n', "")


def test_a_text_without_a_last_line_ending_gets_none_when_its_last_row_goes() -> None:
    assert after(Erase(7)) == TEXT.removesuffix("\r\nb;1;1;2;flat;4;")
    assert apply("y,x,class\n1,2,a\n3,4,b", Erase(2), Erase(3))[0] == "y,x,class"
    assert apply("y,x,class\n1,2,a\n3,4,b\n", Erase(2), Erase(3))[0] == "y,x,class\n"


def test_a_new_row_is_written_as_the_table_is() -> None:
    new = Add("flat", t=2, y=5, x=6, image="c;d", object=9, stamp="o9f03ac21b4")
    assert after(new) == TEXT + '\r\n"c;d";2;5;6;flat;9;'
    assert after(new, TEXT + "\r\n") == TEXT + '\r\n"c;d";2;5;6;flat;9;\r\n'


def test_a_new_row_has_quotes_where_the_row_above_has() -> None:
    text = '"y","x","class"\n1,2,"a"\n'
    assert after(Add("b", y=3, x=4), text) == text + '3,4,"b"\n'


def test_what_a_new_row_says_of_its_object_is_left_out_where_no_column_holds_it() -> None:
    new = Add("b", y=3, x=4, object=7, size=9, stamp="o9f03ac21b4", by="me", when="now", note="?")
    assert after(new, "y,x,class\n") == "y,x,class\n3,4,b\n"
    assert after(new, "y\tx\tclass\tby\tsize\n") == "y\tx\tclass\tby\tsize\n3\t4\tb\tme\t9\n"


def test_a_new_row_stands_below_columns_of_another_program() -> None:
    text = "Location_Center_Y,Location_Center_X,class\n"
    assert after(Add("b", y=3, x=4), text) == text + "3,4,b\n"
    lengths = message("Centroid X µm,Centroid Y µm,class\n", Add("b", y=3, x=4))
    assert "columns y, x missing" in lengths
    assert "turn Centroid X µm, Centroid Y µm into voxels" in lengths


def test_rows_are_told_by_their_object() -> None:
    assert after(Reclass(ObjectKey("a", 0, 4), "flat")) == after(Reclass(2, "flat"))
    assert after(Erase(ObjectKey("b", 1, 4))) == after(Erase(7))
    assert "no row is about object 5 of b, t 1" in message(TEXT, Erase(ObjectKey("b", 1, 5)))
    several = message(TEXT, Erase(ObjectKey("b", None, 4)))
    assert "a.csv:5: 2 rows are about object 4 of b; got lines 5, 7" in several


def test_rows_are_told_by_the_names_of_their_image() -> None:
    text = "plate,well,y,x,class,object\nP1,A,1,2,a,3\nP1,B,1,2,a,3\n"
    key = ObjectKey("P1_B", None, 3, {"plate": "P1", "well": "B"})
    new, back = apply(text, Reclass(key, "b"), names=("plate", "well"))
    assert new == text.replace("P1,B,1,2,a", "P1,B,1,2,b")
    assert apply(new, back)[0] == text
    named = Add("a", y=5, x=6, names={"plate": "P2", "well": "A"})
    assert apply(text, named, names=("plate", "well"))[0] == text + "P2,A,5,6,a,\n"


def test_rows_are_told_by_the_files_of_their_image() -> None:
    """CellProfiler counts objects anew in every image."""
    text = "FileName_DNA,y,x,class,object\na.tif,1,2,a,3\nb.tif,1,2,a,3\n"
    for key in (ObjectKey("P1_B", None, 3, files=("b.tif",)), ObjectKey("b", None, 3)):
        assert apply(text, Reclass(key, "c"))[0] == text.replace("b.tif,1,2,a", "b.tif,1,2,c")


@pytest.mark.parametrize("line", [1, 3, 4, 6, 8])
def test_titles_remarks_blank_lines_and_insides_of_cells_are_no_rows(line: int) -> None:
    assert f"a.csv:{line}: there is no row on this line" in message(TEXT, Erase(line))
    assert f"a.csv:{line}: there is no row on this line" in message(TEXT, Reclass(line, "a"))


@pytest.mark.parametrize("name", ["unclassified", "Background", "failed", "IGNORE"])
def test_a_class_may_not_be_called_what_means_something_else(name: str) -> None:
    assert f"'{name}' is no class" in message(TEXT, Reclass(2, name))
    assert f"'{name}' is no class" in message(TEXT, Add(name, t=0, y=1, x=2, image="a"))


def test_ignore_is_a_word_for_rows_and_nothing_is_none() -> None:
    assert after(Reclass(2, "ignore")) == TEXT.replace("round", "ignore")
    assert "a.csv:2: a class has no name" in message(TEXT, Reclass(2, " "))
    assert "NUL" in message(TEXT, Reclass(2, "a\0"))


@pytest.mark.parametrize(
    ("text", "edit", "says"),
    [
        ("", Erase(2), "no line of column titles"),
        ("\n \n", Erase(2), "no line of column titles"),
        ("y,x\n1,2\n", Reclass(2, "a"), "column class missing"),
        ("y,x,class,Class\n1,2,a,b\n", Reclass(2, "a"), "two columns mean 'class'"),
        ('y,x,class\n1,2,"a\n', Reclass(2, "a"), "a.csv:2: a quote is not closed"),
        ("y,x,class\n", Add("a", y=1, x=2, image="b"), "column image missing"),
        ("y,x,class\n", Add("a", z=0, y=1, x=2), "column z missing"),
        ("y,x,class\n", Add("a", y=1), "a position has all its coordinates; got y"),
        ("y,x,class\n", Add("a"), "the row names no object"),
        ("y,x,class\n", Add("a", object=3), "the row names no object"),
        ("y,x,class\n", Add("a", y=1, x=2, names={"well": "A"}), "column well missing"),
    ],
)
def test_what_cannot_be_done_is_refused(text: str, edit: Edit, says: str) -> None:
    assert says in message(text, edit)


def test_edits_of_one_call_speak_of_the_text_as_it_is() -> None:
    edits = (Erase(2), Reclass(5, "x"), Add("y", t=0, y=8, x=9, image="a"), Erase(7))
    new, back = apply(TEXT, *edits)
    assert new == (
        "\ufeffimage;t;y;x;Class;ObjectNumber;mood\r\n# a remark\r\n\r\n"
        'b;0;1;2;x;4;"two\r\nlines"\r\na;0;8;9;y;;'
    )
    assert apply(new, back)[0] == TEXT


def test_two_edits_of_one_row_are_refused() -> None:
    says = message(TEXT, Reclass(2, "x"), Erase(ObjectKey("a", 0, 4)))
    assert "a.csv:2: two edits of one row" in says


def test_columns_are_added_once_and_filled_where_that_is_wanted() -> None:
    new, back = apply(
        "y,x,class\n1,2,a\n3,4,b\n", Renew(3, {"stamp": "o1", "z": "9"}), Widen(("stamp", "y"))
    )
    assert new == "y,x,class,stamp\n1,2,a\n3,4,b,o1\n"
    assert apply(new, back)[0] == "y,x,class\n1,2,a\n3,4,b\n"


def test_what_was_taken_back_can_be_made_again() -> None:
    new, back = apply(TEXT, Reclass(2, "x"))
    before, again = apply(new, back)
    assert before == TEXT
    assert apply(before, again) == (new, back)


def test_a_text_that_somebody_changed_is_not_taken_back() -> None:
    new, back = apply(TEXT, Reclass(2, "x"))
    assert "a.csv was changed since" in message(new + "\r\n", back)
    assert "taken back alone" in message(new, back, Erase(2))


def test_no_edit_changes_nothing_even_where_there_is_no_table() -> None:
    for text in ("", '"open\n1', TEXT):
        assert apply(text)[0] == text
        assert isinstance(apply(text)[1], Restore)
