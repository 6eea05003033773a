"""Laws of forests: one evaluator, the same bits however rows are cut, ordered or named."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from objclass.classification import (
    Examples,
    ForestSettings,
    evaluate,
    fill,
    fit,
    medians,
    prediction,
)
from objclass.classification.soundness import problems
from objclass.classification.trees import rounded_down
from objclass.data.model import Model
from objclass.evaluation.quality import evaluation
from objclass.io.project import model_digest

# Values that sit on thresholds, beside them, and where float32 and float64 differ.
VALUES = [0.0, -0.0, 0.1, -0.1, 0.4, 0.7, 1.0, 1e-45, -1e-40, 2.0**24 + 1, 3e38, -3e38, 1 / 3]


@st.composite
def forests(draw: st.DrawFn) -> Model:
    """Any sound forest: shapes, thresholds and leaf values as they come."""
    columns = draw(st.integers(1, 4))
    classes = draw(st.integers(1, 4))
    nodes: list[tuple[int, float, int, int]] = []
    roots = [_tree(draw, nodes, columns, depth=0) for _ in range(draw(st.integers(1, 4)))]
    feature, threshold, left, right = (np.array(values) for values in zip(*nodes, strict=True))
    weights = draw(
        st.lists(
            st.lists(st.integers(0, 9), min_size=classes, max_size=classes),
            min_size=len(nodes),
            max_size=len(nodes),
        )
    )
    value = np.array(weights, np.float64) + (np.sum(weights, axis=1) == 0)[:, None]
    value /= value.sum(axis=1, keepdims=True)
    arrays = {
        "feature": feature.astype(np.int32),
        "threshold": threshold.astype(np.float64),
        "left": left.astype(np.int32),
        "right": right.astype(np.int32),
        "value": np.where(feature[:, None] < 0, value, 0.0),
        "root": np.array(roots, np.int32),
    }
    names = tuple(f"c{k}" for k in range(columns))
    return Model("forest", arrays, tuple("abcd"[:classes]), names, (), {})


def _tree(draw: st.DrawFn, nodes: list, columns: int, depth: int) -> int:  # type: ignore[type-arg]
    """Append a tree and return its root."""
    here = len(nodes)
    nodes.append((-1, 0.0, -1, -1))
    if depth < 5 and draw(st.booleans()):
        threshold = draw(st.sampled_from(VALUES) | st.floats(-10, 10))
        column = draw(st.integers(0, columns - 1))
        left = _tree(draw, nodes, columns, depth + 1)
        nodes[here] = (column, threshold, left, _tree(draw, nodes, columns, depth + 1))
    return here


def plain(model: Model, X: np.ndarray) -> np.ndarray:
    """The evaluator as its definition reads, one row and tree at a time."""
    a = model.arrays
    out = np.zeros((len(X), len(model.classes)))
    for i, row in enumerate(X.astype(np.float32)):
        for root in a["root"]:
            node = int(root)
            while a["feature"][node] >= 0:
                below = float(row[a["feature"][node]]) <= a["threshold"][node]
                node = int(a["left" if below else "right"][node])
            out[i] += a["value"][node]
    return out / len(a["root"])


def rows_for(model: Model, seed: int, rows: int) -> np.ndarray:
    """Rows made of the thresholds themselves, their neighbours and anything else."""
    random = np.random.RandomState(seed)
    limits = np.unique(np.concatenate([model.arrays["threshold"], VALUES]))
    near = np.nextafter(limits.astype(np.float32), np.float32(np.inf)).astype(np.float64)
    pool = np.concatenate([limits, near, random.randn(20)])
    return random.choice(pool, (rows, len(model.columns)))


@settings(max_examples=80, deadline=None)
@given(forests(), st.integers(0, 2**31), st.integers(0, 20))
def test_the_fast_evaluator_is_the_plain_one_to_the_last_bit(
    model: Model, seed: int, rows: int
) -> None:
    assert problems(model) == []
    X = rows_for(model, seed, rows)
    assert np.array_equal(evaluate(model, X), plain(model, X))


@settings(max_examples=40, deadline=None)
@given(forests(), st.integers(0, 2**31), st.integers(1, 7))
def test_predictions_do_not_depend_on_pieces_row_order_or_column_order(
    model: Model, seed: int, piece: int
) -> None:
    X = rows_for(model, seed, 20)
    columns = {name: X[:, k] for k, name in enumerate(model.columns)}
    whole = prediction.predict(model, np.arange(20), columns, 0.5)
    order = np.random.RandomState(seed).permutation(20)
    usual = prediction.PIECE
    prediction.PIECE = piece
    try:
        turned = {name: columns[name][order] for name in reversed(columns)}
        cut = prediction.predict(model, order, turned, 0.5)
    finally:
        prediction.PIECE = usual
    for name in ("code", "probability", "uncertainty"):
        assert np.array_equal(getattr(cut, name), getattr(whole, name)[order]), name


@settings(max_examples=40, deadline=None)
@given(forests(), st.integers(0, 2**31), st.sampled_from([0.0, 0.5, 0.8, 1.0]))
def test_codes_and_uncertainties_follow_from_the_probabilities(
    model: Model, seed: int, least: float
) -> None:
    X = rows_for(model, seed, 15)
    columns = {name: X[:, k] for k, name in enumerate(model.columns)}
    found = prediction.predict(model, np.arange(15), columns, least)
    p = found.probability
    winner = p.argmax(axis=1) + 1
    expected = np.where(p.max(axis=1) < least, len(model.classes) + 1, winner)
    assert found.code.tolist() == expected.tolist()
    if len(model.classes) > 1:
        top = np.sort(p, axis=1)[:, ::-1]
        assert np.array_equal(found.uncertainty, 1 - (top[:, 0] - top[:, 1]))
    else:
        assert not found.uncertainty.any()


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(width=32, allow_nan=False))
def test_a_rounded_down_threshold_decides_every_float32_alike(t: float, x: float) -> None:
    rounded = rounded_down(np.array([t]))[0]
    assert (np.float32(x) <= rounded) == (x <= t)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**31), st.integers(6, 40), st.sampled_from(["random_forest", "extra_trees"]))
def test_the_same_annotations_are_the_same_model_in_the_same_bytes(
    seed: int, n: int, kind: str
) -> None:
    random = np.random.RandomState(seed)
    X, y = random.randn(n, 3), np.arange(n) % 3
    forest = ForestSettings(kind=kind, trees=4)  # type: ignore[arg-type]
    first = fit(Examples(X, y, ("u", "v", "w")), "abc", forest, seed)
    np.random.rand(3)  # noqa: NPY002 - the global stream is not ours to lean on
    noise = random.permutation(n)
    back = np.argsort(noise)
    again = fit(Examples(X[noise][back], y[noise][back], ("u", "v", "w")), "abc", forest, seed)
    assert model_digest(first) == model_digest(again)
    assert first.facts == again.facts
    assert all(first.arrays[k].tobytes() == again.arrays[k].tobytes() for k in first.arrays)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31))
def test_evaluation_is_the_same_every_time(seed: int) -> None:
    random = np.random.RandomState(seed)
    image = random.randint(0, 5, 30)
    examples = Examples(random.randn(30, 3), np.arange(30) % 2, ("u", "v", "w"), image=image)
    model = fit(examples, "ab", ForestSettings(trees=3), seed)
    first, second = (evaluation(model, examples, folds=3) for _ in range(2))
    assert first.facts == second.facts
    assert np.array_equal(first.unseen, second.unseen, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 9), st.integers(1, 4))
def test_filling_is_the_plain_loop(seed: int, n: int, f: int) -> None:
    random = np.random.RandomState(seed)
    X = random.choice([1.0, 2.0, -5.5, np.nan, np.inf, -np.inf, 1e300], (n, f))
    middle = medians(X)
    for rule in ("zero", "impute"):
        out, counts = fill(X, rule, middle)  # type: ignore[arg-type]
        for k in range(f):
            usable = [x for x in X[:, k] if abs(x) < 1e39]
            typical = float(np.median(usable)) if usable else 0.0
            replacement = typical if rule == "impute" else 0.0
            expected = [x if abs(x) < 1e39 else replacement for x in X[:, k]]
            assert out[:, k].tolist() == expected
            assert counts[k] == n - len(usable)
