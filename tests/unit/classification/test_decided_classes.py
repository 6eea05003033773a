"""The class of a row is that of its first largest probability, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.classification import trees
from objclass.classification.trees import decide_classes

NAN = np.nan


def decided(row: list[float], least: float) -> tuple[int, float]:
    """Class and uncertainty of one row, one probability after the other."""
    best, first, second = 0, row[0], 0.0
    for k, p in enumerate(row[1:], 1):
        if p > first:
            best, first, second = k, p, first
        elif p > second:
            second = p
    code = best + 1 if first >= least else len(row) + 1
    return code, 1.0 - (first - second) if len(row) > 1 else 0.0


@pytest.mark.parametrize(
    ("row", "code", "uncertainty"),
    [
        ([0.25, 0.75], 2, 0.5),
        ([0.5, 0.5], 1, 1.0),
        ([0.25, 0.5, 0.25], 2, 0.75),
        ([0.5, 0.125, 0.375], 1, 0.875),
        ([0.375, 0.375, 0.25], 4, 1.0),
        ([1.0], 1, 0.0),
        ([NAN, 1.0], 3, NAN),
        ([1.0, NAN], 1, 0.0),
    ],
)
def test_rows_are_decided_as_one_counts_by_hand(
    row: list[float], code: int, uncertainty: float
) -> None:
    codes, found = decide_classes(np.array([row]), 0.5)
    assert codes.tolist() == [code]
    np.testing.assert_array_equal(found, [uncertainty])


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 23])
def test_many_rows_are_decided_as_each_by_itself(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees, "DECIDED", 7)
    drawn = np.random.default_rng(rows).integers(0, 5, (rows, 4)) / 8
    drawn[drawn == 0.125] = NAN
    codes, found = decide_classes(drawn, 0.375)
    expected = [decided(row, 0.375) for row in drawn.tolist()]
    assert codes.tolist() == [code for code, _ in expected]
    np.testing.assert_array_equal(found, [uncertainty for _, uncertainty in expected])
