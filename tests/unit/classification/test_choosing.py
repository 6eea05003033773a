"""Which columns are chosen: few, the same for the same rows, none that tells nothing."""

from __future__ import annotations

import numpy as np

from objclass.classification import Examples, fit
from objclass.classification.choosing import alike_columns, choose_columns
from objclass.classification.estimators import read_settings
from objclass.classification.estimators.contract import Rows
from objclass.evaluation.grouping import by_image
from objclass.evaluation.quality import predict_by_group

SETTINGS = read_settings({"kind": "random_forest", "trees": 10})
NAMES = ["noise", "signal", "twice the signal", "more noise"]


def rows(n: int = 40, images: int = 4) -> Rows:
    random = np.random.default_rng(1)
    y = np.arange(n) % 2
    signal = y + 0.1 * random.normal(size=n)
    X = np.column_stack([random.normal(size=n), signal, 2 * signal, random.normal(size=n)])
    return Rows(X, y, ("a", "b"), np.arange(n) // 2 % images)


def test_columns_of_the_same_ranks_go_together_with_the_first() -> None:
    assert alike_columns(rows().X) == [[0], [1, 2], [3]]
    assert alike_columns(np.ones((3, 2))) == [[0], [1]]


def test_the_one_column_that_tells_is_chosen_and_its_twin_is_not() -> None:
    found = choose_columns(rows(), SETTINGS, 0, NAMES)
    assert found.columns == (1,)
    assert found.why == "1 of 4: signal (1.00 on whole images held out, all reach 1.00)"
    assert choose_columns(rows(), SETTINGS, 0, NAMES) == found


def test_with_two_examples_nothing_is_left_out() -> None:
    found = choose_columns(rows(2, 1), SETTINGS, 0, NAMES)
    assert found.columns == (0, 1, 2, 3)
    assert found.why == "all: too few examples to choose columns by"


def test_a_model_has_the_chosen_columns_only() -> None:
    given = rows()
    X = given.X.copy()
    X[0, 0] = np.nan
    examples = Examples(
        X, given.y, tuple(NAMES), ("px",) * 4, "impute", given.image, choose=True
    )  # fmt: skip
    model = fit(examples, "ab", SETTINGS)
    assert (model.columns, model.units, model.arrays["median"].shape) == (
        ("signal",),
        ("px",),
        (1,),
    )
    assert (model.unseen, model.facts["missing_values"]) == (None, {})


def test_chance_stays_chance_where_columns_are_chosen_anew_without_the_part() -> None:
    random = np.random.default_rng(3)
    y = np.arange(60) % 2
    image = np.arange(60) // 2 % 6
    names = tuple(f"c{k}" for k in range(40))
    examples = Examples(
        random.normal(size=(60, 40)), y, names, image=image.astype(np.int64), choose=True
    )
    said = predict_by_group(examples, by_image(examples), "ab", SETTINGS, 0)
    assert not isinstance(said, str)
    assert abs((said.argmax(axis=1) == y).mean() - 0.5) < 0.15
