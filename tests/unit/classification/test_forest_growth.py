"""A random forest is grown without scikit-learn, and equals its forest bit for bit."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from objclass.classification.estimators import forest
from objclass.classification.estimators.contract import Rows
from objclass.classification.estimators.forest import ForestSettings
from objclass.classification.growing import sort_together

CASES = [
    ("few rows, many classes", 64, 40, 13, False, {}),
    ("ties and constant columns", 300, 20, 4, True, {}),
    ("no class weights", 200, 10, 3, False, {"class_weight": "none"}),
    ("weights by name", 150, 12, 3, False, {"class_weight": {"k1": 4.0, "k2": 0.5}}),
    ("large leaves, low trees", 200, 10, 3, True, {"min_leaf": 4, "max_depth": 3}),
    ("all columns", 120, 9, 2, True, {"max_features": None}),
    ("a share of columns", 120, 9, 2, False, {"max_features": 0.4}),
    ("logarithm of columns", 120, 33, 2, False, {"max_features": "log2"}),
    ("more columns than there are", 80, 5, 2, False, {"max_features": 9}),
    ("many rows", 2000, 25, 5, False, {"trees": 10}),
]


def examples(n: int, columns: int, classes: int, ties: bool, seed: int) -> Rows:
    """Classes that overlap; with ties, halves only and every fourth column constant."""
    random = np.random.RandomState(seed)
    y = random.randint(0, classes, n)
    X = random.randn(n, columns) + y[:, None] * random.rand(columns)
    if ties:
        X = np.round(2 * X) / 2
        X[:, ::4] = 1.5
    return Rows(X, y, tuple(f"k{k}" for k in range(classes + 1)))


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize(("n", "columns", "classes", "ties", "options"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_every_tree_is_scikit_learns(
    n: int, columns: int, classes: int, ties: bool, options: dict[str, object], seed: int
) -> None:
    rows = examples(n, columns, classes, ties, seed)
    settings = ForestSettings.model_validate({"trees": 20, **options})
    theirs = forest.grow(rows, settings, seed)
    expected = forest.flatten(theirs, len(rows.classes))
    found = forest.fit(rows, settings, seed)
    for name, array in expected.items():
        np.testing.assert_array_equal(found.arrays[name], array, strict=True)
    unseen = forest.out_of_bag(theirs.estimators_samples_, expected, rows)
    mine = found.unseen()
    assert (mine is None) == (unseen is None)
    if mine is not None and unseen is not None:
        np.testing.assert_array_equal(mine, unseen)


@pytest.mark.parametrize("n", [0, 1, 2, 16, 17, 100, 3000])
def test_values_and_their_rows_are_sorted_together(n: int) -> None:
    random = np.random.RandomState(n)
    arranged: list[NDArray[np.float32]] = [
        random.randn(n).astype(np.float32),
        random.randint(0, 3, n).astype(np.float32),
        np.arange(n, dtype=np.float32),
        np.arange(n, dtype=np.float32)[::-1].copy(),
        np.abs(np.arange(n, dtype=np.float32) - n // 2),
    ]
    for values in arranged:
        given, rows = values.copy(), np.arange(n)
        sort_together(values, rows, 0, n)
        np.testing.assert_array_equal(values, np.sort(given))
        np.testing.assert_array_equal(given[rows], values)
        assert sorted(rows.tolist()) == list(range(n))


def test_a_random_forest_is_fitted_without_importing_scikit_learn() -> None:
    code = (
        "import sys, numpy as np\n"
        "from objclass.classification import Examples, fit\n"
        "X = np.arange(40.0).reshape(20, 2)\n"
        "fit(Examples(X, np.arange(20) % 2, ('a', 'b')), ('k', 'l'))\n"
        "print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
