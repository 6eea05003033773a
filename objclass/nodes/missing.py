"""Missing voxels of an image: NaN, and infinity, which counts as NaN from reading on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def all_finite(voxels: NDArray[np.generic]) -> bool:
    """Return True where no voxel is NaN or infinite; as fast as adding them up."""
    if voxels.dtype.kind != "f":
        return True
    with np.errstate(all="ignore"):
        total = voxels.sum()
    return bool(np.isfinite(total)) or bool(np.isfinite(voxels).all())


def without_infinite(voxels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return voxels in which NaN stands for infinity."""
    infinite = np.isinf(voxels)
    return np.where(infinite, voxels.dtype.type("nan"), voxels) if infinite.any() else voxels


def missing_voxels(name: str, stored: Iterable[NDArray[np.generic]]) -> tuple[str, ...]:
    """Return how many voxels of a frame are missing, as a sentence; nothing where none is.

    Parameters
    ----------
    name
        What the frame is called, such as ``prob.tif, channel nucleus``.
    stored
        Its voxels as the file has them, piece by piece.
    """
    nan = infinite = total = 0
    for voxels in stored:
        nan += int(np.isnan(voxels).sum())
        infinite += int(np.isinf(voxels).sum())
        total += voxels.size
    kinds = [f"{n:,} {word}" for n, word in ((nan, "NaN"), (infinite, "infinite")) if n]
    if not kinds:
        return ()
    return (f"{name}: {nan + infinite:,} of {total:,} voxels missing ({', '.join(kinds)})",)


class MissingCheck:
    """Looks for missing voxels while a frame is read; counts them only where there are any.

    Parameters
    ----------
    name
        As in :func:`missing_voxels`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._found = False

    def see(self, voxels: NDArray[np.generic]) -> None:
        """Take some rows."""
        self._found = self._found or not all_finite(voxels)

    def finished(self, stored: Iterable[NDArray[np.generic]]) -> tuple[str, ...]:
        """Return the warning, if any."""
        return missing_voxels(self._name, stored) if self._found else ()
