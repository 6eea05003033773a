"""Third powers of ilastik's statistics are those of the C library, bit by bit."""

from __future__ import annotations

import math
from fractions import Fraction

import numba
import numpy as np
import pytest

from objclass.measure.kernels.ilastik.third_power import cube


@numba.njit
def cubes(values: np.ndarray) -> np.ndarray:
    """The power of every value."""
    out = np.empty_like(values)
    for k in range(values.size):
        out[k] = cube(values[k])
    return out


@pytest.mark.parametrize("scale", [1e-80, 1e-3, 1.0, 700.0, 1e70, 1e95])
def test_a_third_power_is_pow(scale: float) -> None:
    values = np.random.default_rng(3).normal(size=200_000) * scale
    assert cubes(values).tolist() == [math.pow(value, 3.0) for value in values.tolist()]


def test_third_powers_of_special_values_are_those_of_pow() -> None:
    values = np.array([0.0, -0.0, 1.0, -2.0, 0.5, 1e-320, np.inf, -np.inf, np.nan])
    expected = np.array([math.pow(value, 3.0) for value in values.tolist()])
    assert cubes(values).tobytes() == expected.tobytes()


def test_a_third_power_is_nearly_always_the_exact_one_rounded() -> None:
    values = np.random.default_rng(4).uniform(-1000.0, 1000.0, 20_000)
    wrong = 0
    for value, got in zip(values.tolist(), cubes(values).tolist(), strict=True):
        exact = Fraction(value) ** 3
        wrong += got != exact.numerator / exact.denominator
    assert wrong <= 40
