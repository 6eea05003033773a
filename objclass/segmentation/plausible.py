"""Whether objects can be what a person meant: signs of a mask that is read the wrong way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from objclass.data.labels import Index
from objclass.segmentation.runs import Runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW_LEVELS = 8
"""As many values or fewer are classes, however they lie."""
GREY = 0.25
"""Share of runs of one voxel beside another value, above which values are grey levels.

Smoothed edges and JPEG give 0.4 to 1, label images of touching cells at most 0.02.
"""
SPECKS = 10
"""Fewer objects of one voxel are nothing to speak of."""


@dataclass
class Levels:
    """The values of a mask and how often they change from one voxel to the next.

    Parameters
    ----------
    values
        Every value but 0.
    runs
        Number of runs of equal values.
    alone
        How many of them are one voxel long and lie beside another value.
    """

    values: set[int] = field(default_factory=set)
    runs: int = 0
    alone: int = 0

    def add(self, found: Runs) -> None:
        """Take the runs of some rows."""
        self.values |= set(np.unique(found.value).tolist())
        beside = np.zeros(len(found) + 1, np.bool_)
        beside[1:-1] = found.stop[:-1] == found.start[1:]
        beside[found.first] = False
        single = found.stop - found.start == 1
        self.runs += len(found)
        self.alone += int((single & (beside[:-1] | beside[1:])).sum())

    @property
    def are_grey(self) -> bool:
        """True where the values are those of a picture, not of classes or ids."""
        return len(self.values) > FEW_LEVELS and self.alone > GREY * self.runs


def background_like(index: Index, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the rows of objects that fill over half of the frame, or touch all its borders.

    Parameters
    ----------
    index
        Of the frame.
    shape
        ``(y, x)`` or ``(z, y, x)``; axes of length 1 have no border.
    """
    used = np.array(shape) > 1
    spans = (index.start == 0) & (index.stop == np.array(shape))
    everywhere = spans[:, used].all(axis=1) & (used.sum() > 1)
    return np.flatnonzero((2 * index.size > np.prod(shape)) | everywhere)


def specks(index: Index) -> int:
    """Return how many objects have one voxel, 0 where these are few or the smaller part."""
    count = int((index.size == 1).sum())
    return count if count >= SPECKS and 2 * count >= len(index) else 0
