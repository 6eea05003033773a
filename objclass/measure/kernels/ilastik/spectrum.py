"""The power of a view in every frequency of the circle or degree of the sphere."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.elementary import PI, cosine, sine


@kernel
def turns_of(count: int) -> NDArray[np.float64]:
    """Return cosine and sine of `count` equal steps around the circle ``(count, 2)``."""
    result = np.empty((count, 2), np.float64)
    for k in range(count):
        angle = 2.0 * PI * k / count
        result[k, 0] = cosine(angle)
        result[k, 1] = sine(angle if angle <= PI else angle - 2.0 * PI)
    return result


@kernel
def waves(
    line: NDArray[np.float64], turns: NDArray[np.float64], frequency: int
) -> tuple[float, float]:
    """Return the sums of a line ``(n,)`` times the cosine and sine of a frequency."""
    real, other, at = 0.0, 0.0, 0
    for j in range(line.size):
        real += line[j] * turns[at, 0]
        other += line[j] * turns[at, 1]
        at += frequency
        if at >= line.size:
            at -= line.size
    return real, other


@kernel
def circle_power(view: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the power of frequencies 0 to n // 2 of a view ``(n,)``; each stands for ±."""
    turns = turns_of(view.size)
    power = np.empty(view.size // 2 + 1, np.float64)
    for k in range(power.size):
        real, other = waves(view, turns, k)
        power[k] = 2.0 * (real * real + other * other) / float(view.size * view.size)
    return power


@kernel
def sphere_power(view: NDArray[np.float64], nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the power of degrees 0 to n − 1 of a view ``(n, m)`` on the sphere.

    `nodes` ``(n, 2)`` are the sines of its latitudes and their weights. Harmonics have the
    norm 4π, so that the powers sum to the mean square.
    """
    degrees, width = view.shape
    turns = turns_of(width)
    power = np.zeros(degrees, np.float64)
    first = np.full(degrees, math.sqrt(0.25 / PI))
    for m in range(degrees):
        a, b = np.zeros(degrees, np.float64), np.zeros(degrees, np.float64)
        near, far = recurrence(m, degrees)
        for i in range(degrees):
            x = nodes[i, 0]
            if m > 0:
                ratio = (2.0 * m + 1.0) / (2.0 * m) * (2.0 if m == 1 else 1.0)
                first[i] *= math.sqrt(ratio) * math.sqrt(1.0 - x * x)
            real, other = waves(view[i], turns, m)
            real *= nodes[i, 1]
            other *= nodes[i, 1]
            before, value = 0.0, first[i]
            for n in range(m, degrees):
                a[n] += real * value
                b[n] += other * value
                if n + 1 < degrees:
                    before, value = value, near[n + 1] * x * value - far[n + 1] * before
        power += a * a + b * b
    step = 2.0 * PI / width
    result: NDArray[np.float64] = power * (step * step / (4.0 * PI))
    return result


@kernel
def recurrence(m: int, degrees: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the factors that make the Legendre function of a degree from the two before."""
    near, far = np.zeros(degrees, np.float64), np.zeros(degrees, np.float64)
    for n in range(m + 1, degrees):
        near[n] = math.sqrt((4.0 * n * n - 1.0) / (n * n - m * m))
        below = ((n - 1.0) ** 2 - m * m) / (4.0 * (n - 1.0) ** 2 - 1.0)
        far[n] = near[n] * math.sqrt(max(below, 0.0))
    return near, far
