from __future__ import annotations

import math

import numpy as np
import pytest

from objclass.measure.kernels.elementary import (
    arctangent,
    cosine,
    cube_root,
    exponential,
    logarithm,
    sine,
)
from objclass.measure.kernels.symmetric import decompose


@pytest.mark.parametrize("t", [0.0, 1e-300, 1e-9, 0.1, 0.4142, 1.0, 3.7, 1e6, 1e300])
def test_the_arc_tangent_is_right_to_the_last_digits(t: float) -> None:
    assert arctangent(t) == pytest.approx(math.atan(t), rel=4e-16)
    assert arctangent(-t) == -arctangent(t)


@pytest.mark.parametrize("x", [1e-300, 0.1, 0.5, 0.7071, 0.99999, 1.0, 1.5, math.e, 1e10])
def test_the_logarithm_is_right_to_the_last_digits(x: float) -> None:
    assert logarithm(x) == pytest.approx(math.log(x), rel=4e-16, abs=1e-300)


@pytest.mark.parametrize("n", [2, 3])
def test_eigenpairs_agree_with_numpy(n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(200):
        whole = rng.normal(size=(n, n))
        matrix = whole @ whole.T
        a, v = matrix.copy(), np.empty((n, n))
        decompose(a, v)
        assert np.diag(a) == pytest.approx(np.linalg.eigvalsh(matrix)[::-1], rel=1e-9, abs=1e-12)
        assert v @ np.diag(np.diag(a)) @ v.T == pytest.approx(matrix, abs=1e-12)


@pytest.mark.parametrize("x", [-600.0, -3.2, -1e-9, 0.0, 0.3, 1.0, 10.0, 500.0])
def test_the_exponential_is_right_to_the_last_digits(x: float) -> None:
    assert exponential(x) == pytest.approx(math.exp(x), rel=1e-13)


@pytest.mark.parametrize("x", [0.0, 1e-300, 0.001, 0.9, 1.0, 27.0, 1e9, 1e300])
def test_the_cube_root_is_right_to_the_last_digits(x: float) -> None:
    assert cube_root(x) == pytest.approx(np.cbrt(x), rel=4e-16)


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.1, 1.0, 1.5707963, 3.0, -2.5, 6.2])
def test_the_cosine_is_right_to_the_last_digits(x: float) -> None:
    assert cosine(x) == pytest.approx(math.cos(x), abs=1e-14)
    if abs(x) <= math.pi:
        assert sine(x) == pytest.approx(math.sin(x), abs=1e-14)
