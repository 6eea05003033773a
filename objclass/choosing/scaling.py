"""Columns brought to mean 0 and standard deviation 1 over all objects, table by table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from objclass.classification.examples import absent

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP: Final = 2.0**-10
"""Standardised features are multiples of this. Products and sums of them are then exact in
float64, whatever the order, so distances are the same on every machine."""
FARTHEST: Final = 100.0
"""Standard deviations beyond which an object is no farther away."""


@dataclass(frozen=True)
class ColumnScaling:
    """Mean and standard deviation of every column.

    Parameters
    ----------
    mean, scale
        float64 (f,); a column of one value, or of none, has the scale infinity and so says
        nothing.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    @property
    def varied(self) -> bool:
        """True where any column tells two objects apart."""
        return bool(np.isfinite(self.scale).any())

    def standardize(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return rows (n, f) standardised; a missing value counts as the column's mean."""
        missing = absent(X)
        z = (np.where(missing, self.mean, X) - self.mean) / self.scale
        rounded: NDArray[np.float64] = np.round(np.clip(z, -FARTHEST, FARTHEST) / STEP) * STEP
        return rounded


def learn_scaling(tables: Iterable[NDArray[np.floating]], columns: int) -> ColumnScaling:
    """Return the scaling of many tables, of which one is held at a time.

    Parameters
    ----------
    tables
        Floats (n, f) each; NaN, infinite values and those beyond float32 are left out.
    columns
        Their number of columns f.

    Notes
    -----
    Sums of squares about the mean are joined as by Chan, Golub and LeVeque (1983), Algorithms
    for computing the sample variance, The American Statistician 37, 242-247.
    """
    count, mean, squares = (np.zeros(columns) for _ in range(3))
    for X in tables:
        there = ~absent(X)
        n = there.sum(axis=0)
        own = np.divide(np.where(there, X, 0.0).sum(axis=0), n, out=np.zeros(columns), where=n > 0)
        off = X - own
        off[~there] = 0.0
        off *= off  # in place: of a million objects each copy is a hundred megabytes
        total = np.maximum(count + n, 1)
        step = own - mean
        squares += off.sum(axis=0) + step * step * count * n / total
        mean = mean + step * n / total
        count = count + n
    deviation = np.sqrt(squares / np.maximum(count, 1))
    told_apart = deviation > 1e-9 * np.maximum(np.abs(mean), 1e-300)
    return ColumnScaling(mean, np.where(told_apart, deviation, np.inf))
