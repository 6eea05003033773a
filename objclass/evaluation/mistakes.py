"""Annotations that are probably wrong: what has not seen the object says another class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class SuspectedMistake:
    """An annotation that unseen probabilities contradict.

    Parameters
    ----------
    row
        Number of the example.
    said, suggested
        Its class, and the one that is more probable; counted from 0.
    probability, own
        Of the suggested class and of the annotated one.
    confident
        True where the suggested class reaches the probability that objects annotated as it
        have on average.
    """

    row: int
    said: int
    suggested: int
    probability: float
    own: float
    confident: bool


def suspected_mistakes(
    y: NDArray[np.integer], unseen: NDArray[np.float64]
) -> list[SuspectedMistake]:
    """Return the annotations that are most probably wrong, the worst first.

    Confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70:1373): an example is
    confidently of a class where its probability is at least the mean one of the examples that
    are annotated as that class. The order is by self-confidence, the probability of the
    annotated class (there, appendix; ties: the more probable suggestion first).

    Parameters
    ----------
    y
        Int (n,), annotated classes counted from 0.
    unseen
        float64 (n, K), class probabilities by what has not learned from the example; NaN
        where nobody knows.

    Returns
    -------
    list of SuspectedMistake
        Those whose annotated class is not the most probable one.
    """
    import numpy as np

    known = ~np.isnan(unseen).any(axis=1)
    K = unseen.shape[1]
    threshold = np.full(K, np.inf)
    for k in np.unique(y[known]):
        threshold[k] = unseen[known & (y == k), k].mean()
    found = []
    for row in np.flatnonzero(known):
        p, said = unseen[row], int(y[row])
        other = np.where(np.arange(K) == said, -1.0, p)
        sure = (other >= threshold) & (other > p[said])
        best = int(np.where(sure, other, -1.0).argmax() if sure.any() else other.argmax())
        if p[best] > p[said]:
            values = float(p[best]), float(p[said])
            found.append(SuspectedMistake(int(row), said, best, *values, bool(sure.any())))
    return sorted(found, key=lambda m: (m.own, -m.probability, m.row))
