"""Lists of files that are paired by their order: what the names say against it."""

from __future__ import annotations

import pytest

from objclass.io.name_order import by_name, misplaced


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.tif b.tif", "b_prob.h5 a_prob.h5"),
        (
            "img_01.tif img_02.tif",
            "Probabilities2.h5/exported_data Probabilities1.h5/exported_data",
        ),
        ("s1_t1.tif s1_t2.tif", "p_s1_t2.h5 p_s1_t1.h5"),
        ("p1/raw.tif p2/raw.tif", "p2/prob.h5 p1/prob.h5"),
        ("p1/{n}.tif p2/{n}.tif", "q2/{n}.h5 q1/{n}.h5"),
        ("day1/A3.tif day2/B3.tif", "maps/b3.h5 maps/a3.h5"),
    ],
)
def test_names_that_changed_places_are_found(first: str, second: str) -> None:
    assert by_name(first.split(), second.split()) == {0: 1, 1: 0}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.tif b.tif", "a_prob.h5 b_prob.h5"),
        ("a.tif b.tif", "x.h5 y.h5"),
        ("img1.tif img2.tif img3.tif", "prob0.h5 prob1.h5 prob2.h5"),
        ("a.tif b.tif", "one.h5 one.h5"),
        ("a.tif a_b.tif", "b_a.h5 b.h5"),
        ("x/a.tif y/a.tif", "b.h5 a.h5"),
    ],
)
def test_names_that_say_nothing_clear_leave_the_order(first: str, second: str) -> None:
    assert by_name(first.split(), second.split()) == {}


def test_two_that_changed_places_among_others_are_found() -> None:
    first = ["a.tif", "b.tif", "c.tif", "d.tif"]
    assert by_name(first, ["a.h5", "c.h5", "b.h5", "other.h5"]) == {1: 2, 2: 1}


def test_a_file_in_the_place_of_another_is_named_with_both() -> None:
    lists = {"raw": ["a.tif", "b.tif"], "mask": ["m.tif"], "prob": ["b.h5", "a.h5"]}
    first, second = (str(problem) for problem in misplaced(lists))
    assert first.startswith("node 'prob': a.h5 is named like a.tif, and given with b.tif; give all")
    assert second.startswith("node 'prob': b.h5 is named like b.tif, and given with a.tif")
