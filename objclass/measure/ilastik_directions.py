"""The directions in which sphericaltexture looks, to the last digit.

Some rays run along the very edges of voxels, so that the last digit of their direction decides
which voxels they meet. Angles therefore take the library's way through degrees, and sines are
rounded from 40 digits, which is what every good C library gives.
"""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext
from functools import cache

import numpy as np
from numpy.typing import NDArray

from objclass.measure.kernels.ilastik.rays import ANGLES, LATITUDES, LONGITUDES
from objclass.measure.kernels.spherical import latitudes

CONTEXT = Context(prec=40)


@cache
def circle_directions() -> NDArray[np.float64]:
    """Return cosine and sine ``(ANGLES, 2)`` from 0 to 2π; the last is the first again."""
    step = 2.0 * math.pi / (ANGLES - 1)
    return np.array([exact(k * step) for k in range(ANGLES - 1)] + [exact(2.0 * math.pi)])


@cache
def sphere_directions() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return cosine and sine of longitudes ``(LONGITUDES, 2)`` and of latitudes from the pole.

    The second is ``(LATITUDES, 2)``, of the angles from the pole, north to south.
    """
    around = [exact(k * 360.0 / LONGITUDES * (math.pi / 180.0)) for k in range(LONGITUDES)]
    nodes = latitudes(LATITUDES)[:, 0].tolist()
    heights = [arc_sine(z) * 180.0 / math.pi * (math.pi / 180.0) for z in nodes]
    return np.array(around), np.array([exact(math.pi / 2.0 - height) for height in heights])


def exact(angle: float) -> tuple[float, float]:
    """Return the cosine and sine of an angle up to 2π, rounded once."""
    with localcontext(CONTEXT):
        x = Decimal(angle)
        return float(_series(x, Decimal(1), 0)), float(_series(x, x, 1))


def arc_sine(z: float) -> float:
    """Return the angle whose sine is `z`, rounded once; `z` lies well between −1 and 1."""
    with localcontext(CONTEXT):
        near = Decimal(math.asin(z))
        cosine, sine = _series(near, Decimal(1), 0), _series(near, near, 1)
        return float(near + (Decimal(z) - sine) / cosine)


def _series(x: Decimal, term: Decimal, k: int) -> Decimal:
    """Sum the series of the cosine (from k = 0) or the sine (from k = 1)."""
    total = Decimal(0)
    while abs(term) > Decimal("1e-45"):
        total += term
        term *= -x * x / ((k + 1) * (k + 2))
        k += 2
    return total
