"""Problems: where, what, got, expected, fix."""

from __future__ import annotations

import pytest

from objclass.errors import (
    InputError,
    ObjclassError,
    Place,
    Problem,
    RunError,
    list_some,
    nearest,
    raise_all,
)

HERE = Place("cells.yaml", 14, 16)


def test_a_problem_reads_where_what_got_expected_fix() -> None:
    problem = Problem("channel 3 does not exist", "3", "0 or 1", "say nucleus", HERE, "nuclei")
    assert str(problem) == (
        "cells.yaml:14:16: node 'nuclei': channel 3 does not exist; got 3; expected 0 or 1; "
        "say nucleus"
    )


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("it is wrong"), "it is wrong"),
        (Problem("it is wrong", fix="mend it"), "it is wrong; mend it"),
        (Problem("it is wrong", got="1", node="n"), "node 'n': it is wrong; got 1"),
        (
            Problem("it is wrong", expected="2", place=Place("a.csv")),
            "a.csv: it is wrong; expected 2",
        ),
    ],
)
def test_what_is_not_known_is_not_said(problem: Problem, text: str) -> None:
    assert str(problem) == text


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("a.yaml"), "a.yaml"),
        (Place("a.yaml", 3), "a.yaml:3"),
        (Place("a.yaml", 3, 5), "a.yaml:3:5"),
        (Place("C:\\a.yaml", 3, 5), "C:\\a.yaml:3:5"),
    ],
)
def test_a_place_is_written_as_editors_read_it(place: Place, text: str) -> None:
    assert str(place) == text


@pytest.mark.parametrize(
    ("images", "t", "where"),
    [
        (("b",), None, "node 'n', image 'b': "),
        (("a", "b"), None, "node 'n', images 'a', 'b': "),
        (("a", "b", "c", "d", "e"), None, "node 'n', images 'a', 'b', 'c' and 2 more: "),
        ((), 3, "node 'n', t 3: "),
        (("b",), 0, "node 'n', image 'b', t 0: "),
    ],
)
def test_a_problem_names_the_images_and_the_frame_concerned(
    images: tuple[str, ...], t: int | None, where: str
) -> None:
    assert str(Problem("it is wrong", node="n", images=images, t=t)) == f"{where}it is wrong"


def test_what_was_known_of_a_problem_is_not_overwritten() -> None:
    problem = Problem("it is wrong", place=HERE, node="n", images=("a",), t=0)
    assert problem.at(Place("b.yaml"), "m").of(("b",), 1) == problem
    bare = Problem("it is wrong")
    assert bare.at(HERE, "n").of(("a",), 0) == problem


def test_all_problems_are_raised_at_once_in_reading_order() -> None:
    late, early = Problem("b", place=Place("a", 9, 1)), Problem("c", place=Place("a", 2, 7))
    nowhere = Problem("a")
    with pytest.raises(InputError) as caught:
        raise_all([nowhere, late, early, late])
    assert caught.value.problems == (early, late, nowhere)
    assert str(caught.value).splitlines() == ["a:2:7: c", "a:9:1: b", "a"]


def test_no_problem_raises_nothing() -> None:
    raise_all([])


@pytest.mark.parametrize(("error", "code"), [(InputError, 2), (RunError, 1), (ObjclassError, 2)])
def test_an_error_knows_the_exit_code_of_its_command(error: type[ObjclassError], code: int) -> None:
    assert error(Problem("x")).exit_code == code
    assert issubclass(error, ObjclassError)


def test_the_nearest_name_is_the_one_a_person_meant() -> None:
    known = ["threshold", "core_threshold", "min_size"]
    assert nearest("treshold", known) == "threshold"
    assert nearest("minsize", known) == "min_size"
    assert nearest("colour", known) is None
    assert nearest("anything", []) is None


def test_long_lists_are_cut_and_say_so() -> None:
    assert list_some([]) == ""
    assert list_some(["a"]) == "a"
    assert list_some(range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
    assert list_some(range(15)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more"
    assert list_some("abc", 1) == "a and 2 more"
