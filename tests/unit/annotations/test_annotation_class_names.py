"""Words that no class may be called, and names of classes that look alike."""

from __future__ import annotations

import pytest

from objclass.annotations.class_names import (
    RESERVED,
    empty_notes,
    meaning,
    misspelt_notes,
    reserved_problem,
    row_problems,
)
from objclass.annotations.rows import Row


def rows(*classes: str) -> list[Row]:
    return [Row(line, name, y=1, x=1, file="a.csv") for line, name in enumerate(classes, 2)]


@pytest.mark.parametrize("word", ["unclassified", "Background", "FAILED", " ignore "])
def test_a_reserved_word_is_one_in_any_case(word: str) -> None:
    assert meaning(word) in RESERVED.values()
    assert reserved_problem(word) is not None


def test_other_words_are_names() -> None:
    assert reserved_problem("dead") is None
    assert row_problems(rows("dead", "backgrounds", "NA", "001")) == []


def test_ignore_is_a_word_for_rows() -> None:
    assert row_problems(rows("dead", "ignore")) == []
    (problem,) = row_problems(rows("dead", "IGNORE", "ignore"))
    assert (problem.what, problem.fix) == (
        "'IGNORE' is no class: it means an object that is not learned from (line 3)",
        "write 'ignore'",
    )


def test_classes_that_differ_in_blanks_are_named_with_their_lines() -> None:
    (problem,) = row_problems(rows("in division", "in  division", "in division", "dead"))
    assert problem.got == "'in division' (lines 2, 4), 'in  division' (line 3)"
    assert problem.place is not None
    assert problem.place.line == 3


def test_classes_that_the_workflow_names_may_look_alike() -> None:
    said = rows("G1", "g1")
    assert len(row_problems(said, ["G1", "s"])) == 1
    assert row_problems(said, ["G1", "g1"]) == []


def test_a_number_that_a_spreadsheet_wrote_otherwise_is_pointed_out_with_its_lines() -> None:
    (problem,) = row_problems(rows("1", "2", "1.0", "1", "2,5"))
    assert str(problem) == (
        "a.csv:4: names of classes are one number, written otherwise; got '1' (lines 2, 5), "
        "'1.0' (line 4); write them alike, or name them all in 'classes' if they are classes of "
        "their own"
    )
    assert len(row_problems(rows("001", "1", "1.50", "1,5"))) == 2
    assert row_problems(rows("1", "1.0"), ["1", "1.0"]) == []


def test_other_numbers_are_names_of_their_own() -> None:
    assert row_problems(rows("0", "1", "10", "1.5", "1.05", "15", "G1", "G1.0", "1.0.0")) == []


@pytest.mark.parametrize("word", ["nan", "NaN", "NA", "None", "<NA>"])
def test_a_class_called_as_an_empty_cell_stays_a_class_and_is_pointed_out(word: str) -> None:
    said = rows("dead", word, word)
    assert row_problems(said) == []
    assert list(empty_notes(said)) == [
        f"a class is called '{word}' (lines 3, 4): programs write that for an empty cell; if it "
        "is one, empty the cell"
    ]
    assert list(empty_notes(said, ["dead", word])) == []
    assert list(empty_notes(rows("nanny", "dead"))) == []


def test_a_rare_class_one_letter_from_a_frequent_one_is_pointed_out() -> None:
    said = rows("small", "small", "smal", "small", "small", "large")
    assert list(misspelt_notes(said)) == [
        "class 'smal' (line 4) is one letter away from 'small' (4 rows): if it is a slip, mend "
        "the line; if not, name both in 'classes'"
    ]
    assert list(misspelt_notes(said, ["small", "smal", "large"])) == []


@pytest.mark.parametrize("slip", ["bright cel", "brihgt cell", "bright_cell", "brigght cell"])
def test_a_slip_in_one_word_of_several_is_pointed_out(slip: str) -> None:
    (note,) = misspelt_notes(rows(*4 * ["bright cell"], slip))
    assert note.startswith(f"class '{slip}' (line 6) is one letter away from 'bright cell'")


@pytest.mark.parametrize(
    "names",
    [
        ["small", "small", "small", "smal"],
        ["phase1", "phase1", "phase1", "phase1", "phase2"],
        ["big", "big", "big", "big", "bug"],
        ["1111", "1111", "1111", "1111", "1112"],
        [*4 * ["small"], "Small"],
        [*4 * ["class A"], "class B"],
        [*4 * ["class_a"], "class_b"],
        [*4 * ["TypeA"], "TypeB"],
        [*4 * ["stage I"], "stage II"],
        [*4 * ["CD3+"], "CD3-"],
        [*4 * ["T cell"], "B cell"],
        [*4 * ["mitotic"], "amitotic"],
    ],
    ids=lambda names: names[-1],
)
def test_classes_that_may_well_be_meant_are_not_pointed_out(names: list[str]) -> None:
    assert list(misspelt_notes(rows(*names))) == []
