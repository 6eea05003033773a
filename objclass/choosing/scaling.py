"""Columns brought to mean 0 and standard deviation 1 over all objects, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from objclass.classification.examples import absent
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP: Final = 2.0**-10
"""Standardised features are multiples of this. Products and sums of them are then exact in
float64, whatever the order, so distances are the same on every machine."""
PIECE: Final = 1 << 14
"""Rows of a table that are held at a time; the sums do not depend on it."""
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


class RowSlices(Protocol):
    """Floats (n, f): an array, or what is read slice by slice."""

    def __len__(self) -> int:
        """Return n."""

    def __getitem__(self, part: slice, /) -> NDArray[np.floating]:
        """Return some rows (m, f)."""


def learn_scaling(tables: Iterable[RowSlices], columns: int) -> ColumnScaling:
    """Return the scaling of many tables, of which a piece is held at a time.

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
    for table in tables:
        n, own = _mean(table, columns)
        total = np.maximum(count + n, 1)
        step = own - mean
        squares += _squares(table, own) + step * step * count * n / total
        mean = mean + step * n / total
        count = count + n
    deviation = np.sqrt(squares / np.maximum(count, 1))
    told_apart = deviation > 1e-9 * np.maximum(np.abs(mean), 1e-300)
    return ColumnScaling(mean, np.where(told_apart, deviation, np.inf))


def _mean(table: RowSlices, columns: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return number and mean (f,) of the values that are there."""
    n, total = np.zeros(columns, np.intp), np.zeros(columns)
    for X in _pieces(table, columns):
        there = ~absent(X)
        n += there.sum(axis=0)
        total = _added(total, np.where(there, X, 0.0))
    return n, np.divide(total, n, out=np.zeros(columns), where=n > 0)


def _squares(table: RowSlices, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of squares about the mean (f,)."""
    total = np.zeros(len(mean))
    for X in _pieces(table, len(mean)):
        off = np.where(absent(X), 0.0, X - mean)
        total = _added(total, off * off)
    return total


def _pieces(table: RowSlices, columns: int) -> Iterator[NDArray[np.floating]]:
    """Yield rows of a table in order; a single column in one, as its sum is by pairs."""
    step = PIECE if columns > 1 else max(1, len(table))
    yield from (table[start : start + step] for start in range(0, len(table), step))


def _added(total: NDArray[np.float64], X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a sum (f,) and rows (m, f) added one after the other, as the sum of all rows does."""
    if len(total) == 1:  # a column alone comes whole
        return np.asarray(total + X.sum(axis=0))
    return np.asarray(np.concatenate([total[None], X]).sum(axis=0))
