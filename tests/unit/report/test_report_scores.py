"""What a person reads of how good a classifier is."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.evaluation.scores import scores
from objclass.report.scores import score_lines

TRUTH = np.array([0] * 8 + [1] * 4)
CALLED = np.array([0] * 7 + [1] + [1] * 3 + [0])


def told(**evaluation: object) -> list[str]:
    return list(score_lines(evaluation))


def test_both_scores_stand_in_one_line_and_the_matrix_has_truth_in_rows() -> None:
    near = scores(TRUTH, TRUTH, ("interphase", "mitotic"))
    assert told(by_image=scores(TRUTH, CALLED, ("interphase", "mitotic")), out_of_bag=near) == [
        "balanced accuracy 0.81 (0.53 to 0.93) on images it has not seen; "
        "1.00 within images (out of bag)",
        "class       recall (95 %)        called interphase  mitotic",
        "interphase  0.88 (0.53 to 0.98)                  7        1",
        "mitotic     0.75 (0.30 to 0.95)                  1        3",
    ]


def test_where_images_cannot_be_scored_the_reason_stands_behind() -> None:
    found = told(
        by_image={"skipped": "all examples are in one"},
        out_of_bag=scores(TRUTH, TRUTH, ("a", "b")),
    )
    assert found[0] == (
        "balanced accuracy 1.00 (0.71 to 1.00) within images (out of bag); "
        "not by image: all examples are in one"
    )


def test_a_class_that_is_not_scored_is_named_below_the_others() -> None:
    names = ("a", "b", "rare")
    near = scores(TRUTH, TRUTH, names) | {"not_scored": {"rare": "1 example"}}
    assert told(by_image=near, out_of_bag=near)[-1] == "rare: 1 example, not scored"
    by_image = near | {"not_scored": {"rare": "annotated in one image only"}}
    assert told(by_image=by_image, out_of_bag=scores(TRUTH, TRUTH, names))[-1] == (
        "rare: annotated in one image only, not scored by image"
    )
    assert told(out_of_bag={**near, "not_scored": 3})[-1].startswith("b  ")


def test_chance_is_said() -> None:
    half = scores(np.array([0, 1] * 20), np.array([0, 0, 1, 1] * 10), ("a", "b"))
    assert told(out_of_bag=half)[1] == "this may be chance: guessing gets 0.50"


def test_no_score_says_why() -> None:
    assert told(
        by_image={"skipped": "all examples are in one"},
        out_of_bag={"skipped": "the trees see all examples (bootstrap is off)"},
        cross_validation={"skipped": "b has one example"},
    ) == [
        "not scored: all examples are in one; the trees see all examples (bootstrap is off); "
        "b has one example"
    ]


def test_of_many_classes_the_calls_are_said_in_words_and_long_names_are_cut() -> None:
    names = (*(f"k{k}" for k in range(8)), "a name of thirty letters, or so")
    truth = np.arange(9).repeat(4)
    lines = told(out_of_bag=scores(truth, np.where(np.arange(36) == 35, 0, truth), names))
    assert lines[1].split() == ["class", "recall", "(95", "%)", "called"]
    assert lines[-1].endswith("3 a name of thirty le…, 1 k0")
    assert lines[-1].startswith("a name of thirty le…  0.75")
    assert max(map(len, lines)) < 100


def test_a_class_without_examples_has_no_row_but_a_column() -> None:
    lines = told(out_of_bag=scores(np.array([0, 1]), np.array([0, 2]), ("a", "b", "nobody")))
    assert [line.split()[0] for line in lines[-3:]] == ["class", "a", "b"]
    assert "nobody" in lines[-3]


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"out_of_bag": 3},
        {"out_of_bag": {"balanced_accuracy": "high"}},
        {"out_of_bag": {"balanced_accuracy": None}},
        {"by_image": ["x"], "out_of_bag": None},
    ],
)
def test_what_a_strange_project_holds_is_left_out(strange: dict[str, object]) -> None:
    assert list(score_lines(strange)) == []


@pytest.mark.parametrize(
    "more",
    [
        {"confusion": [[1]], "classes": {"a": {}, "b": {}}},
        {"confusion": "x", "classes": {"a": {}}},
        {"confusion": [["1"]], "classes": {"a": {}}},
        {"confusion": [[1]], "classes": ["a"]},
        {"balanced_interval": [None, 2]},
        {"at_chance": True, "chance": "x"},
    ],
)
def test_strange_details_leave_the_score(more: dict[str, object]) -> None:
    found = told(out_of_bag={"balanced_accuracy": 0.5, **more})
    assert found == ["balanced accuracy 0.50 within images (out of bag)"]


def test_a_strange_recall_is_a_question_mark() -> None:
    odd = {"balanced_accuracy": 0.5, "confusion": [[1]], "classes": {"a": {"recall": "x"}}}
    assert told(out_of_bag=odd)[-1].split()[:2] == ["a", "?"]
