"""Words that no class may be called, and names of classes that look alike."""

from __future__ import annotations

import pytest

from objclass.annotations.class_names import RESERVED, meaning, reserved_problem, row_problems
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
