from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from objclass.measure.kernels.sorting import SHORT, sort_part


@given(arrays(np.float64, st.integers(0, 4 * SHORT), elements=st.floats(allow_nan=False)))
def test_numbers_are_sorted_as_numpy_sorts_them(values: np.ndarray) -> None:
    wanted = np.sort(values)
    sort_part(values, 0, values.size)
    assert (values == wanted).all()


@pytest.mark.parametrize(
    "values",
    [np.arange(5000), np.arange(5000)[::-1], np.zeros(5000), np.arange(5000) % 2],
    ids=["sorted", "reversed", "equal", "two values"],
)
def test_what_lies_in_order_is_sorted_too(values: np.ndarray) -> None:
    own = values.astype(np.float64)
    sort_part(own, 0, own.size)
    assert (own == np.sort(values)).all()


def test_only_the_part_is_sorted() -> None:
    values = np.array([9.0, 3.0, 2.0, 1.0, 0.0])
    sort_part(values, 1, 4)
    assert values.tolist() == [9.0, 1.0, 2.0, 3.0, 0.0]
