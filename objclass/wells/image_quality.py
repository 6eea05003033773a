"""Whether an image can be trusted: how much of it is saturated, how sharp it is, what stands out.

Focus: J. F. Brenner et al., *An automated microscope for cytologic research: a preliminary
evaluation*, J. Histochem. Cytochem. 24:100 (1976), squared differences of pixels two apart; over
the squared mean, as F. C. A. Groen, I. T. Young, G. Ligthart, *A comparison of different focus
functions for use in autofocus algorithms*, Cytometry 6:81 (1985) make such functions independent
of the light. What stands out: B. Iglewicz, D. C. Hoaglin, *How to detect and handle outliers*
(1993), the modified z-score.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

BITS: Final = (8, 10, 12, 14, 16)
"""Of cameras, whose highest value is that of saturated pixels."""
OUTLYING: Final = 3.5
"""Modified z-scores beyond which a value stands out."""
ENOUGH: Final = 5
"""Of fewer values none stands out."""
BAND: Final = 2**18
"""Pixels that are compared at a time."""


@dataclass(frozen=True)
class ChannelQuality:
    """How one channel of an image is.

    Parameters
    ----------
    channel
        Its name.
    saturated
        Percent of its pixels that have the highest value of a camera; None of floats.
    focus
        Brenner's, over the squared mean; None of planes without light.
    """

    channel: str
    saturated: float | None
    focus: float | None


def judge_planes(channel: str, planes: Sequence[NDArray[Any]]) -> ChannelQuality:
    """Return how a channel is: what is saturated in all planes, and the focus of the sharpest.

    Parameters
    ----------
    channel
        Its name.
    planes
        ``(y, x)``, of one type.
    """
    shares = [share for plane in planes if (share := measure_saturation(plane)) is not None]
    focus = [score for plane in planes if (score := measure_focus(plane)) is not None]
    saturated = round(float(np.mean(shares)), 4) if shares else None
    return ChannelQuality(channel, saturated, float(f"{max(focus):.6g}") if focus else None)


def measure_saturation(plane: NDArray[Any]) -> float | None:
    """Return the percent of pixels with the highest value of a camera of 8, 10, 12, 14 or 16 bit.

    Examples
    --------
    >>> import numpy as np
    >>> measure_saturation(np.array([[4095, 4095], [7, 8]], np.uint16))
    50.0
    >>> measure_saturation(np.array([[4000, 4000], [7, 8]], np.uint16))
    0.0
    """
    if plane.dtype.kind != "u" or not plane.size:
        return None
    highest = int(plane.max())
    if highest not in {2**bits - 1 for bits in BITS}:
        return 0.0
    return 100 * float(np.count_nonzero(plane == highest)) / plane.size


def measure_focus(plane: NDArray[Any]) -> float | None:
    """Return how sharp a plane is: the mean squared difference two pixels apart, over mean².

    Twice the light gives the same. None of a plane that is dark, negative or too small.

    Examples
    --------
    Every second pair of pixels is 1, the others 3: differences of 2, a mean of 2.

    >>> import numpy as np
    >>> measure_focus(np.tile([1.0, 1, 3, 3], (8, 4)))
    0.5
    """
    height, width = plane.shape
    if min(height, width) < 3:
        return None
    light, across, down = 0.0, 0.0, 0.0
    rows = max(1, BAND // width)
    for start in range(0, height, rows):  # so that a large plane stays in the processor's cache
        values = plane[start : start + rows + 2].astype(np.float32)
        light += float(values[:rows].sum(dtype=np.float64))
        with np.errstate(invalid="ignore", over="ignore"):  # what is infinite has no focus
            across += sum_of_squares(values[:rows, 2:] - values[:rows, :-2])
            down += sum_of_squares(values[2:] - values[:-2])
    mean: float = light / plane.size
    if not np.isfinite(mean) or mean <= 0:
        return None
    squares: float = across / (height * (width - 2)) + down / (width * (height - 2))
    return squares / 2 / mean**2


def sum_of_squares(values: NDArray[np.float32]) -> float:
    """Return the sum of the squares of numbers, which are squared where they are.

    >>> sum_of_squares(np.array([[1, 2], [2, 0]], np.float32))
    9.0
    """
    return float(np.square(values, out=values).sum(dtype=np.float64))


def find_outlying(values: Sequence[float | None]) -> list[float | None]:
    """Return the modified z-score of every value that stands out; None of all others.

    Nothing stands out of fewer than five values, or where more than half are the same.

    Examples
    --------
    >>> find_outlying([10, 11, 12, 13, 14, 40, None])[5:]
    [12.4, None]
    """
    told = np.array([v for v in values if v is not None and np.isfinite(v)], np.float64)
    middle = float(np.median(told)) if len(told) >= ENOUGH else 0.0
    spread = float(np.median(np.abs(told - middle))) if len(told) >= ENOUGH else 0.0
    if not spread:
        return [None] * len(values)
    scores = [None if v is None else 0.6745 * (v - middle) / spread for v in values]
    return [None if z is None or not abs(z) > OUTLYING else round(z, 1) for z in scores]
