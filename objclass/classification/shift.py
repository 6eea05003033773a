"""Whether the objects of another image lie where those of training lay, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

ENOUGH = 20
"""Objects from which on a range says something."""
FEW = 10
"""Objects below which the median of an image may lie anywhere in the range of training."""


@dataclass(frozen=True)
class TrainingRange:
    """Where the objects of the training images lay in one column.

    Parameters
    ----------
    low, high
        Their 1 % and 99 % quantile; of several images the lowest and the highest.
    least, most
        The smallest and the largest value.
    """

    least: float
    low: float
    high: float
    most: float


@dataclass(frozen=True)
class ShiftedColumn:
    """A column in which an image lies outside of training.

    Parameters
    ----------
    column
        The column.
    median
        Of the objects of the image.
    low, high
        The range of training that is shown to people.
    distance
        How far outside, in widths of that range.
    """

    column: str
    median: float
    low: float
    high: float
    distance: float

    def __str__(self) -> str:
        """Say what moved: ``intensity_mean-dna: median 41, training 80 to 210``."""
        return (
            f"{self.column}: median {self.median:.4g}, training {self.low:.4g} to {self.high:.4g}"
        )


def quantiles(X: Floats) -> NDArray[np.float64]:
    """Return smallest, 1 %, 99 % and largest usable value of each column; float64 (f, 4).

    NaN where a column has none.
    """
    import numpy as np

    found = np.full((X.shape[1], 4), np.nan)
    for k, column in enumerate(X.T):
        usable = column[np.isfinite(column)]
        if len(usable):
            found[k] = np.quantile(usable, (0.0, 0.01, 0.99, 1.0))
    return found


def join(images: Iterable[tuple[int, Floats]], columns: Sequence[str]) -> dict[str, Any]:
    """Return the training range of every column as JSON.

    Parameters
    ----------
    images
        Number of objects and :func:`quantiles` of every image that was learned from.
    columns
        Names of the columns.

    Returns
    -------
    dict
        ``objects``, and ``columns``: name to [least, low, high, most]; columns without any
        value are left out.
    """
    objects, ends = 0, {name: [inf, inf, -inf, -inf] for name in columns}
    for count, found in images:
        objects += count
        for name, row in zip(columns, found.tolist(), strict=True):
            if all(map(isfinite, row)):
                pairs = zip((min, min, max, max), ends[name], row, strict=True)
                ends[name] = [pick(a, b) for pick, a, b in pairs]
    known = {name: row for name, row in ends.items() if all(map(isfinite, row))}
    return {"objects": objects, "columns": known}


def of_rows(X: Floats, columns: Sequence[str]) -> dict[str, Any]:
    """Return the training range of rows that were learned from, where nothing else is known."""
    return join([(len(X), quantiles(X))], columns)


def find_moves(training: object, columns: Mapping[str, NDArray[Any]]) -> list[ShiftedColumn]:
    """Return the columns in which the objects of an image lie outside of training.

    A column has moved where the median of the image's objects lies below the 1 % or above the
    99 % quantile of training by more than chance allows: half of that range over the root of
    the image's objects and all of it over the root of training's. Of fewer than ten objects the
    median may be any value of training, and twice as far outside. With fewer than twenty
    objects of training nothing is said.

    Parameters
    ----------
    training
        As :func:`join` returned it; anything else, from a project of anybody, says nothing.
    columns
        Column name to the values (n,) of the image's objects.

    Returns
    -------
    list of Moved
        The farthest first.
    """
    found = (_find_moves(*each) for each in _pairs(training, columns))
    return sorted((each for each in found if each), key=lambda each: (-each.distance, each.column))


def _pairs(
    training: object, columns: Mapping[str, NDArray[Any]]
) -> Iterator[tuple[str, TrainingRange, int, NDArray[np.float64]]]:
    """Yield name, range, number of training objects and the usable values of each column."""
    import numpy as np

    facts = training if isinstance(training, Mapping) else {}
    objects, ranges = facts.get("objects"), facts.get("columns")
    if not isinstance(objects, int) or objects < ENOUGH or not isinstance(ranges, Mapping):
        return
    for name, ends in ranges.items():
        sound = isinstance(ends, list) and len(ends) == 4 and all(map(_is_finite, ends))
        if sound and name in columns:
            values = np.asarray(columns[name]).astype(np.float64)
            usable = values[np.isfinite(values)]
            if len(usable):
                yield name, TrainingRange(*ends), objects, usable


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and isfinite(value)


def _find_moves(
    name: str, training: TrainingRange, objects: int, values: NDArray[np.float64]
) -> ShiftedColumn | None:
    import numpy as np

    width = training.high - training.low
    few = len(values) < FEW
    low, high = (training.least, training.most) if few else (training.low, training.high)
    room = width * ((1.0 if few else 0.5) / len(values) ** 0.5 + 1 / objects**0.5)
    median = float(np.median(values))
    beyond = max(low - median, median - high) - room
    if width <= 0 or not beyond > 0:
        return None
    return ShiftedColumn(name, median, low, high, beyond / width)
