"""What is said of a classifier beside its scores: every number counted by hand, or by a peer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_score

from objclass.classification import Examples, ForestSettings, fit
from objclass.evaluation.assessment import assess, detailed_scores
from objclass.evaluation.baselines import baselines
from objclass.evaluation.grouping import Grouping, by_image
from objclass.evaluation.held_out import hold_out, predict_held_out
from objclass.evaluation.importance import permutation_importance
from objclass.evaluation.learning_curve import learning_curve
from objclass.evaluation.mistakes import suspected_mistakes
from objclass.evaluation.paired import compare_paired, mcnemar
from objclass.evaluation.prediction_sets import (
    Calibration,
    coverage_words,
    group_threshold,
    object_threshold,
    prediction_sets,
    thresholds,
)
from objclass.evaluation.rejection import rejections
from objclass.evaluation.reliability import brier, reliability
from objclass.evaluation.resampling import (
    balanced,
    draw_groups,
    f1,
    group_confusions,
    percentile_interval,
    precisions,
)
from objclass.evaluation.tidy import measures
from objclass.report.assessment import paired_lines

TREES = ForestSettings(trees=20)


def clouds(each: int = 30, images: int = 6, seed: int = 0) -> Examples:
    """Two classes that differ in the first of three columns, dealt over images."""
    random = np.random.default_rng(seed)
    y = np.repeat([0, 1], each)
    X = random.normal(size=(2 * each, 3))
    X[:, 0] += 4 * y
    image = np.tile(np.arange(images), 2 * each)[: 2 * each]
    return Examples(X, y, ("a", "b", "c"), image=image)


def test_scores_of_confusions_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    y, called, group = (random.integers(0, n, 200) for n in (4, 4, 9))
    total = group_confusions(y, called, group, 4).sum(axis=0)
    assert balanced(total) == pytest.approx(balanced_accuracy_score(y, called))
    assert precisions(total) == pytest.approx(precision_score(y, called, average=None))
    assert f1(total) == pytest.approx(f1_score(y, called, average=None))


def test_groups_are_drawn_whole_as_often_as_there_are_groups() -> None:
    draws = draw_groups(7, repeats=50)
    assert draws.shape == (50, 7)
    assert set(draws.sum(axis=1)) == {7}


def test_drawing_confusions_is_drawing_their_objects() -> None:
    """The fast way, one product, against a plain loop over objects."""
    random = np.random.default_rng(2)
    y, called, group = (random.integers(0, n, 60) for n in (3, 3, 5))
    draws = draw_groups(5, repeats=20)
    fast = balanced(np.tensordot(draws, group_confusions(y, called, group, 3), 1))
    for row, found in zip(draws, fast, strict=True):
        again = np.concatenate(
            [np.repeat(np.flatnonzero(group == g), n) for g, n in enumerate(row)]
        )
        recalls = [np.mean(called[again][y[again] == k] == k) for k in np.unique(y[again])]
        assert found == pytest.approx(np.mean(recalls))


def test_an_interval_over_groups_is_wider_where_groups_differ() -> None:
    y = np.zeros(200, np.int64)
    group = np.repeat(np.arange(20), 10)
    called = (group % 2).astype(np.int64)  # half of the groups is right, the others wrong

    def width(units: np.ndarray) -> float:
        drawn = np.tensordot(
            draw_groups(int(units.max()) + 1), group_confusions(y, called, units, 2), 1
        )
        low, high = percentile_interval(balanced(drawn)) or (0, 0)
        return high - low

    assert width(group) > 2.5 * width(np.arange(200))


def test_the_interval_of_a_share_holds_it_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        hits = random.binomial(5, 0.7, size=30)
        y = np.zeros(150, np.int64)
        called = 1 - np.concatenate([np.arange(5) < n for n in hits]).astype(np.int64)
        drawn = np.tensordot(
            draw_groups(30, repeats=400),
            group_confusions(y, called, np.repeat(np.arange(30), 5), 2),
            1,
        )
        low, high = percentile_interval(balanced(drawn)) or (0, 0)
        held += low <= 0.7 <= high
    assert 0.90 <= held / 200 <= 0.99


def test_the_brier_score_is_the_squared_distance_from_the_truth() -> None:
    assert brier(np.array([0, 1]), np.array([[1.0, 0.0], [0.0, 1.0]])) == 0
    assert brier(np.array([1]), np.array([[1.0, 0.0]])) == 2
    assert brier(np.array([0, 0]), np.array([[0.5, 0.5], [0.8, 0.2]])) == pytest.approx(0.29)


def test_reliability_compares_what_is_said_with_what_is_right() -> None:
    probability = np.array([[0.75, 0.25]] * 4 + [[1.0, 0.0]] * 2)
    found = reliability(np.array([0, 0, 0, 1, 0, 0]), probability)
    assert [(b["from"], b["objects"], b["said"], b["right"]) for b in found["bins"]] == [
        (0.7, 4, 0.75, 0.75), (0.9, 2, 1.0, 1.0)
    ]  # fmt: skip
    assert found["error"] == 0


def test_guessing_and_the_majority_are_what_one_gets_blindly() -> None:
    found = baselines(np.array([0] * 6 + [1] * 3 + [2]), "abc")
    assert found["majority"] == {"class": "a", "accuracy": 0.6, "balanced_accuracy": 1 / 3}
    assert found["chance"]["accuracy"] == pytest.approx(0.36 + 0.09 + 0.01)


def test_a_reject_rule_is_told_of_every_class() -> None:
    probability = np.array([[0.95, 0.05], [0.6, 0.4], [0.45, 0.55], [0.3, 0.7]])
    (row,) = rejections(np.array([0, 0, 1, 1]), probability, ("common", "rare"), (0.9,))
    assert row["classes"] == {
        "common": {"kept": 0.5, "recall": 1.0}, "rare": {"kept": 0.0, "recall": None}
    }  # fmt: skip
    assert (row["kept"], row["accuracy"]) == (0.25, 1.0)


def test_a_planted_mistake_is_found_and_ranked_first() -> None:
    examples = clouds()
    y = examples.y.copy()
    y[5], y[40] = 1, 0
    wrong = Examples(examples.X, y, examples.columns)
    model = fit(wrong, "ab", ForestSettings(trees=100))
    assert model.unseen is not None
    found = suspected_mistakes(y, model.unseen)
    assert {found[0].row, found[1].row} == {5, 40}
    assert [(m.said, m.suggested) for m in found if m.row == 5] == [(1, 0)]
    assert found[0].confident


def test_what_nobody_knows_is_no_mistake() -> None:
    assert suspected_mistakes(np.array([0, 1]), np.full((2, 2), np.nan)) == []


def test_shuffling_the_one_column_that_tells_classes_apart_costs_most() -> None:
    examples = clouds()
    fold = np.arange(60) % 5
    parts = list(hold_out(examples, fold, ("a", "b"), TREES, 0))
    found = permutation_importance(parts, examples.y, {"a": [0], "b, c": [1, 2]}, 2)
    assert found[0]["name"] == "a"
    assert found[0]["loss"] > 0.3 > 0.1 > abs(found[1]["loss"])


def test_held_out_models_say_what_models_fitted_by_hand_say() -> None:
    examples = clouds()
    fold = np.arange(60) % 3
    found = predict_held_out(examples, fold, ("a", "b"), TREES, 7)
    from objclass.classification import evaluate

    for part in range(3):
        others = fold != part
        plain = Examples(examples.X[others], examples.y[others], examples.columns)
        model = fit(plain, ("a", "b"), TREES, 7)
        assert (evaluate(model, examples.X[~others]) == found[~others]).all()


def in_one_group(scores: dict[str, list[float]]) -> Calibration:
    """Scores of which no group was held out."""
    groups = {name: [0] * len(each) for name, each in scores.items()}
    return Calibration(scores, groups, "image", "all examples are in one image")


def test_thresholds_of_sets_are_the_order_statistics_of_their_class() -> None:
    scores = {"a": [k / 20 for k in range(1, 20)], "b": [0.3, 0.9], "c": []}
    found = thresholds(in_one_group(scores), 0.9)
    assert found["a"].threshold == pytest.approx(0.1)  # 18 of 19 lie at or above
    assert found["a"].reached == 0.9
    assert (found["b"].threshold, found["b"].reached) == (0.3, 2 / 3)
    empty = found["c"]
    assert (empty.threshold, empty.examples, empty.reached) == (0.0, 0, 0.0)


def test_a_set_holds_one_class_several_or_none() -> None:
    found = thresholds(in_one_group({"a": [0.5] * 20, "b": [0.4] * 20}), 0.9)
    probability = np.array([[0.9, 0.1], [0.55, 0.45], [0.45, 0.39]])
    assert prediction_sets(probability, ("a", "b"), found).tolist() == [
        [True, False], [True, True], [False, False]
    ]  # fmt: skip


def test_sets_cover_each_class_as_often_as_asked() -> None:
    """Exchangeable scores: the mean coverage over many draws is that asked for."""
    random = np.random.default_rng(4)
    covered = []
    for _ in range(400):
        least = object_threshold(np.sort(random.beta(4, 2, size=30)), 0.9)
        covered.append(np.mean(random.beta(4, 2, size=200) >= least))
    assert 0.89 <= np.mean(covered) <= 0.93


def test_sets_cover_objects_of_a_new_group_though_one_group_holds_most_objects() -> None:
    """Twelve smears that differ, one with 60 of the 93 cells: only the group rule holds in a new.

    The rule of objects goes by the large smear, and what it covers of a thirteenth falls short.
    """
    random = np.random.default_rng(6)
    groups = np.repeat(np.arange(12), [60] + 11 * [3])
    covered: dict[str, list[float]] = {"groups": [], "objects": []}
    for _ in range(600):
        shift = random.normal(size=13)
        scores = random.normal(shift[groups], 0.3)
        order = np.argsort(scores)
        new = random.normal(shift[12], 0.3, size=50)
        least = group_threshold(scores[order], groups[order], 0.9)
        covered["groups"].append(float(np.mean(new >= least)))
        covered["objects"].append(float(np.mean(new >= object_threshold(scores[order], 0.9))))
    assert np.mean(covered["objects"]) < 0.83
    assert 0.885 <= np.mean(covered["groups"]) <= 0.97


def test_with_one_object_a_group_groups_are_objects() -> None:
    scores = np.sort(np.random.default_rng(1).random(37))
    for coverage in (0.5, 0.8, 0.9, 0.97):
        alone = group_threshold(scores, np.arange(37), coverage)
        assert alone == object_threshold(scores, coverage)


def test_groups_count_alike_and_equal_scores_together() -> None:
    """Ten of one group at 0.9 and one of each of nine others at 0.1 to 0.8, two of them equal."""
    scores = np.array([0.1, 0.2, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85] + [0.9] * 10)
    groups = np.array([*range(1, 10), *[0] * 10])
    assert group_threshold(scores, groups, 0.9) == 0.1  # 1 of 11 unknown, the next would be 2
    assert group_threshold(scores, groups, 0.8) == 0.2  # 2 of 11 lie below it
    assert group_threshold(scores, groups, 0.7) == 0.2  # 4 of 11 would lie below 0.4
    assert group_threshold(scores, groups, 0.8, unknown=0) == 0.2
    assert group_threshold(np.array([0.3]), np.array([5]), 0.9) == 0.3


def test_too_few_groups_are_said_in_words_and_sets_go_by_the_wider_rule() -> None:
    many, few = list(range(9)), [0] * 18 + [1, 1]
    scores = {"a": [k / 10 for k in range(1, 10)], "b": [0.8] * 18 + [0.9, 0.9]}
    calibration = Calibration(scores, {"a": many, "b": few}, "smear")
    found = thresholds(calibration, 0.9)
    assert [found[name].for_new_groups for name in "ab"] == [True, False]
    assert [found[name].groups for name in "ab"] == [9, 2]
    assert coverage_words(calibration, found, 0.9) == [
        "0.9 cannot be promised on a new smear for b (2): that takes 9 smears with the class"
    ]
    assert coverage_words(calibration, thresholds(calibration, 0.5), 0.5) == []
    one = in_one_group(scores)
    assert coverage_words(one, thresholds(one, 0.9), 0.9) == [
        "0.9 cannot be promised on a new image: all examples are in one image"
    ]


def test_mcnemar_is_the_sign_test_of_what_one_alone_got_right() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(0, 5) == pytest.approx(2 / 32)
    assert mcnemar(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)


def test_two_classifiers_on_the_same_objects_are_compared_in_pairs() -> None:
    y = np.repeat([0, 1], 40)
    first = np.where(np.arange(80) % 4 == 0, 1 - y, y)
    found = compare_paired(y, first, y, np.arange(80) // 4, 2)
    assert found["balanced_accuracy"] == [0.75, 1.0]
    assert found["difference"] == 0.25
    assert found["interval"][0] > 0
    assert (found["only_first"], found["only_second"]) == (0, 20)
    assert found["p"] < 1e-5
    same = compare_paired(y, first, first, np.arange(80), 2)
    assert (same["difference"], same["p"]) == (0, 1)
    low, high = same["interval"]
    each = 1.96**2 / (40 + 1.96**2)  # Wilson's upper end of none among forty
    assert (low, high) == pytest.approx((-each / 2**0.5, each / 2**0.5), rel=1e-3)


def test_one_group_cannot_be_drawn_again_so_that_a_difference_has_no_interval() -> None:
    y = np.repeat([0, 1], 40)
    first = np.where(np.arange(80) % 4 == 0, 1 - y, y)
    found = compare_paired(y, first, y, np.zeros(80, int), 2)
    assert (found["difference"], found["groups"], found["interval"]) == (0.25, 1, None)
    said = list(paired_lines({**found, "intervals_by": "image"}, ["one", "two"]))
    assert "difference +0.25 (no interval: all are of one image)" in said


def learned(group: Sequence[int]) -> dict[str, Any]:
    """Return the learning curve of 24 examples that nobody could take for another class."""
    y = np.repeat([0, 1], 12)
    examples = Examples(y[:, None] * 9.0, y, ("a",))
    return learning_curve(
        examples, np.arange(24, dtype=np.int64) % 3, y, np.asarray(group), ("a", "b"), TREES, 0
    )


def test_losing_half_of_a_class_without_a_difference_leaves_room_for_one() -> None:
    found = learned(range(24))
    each = 1.96**2 / (12 + 1.96**2)  # Wilson's upper end of none among twelve
    for lost in found["halved"].values():
        assert lost["loss"] == 0
        assert lost["interval"] == pytest.approx([-each / 2**0.5, each / 2**0.5], rel=1e-3)
    assert found["most"] is None


def test_a_loss_over_a_single_group_has_no_interval_and_no_class_stands_out() -> None:
    found = learned([0] * 24)
    assert [each["interval"] for each in found["halved"].values()] == [None, None]
    assert found["most"] is None


def test_an_assessment_says_everything_and_every_number_is_a_row() -> None:
    examples = clouds()
    model = fit(examples, ("a", "b"), TREES)
    found = assess(model, examples, by_image(examples), {"first": [0], "rest": [1, 2]})
    assert (found["by"], found["intervals_by"], found["drawn"]) == ("image", "image", 6)
    assert found["score"]["balanced_accuracy"] > 0.9
    assert found["importance"][0]["name"] == "first"
    assert found["learning_curve"]["fractions"] == [0.25, 0.5, 1.0]
    assert found["sets"]["classes"]["a"]["reached"] == 0.9
    names = {row.measure for row in measures(found)}
    assert names >= {"recall", "precision", "f1", "Brier score", "loss when shuffled"}


def test_few_groups_are_not_drawn_again() -> None:
    examples = clouds(images=2)
    model = fit(examples, ("a", "b"), TREES)
    found = assess(model, examples, by_image(examples), {})
    assert (found["by"], found["intervals_by"], found["drawn"]) == ("image", "object", 60)


def test_groups_with_one_class_say_so_and_examples_are_held_out_instead() -> None:
    examples = clouds()
    model = fit(examples, ("a", "b"), TREES)
    found = assess(model, examples, Grouping("plate", examples.y.astype(np.int64)), {})
    assert found["not_by_group"] == "a, b are annotated in one plate only"
    assert found["by"] == "object"


def test_one_example_per_class_has_no_assessment_and_says_why() -> None:
    examples = Examples(np.array([[0.0], [1.0]]), np.array([0, 1]), ("a",))
    model = fit(examples, ("x", "y"), TREES)
    found = assess(model, examples, by_image(examples), {})
    assert found["skipped"] == "x, y have one example each"
    assert list(measures(found)) == []


def test_details_are_of_the_objects_given() -> None:
    probability = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    found = detailed_scores(np.array([0, 1, 0]), probability, np.arange(3), ("a", "b"))
    assert found["score"]["balanced_accuracy"] == 0.75
    assert found["score"]["confusion"] == [[1, 1], [0, 1]]
