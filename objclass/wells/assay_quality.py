"""How well control wells are told apart: the robust Z'-factor and the robust SSMD.

Z': J.-H. Zhang, T. Chung, K. Oldenburg, *A simple statistical parameter for use in evaluation
and validation of high throughput screening assays*, J. Biomol. Screen. 4:67 (1999). SSMD:
X. D. Zhang, *A pair of new statistical parameters for quality control in RNA interference
high-throughput screening assays*, Genomics 89:552 (2007). Both robust, with medians and median
absolute deviations: A. Birmingham et al., *Statistical methods for analysis of high-throughput
RNA interference screens*, Nat. Methods 6:569 (2009).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NORMAL: Final = 1.4826
"""What makes a median absolute deviation a standard deviation where values are normal."""
FEW: Final = 3
"""Fewer control wells than this have no median absolute deviation that means anything."""


def robust_z_prime(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Return 1 - 3 (s+ + s-) / |m+ - m-| of two sets of control wells.

    Parameters
    ----------
    positive, negative
        Float64 (p,) and (n,), such as the share of a class in each well.

    Returns
    -------
    z_prime
        1 at best; above 0.5 an assay is called excellent, below 0 the controls overlap. Not a
        number where either has fewer than two wells, or their medians are the same.

    Examples
    --------
    >>> import numpy as np
    >>> round(robust_z_prime(np.array([79.0, 80, 81]), np.array([9.0, 10, 11])), 4)
    0.8729
    """
    distance, here, there = _compare(positive, negative)
    return float("nan") if distance == 0 else 1 - 3 * (here + there) / abs(distance)


def robust_ssmd(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Return (m+ - m-) / sqrt(s+² + s-²), the strictly standardized mean difference.

    Not a number where either has fewer than two wells, or no well differs from its median.

    Examples
    --------
    >>> import numpy as np
    >>> round(robust_ssmd(np.array([79.0, 80, 81]), np.array([9.0, 10, 11])), 4)
    33.3856
    """
    distance, here, there = _compare(positive, negative)
    spread = float(np.hypot(here, there))
    return float("nan") if spread == 0 else distance / spread


def _compare(
    positive: NDArray[np.float64], negative: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Return the distance of the medians, and both deviations."""
    if min(len(positive), len(negative)) < 2:
        return (float("nan"),) * 3
    (high, here), (low, there) = (_center(v) for v in (positive, negative))
    return high - low, here, there


def _center(values: NDArray[np.float64]) -> tuple[float, float]:
    middle = float(np.median(values))
    return middle, NORMAL * float(np.median(np.abs(values - middle)))
