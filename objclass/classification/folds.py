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


def single(y: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return bool (n,), which examples are alone in their class: nobody else could learn it."""
    import numpy as np

    return np.isin(y, [k for k in np.unique(y) if (y == k).sum() < 2])


def choosing_parts(
    y: NDArray[np.integer], image: NDArray[np.integer] | None, seed: int, folds: int = 5
) -> tuple[Codes, str]:
    """Deal examples into parts by which to choose between ways to learn them.

    Parameters
    ----------
    y
        Class of each example, counted from 0.
    image
        Image of each example; None where all are of one.
    seed
        Start of the random numbers.
    folds
        Most parts.

    Returns
    -------
    fold
        int64 (n,), the part of each example; −1 for one that is always learned from, because
        no other part knows its class. Every part leaves at least two classes to learn.
    by
        What is held out: ``whole images``, or ``parts of the examples`` where images cannot
        be; empty where nothing can, and all examples are then of no part.
    """
    import numpy as np

    if (whole := _whole_images(y, image, folds)) is not None:
        return whole, "whole images"
    if (dealt := example_parts(y, folds, seed)) is not None:
        return dealt, "parts of the examples"
    return np.full(len(y), -1), ""


def _whole_images(
    y: NDArray[np.integer], image: NDArray[np.integer] | None, folds: int
) -> Codes | None:
    """Deal whole images; None where fewer than two classes lie in several parts."""
    import numpy as np

    if image is None or len(np.unique(image)) < 2:
        return None
    alone = lacking(y, image.astype(np.int64))
    fold = image_parts(y, image, folds)
    if len(np.unique(y)) - len(alone) < 2 or set(lacking(y, fold)) - set(alone):
        return None
    return np.where(np.isin(y, alone), -1, fold)


def example_parts(y: NDArray[np.integer], folds: int, seed: int) -> Codes | None:
    """Deal the examples of each class over at most `folds` parts, one of each class in each.

    The only example of a class is of no part (−1). None where fewer than two classes have
    several examples.
    """
    import numpy as np

    dealt = ~single(y)
    known, counts = np.unique(y[dealt], return_counts=True)
    if len(known) < 2:
        return None
    fold = np.full(len(y), -1)
    fold[dealt] = parts(y[dealt], min(folds, *counts.tolist()), seed)
    return fold
