"""Training, predicting and scoring on tables one can count by eye."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from objclass.classification import (
    Examples,
    ForestSettings,
    count_imputed,
    evaluate,
    fill,
    fit,
    medians,
    predict,
)
from objclass.classification.folds import image_parts, lacking, parts
from objclass.data.model import Model
from objclass.errors import InputError, RunError
from objclass.evaluation.held_out import predict_held_out
from objclass.evaluation.quality import Evaluation, evaluation
from objclass.evaluation.scores import mean_interval, scores, wilson

SMALL = ForestSettings(trees=10)


def stump(threshold: float, column: int = 0, **changes: object) -> Model:
    """One tree with one split: class a at or below the threshold, class b above."""
    parts: dict[str, object] = {
        "estimator": "forest",
        "arrays": {
            "feature": np.array([column, -1, -1], np.int32),
            "threshold": np.array([threshold, 0.0, 0.0]),
            "left": np.array([1, -1, -1], np.int32),
            "right": np.array([2, -1, -1], np.int32),
            "value": np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
            "root": np.array([0], np.int32),
        },
        "classes": ("a", "b"),
        "columns": ("size", "mean"),
        "units": ("voxel", ""),
        "facts": {"missing": "zero"},
    }
    return Model(**{**parts, **changes})  # type: ignore[arg-type]


def leaves(*values: list[float], classes: tuple[str, ...]) -> Model:
    """One tree per row of values, each nothing but a leaf."""
    n = len(values)
    none = np.full(n, -1, np.int32)
    arrays = {
        "feature": none,
        "threshold": np.zeros(n),
        "left": none,
        "right": none,
        "value": np.array(values),
        "root": np.arange(n, dtype=np.int32),
    }
    return Model("forest", arrays, classes, ("size",), (), {})


def blobs(n: int = 60, f: int = 4, classes: int = 3, seed: int = 0) -> Examples:
    """Classes that overlap a little in every column."""
    random = np.random.RandomState(seed)
    y = np.arange(n) % classes
    X = random.randn(n, f) + y[:, None] * 1.5
    return Examples(X, y, tuple(f"c{k}" for k in range(f)), ("voxel",) * f)


def table(model: Model, X: np.ndarray) -> dict[str, np.ndarray]:
    return {name: X[:, k] for k, name in enumerate(model.columns)}


# -- evaluating ---------------------------------------------------------------------------------


def test_a_value_equal_to_the_threshold_goes_left() -> None:
    X = np.array([[2.0, 0.0], [np.nextafter(np.float32(2), np.float32(3)), 0.0]])
    assert evaluate(stump(2.0), X).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_float32_values_are_compared_with_the_threshold_in_double_precision() -> None:
    # float32(0.7) is 0.699999988, at or below 0.7; float32(0.4) is 0.400000006, above 0.4
    assert evaluate(stump(0.7), np.array([[0.7, 0.0]])).tolist() == [[1.0, 0.0]]
    assert evaluate(stump(0.4), np.array([[0.4, 0.0]])).tolist() == [[0.0, 1.0]]


def test_a_forest_that_compares_with_less_than_fits_the_same_evaluator() -> None:
    model = stump(float(np.nextafter(2.0, -np.inf)))
    X = np.array([[2.0, 0.0], [1.0, 0.0]])
    assert evaluate(model, X).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_probabilities_are_the_mean_over_trees_added_in_their_order() -> None:
    values = [0.1, 0.7, 1e-17, 0.2]
    model = leaves(*([v, 1 - v] for v in values), classes=("a", "b"))
    expected = (((0.1 + 0.7) + 1e-17) + 0.2) / 4
    assert evaluate(model, np.zeros((11, 1)))[:, 0].tolist() == [expected] * 11


@pytest.mark.parametrize("kind", ["random_forest", "extra_trees"])
@pytest.mark.parametrize("classes", [2, 5])
def test_probabilities_are_those_of_scikit_learn_to_the_last_bit(kind: str, classes: int) -> None:
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

    kinds = {"random_forest": RandomForestClassifier, "extra_trees": ExtraTreesClassifier}
    examples = blobs(n=90, classes=classes)
    weights = {"class_weight": "balanced", "random_state": 7, "n_jobs": 1}
    peer = kinds[kind](100, **weights).fit(examples.X, examples.y)
    model = fit(examples, "abcde"[:classes], ForestSettings(kind=kind), seed=7)  # type: ignore[arg-type]
    X = np.random.RandomState(1).randn(301, 4) * 3
    assert np.array_equal(evaluate(model, X), peer.predict_proba(X))


@pytest.mark.parametrize(
    "options",
    [
        {"max_features": 0.5, "max_depth": 3, "class_weight": "none"},
        {"max_features": 2, "min_leaf": 4, "bootstrap": False, "class_weight": "none"},
        {"max_features": None, "class_weight": "balanced"},
        {"max_features": "log2", "class_weight": {"b": 7.0}},
    ],
)
def test_every_option_reaches_scikit_learn(options: dict) -> None:  # type: ignore[type-arg]
    from sklearn.ensemble import RandomForestClassifier

    examples = blobs()
    names = {"min_leaf": "min_samples_leaf"}
    same = {names.get(k, k): v for k, v in options.items()}
    weights = {"none": None, "balanced": "balanced"}
    named = isinstance(same["class_weight"], dict)
    same["class_weight"] = {0: 1.0, 1: 7.0, 2: 1.0} if named else weights[same["class_weight"]]
    peer = RandomForestClassifier(20, n_jobs=1, random_state=0, **same)
    peer.fit(examples.X, examples.y)
    model = fit(examples, "abc", ForestSettings(trees=20, **options))
    assert np.array_equal(evaluate(model, examples.X), peer.predict_proba(examples.X))


def test_classes_count_alike_unless_somebody_says_otherwise() -> None:
    assert ForestSettings() == ForestSettings(class_weight="balanced")
    y = np.array([0] * 30 + [1] * 3)
    examples = Examples(np.zeros((33, 2)) + [[0.0, k] for k in range(33)], y, ("u", "v"))
    leaf = {"max_depth": 1, "min_leaf": 33, "bootstrap": False, "trees": 1}  # a tree of one leaf
    shares = {
        weights: evaluate(
            fit(examples, "ab", ForestSettings(**leaf, class_weight=weights)),
            examples.X[:1],
        ).tolist()
        for weights in ("balanced", "none")
    }
    assert shares["balanced"] == [[pytest.approx(1 / 2), pytest.approx(1 / 2)]]
    assert shares["none"] == [[pytest.approx(30 / 33), pytest.approx(3 / 33)]]


def test_no_rows_give_no_probabilities() -> None:
    assert evaluate(stump(1.0), np.zeros((0, 2))).shape == (0, 2)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(RunError, match=r"shape of the feature rows; got \(1, 3\)"):
        evaluate(stump(1.0), np.zeros((1, 3)))


def test_a_damaged_model_is_refused_instead_of_walked() -> None:
    model = stump(1.0)
    model.arrays["left"][0] = 0  # type: ignore[index]
    with pytest.raises(RunError, match=r"'left' .* out of range; got 0 at position 0"):
        evaluate(model, np.zeros((1, 2)))


# -- predicting ---------------------------------------------------------------------------------


def test_columns_are_matched_by_name_and_never_by_position() -> None:
    columns = {
        "extra": np.array([9.0, 9.0]),
        "mean": np.array([9.0, 9.0]),
        "size": np.array([1.0, 3.0]),
    }
    found = predict(stump(2.0), [4, 2**40], columns)
    assert found.code.tolist() == [1, 2]
    assert found.ids.tolist() == [4, 2**40]
    assert (found.ids.dtype, found.code.dtype) == (np.uint64, np.uint8)


def test_a_missing_column_is_named_with_what_may_be_meant() -> None:
    with pytest.raises(RunError, match=r"got size; .*'sise' is there"):
        predict(stump(2.0), [1], {"sise": np.array([1.0]), "mean": np.array([1.0])})


def test_text_and_wrong_lengths_are_refused_by_column() -> None:
    columns = {"size": np.array(["a"]), "mean": np.array([1.0, 2.0])}
    with pytest.raises(RunError) as caught:
        predict(stump(2.0), [1], columns)
    text = str(caught.value)
    assert "column 'size' is not numeric" in text
    assert "shape of column 'mean'; got (2,); expected (1,)" in text


def test_whole_numbers_and_booleans_are_features_too() -> None:
    columns = {"size": np.array([1, 3], np.uint64), "mean": np.array([True, False])}
    assert predict(stump(2.0), [1, 2], columns).code.tolist() == [1, 2]


def test_the_first_of_equal_maxima_wins() -> None:
    model = leaves([0.25, 0.375, 0.375], classes=("a", "b", "c"))
    found = predict(model, [1], {"size": np.zeros(1)})
    assert found.code.tolist() == [2]
    assert found.uncertainty.tolist() == [1.0]


def test_uncertainty_is_one_minus_the_lead_of_the_winner() -> None:
    model = leaves([0.125, 0.625, 0.25], classes=("a", "b", "c"))
    assert predict(model, [1], {"size": np.zeros(1)}).uncertainty.tolist() == [0.625]


def test_the_lead_is_found_whatever_the_order_of_the_classes() -> None:
    model = leaves([0.625, 0.125, 0.25], classes=("a", "b", "c"))
    found = predict(model, [1], {"size": np.zeros(1)})
    assert (found.code.tolist(), found.uncertainty.tolist()) == ([1], [0.625])


def test_one_class_is_certain() -> None:
    found = predict(leaves([1.0], classes=("a",)), [1], {"size": np.zeros(1)})
    assert (found.code.tolist(), found.uncertainty.tolist()) == ([1], [0.0])


def test_below_the_least_probability_an_object_is_unclassified() -> None:
    model = leaves([0.375, 0.625], classes=("a", "b"))
    size = {"size": np.zeros(1)}
    assert predict(model, [1], size, min_probability=0.625).code.tolist() == [2]
    assert predict(model, [1], size, min_probability=0.75).code.tolist() == [3]


def test_no_objects_are_a_valid_prediction() -> None:
    found = predict(stump(1.0), [], {"size": np.zeros(0), "mean": np.zeros(0)})
    assert (found.code.shape, found.probability.shape) == ((0,), (0, 2))


def test_prediction_never_imports_scikit_learn_and_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, objclass.classification\n"
        "heavy = {'numpy', 'numba', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "import numpy as np\n"
        "from objclass.data.model import Model\n"
        "none = np.array([-1], np.int32)\n"
        "a = dict(feature=none, threshold=np.zeros(1), left=none, right=none)\n"
        "a |= dict(value=np.ones((1, 1)), root=np.zeros(1, np.int32))\n"
        "m = Model('forest', a, ('a',), ('size',))\n"
        "objclass.classification.predict(m, [1], {'size': np.zeros(1)})\n"
        "assert 'sklearn' not in sys.modules and 'scipy.stats' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


# -- missing values -----------------------------------------------------------------------------

HOLES = np.array([[1.0, np.nan], [np.inf, 4.0], [3.0, 1e300], [-np.inf, 8.0]])


def test_missing_values_become_zero_and_are_counted_per_column() -> None:
    X, counts = fill(HOLES, "zero")
    assert X.tolist() == [[1, 0], [0, 4], [3, 0], [0, 8]]
    assert counts.tolist() == [2, 2]


def test_a_number_beyond_float32_counts_as_infinite() -> None:
    assert fill(np.array([[1e300, 1e38]]), "zero")[0].tolist() == [[0.0, 1e38]]


def test_missing_values_become_the_median_of_the_others() -> None:
    middle = medians(HOLES)
    assert middle.tolist() == [2.0, 6.0]
    assert fill(HOLES, "impute", middle)[0].tolist() == [[1, 6], [2, 4], [3, 6], [2, 8]]


def test_a_column_without_any_number_has_median_zero() -> None:
    assert medians(np.array([[np.nan], [np.inf]])).tolist() == [0.0]


def test_refused_missing_values_name_their_columns() -> None:
    X = np.column_stack([np.ones(4), HOLES[:, 1]])
    with pytest.raises(RunError, match=r"got mean \(2 of 4 objects\)"):
        fill(X, "refuse", columns=("size", "mean"))
    with pytest.raises(RunError, match=r"mean \(2 of 4 objects: a, c\)"):
        fill(X, "refuse", columns=("size", "mean"), rows="abcd")


def test_rows_without_holes_are_returned_as_they_are() -> None:
    X = np.ones((2, 2))
    assert fill(X, "zero")[0] is X


def test_prediction_fills_by_the_rule_of_the_model() -> None:
    holes = {"size": np.array([np.nan, 9.0]), "mean": np.array([0.0, -np.inf])}
    assert predict(stump(2.0), [1, 2], holes).code.tolist() == [1, 2]
    arrays = {**stump(2.0).arrays, "median": np.array([5.0, 0.0])}
    imputing = stump(2.0, arrays=arrays, facts={"missing": "impute"})
    assert predict(imputing, [1, 2], holes).code.tolist() == [2, 2]
    assert [count_imputed(each, holes) for each in (imputing, stump(2.0))] == [2, None]
    assert count_imputed(imputing, {"size": np.ones(2), "mean": np.ones(2)}) is None
    with pytest.raises(RunError, match=r"size \(1 of 2 objects: 1\), mean \(1 of 2 objects: 2\)"):
        predict(stump(2.0, facts={"missing": "refuse"}), [1, 2], holes)


def test_training_imputes_with_its_own_medians_and_keeps_them() -> None:
    examples = blobs()
    X = examples.X.copy()
    X[3, 1] = np.nan
    model = fit(Examples(X, examples.y, examples.columns, missing="impute"), "abc", SMALL)
    X[3, 1] = np.median(np.delete(X[:, 1], 3))
    same = fit(Examples(X, examples.y, examples.columns), "abc", SMALL)
    assert model.arrays["median"][1] == X[3, 1]
    assert model.facts["missing_values"] == {"c1": 1}
    assert np.array_equal(evaluate(model, X), evaluate(same, X))


# -- training -----------------------------------------------------------------------------------


def test_facts_are_json_and_name_what_was_learned_from() -> None:
    model = fit(blobs(n=7), ("a", "b", "c"), SMALL, seed=5)
    facts = json.loads(json.dumps(model.facts))
    assert facts["examples"] == {"a": 3, "b": 2, "c": 2}
    assert (facts["seed"], facts["missing"], facts["constant"]) == (5, "zero", [])
    assert facts["settings"]["trees"] == 10
    assert model.units == ("voxel",) * 4


def test_a_class_without_examples_keeps_a_column_of_zero() -> None:
    examples = blobs(classes=2)
    shifted = Examples(examples.X, examples.y * 2, examples.columns)
    model = fit(shifted, ("a", "nobody", "c"), SMALL)
    probability = evaluate(model, examples.X)
    assert probability[:, 1].tolist() == [0.0] * 60
    assert model.facts["examples"] == {"a": 30, "nobody": 0, "c": 30}
    assert np.array_equal(probability[:, [0, 2]], evaluate(fit(examples, "ac", SMALL), examples.X))


def test_another_seed_is_another_forest() -> None:
    first, second = (fit(blobs(), "abc", SMALL, seed=s) for s in (0, 1))
    assert not np.array_equal(first.arrays["threshold"], second.arrays["threshold"])


def test_columns_that_never_vary_are_named() -> None:
    examples = blobs()
    X = examples.X.copy()
    X[:, 2] = 4.0
    model = fit(Examples(X, examples.y, examples.columns), "abc", SMALL)
    assert model.facts["constant"] == ["c2"]


@pytest.mark.parametrize(
    ("rows", "classes", "message"),
    [
        ([], "ab", "no annotated objects to learn from; annotate a few objects of each class"),
        ([0], "ab", "all 1 annotated objects are of one class; got a; annotate objects of b too"),
        ([1, 1, 1], "abc", "one class; got b; annotate objects of a, c too"),
        ([0, 0], "a", "a classifier needs two classes; got a"),
        ([0, 5], "ab", "an example has a class number that has no name"),
        ([0, 1], "aa", "stands twice"),
    ],
)
def test_what_cannot_be_learned_says_what_to_do(
    rows: list[int], classes: str, message: str
) -> None:
    y = np.array(rows, np.int64)
    X = np.arange(len(rows), dtype=np.float64)[:, None]
    with pytest.raises(RunError, match=message):
        fit(Examples(X, y, ("size",)), classes, SMALL)


def test_features_that_are_all_constant_are_refused() -> None:
    X = np.array([[1.0, np.nan], [1.0, 0.0]])
    with pytest.raises(RunError, match=r"every feature has the same value .* got size, mean"):
        fit(Examples(X, np.array([0, 1]), ("size", "mean")), "ab", SMALL)


def test_no_columns_are_refused() -> None:
    with pytest.raises(RunError, match="no feature columns"):
        fit(Examples(np.zeros((2, 0)), np.array([0, 1]), ()), "ab", SMALL)


def test_more_classes_than_an_image_can_hold_are_refused() -> None:
    with pytest.raises(RunError, match="too many classes; got 300; expected at most 254"):
        fit(blobs(), [f"k{k}" for k in range(300)], SMALL)


def test_two_examples_are_enough() -> None:
    model = fit(Examples(np.array([[0.0], [1.0]]), np.array([0, 1]), ("size",)), "ab")
    assert evaluate(model, np.array([[0.0], [1.0]])).argmax(axis=1).tolist() == [0, 1]


# -- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "svm"}, "random_forest.*extra_trees"),
        ({"tree": 5}, "tree\n.*not permitted"),
        ({"trees": 0}, "trees\n.*greater than or equal to 1"),
        ({"trees": 2**31}, "trees\n.*less than 2147483648"),
        ({"trees": True}, "trees\n"),
        ({"trees": "10"}, "trees\n.*valid integer"),
        ({"max_depth": 0}, "max_depth\n"),
        ({"min_leaf": 0}, "min_leaf\n"),
        ({"max_features": 1.5}, "max_features\n.*cannot be read.*a share such as 0.3"),
        ({"max_features": 0}, "max_features\n"),
        ({"max_features": "auto"}, "max_features\n"),
        ({"bootstrap": 1}, "bootstrap\n.*valid boolean"),
        ({"class_weight": {"a": -1}}, "class_weight.*a\n.*greater than 0"),
        ({"class_weight": {"a": float("inf")}}, "class_weight.*a\n.*finite"),
        ({"class_weight": "heavy"}, "class_weight"),
    ],
)
def test_a_setting_out_of_its_bounds_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ForestSettings.model_validate(options)


def test_class_weights_and_seed_are_checked_against_what_exists() -> None:
    with pytest.raises(InputError, match="classes that do not exist; got z; expected a, b, c"):
        fit(blobs(), "abc", ForestSettings(class_weight={"z": 2.0}))
    with pytest.raises(InputError, match="seed; got -1"):
        fit(blobs(), "abc", seed=-1)


# -- scores -------------------------------------------------------------------------------------


def test_the_confusion_matrix_has_truth_in_rows() -> None:
    found = scores(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), ("a", "b"))
    assert found["confusion"] == [[2, 1], [0, 1]]
    assert (found["accuracy"], found["balanced_accuracy"]) == (0.75, (2 / 3 + 1) / 2)
    assert found["classes"]["b"]["precision"] == 0.5
    assert found["classes"]["b"]["f1"] == 2 / 3


def test_a_score_without_a_denominator_is_none() -> None:
    found = scores(np.array([0, 0]), np.array([0, 0]), ("a", "b"))
    assert found["classes"]["b"] == {
        "examples": 0,
        "predicted": 0,
        "precision": None,
        "precision_interval": None,
        "recall": None,
        "recall_interval": None,
        "f1": None,
        "f1_interval": None,
    }
    assert found["balanced_accuracy"] == 1.0


def test_wilsons_interval_is_the_published_one() -> None:
    # 1 of 29: Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
    low, high = wilson(1, 29)  # type: ignore[misc]
    assert (round(low, 4), round(high, 4)) == (0.0061, 0.1718)


def test_the_interval_of_a_mean_is_that_of_its_shares() -> None:
    low, high = wilson(56, 70)  # type: ignore[misc]
    assert mean_interval([(0.8, (low, high))]) == [pytest.approx(low), pytest.approx(high)]
    # a half-width of 0.3 and one of 0.4 make sqrt(0.09 + 0.16) / 2
    assert mean_interval([(0.5, (0.2, 0.8)), (0.5, (0.1, 0.9))]) == [0.25, 0.75]
    assert mean_interval([]) is None


def test_newcombes_difference_of_two_shares_is_the_same_rule() -> None:
    # 56/70 against 48/80: 0.2 (0.0524 to 0.3339), Newcombe 1998, Statistics in Medicine 17:873,
    # table II, method 10. A difference is twice the mean of one share and the other's negative.
    first, second = wilson(56, 70), wilson(48, 80)
    assert first is not None
    assert second is not None
    turned = (-0.6, (-second[1], -second[0]))
    shift = mean_interval([(0.8 + 1, [x + 1 for x in first]), (turned[0], turned[1])])
    assert shift is not None
    low, high = (2 * (x - 0.5) for x in (shift[0], min(shift[1], 1.0)))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_a_score_says_when_it_is_no_better_than_guessing() -> None:
    half = scores(np.array([0, 1] * 20), np.array([0, 0, 1, 1] * 10), "ab")
    assert (half["balanced_accuracy"], half["chance"], half["at_chance"]) == (0.5, 0.5, True)
    good = scores(np.array([0, 1] * 20), np.array([0, 1] * 20), "ab")
    assert (good["balanced_accuracy"], good["at_chance"]) == (1.0, False)
    majority = scores(np.array([0] * 90 + [1] * 10), np.zeros(100, np.int64), "ab")
    assert (majority["accuracy"], majority["balanced_accuracy"]) == (0.9, 0.5)
    assert majority["at_chance"]


def test_parts_hold_the_same_number_of_every_class() -> None:
    y = np.array([0] * 10 + [1] * 7)
    fold = parts(y, 5, seed=3)
    assert np.bincount(fold[y == 0]).tolist() == [2, 2, 2, 2, 2]
    assert sorted(np.bincount(fold[y == 1]).tolist()) == [1, 1, 1, 2, 2]
    assert np.bincount(fold).max() - np.bincount(fold).min() <= 1


def test_few_images_are_a_part_each_and_many_are_dealt_whole() -> None:
    y = np.array([0, 1] * 6)
    image = np.repeat([0, 1, 2], 4)
    assert len({*zip(image.tolist(), image_parts(y, image, 5).tolist(), strict=True)}) == 3
    many = np.repeat(np.arange(6), 2)
    fold = image_parts(y, many, 3)
    assert len({*zip(many.tolist(), fold.tolist(), strict=True)}) == 6
    assert np.bincount(fold).tolist() == [4, 4, 4]


def test_the_images_of_a_rare_class_go_to_different_parts() -> None:
    y, image = [], []
    for number in range(12):
        rare = [1] if number in (3, 4) else []
        y += [0] * 5 + rare
        image += [number] * (5 + len(rare))
    fold = image_parts(np.array(y), np.array(image), 5)
    assert lacking(np.array(y), fold) == []
    assert len(np.unique(fold)) == 5


def evaluated(
    examples: Examples, classes: Sequence[str], settings: ForestSettings = SMALL, seed: int = 0
) -> Evaluation:
    return evaluation(fit(examples, classes, settings, seed), examples)


def imaged(examples: Examples, image: list[int]) -> Examples:
    return Examples(examples.X, examples.y, examples.columns, examples.units, examples.missing,
                    np.array(image))  # fmt: skip


def test_what_unseen_trees_say_is_scikit_learns_out_of_bag_decision() -> None:
    from sklearn.ensemble import RandomForestClassifier

    examples = blobs(n=80)
    peer = RandomForestClassifier(
        60, n_jobs=1, random_state=2, oob_score=True, class_weight="balanced"
    ).fit(examples.X, examples.y)
    found = evaluated(examples, "abc", ForestSettings(trees=60), seed=2)
    assert np.abs(found.unseen - peer.oob_decision_function_).max() < 1e-12
    assert found.facts["out_of_bag"]["scored"] == 80
    assert found.facts["out_of_bag"]["accuracy"] == peer.oob_score_


@pytest.mark.parametrize("kind", ["random_forest", "extra_trees"])
def test_held_out_predictions_are_those_of_scikit_learn_on_the_same_folds(kind: str) -> None:
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.model_selection import PredefinedSplit, cross_val_predict

    peers = {"random_forest": RandomForestClassifier, "extra_trees": ExtraTreesClassifier}
    image = [k // 10 for k in range(70)]
    examples = imaged(blobs(n=70), image)
    settings = ForestSettings(kind=kind, trees=20)  # type: ignore[arg-type]
    peer = peers[kind](20, n_jobs=1, random_state=4, class_weight="balanced")
    fold = image_parts(examples.y, np.array(image), 5)
    expected = cross_val_predict(
        peer, examples.X, examples.y, cv=PredefinedSplit(fold), method="predict_proba"
    )
    found = predict_held_out(examples, fold, "abc", settings, 4)
    assert np.array_equal(found, expected)
    by_image = evaluated(examples, "abc", settings, seed=4).facts["by_image"]
    assert by_image == scores(examples.y, expected.argmax(axis=1), "abc")


def test_noise_labels_score_near_chance_by_image_and_out_of_bag() -> None:
    random = np.random.RandomState(8)
    y = random.permutation(np.arange(300) % 3)
    noise = Examples(random.randn(300, 6), y, tuple("uvwxyz"), image=np.arange(300) // 60)
    found = evaluated(noise, "abc", ForestSettings(trees=40)).facts
    for how in ("by_image", "out_of_bag"):
        assert abs(found[how]["balanced_accuracy"] - 1 / 3) < 0.08, how
        assert found[how]["at_chance"], how
    parted = ForestSettings(kind="extra_trees", trees=40)
    plain = Examples(noise.X, y, noise.columns)
    found = evaluated(plain, "abc", parted).facts["cross_validation"]
    assert abs(found["balanced_accuracy"] - 1 / 3) < 0.08
    assert found["at_chance"]


def test_noise_with_a_rare_class_scores_near_chance_though_most_are_called_right() -> None:
    random = np.random.RandomState(3)
    y = random.permutation(np.array([0] * 270 + [1] * 30))
    found = evaluated(
        Examples(random.randn(300, 5), y, tuple("uvwxy"), image=np.arange(300) % 6), "ab"
    ).facts["by_image"]
    assert found["accuracy"] > 0.75
    assert found["at_chance"]


def test_the_score_by_image_sees_what_neighbours_hide() -> None:
    """The class goes by a number that each image has moved: neighbours know it, others not."""
    random = np.random.RandomState(1)
    image = np.repeat(np.arange(4), 40)
    y = np.tile([0, 1], 80)
    X = (10 * image + y + 0.05 * random.randn(160))[:, None]
    found = evaluated(Examples(X, y, ("mean",), image=image), "ab", ForestSettings()).facts
    assert found["score"] == "by_image"
    assert found["neighbours"] == "out_of_bag"
    assert found["out_of_bag"]["balanced_accuracy"] > 0.95
    assert found["by_image"]["at_chance"]


def test_evaluation_is_json_and_names_small_classes() -> None:
    y = np.array([0] * 20 + [1] * 12 + [2] * 6)
    X = np.random.RandomState(0).randn(38, 2) + y[:, None] * 9
    names = ("debris", "cell", "mitotic")
    found = evaluated(Examples(X, y, ("u", "v")), names, ForestSettings(trees=60)).facts
    assert json.loads(json.dumps(found)) == found
    assert found["small"] == ["mitotic: 6 examples"]
    assert (found["images"], found["score"]) == (1, "out_of_bag")
    assert found["out_of_bag"]["confusion"] == [[20, 0, 0], [0, 12, 0], [0, 0, 6]]
    assert found["out_of_bag"]["scored"] == 38
    assert found["by_image"] == {"skipped": "all examples are in one"}


def test_scores_that_cannot_be_had_say_why() -> None:
    y = np.array([0] * 11 + [1])
    examples = Examples(np.arange(12.0)[:, None], y, ("size",), image=np.array([0] * 6 + [1] * 6))
    found = evaluated(examples, "ab", ForestSettings(kind="extra_trees", trees=5))
    assert found.facts["by_image"] == {"skipped": "b is annotated in one image only"}
    assert found.facts["cross_validation"] == {"skipped": "b has one example"}
    assert found.facts["out_of_bag"] == {"skipped": "the trees see all examples (bootstrap is off)"}
    assert (found.facts["score"], found.facts["neighbours"]) == ("", "")
    assert np.isnan(found.unseen).all()


def with_one_more(examples: Examples, image: list[int] | None = None) -> Examples:
    """The examples and a single one of a further class, last."""
    X = np.vstack([examples.X, np.full((1, examples.X.shape[1]), 9.0)])
    y = np.append(examples.y, examples.y.max() + 1)
    return Examples(X, y, examples.columns, image=None if image is None else np.array(image))


def test_a_class_with_one_example_leaves_the_others_scored_by_scikit_learns_own_trees() -> None:
    from sklearn.ensemble import RandomForestClassifier

    examples = with_one_more(blobs(n=80))
    with warnings.catch_warnings():  # rows that no tree left out
        warnings.simplefilter("ignore")
        peer = RandomForestClassifier(
            60, n_jobs=1, random_state=2, oob_score=True, class_weight="balanced"
        ).fit(examples.X, examples.y)
    found = evaluated(examples, "abcd", ForestSettings(trees=60), seed=2)
    assert np.abs(found.unseen[:80] - peer.oob_decision_function_[:80]).max() < 1e-12
    assert np.isnan(found.unseen[80]).all()
    assert found.facts["out_of_bag"]["scored"] == 80
    assert found.facts["out_of_bag"]["not_scored"] == {"d": "1 example"}
    assert found.facts["out_of_bag"]["chance"] == 1 / 3


def test_the_only_example_of_a_class_is_learned_from_by_every_held_out_forest() -> None:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import PredefinedSplit

    examples = with_one_more(blobs(n=60))
    fold = np.append(parts(examples.y[:60], 5, 4), -1)  # −1: always in training, there as here
    expected = np.full((61, 4), np.nan)
    for train, test in PredefinedSplit(fold).split():
        peer = ExtraTreesClassifier(20, n_jobs=1, random_state=4, class_weight="balanced")
        peer.fit(examples.X[train], examples.y[train])
        expected[test] = peer.predict_proba(examples.X[test])
    found = evaluated(examples, "abcd", ForestSettings(kind="extra_trees", trees=20), seed=4)
    assert np.array_equal(found.unseen, expected, equal_nan=True)
    assert found.facts["cross_validation"]["not_scored"] == {"d": "1 example"}


def test_by_image_a_class_of_one_image_is_not_scored_and_the_others_are_scikit_learns() -> None:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import LeaveOneGroupOut

    image = [k // 20 for k in range(60)]
    examples = imaged(blobs(n=60), image)
    y = np.where((examples.y == 2) & (np.array(image) > 0), 1, examples.y)
    examples = Examples(examples.X, y, examples.columns, image=np.array(image))
    found = evaluated(examples, "abc", ForestSettings(trees=20), seed=4).facts
    called = np.zeros(60, np.int64)
    for train, test in LeaveOneGroupOut().split(examples.X, y, image):
        peer = RandomForestClassifier(20, n_jobs=1, random_state=4, class_weight="balanced")
        called[test] = peer.fit(examples.X[train], y[train]).predict(examples.X[test])
    others = y != 2
    by_image = scores(y[others], called[others], "abc")
    assert found["by_image"] == {**by_image, "not_scored": {"c": "annotated in one image only"}}
    assert found["score"] == "by_image"
    near = found[found["neighbours"]]
    assert near["scored"] == 60
    assert "not_scored" not in near


def test_two_single_examples_beside_one_class_leave_nothing_to_tell_apart() -> None:
    examples = Examples(np.arange(12.0)[:, None], np.array([0] * 10 + [1, 2]), ("size",))
    for settings in (ForestSettings(trees=5), ForestSettings(kind="extra_trees", trees=5)):
        found = evaluated(examples, "abc", settings)
        assert found.facts["cross_validation"] == {"skipped": "b, c have one example each"}
        assert np.isnan(found.unseen).all()


def test_without_samples_the_unseen_are_those_held_out() -> None:
    examples = blobs(n=60)
    settings = ForestSettings(kind="extra_trees", trees=8)
    found = evaluated(examples, "abc", settings, seed=3)
    expected = predict_held_out(examples, parts(examples.y, 5, 3), "abc", settings, 3)
    assert np.array_equal(found.unseen, expected)
    assert found.facts["score"] == "cross_validation"


def test_examples_no_tree_left_out_are_not_scored() -> None:
    found = evaluated(blobs(n=30), "abc", ForestSettings(trees=2))
    scored = found.facts["out_of_bag"]["scored"]
    assert 0 < scored < 30
    assert int(np.isnan(found.unseen).all(axis=1).sum()) == 30 - scored


def test_a_rare_class_that_nearly_all_trees_have_seen_is_held_out_instead() -> None:
    y = np.array([0] * 57 + [1] * 3)
    X = np.random.RandomState(0).randn(60, 3) + 9 * y[:, None]
    examples = Examples(X, y, ("u", "v", "w"))
    found = evaluated(examples, "ab", ForestSettings())
    assert found.facts["out_of_bag"] == {
        "skipped": "nearly all trees have seen the objects of a rare class"
    }
    assert (found.facts["score"], found.facts["neighbours"]) == ("cross_validation",) * 2
    expected = predict_held_out(examples, parts(y, 3, 0), "ab", ForestSettings(), 0)
    assert np.array_equal(found.unseen, expected)
    assert found.facts["cross_validation"]["classes"]["b"]["examples"] == 3


def test_two_classes_of_like_size_need_no_further_forest() -> None:
    found = evaluated(blobs(n=60, classes=2), "ab")
    assert "cross_validation" not in found.facts
    assert not np.isnan(found.unseen).all()


def test_identical_rows_are_examples_of_their_own() -> None:
    y = np.array([0, 1] * 10)
    twins = Examples(y.astype(np.float64)[:, None], y, ("size",))
    found = evaluated(twins, "ab", ForestSettings(trees=60))
    assert found.facts["out_of_bag"]["scored"] == 20
    assert found.facts["out_of_bag"]["balanced_accuracy"] == 1.0


def test_missing_values_are_imputed_from_the_training_parts_only() -> None:
    """One part holds huge numbers and the holes: their median there would betray the class."""
    y = np.array([0, 0, 0, 0, 1, 1, 1, 1] * 2)
    column = np.array([1.0, 2, 3, 4, 11, 12, 13, 14] + [np.nan] * 4 + [1e6] * 4)
    fold = np.array([0] * 8 + [1] * 8)
    holes = Examples(column[:, None], y, ("size",), missing="impute")
    settings = ForestSettings(trees=30, class_weight="none")
    found = predict_held_out(holes, fold, "ab", settings, 0)
    # the median of the other part alone: 7.5. Of all numbers it would be 13.5, well inside b
    by_hand = fit(Examples(column[:8, None], y[:8], ("size",)), "ab", settings)
    assert np.array_equal(found[8:12], evaluate(by_hand, np.full((4, 1), 7.5)))
    assert not np.array_equal(found[8:12], evaluate(by_hand, np.full((4, 1), 13.5)))


def test_training_parts_are_imputed_with_their_own_median_too() -> None:
    y = np.array([0, 0, 1, 1, 0, 1] * 3)
    column = np.array([1.0, np.nan, 8, 9, 2, 10] * 2 + [500.0, 600, 700, 800, 900, 1000])
    fold = np.array([0] * 12 + [1] * 6)
    settings = ForestSettings(trees=15)
    found = predict_held_out(
        Examples(column[:, None], y, ("size",), missing="impute"), fold, "ab", settings, 0
    )
    filled_by_hand = np.where(np.isnan(column[:12]), 8.5, column[:12])
    by_hand = fit(Examples(filled_by_hand[:, None], y[:12], ("size",)), "ab", settings)
    assert np.array_equal(found[12:], evaluate(by_hand, column[12:, None]))
