"""What holds for every estimator: exact, honest about what it lacks, stored, and safe to read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from objclass.classification import Examples, evaluate, fit, prediction
from objclass.classification.estimators import ESTIMATORS, estimator_named, read_settings
from objclass.classification.estimators.contract import EstimatorSettings
from objclass.classification.soundness import problems
from objclass.data.model import Model
from objclass.evaluation.quality import evaluation
from objclass.io.project import ExampleRows, ProjectFile, TrainedClassifier, read, write
from objclass.io.project.contents import model_digest

FEW: dict[str, dict[str, object]] = {
    "random_forest": {"trees": 7},
    "extra_trees": {"trees": 7},
    "gradient_boosting": {"rounds": 30},
    "auto": {"among": ["logistic_regression", "nearest_neighbors"]},
}
KINDS = [kind for name in ESTIMATORS for kind in estimator_named(name).settings.kinds()]


def settings_of(kind: str) -> EstimatorSettings:
    return read_settings({"kind": kind, **FEW.get(kind, {})})


def overlapping(n: int = 60, f: int = 4, classes: int = 3, images: int = 1) -> Examples:
    """Classes that overlap a little in every column."""
    y = np.arange(n) % classes
    X = np.random.RandomState(0).randn(n, f) + y[:, None] * 1.5
    names = tuple(f"c{k}" for k in range(f))
    return Examples(X, y, names, image=np.arange(n) * images // n)


@pytest.fixture(params=KINDS, scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(kind: str) -> Model:
    return fit(overlapping(images=3), "abc", settings_of(kind), 3)


def test_the_same_examples_are_the_same_model_in_the_same_bytes(kind: str, model: Model) -> None:
    np.random.rand(3)  # noqa: NPY002 - the global stream is not ours to lean on
    again = fit(overlapping(images=3), "abc", settings_of(kind), 3)
    assert all(again.arrays[name].tobytes() == a.tobytes() for name, a in model.arrays.items())
    assert again.facts == model.facts
    assert json.loads(json.dumps(dict(model.facts))) == model.facts


def test_probabilities_sum_to_one_and_do_not_depend_on_the_rows_beside(model: Model) -> None:
    X = np.random.RandomState(1).randn(517, 4).astype(np.float32) * 3
    whole = evaluate(model, X)
    assert whole.shape == (517, 3)
    assert np.abs(whole.sum(axis=1) - 1).max() < 1e-12
    assert (whole >= 0).all()
    alone = np.concatenate([evaluate(model, X[k : k + 1]) for k in range(0, 517, 43)])
    assert np.array_equal(alone, whole[::43])
    assert np.array_equal(evaluate(model, X[::-1])[::-1], whole)
    assert evaluate(model, X[:0]).shape == (0, 3)


def test_it_learns_what_can_be_learned(model: Model) -> None:
    fresh = overlapping(300)
    assert (evaluate(model, fresh.X).argmax(axis=1) == fresh.y).mean() > 0.75


def test_numbers_at_the_ends_of_float32_still_give_probabilities(model: Model) -> None:
    ends = np.array([3.4e38, -3.4e38, 0.0, 1e-45])
    X = np.stack(np.meshgrid(ends, ends), -1).reshape(-1, 2)
    found = evaluate(model, np.hstack([X, X]))
    assert np.isfinite(found).all()
    assert np.abs(found.sum(axis=1) - 1).max() < 1e-12


def test_a_class_without_examples_has_probability_zero(kind: str) -> None:
    for classes in (2, 3):
        examples = overlapping(classes=classes)
        moved = replace(examples, y=examples.y + (examples.y > 0))
        found = evaluate(fit(moved, "abcde", settings_of(kind)), examples.X)
        assert not found[:, [1, *range(classes + 1, 5)]].any()
        assert np.abs(found.sum(axis=1) - 1).max() < 1e-12


def test_one_example_of_each_class_is_enough_to_train(kind: str) -> None:
    examples = Examples(np.array([[0.0, 1], [10, 5], [20, 9]]), np.arange(3), ("u", "v"))
    model = fit(examples, "abc", settings_of(kind))
    assert problems(model) == []
    assert np.abs(evaluate(model, examples.X).sum(axis=1) - 1).max() < 1e-12
    assert evaluation(model, examples).facts["score"] == ""


def test_a_column_of_one_value_tells_nothing(kind: str) -> None:
    examples = overlapping()
    constant = replace(
        examples, X=np.hstack([examples.X, np.full((60, 1), 0.1)]), columns=(*"uvwx", "same")
    )
    model = fit(constant, "abc", settings_of(kind))
    assert model.facts["constant"] == ["same"]
    fresh = np.hstack([np.random.RandomState(2).randn(40, 4), np.full((40, 1), 0.1)])
    other = fresh * [1, 1, 1, 1, 1e6]
    assert np.array_equal(evaluate(model, fresh), evaluate(model, other))


def test_missing_values_follow_the_rule_of_the_model(kind: str) -> None:
    examples = overlapping()
    X = examples.X.copy()
    X[::7, 1] = np.nan
    columns = {name: np.array([np.nan, 1.0]) for name in examples.columns}
    for rule, instead in (("zero", np.zeros(4)), ("impute", None)):
        holes = replace(examples, X=X, missing=rule)  # type: ignore[arg-type]
        model = fit(holes, "abc", settings_of(kind))
        by_hand = model.arrays["median"] if instead is None else instead
        said = prediction.predict(model, [1, 2], columns).probability
        assert np.array_equal(said, evaluate(model, np.stack([by_hand, np.ones(4)])))


def test_scores_are_honest_and_the_same_every_time(kind: str) -> None:
    examples = overlapping(images=4)
    noise = replace(examples, X=np.random.RandomState(5).randn(60, 4))
    model = fit(noise, "abc", settings_of(kind))
    first, second = (evaluation(model, noise) for _ in range(2))
    assert first.facts == second.facts
    assert np.array_equal(first.unseen, second.unseen, equal_nan=True)
    assert first.facts["by_image"]["balanced_accuracy"] < 0.55
    near = first.facts[first.facts["neighbours"]]
    assert near["balanced_accuracy"] < 0.55


def test_a_project_file_gives_back_the_model(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "p.objclass.h5"
    one = np.zeros(1, np.int64)
    rows = ExampleRows(np.zeros((1, 4)), one.astype(np.int32), ("i",), one, np.zeros((1, 3), int),
                       np.array([b"o0123456789"], "S11"))  # fmt: skip
    kept = replace(model, unseen=None)
    write(path, ProjectFile("", classifiers={"c": TrainedClassifier(kept, ("#000000",) * 3, rows)}))
    found = read(path).classifiers["c"].model
    assert model_digest(found) == model_digest(model)
    X = np.random.RandomState(1).randn(9, 4)
    assert np.array_equal(evaluate(found, X), evaluate(model, X))


PREDICTING = """
import sys, numpy as np
from objclass.classification import evaluate
from objclass.data.model import Model
for kind, estimator, file in zip(*[iter(sys.argv[1:])] * 3):
    model = Model(estimator, dict(np.load(file)), tuple("abc"), tuple("uvwx"))
    assert evaluate(model, np.zeros((9, 4))).shape == (9, 3)
    print(kind, *sorted({name.split(".")[0] for name in sys.modules} & {"sklearn", "joblib"}))
"""


def test_predicting_imports_no_scikit_learn(tmp_path: Path) -> None:
    """One after the other in one process, told for each: what one imports stays."""
    words = []
    for kind in KINDS:
        model = fit(overlapping(images=3), "abc", settings_of(kind), 3)
        np.savez(tmp_path / f"{kind}.npz", **model.arrays)  # type: ignore[arg-type]
        words += [kind, model.estimator, str(tmp_path / f"{kind}.npz")]
    command = [sys.executable, "-c", PREDICTING, *words]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, check=True, cwd=root, capture_output=True, text=True)
    assert done.stdout.splitlines() == list(KINDS)


def spoiled(array: np.ndarray) -> Iterator[np.ndarray]:
    """An array with one value replaced by what a hostile file may hold, anywhere in it."""
    info = np.iinfo(array.dtype) if array.dtype.kind in "iu" else None
    values = (info.min, info.max) if info else (np.nan, np.inf, -np.inf, 1.7e308, -1.7e308, 0.0)
    random = np.random.RandomState(0)
    for value in values:
        for place in random.randint(0, array.size, 6):
            changed = array.copy()
            changed.flat[place] = value
            yield changed
    yield array[:0]
    yield np.concatenate([array, array])


def test_arrays_that_pass_the_check_give_probabilities_and_others_are_refused(model: Model) -> None:
    X = np.random.RandomState(1).randn(20, 4) * 3e38
    tried = refused = 0
    for name, array in model.arrays.items():
        for changed in spoiled(np.asarray(array)):
            tried += 1
            damaged = replace(model, arrays={**model.arrays, name: changed})
            if problems(damaged):
                refused += 1
                continue
            found = evaluate(damaged, np.clip(X, -3.4e38, 3.4e38))
            assert np.isfinite(found).all(), name
            assert np.abs(found.sum(axis=1) - 1).max() < 1e-5, name
    assert refused > tried / 3
