"""Dealing examples into parts for cross-validation, evenly and without chance of the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]


def parts(y: NDArray[np.integer], folds: int, seed: int) -> Codes:
    """Deal the examples of each class evenly over `folds` parts; int64 (n,).

    Each class is shuffled and dealt on where the class before stopped, so parts differ by at
    most one example per class and by one in total.
    """
    import numpy as np

    shuffle = np.random.RandomState(seed)
    order = np.concatenate([shuffle.permutation(np.flatnonzero(y == k)) for k in np.unique(y)])
    fold = np.zeros(len(y), np.int64)
    fold[order] = np.arange(len(y)) % folds
    return fold


def image_parts(y: NDArray[np.integer], image: NDArray[np.integer], folds: int) -> Codes:
    """Deal whole images over at most `folds` parts so that classes spread evenly; int64 (n,).

    Images that hold the largest share of a class go first, each to the part where the squared
    shares of the classes grow least (then the one with the fewest examples, then the first).
    Up to `folds` images, every image is a part of its own.

    Parameters
    ----------
    y
        Class of each example, counted from 0.
    image
        Image of each example, counted from 0.
    folds
        Most parts.
    """
    import numpy as np

    images, where = np.unique(image, return_inverse=True)
    counts = np.zeros((len(images), int(y.max()) + 1))
    np.add.at(counts, (where, y), 1)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    order = np.lexsort((np.arange(len(images)), -share.max(axis=1)))
    part = np.zeros(len(images), np.int64)
    filled = np.zeros((min(folds, len(images)), share.shape[1]))
    size = np.zeros(len(filled))
    for each in order:
        growth = np.round(2 * filled @ share[each], 12)
        part[each] = np.lexsort((size, growth))[0]
        filled[part[each]] += share[each]
        size[part[each]] += counts[each].sum()
    return part[where]


def lacking(y: NDArray[np.integer], fold: Codes) -> list[int]:
    """Return the classes whose examples all lie in one part, so that no other could learn them."""
    import numpy as np

    return [int(k) for k in np.unique(y) if len(np.unique(fold[y == k])) < 2]
