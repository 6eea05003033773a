"""Which objects stand in a gallery: the most typical and uncertain of every class, or any."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 8
"""Cut-outs in a gallery."""


def typical(
    probability: NDArray[np.floating], code: NDArray[np.integer], k: int, most: int = MOST
) -> list[int]:
    """Return the rows of class `k` (from 1) whose class is most probable.

    Of those that are equally probable, rows from all over the table are taken.
    """
    import numpy as np

    rows = np.flatnonzero(code == k)
    said = probability[rows, k - 1]
    order = rows[np.argsort(-said, kind="stable")]
    if len(order) <= most:
        return [int(row) for row in order]
    least = np.sort(said)[-most]
    sure, tied = rows[said > least], rows[said == least]
    spread = np.linspace(0, len(tied) - 1, most - len(sure)).round().astype(np.int64)
    chosen = [*order[: len(sure)], *tied[spread]]
    return [int(row) for row in chosen]


def uncertain(
    uncertainty: NDArray[np.floating], code: NDArray[np.integer], k: int, most: int = MOST
) -> list[int]:
    """Return the rows of class `k` (from 1) that might as well be another; certain ones are not
    shown; ties by row.
    """
    import numpy as np

    rows = np.flatnonzero((code == k) & (uncertainty > 0))
    order = np.argsort(-uncertainty[rows], kind="stable")
    return [int(r) for r in rows[order][:most]]


def at_random(code: NDArray[np.integer], k: int, most: int = MOST) -> list[int]:
    """Return rows of class `k` (from 1) drawn at random, the same each time, in order."""
    import numpy as np

    rows = np.flatnonzero(code == k)
    if len(rows) <= most:
        return [int(row) for row in rows]
    drawn = np.random.default_rng(k).choice(rows, most, replace=False)
    return sorted(int(row) for row in drawn)
