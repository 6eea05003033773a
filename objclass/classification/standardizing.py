"""Columns brought to mean 0 and standard deviation 1, as the examples have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from objclass.classification.array_checks import out_of_range, wrong_shapes
from objclass.errors import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYOUT: Final = {"mean": ("float64", 1), "scale": ("float64", 1)}
LARGEST: Final = 3.5e38
"""Beyond every float32."""
SMALLEST_SCALE: Final = 1e-60
"""Below the deviation of any two float32 numbers that differ."""


def learn(X: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """Return ``mean`` and ``scale`` (f,) of rows (n, f), as scikit-learn's StandardScaler.

    The standard deviation is that of the rows themselves (division by n); a column of one
    value has the scale 1.
    """
    import numpy as np
    from sklearn.preprocessing import StandardScaler

    found = StandardScaler().fit(as_seen(X))
    return {"mean": np.asarray(found.mean_), "scale": np.asarray(found.scale_)}


def as_seen(X: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return rows rounded as a model sees them when it predicts: float32 numbers, as float64."""
    import numpy as np

    return X.astype(np.float32).astype(np.float64)


def standardize(
    X: NDArray[np.floating], learned: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return rows (n, f) with the learned mean taken off, divided by the learned scale."""
    found: NDArray[np.float64] = (as_seen(X) - learned["mean"]) / learned["scale"]
    return found


def problems(arrays: Mapping[str, NDArray[np.generic]], columns: int) -> Iterator[Problem]:
    """Yield what makes a standardised float32 number infinite, or not a number."""
    import numpy as np

    shapes = list(wrong_shapes(arrays, dict.fromkeys(LAYOUT, (columns,))))
    yield from shapes
    if shapes:
        return
    mean, scale = (np.asarray(arrays[name], np.float64) for name in LAYOUT)
    yield from out_of_range("mean", mean, np.abs(mean) <= LARGEST)
    yield from out_of_range("scale", scale, (scale >= SMALLEST_SCALE) & (scale <= LARGEST))
