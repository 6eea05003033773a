"""Principal components: a few columns in which many columns vary most.

The mean and the axes are learned from the objects of a run (Pearson 1901, Hotelling 1933) and
kept in its project, so that other images are projected as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from objclass.classification.single_thread import single_thread
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class PrincipalAxes:
    """Where the axes lie.

    Parameters
    ----------
    mean
        float64 (d,).
    axes
        float64 (k, d), rows of length one; the largest component of each is positive.
    explained
        float64 (k,), the share of the variance along each.
    """

    mean: NDArray[np.float64]
    axes: NDArray[np.float64]
    explained: NDArray[np.float64]

    def project(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the places of rows along the axes: (n, k) of (n, d).

        A row has the same place whatever other rows there are: sums go along one row.
        """
        import numpy as np

        moved = np.ascontiguousarray(values, np.float64) - self.mean
        found = np.empty((len(moved), len(self.axes)))
        for k, axis in enumerate(self.axes):
            found[:, k] = (moved * axis).sum(axis=1)
        return found


def learn_projection(
    pieces: Callable[[], Iterable[NDArray[np.floating]]], keep: int
) -> PrincipalAxes:
    """Find the axes along which rows vary most.

    Parameters
    ----------
    pieces
        Gives the rows in pieces (n, d), twice, in an order that decides the last bits.
    keep
        Number of axes; the last are zero where rows do not vary along so many.
    """
    import numpy as np

    count, total = 0, None
    for piece in pieces():
        count += len(piece)
        added = piece.astype(np.float64).sum(axis=0)
        total = added if total is None else total + added
    assert total is not None, "every frame has its rows, if only none"
    mean = total / max(1, count)
    with single_thread():
        scatter = np.zeros((len(mean), len(mean)))
        for piece in pieces():
            moved = piece.astype(np.float64) - mean
            scatter += moved.T @ moved
        variances, vectors = np.linalg.eigh(scatter)
    return _largest(mean, variances[::-1], vectors.T[::-1], keep)


def _largest(
    mean: NDArray[np.float64],
    variances: NDArray[np.float64],
    vectors: NDArray[np.float64],
    keep: int,
) -> PrincipalAxes:
    """Return the first axes, turned so that their largest component is positive."""
    import numpy as np

    total = variances.clip(0).sum()
    real = variances[:keep] > max(total * 1e-12, 0.0)
    axes = np.zeros((keep, len(mean)))
    for k in np.flatnonzero(real):
        largest = vectors[k, np.argmax(np.abs(vectors[k]))]
        axes[k] = vectors[k] * np.sign(largest)
    explained = np.zeros(keep)
    explained[: len(real)][real] = variances[:keep][real] / total
    return PrincipalAxes(mean, axes, explained)
