"""Sets of columns side by side: the same examples, held out alike, compared in pairs."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.classification import Examples, ForestSettings, fit
from objclass.evaluation.assessment import assess
from objclass.evaluation.grouping import by_image
from objclass.evaluation.held_out import predict_held_out
from objclass.evaluation.paired import compare_paired
from objclass.evaluation.quality import group_parts
from objclass.evaluation.tidy import measures
from objclass.report.assessment import feature_set_lines

TREES = ForestSettings(trees=20)
SETS = {"hand-made": ["size"], "embedding": ["emb_1", "emb_2"]}
CLASSES = ("s", "t")


def told(images: int = 6) -> tuple[Examples, dict[str, object]]:
    """The size says nothing of the class, the first number of the embedding says it all."""
    random = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    X = random.normal(size=(60, 3))
    X[:, 1] += 9 * y
    examples = Examples(X, y, ("size", "emb_1", "emb_2"), image=np.arange(60) % images)
    model = fit(examples, CLASSES, TREES, 0)
    return examples, assess(model, examples, by_image(examples), {}, None, SETS)


def test_each_set_is_scored_as_a_classifier_of_its_own_on_the_same_parts() -> None:
    examples, facts = told()
    found = facts["feature_sets"]
    sets = found["sets"]  # type: ignore[index]
    assert {name: each["columns"] for name, each in sets.items()} == {
        "hand-made": 1, "embedding": 2, "both": 3,
    }  # fmt: skip
    assert sets["embedding"]["balanced_accuracy"] == 1.0
    assert sets["both"]["balanced_accuracy"] == facts["score"]["balanced_accuracy"]  # type: ignore[index]
    assert sets["both"]["balanced_interval"] == facts["score"]["balanced_interval"]  # type: ignore[index]
    fold = group_parts(examples, by_image(examples), CLASSES)
    assert not isinstance(fold, str)
    alone = predict_held_out(examples.only(["size"]), fold, CLASSES, TREES, 0).argmax(axis=1)
    recalls = [(alone[examples.y == k] == k).mean() for k in (0, 1)]
    assert sets["hand-made"]["balanced_accuracy"] == pytest.approx(np.mean(recalls))


def test_every_two_sets_are_compared_in_pairs() -> None:
    examples, facts = told()
    pairs = facts["feature_sets"]["pairs"]  # type: ignore[index]
    named = [(each["second"], each["first"]) for each in pairs]
    assert named == [("embedding", "hand-made"), ("both", "hand-made"), ("both", "embedding")]
    fold = group_parts(examples, by_image(examples), CLASSES)
    assert not isinstance(fold, str)
    assert examples.image is not None
    called = [
        predict_held_out(examples.only(SETS[n]), fold, CLASSES, TREES, 0).argmax(axis=1)
        for n in ("hand-made", "embedding")
    ]
    expected = compare_paired(examples.y, *called, examples.image, 2)
    assert {name: pairs[0][name] for name in expected} == expected
    assert pairs[0]["interval"][0] > 0


def test_a_difference_that_may_be_chance_is_called_so() -> None:
    _, facts = told()
    lines = list(feature_set_lines(facts["feature_sets"], "image"))  # type: ignore[arg-type]
    assert [line.split()[0] for line in lines[1:5]] == [
        "features", "hand-made", "embedding", "both",
    ]  # fmt: skip
    better, _, same = lines[5:]
    assert better.startswith("  embedding less hand-made: +0.")
    assert "chance" not in better
    assert same.startswith("  both less embedding: 0.00 (")
    assert same.endswith("images drawn again in pairs; may be chance)")


def test_the_table_of_an_assessment_has_every_set_and_difference() -> None:
    _, facts = told()
    rows = [row for row in measures(facts) if row.at.startswith("features ")]
    assert [(row.measure, row.at) for row in rows] == [
        ("balanced accuracy", "features hand-made"),
        ("balanced accuracy", "features embedding"),
        ("balanced accuracy", "features both"),
        ("difference of balanced accuracy", "features embedding less hand-made"),
        ("difference of balanced accuracy", "features both less hand-made"),
        ("difference of balanced accuracy", "features both less embedding"),
    ]
    assert all(row.low is not None and row.high is not None for row in rows)


def test_without_sets_nothing_is_compared() -> None:
    examples, _ = told()
    model = fit(examples, CLASSES, TREES, 0)
    assert "feature_sets" not in assess(model, examples, by_image(examples), {})
