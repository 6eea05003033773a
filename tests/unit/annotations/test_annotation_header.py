"""Which column means what."""

from __future__ import annotations

import pytest

from objclass.annotations.header import meaning, one_slip, read_header


def problems_of(header: str, **how: object) -> list[str]:
    settings = {"spatial": "yx", "has_time": False, **how}
    return [str(p) for p in read_header("a.csv", header.split(","), **settings)[1]]


def test_columns_are_found_in_any_order_and_case() -> None:
    header, problems = read_header("a.csv", ["X", " Class ", "y", "note", "my own"], "yx", False)
    assert not problems
    assert header.known == {"x": 0, "class": 1, "y": 2, "note": 3}
    assert header.extra == {"my own": 4}


def test_a_byte_order_mark_is_not_part_of_the_first_title() -> None:
    header, problems = read_header("a.csv", ["\ufeffy", "x", "class"], "yx", False)
    assert not problems
    assert header.known["y"] == 0


@pytest.mark.parametrize("title", ["label", "ObjectNumber", "labelimage_oid", "OBJECT"])
def test_aliases_mean_object(title: str) -> None:
    assert meaning(title) == "object"


def test_name_columns_are_found_whatever_their_case() -> None:
    header, _ = read_header("a.csv", ["Plate", "y", "x", "class"], "yx", False, ["plate", "well"])
    assert header.names == {"plate": 0}


def test_two_columns_that_mean_object_are_an_error() -> None:
    assert problems_of("y,x,class,label,object") == [
        "a.csv:1:5: two columns mean 'object'; got 'label' and 'object'; "
        "rename or delete one of them"
    ]


def test_a_misspelt_column_is_not_silently_unread() -> None:
    assert problems_of("y,x,class,stmp") == [
        "a.csv:1:4: column 'stmp' is not known; did you mean 'stamp'? otherwise rename it"
    ]


@pytest.mark.parametrize("own", ["area", "size_um", "phase", "image_id", "zoom", "tag", "notes"])
def test_other_peoples_columns_are_welcome(own: str) -> None:
    assert problems_of(f"y,x,class,{own}") == []


def test_a_column_like_a_known_one_is_welcome_where_that_one_is_there_too() -> None:
    assert problems_of("y,x,class,size,sizes") == []


def test_a_table_without_class_is_told_which_column_it_might_be() -> None:
    assert problems_of("y,x,classes?") == [
        "a.csv:1: column class missing; got y, x, classes?; rename 'classes?' to 'class'"
    ]
    assert problems_of("y,x,klass") == [
        "a.csv:1:3: column 'klass' is not known; did you mean 'class'? otherwise rename it"
    ]
    assert problems_of("y,x,type") == [
        "a.csv:1: column class missing; got y, x, type; name the column of classes 'class'"
    ]


def test_a_volume_needs_z_and_a_movie_needs_t() -> None:
    found = problems_of("y,x,class", spatial="zyx", has_time=True)
    assert len(found) == 1
    assert "columns t, z missing" in found[0]


def test_ids_alone_are_refused_where_they_do_not_last() -> None:
    (found,) = problems_of("object,class")
    assert "object ids change whenever the segmentation does" in found
    assert problems_of("object,class", keeps_ids=True) == []


def test_an_empty_file_has_no_header() -> None:
    (found,) = problems_of("")
    assert found == "a.csv: the annotation file has no header; expected a line of column titles"


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("stmp", "stamp"),
        ("stampp", "stamp"),
        ("stanp", "stamp"),
        ("satmp", "stamp"),
        ("tamp", "stamp"),
    ],
)
def test_one_slip_is_one_letter_or_one_swap(word: str, other: str) -> None:
    assert one_slip(word, other)
    assert one_slip(other, word)


@pytest.mark.parametrize("word", ["stamp", "stp", "stammps", "tsapm", ""])
def test_nothing_or_two_slips_are_not_one(word: str) -> None:
    assert not one_slip(word, "stamp")
