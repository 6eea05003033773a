"""Trees that each see a sample of the rows, drawn with replacement by the weight of their class.

Breiman 2001, "Random forests". Which rows a tree sees, and every tree, are those of scikit-learn
1.9, bit for bit; it draws by class weight and counts each row as often as it was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ANY_DEPTH = 2**31 - 1


@dataclass(frozen=True)
class BaggedTree:
    """One tree and what it has seen.

    ``link`` int32 (3, nodes) is feature, left and right child, ``threshold`` float64 (nodes,) and
    ``value`` float64 (nodes, classes), all as
    :func:`objclass.classification.growing.grow_tree` returns them; ``seen`` int64 (n,) are the
    rows that were drawn.
    """

    link: NDArray[np.int32]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]
    seen: NDArray[np.int64]


def grow_bagged(
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    weight: NDArray[np.float64] | None,
    *,
    trees: int,
    tried: int,
    min_leaf: int,
    max_depth: int | None,
    seed: int,
) -> Iterator[BaggedTree]:
    """Yield the trees of a random forest.

    Parameters
    ----------
    X
        float32 (rows, columns), finite.
    y
        int64 (rows,), classes counted from 0, each of which occurs.
    weight
        float64 (rows,), how likely each row is drawn; None for all alike.
    trees
        Number of trees.
    tried
        Columns that are tried at a split.
    min_leaf
        Fewest examples of a leaf.
    max_depth
        Deepest level; None for any.
    seed
        Start of the random numbers.
    """
    import numpy as np

    from objclass.classification.growing import grow_tree

    columns, rows, classes = np.ascontiguousarray(X.T), len(y), int(y.max()) + 1
    share = None if weight is None else weight / np.sum(weight)
    deepest = ANY_DEPTH if max_depth is None else max_depth
    random = np.random.RandomState(seed)
    for _ in range(trees):
        own = int(random.randint(ANY_DEPTH))
        seen = _sample(np.random.RandomState(own), rows, share)
        times = np.bincount(seen, minlength=rows).astype(np.float64)
        start = np.random.RandomState(own).randint(0, ANY_DEPTH)
        grown = grow_tree(columns, y, times, classes, tried, min_leaf, deepest, start)
        yield BaggedTree(*grown, seen)


def _sample(
    random: np.random.RandomState, rows: int, share: NDArray[np.float64] | None
) -> NDArray[np.int64]:
    """Return as many rows as there are, drawn with replacement."""
    import numpy as np

    drawn = random.randint(0, rows, rows) if share is None else random.choice(rows, rows, p=share)
    return np.asarray(drawn, np.int64)
