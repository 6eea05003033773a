"""CPU seconds of training and predicting, as ratios within one run."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

from objclass.classification import Examples, evaluate, fit, predict

pytestmark = pytest.mark.benchmark

CLASSES = ("a", "b", "c", "d")
COLUMNS = tuple(f"c{k}" for k in range(50))


def cpu(work: Callable[[], object], repeats: int = 3) -> float:
    """Smallest CPU time of a call, in seconds."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def cells(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Four classes that overlap, so that trees grow deep."""
    random = np.random.RandomState(seed)
    y = random.randint(0, 4, n)
    X = random.randn(n, 50)
    X[:, :8] += y[:, None] * np.linspace(0.2, 1.0, 8)
    return X, y


def test_a_fit_costs_what_scikit_learn_costs() -> None:
    from sklearn.ensemble import RandomForestClassifier

    X, y = cells(500)
    ours = cpu(lambda: fit(Examples(X, y, COLUMNS), CLASSES))
    theirs = cpu(lambda: RandomForestClassifier(100, n_jobs=1, random_state=0).fit(X, y))
    print(f"fit 500 × 50: {ours:.3f} s, {ours / theirs:.2f} of scikit-learn")
    assert ours <= 1.2 * theirs


def test_a_million_objects_take_less_than_seven_seconds_and_half_of_scikit_learn() -> None:
    from sklearn.ensemble import RandomForestClassifier

    X, y = cells(2000)
    model = fit(Examples(X, y, COLUMNS), CLASSES)
    peer = RandomForestClassifier(100, n_jobs=1, random_state=0).fit(X, y)
    rows = np.random.RandomState(1).randn(1_000_000, 50)
    rows[:, :8] += np.random.RandomState(2).randint(0, 4, 1_000_000)[:, None] * 0.6
    table = {name: np.ascontiguousarray(rows[:, k]) for k, name in enumerate(COLUMNS)}
    predict(model, range(9), {name: column[:9] for name, column in table.items()})
    ours = cpu(lambda: predict(model, np.arange(1_000_000), table), repeats=1)
    part = rows[:100_000]
    theirs = 10 * cpu(lambda: peer.predict_proba(part), repeats=1)
    print(f"predict 1,000,000 × 50: {ours:.2f} s, scikit-learn {theirs:.2f} s")
    assert ours <= 7
    assert ours <= theirs / 2


def test_one_object_is_answered_at_once() -> None:
    X, y = cells(100)
    model = fit(Examples(X, y, COLUMNS), CLASSES)
    evaluate(model, X[:1])
    one = cpu(lambda: [evaluate(model, X[:1]) for _ in range(100)]) / 100
    print(f"one object, 100 examples: {one * 1e3:.2f} ms")
    assert one <= 2e-3


def test_a_million_predictions_fit_in_a_gigabyte() -> None:
    import tracemalloc

    X, y = cells(200)
    model = fit(Examples(X, y, COLUMNS), CLASSES)
    column = np.zeros(1_000_000)
    table = dict.fromkeys(COLUMNS, column)
    tracemalloc.start()
    predict(model, np.arange(1_000_000), table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"peak above the table: {peak / 2**20:.0f} MiB")
    assert peak <= 200 * 2**20
