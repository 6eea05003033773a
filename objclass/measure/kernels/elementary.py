"""Arc tangent and logarithm from + − × ÷ √, so that every machine gives the same bytes.

The C library's own functions differ in the last digit from release to release.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

PI = 3.141592653589793
LN2 = 0.6931471805599453
ROOT_HALF = 0.7071067811865476


@kernel
def arctangent(t: float) -> float:
    """Return the angle in (−π/2, π/2) whose tangent is `t`.

    Beyond ±1 the reciprocal is used; the angle is halved three times, tan(a/2) =
    t/(1 + √(1 + t²)), then summed as a series whose first missing term is below 1e-20.
    """
    size = abs(t)
    half = 1.0 / size if size > 1.0 else size
    for _ in range(3):
        half = half / (1.0 + math.sqrt(1.0 + half * half))
    square = half * half
    series = 0.0
    for k in range(17, 0, -2):
        series = 1.0 / k - square * series
    angle = 8.0 * half * series
    if size > 1.0:
        angle = PI / 2.0 - angle
    return -angle if t < 0.0 else angle


@kernel
def logarithm(x: float) -> float:
    """Return the natural logarithm of a positive finite number.

    x = m·2^e with m in [√½, √2); ln m = 2·artanh((m − 1)/(m + 1)) as a series.
    """
    mantissa, exponent = math.frexp(x)
    if mantissa < ROOT_HALF:
        mantissa *= 2.0
        exponent -= 1
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    series = 0.0
    for k in range(27, 0, -2):
        series = 1.0 / k + square * series
    return 2.0 * ratio * series + exponent * LN2


@kernel
def cube_root(x: float) -> float:
    """Return the cube root of a number that is not negative, by Newton's method.

    x = m·2^(3e) with m in [⅛, 1), where six steps from a straight line reach the last digit.
    """
    if x == 0.0:
        return 0.0
    mantissa, exponent = math.frexp(x)
    while exponent % 3 != 0:
        mantissa *= 0.5
        exponent += 1
    root = 0.4 + 0.6 * mantissa
    for _ in range(6):
        root = (2.0 * root + mantissa / (root * root)) / 3.0
    return math.ldexp(root, exponent // 3)


@kernel
def cube_roots(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cube root of every number."""
    result = np.empty(values.size, np.float64)
    for k in range(values.size):
        result[k] = cube_root(values[k])
    return result


@kernel
def exponential(x: float) -> float:
    """Return e^x for −700 < x < 700.

    x = k·ln 2 + r with |r| ≤ ½ ln 2; e^r is the square of a series in r/2.
    """
    power = math.floor(x / LN2 + 0.5)
    half = 0.5 * (x - power * LN2)
    series = 1.0
    for k in range(16, 0, -1):
        series = 1.0 + series * half / k
    return math.ldexp(series * series, power)


@kernel
def cosine(x: float) -> float:
    """Return the cosine of an angle between −2π and 2π.

    1 − cos doubles by c → 2c(2 − c): the angle is halved eight times, its series summed, and
    doubled back, so that small angles keep their digits.
    """
    half = x / 256.0
    square = half * half
    versed, term = 0.0, 1.0
    for k in range(1, 8):
        term *= square / ((2.0 * k - 1.0) * (2.0 * k))
        versed += term if k % 2 == 1 else -term
    for _ in range(8):
        versed = 2.0 * versed * (2.0 - versed)
    return 1.0 - versed


@kernel
def sine(x: float) -> float:
    """Return the sine of an angle between −π and π."""
    return cosine(x - PI / 2.0)
